"""Figures in the sentences of ``docs/specification.md`` are those of the code.

The tables of limits are generated (`generated_limits.py`). What is said in a sentence or in a row beside them
is compared here, each with the constant that holds it; a new *at most* in the page asks for its line.
"""

import re

import pytest

from dm3.base.canonical import MAX_DEPTH
from dm3.base.names import MAX_LABEL_LENGTH, MAX_NAME_LENGTH
from dm3.board.routes import LONGEST_WAIT, MOST_ON_A_PAGE, PAGE
from dm3.board.rules import NEWEST_MS, OLDEST_MS
from dm3.board.settings import STATEMENT_CHARS
from dm3.client.devices.joining import LIFE as JOIN_LIFE
from dm3.client.devices.telling import PAGE as KEPT_PAGE
from dm3.client.devices.telling import PAGES as KEPT_CHARS
from dm3.client.linking.copies import HISTORY_CHARS, HISTORY_MESSAGES
from dm3.client.linking.replies import HELD_CHARS, HELD_MESSAGES
from dm3.crypto.locking import MEMORY, PASSES
from dm3.crypto.pairing_code import CODE_SIGNS
from dm3.crypto.pairing_code import GROUP as PAIRING_GROUP
from dm3.crypto.recovery_code import CODE_SIGNS as RECOVERY_SIGNS
from dm3.crypto.secrets import MIN_ENTROPY_BYTES
from dm3.delivery.escrow import RELEASES_PER_MINUTE
from dm3.delivery.escrow_login import LOGIN_SECONDS, LOGINS_PER_DAY
from dm3.delivery.fetch import PAGE_BYTES
from dm3.delivery.http.mailbox_routes import MAX_ACKNOWLEDGEMENTS
from dm3.delivery.http.several_mailboxes import MAX_MAILBOXES, MAX_PAGE, PAGE_LIMIT
from dm3.delivery.registration import FOLLOWERS
from dm3.delivery.settings import DeliverySettings
from dm3.delivery.submission_rates import SHARE
from dm3.delivery.tokens import MAX_TOKEN_CHARS
from dm3.net.http.bounded_fetch import MAX_BYTES as FETCHED_BYTES
from dm3.net.http.timeouts import Timeouts
from dm3.protocol.board.items import MAX_ITEM_CHARS, MAX_STATEMENT_CHARS
from dm3.protocol.delivery.jsonrpc import MAX_BATCH, MAX_ID_DIGITS
from dm3.protocol.devices.items import LATEST, MAX_DRAFT
from dm3.protocol.devices.known import LABEL, MOST_DEVICES, MOST_MISSING
from dm3.protocol.devices.texts import MAX_ITEMS
from dm3.protocol.ens.offchain import MAX_GATEWAYS, MAX_HOPS
from dm3.protocol.ens.records import MAX_CALLS
from dm3.protocol.escrow.challenge import MAX_TERM as ESCROW_TERM
from dm3.protocol.escrow.contents import MAX_BLOB_CHARS, PADDING
from dm3.protocol.linking.checks import MIN_NONCE_CHARS
from dm3.protocol.linking.link_message_reading import MAX_CHARS
from dm3.protocol.linking.pairing import LIFE, MAX_WRONG
from dm3.protocol.linking.policy import DAY, LinkPolicy
from dm3.protocol.linking.requester import SKEW
from dm3.protocol.messages.timeline_rules import LONGEST_REACTION
from dm3.protocol.names import RESERVED_LABELS
from dm3.protocol.names.claims import MAX_RECORD_VALUE
from dm3.protocol.names.owner_alias import MAX_TERM as OWNER_TERM
from dm3.protocol.wallets.contract_wallets import MAX_SIGNATURE_BYTES
from dm3.protocol.wallets.siwe_check import CLOCK_SKEW
from dm3.resolver.settings import CLAIMS_A_MINUTE, LOOKUPS_A_MINUTE
from dm3.store.board.statements import KEPT_MS
from dm3.store.delivery.escrow_releases import MOST_TOLD, RELEASES_TOLD
from dm3.store.delivery.readers import ACKNOWLEDGED_AT_ONCE
from dm3.store.widget.wrapping_keys import KEPT_DAYS, KeyBounds
from dm3.widget.forwarding import LONGEST, MAX_BODY
from dm3.widget.settings import LOOKUPS_A_MINUTE as GATEWAY_LOOKUPS
from dm3.widget.settings import SENDS_A_MINUTE, WRAPS_A_MINUTE
from dm3.wire.links import MAX_REASON
from dm3.wire.messages import MAX_ATTACHMENTS
from dm3.wire.profiles import MAX_DELIVERY_SERVICES, MAX_PROFILE_BYTES
from dm3.wire.records import MAX_RECORD_CHARS
from tests.habits.test_specification import PAGE as SPECIFICATION

POLICY = LinkPolicy()
DELIVERY = DeliverySettings(name="ds.example.eth")
WORDS = {3: "three", 7: "seven", 8: "eight", 14: "fourteen"}

SAID = {
    "1.1": [f"Signatures have at most {MAX_SIGNATURE_BYTES:,} bytes"],
    "2.1": [
        f"at most {MAX_DEPTH} levels",
        f"A name has at most {MAX_NAME_LENGTH} characters, a label 1 to {MAX_LABEL_LENGTH}.",
    ],
    "2.2": [
        f"ENS names, first choice first, at most {MAX_DELIVERY_SERVICES} |",
        f"at most {MAX_PROFILE_BYTES // 1024} KB of canonical JSON",
        "`url` is http or https, at most 2,000 characters",
        f"`charset` of UTF-8; at most {MAX_RECORD_CHARS:,} characters",
    ],
    "2.4": [
        f"`ipfs:`); at most {MAX_ATTACHMENTS} |",
        f"`message` of at most {LONGEST_REACTION} characters; empty",
    ],
    "2.5.1": [f"a batch of at most {MAX_BATCH}.", f"(at most {MAX_ID_DIGITS})"],
    "2.5.2": [
        f"Up to {WORDS[FOLLOWERS]} names that share a mailbox move",
        f"a challenge counts once, for {DELIVERY.challenge_seconds} seconds",
        f"of at most {MAX_TOKEN_CHARS:,} ASCII characters",
    ],
    "2.5.3": [
        f"`limit` (1 to {MAX_PAGE}, default {PAGE_LIMIT})",
        f"for the reader `default`, at most {MAX_PAGE} and",
        f'"reader"?}}`, at most {MAX_ACKNOWLEDGEMENTS:,} |',
        f"a mailbox has at most {DELIVERY.max_readers}.",
        f"(at most {ACKNOWLEDGED_AT_ONCE:,} at once;",
    ],
    "2.5.6": [
        f"(3.4) of at most {MAX_RECORD_VALUE:,} characters",
        "(" + ", ".join(f"`{label}`" for label in sorted(RESERVED_LABELS)) + ", what looks like",
    ],
    "2.5.7": [f"at most {MAX_CALLS} calls, none of them another one"],
    "2.5.8": [f"with at most {MAX_HOPS} turns and {MAX_GATEWAYS} gateways"],
    "3.1": [
        f"issued at most {OWNER_TERM // 3600} hours before it ends",
        f"Clocks may differ by {CLOCK_SKEW} seconds",
    ],
    "3.2": [f"at least {MIN_ENTROPY_BYTES} bytes"],
    "3.3": [
        f"read tolerantly, up to {MAX_CHARS:,} characters",
        f"the nonce has at least {MIN_NONCE_CHARS} characters;",
        f"an undated text counts {POLICY.undated_life // DAY} days",
        f"issued by now (+{SKEW} s)",
    ],
    "3.5": [f"At most {WORDS[POLICY.recoveries_per_day]} recoveries for each profile in 24 hours"],
    "3.6": [
        f"at most {HISTORY_MESSAGES} messages and {HISTORY_CHARS:,} characters",
        f"at most {HELD_MESSAGES} messages and {HELD_CHARS:,} characters",
    ],
    "3.8": [
        f"at most {MAX_BLOB_CHARS:,} characters of base64",
        f"to a multiple of {PADDING:,}",
        f"{PASSES} passes, {MEMORY // 1024**2} MiB, one lane",
        f"written as {RECOVERY_SIGNS} signs",
        f"which counts once and for {DELIVERY.challenge_seconds} seconds",
        f"At most {RELEASES_PER_MINUTE} releases a minute",
        f"it ends at most {'an hour' if ESCROW_TERM == 3600 else ESCROW_TERM} after its issue",
    ],
    "3.9": [f"optional text, at most {MAX_REASON} characters"],
    "4.3": [
        f"one source has at most a {'quarter' if SHARE == 4 else SHARE}",
        f"a source has {CLAIMS_A_MINUTE:,} claims and {LOOKUPS_A_MINUTE:,} look-ups a minute",
    ],
    "4.4": [f"at most {FETCHED_BYTES // 1024} KB and {Timeouts().fetch:.0f} seconds for one answer"],
    "5.1": [
        f"{CODE_SIGNS} signs of Crockford's base32",
        f"shown `{'X' * PAIRING_GROUP}-{'X' * PAIRING_GROUP}`",
        f"one at a time; {LIFE} seconds;",
        f"void after {MAX_WRONG} that pass",
    ],
    "5.2": [
        f"what the user calls it, at most {LABEL} characters",
        f"at most {MAX_ITEMS} items",
        f"(the newest {MOST_MISSING:,} texts)",
        f"At most {MOST_DEVICES} devices",
        f"at most {MAX_DRAFT:,} characters",
        f"from 0 to {LATEST}.",
    ],
    "5.3": [
        f"ours counts for {'an hour' if JOIN_LIFE == 3600 else JOIN_LIFE}",
        f"at most the newest {KEPT_PAGE:,} messages and {KEPT_CHARS:,} characters",
    ],
    "5.4": [
        f"its bytes ({PAGE_BYTES:,};",
        f"at most {MAX_MAILBOXES} of `",
    ],
    "5.6": [
        f"`Path=/{{app}}/`, {KEPT_DAYS} days",
        f"{KEPT_DAYS} days from the last use. {WRAPS_A_MINUTE} keys a minute",
        f"at most {KeyBounds().of_one:,} of one source and {KeyBounds().new:,} in all",
        f"of those in use {KeyBounds().back:,}",
    ],
    "5.7": [
        f"{GATEWAY_LOOKUPS} names a minute and source",
        f"at most {MAX_BODY // 1024**2} MiB, a request {LONGEST:.0f} seconds",
        f"more than {SENDS_A_MINUTE} a minute of this profile",
    ],
    "5.8": [
        f"at most {MAX_STATEMENT_CHARS:,} characters, the whole message {MAX_ITEM_CHARS:,}",
        f"(at most {LONGEST_WAIT})",
        f"`limit` is at most {MOST_ON_A_PAGE}, {PAGE} by default",
        f"without it {STATEMENT_CHARS:,}.",
        f"at most {WORDS[OLDEST_MS // 86_400_000]} days old",
        f"and {'an hour' if NEWEST_MS == 3_600_000 else NEWEST_MS} ahead",
        f"for {WORDS[KEPT_MS // 86_400_000]} days",
    ],
    "5.9": [
        "base64 of at most 128 and 2,048 characters",
        "id, at most 255 characters",
        f"issued at most {LOGIN_SECONDS} seconds ago",
        f"{WORDS[LOGINS_PER_DAY].capitalize()} a day for each application and owner",
        f"the newest {MOST_TOLD} of {RELEASES_TOLD // 86_400} days",
    ],
}
"""For each section: what it says, with the values of the code."""


def section(number: str) -> str:
    start = re.search(rf"^#+ {re.escape(number)}\.? ", SPECIFICATION, re.MULTILINE)
    assert start is not None, number
    end = re.compile(r"^#+ ", re.MULTILINE).search(SPECIFICATION, start.end())
    return SPECIFICATION[start.start() : end.start() if end else None]


@pytest.mark.parametrize("number", SAID)
def test_figures_in_sentences_are_those_of_the_code(number):
    missing = [said for said in SAID[number] if said not in section(number)]
    assert not missing


def test_every_bound_of_the_page_is_compared():
    everything = "\n".join(said for sentences in SAID.values() for said in sentences)
    told = re.findall(r"\bat most (?:the newest )?[\d,]*\d", SPECIFICATION)
    assert len(told) > 30
    assert [bound for bound in told if bound not in everything] == []
