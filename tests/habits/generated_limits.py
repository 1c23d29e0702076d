"""The limits of the wire with their values, made from the constants that hold them."""

from dm3.base.canonical import MAX_DEPTH
from dm3.base.names import MAX_LABEL_LENGTH, MAX_NAME_LENGTH
from dm3.base.reading import MAX_JSON_BYTES, MAX_SIGNS, REQUEST_SIGNS
from dm3.crypto.pairing_code import CODE_SIGNS
from dm3.delivery.escrow import RELEASES_PER_MINUTE
from dm3.delivery.escrow_login import LOGIN_SECONDS, LOGINS_PER_DAY
from dm3.delivery.fetch import PAGE_BYTES
from dm3.delivery.http.mailbox_routes import ACKNOWLEDGEMENTS_BODY, MAX_ACKNOWLEDGEMENTS
from dm3.delivery.http.profile_routes import EXTENSION_BYTES
from dm3.delivery.http.rpc import BODY_SLACK
from dm3.delivery.http.several_mailboxes import MAX_MAILBOXES, MAX_PAGE, SEVERAL_BODY
from dm3.delivery.settings import LARGEST_MESSAGE, DeliverySettings, describe
from dm3.protocol.delivery.jsonrpc import MAX_BATCH, MAX_ID_DIGITS
from dm3.protocol.ens.records import MAX_CALLS
from dm3.protocol.escrow.challenge import MAX_TERM as ESCROW_TERM
from dm3.protocol.escrow.contents import MAX_BLOB_CHARS
from dm3.protocol.linking.link_message_reading import MAX_CHARS
from dm3.protocol.linking.pairing import LIFE, MAX_WRONG
from dm3.protocol.linking.policy import LinkPolicy
from dm3.protocol.names.claims import MAX_ALIASES, MAX_RECORD_VALUE, RECORD_WINDOW_MS
from dm3.protocol.names.owner_alias import MAX_TERM as OWNER_TERM
from dm3.protocol.wallets.contract_wallets import MAX_SIGNATURE_BYTES
from dm3.protocol.wallets.siwe import MAX_AGE, MAX_SIWE_BYTES
from dm3.protocol.wallets.siwe_check import CLOCK_SKEW
from dm3.resolver.ccip import MAX_CALLDATA, MAX_RESULT
from dm3.resolver.settings import MAX_ANSWER_SECONDS
from dm3.service.app import SMALL_BODY
from dm3.service.body_reader import BODY_SECONDS, MIN_RATE, SMALL
from dm3.service.connection_limits import CONNECTIONS, CONNECTIONS_PER_ADDRESS
from dm3.widget.forwarding import MAX_BODY
from dm3.wire.links import MAX_CODE, MAX_REASON
from dm3.wire.messages import MAX_ATTACHMENTS
from dm3.wire.profiles import MAX_DELIVERY_SERVICES, MAX_PROFILE_BYTES
from dm3.wire.records import MAX_RECORD_CHARS

_POLICY = LinkPolicy()

FIXED = (
    ("a message with all that is in it", LARGEST_MESSAGE, "bytes", "2.4"),
    ("any JSON text", MAX_JSON_BYTES, "bytes", "2.1"),
    ("levels of nesting in JSON", MAX_DEPTH, "", "2.1"),
    ("brackets and commas in JSON, outside of strings", MAX_SIGNS, "", "2.1"),
    (
        "opening brackets and commas in a request, those in strings included",
        REQUEST_SIGNS,
        "",
        "2.5",
    ),
    ("a name", MAX_NAME_LENGTH, "characters", "2.1"),
    ("a label", MAX_LABEL_LENGTH, "characters", "2.1"),
    ("a signed profile", MAX_PROFILE_BYTES, "characters", "2.2"),
    ("delivery services of a profile", MAX_DELIVERY_SERVICES, "", "2.2"),
    ("a text record", MAX_RECORD_CHARS, "characters", "2.2"),
    ("attachments of a message", MAX_ATTACHMENTS, "", "2.4"),
    ("a body at `/rpc`: the size limit and", BODY_SLACK, "bytes more", "2.5.1"),
    ("calls in a batch", MAX_BATCH, "", "2.5.1"),
    ("an `id` that is a number", MAX_ID_DIGITS, "digits", "2.5.1"),
    ("any other body, where nothing else is said", SMALL_BODY, "bytes", "2.5"),
    ("a profile extension", EXTENSION_BYTES, "bytes", "2.5.2"),
    ("messages in a page", MAX_PAGE, "", "2.5.3"),
    ("messages in a page, together", PAGE_BYTES, "bytes", "5.4"),
    ("acknowledgements in a request", MAX_ACKNOWLEDGEMENTS, "", "2.5.3"),
    ("the body of acknowledgements", ACKNOWLEDGEMENTS_BODY, "bytes", "2.5.3"),
    ("mailboxes in a fetch", MAX_MAILBOXES, "", "5.4"),
    ("the body of a fetch from several mailboxes", SEVERAL_BODY, "bytes", "5.4"),
    ("a contract wallet's signature", MAX_SIGNATURE_BYTES, "bytes", "1.1"),
    ("aliases of a profile, by default", MAX_ALIASES, "", "2.5.6"),
    ("a link record as it is published", MAX_RECORD_VALUE, "characters", "2.5.6"),
    (
        "a record's or alias text's time from the resolver's clock",
        RECORD_WINDOW_MS // 1000,
        "seconds",
        "2.5.6",
    ),
    ("calldata at the gateway", MAX_CALLDATA, "bytes", "2.5.7"),
    ("a result of the gateway", MAX_RESULT, "bytes", "2.5.7"),
    ("calls in a multicall", MAX_CALLS, "", "2.5.7"),
    ("how long a signed answer counts", MAX_ANSWER_SECONDS, "seconds", "2.5.7"),
    ("a sign-in message", MAX_SIWE_BYTES, "bytes", "3.1"),
    ("how long a sign-in message without an end counts, by default", MAX_AGE, "seconds", "3.1"),
    ("the term of an owner-alias text", OWNER_TERM, "seconds", "3.1"),
    ("how far clocks may differ", CLOCK_SKEW, "seconds", "3.3"),
    ("a Link Message", MAX_CHARS, "characters", "3.3"),
    ("how long an undated Link Message counts", _POLICY.undated_life, "seconds", "3.3"),
    ("the term of a link, by default", _POLICY.term_limit, "seconds", "3.3"),
    ("requests that wait, of one owner", _POLICY.pending_per_owner, "", "3.3"),
    ("requests that wait, from one page", _POLICY.pending_per_uri, "", "3.3"),
    ("requests that wait, in all", _POLICY.pending_in_all, "", "3.3"),
    ("recoveries of a profile in 24 hours", _POLICY.recoveries_per_day, "", "3.5"),
    ("an escrow's blob in base64", MAX_BLOB_CHARS, "characters", "3.8"),
    ("the term of an escrow challenge", ESCROW_TERM, "seconds", "3.8"),
    ("releases of an owner's escrow in a minute", RELEASES_PER_MINUTE, "", "3.8"),
    ("age of a login that opens an escrow", LOGIN_SECONDS, "seconds", "5.9"),
    ("releases of an owner's escrow to logins in a day", LOGINS_PER_DAY, "", "5.9"),
    ("a reason in LINK_REJECT and LINK_REVOKE", MAX_REASON, "characters", "3.9"),
    ("a code in LINK_REJECT", MAX_CODE, "characters", "3.9"),
    ("signs of a pairing code", CODE_SIGNS, "", "5.1"),
    ("life of a pairing code", LIFE, "seconds", "5.1"),
    ("wrong tries that void a pairing code", MAX_WRONG, "", "5.1"),
    ("bodies and answers at the widget's gateway", MAX_BODY, "bytes", "5.7"),
    ("time for a body of up to 256 KB", int(BODY_SECONDS), "seconds", "4"),
    (
        f"least speed of a bigger body (above {SMALL:,} bytes, after 10 s)",
        MIN_RATE,
        "bytes a second",
        "4",
    ),
    ("connections of a service, by default", CONNECTIONS, "", "4"),
    ("connections, and requests under way, of one source, by default", CONNECTIONS_PER_ADDRESS, "", "4"),
)

_NO_LIMITS = frozenset({"name", "url", "unknown_senders", "blocked_senders", "escrow", "escrow_logins"})


def limits() -> str:
    lines = ["| what | limit | section |", "| --- | --- | --- |"]
    lines += [f"| {what} | {f'{value:,} {unit}'.strip()} | {where} |" for what, value, unit, where in FIXED]
    return "\n".join(lines) + "\n"


def delivery_limits() -> str:
    settings = DeliverySettings(name="ds.example.eth")
    lines = ["| option | default | what it says |", "| --- | --- | --- |"]
    lines += [
        f"| `{option.replace('_', '-')}` | {getattr(settings, option):,} | {told} |"
        for option, told in describe().items()
        if option not in _NO_LIMITS
    ]
    return "\n".join(lines) + "\n"
