"""requests.json: LINK and LINK_RECOVER as the main profile takes them in, good and faulty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from msgspec import structs

from dm3.base import canonical_json, from_hex, sha256_hex, to_base64
from dm3.crypto import Seed, WalletKey, checksum_address, sign
from dm3.model import RecordKey
from dm3.protocol.linking import LinkPolicy, LinkState, RecoveryMode, Waiting, WhoMayAsk
from tests.unit.linking.faults import FAULTS, LINK
from tests.unit.linking.scene import (
    APP_URI,
    DAY,
    LSP,
    MALLORY,
    NOBODY,
    NOW,
    OWNER,
    STRANGER,
    TEMPORARY,
    TERM,
    Ask,
    held_link,
    recover,
)
from tests.unit.people import digest
from tests.vectors_linking.document import (
    Case,
    VectorFile,
    link_json,
    main_json,
    message_json,
    policy_json,
    world_json,
)

CONTRACT: Final = checksum_address("0x" + "c0" * 20)
ANYONE: Final = LinkPolicy(who_may_ask=WhoMayAsk.ANYONE)
NOTHING: Final[dict[str, Any]] = {
    "kind": None,
    "profile_name": None,
    "profile_hash": None,
    "recover_into": None,
    "owner": None,
}
END: Final = NOW - 60 + TERM
UNSIGNED: Final = sha256_hex(LSP.signed_profile.profile_text)
_SEED: Final = LSP.keys.seed.reveal()
SPELLINGS: Final[dict[str, dict[str, Any]]] = {
    "private-key-as-the-reference-notes-it": {"profilePrivateKey": to_base64(_SEED + bytes(32))},
    "private-key-in-hex": {"profilePrivateKey": _SEED.hex()},
    "private-key-in-hex-with-0x": {"profilePrivateKey": "0x" + _SEED.hex()},
    "private-key-of-64-bytes-in-hex": {"profilePrivateKey": (_SEED + bytes(32)).hex()},
    "wallet-key-without-0x": {"walletPrivateKey": LSP.wallet.key.reveal().hex()},
    "profile-hash-without-0x": {"profileHash": LSP.signed_profile.hash[2:]},
    "wallet-signature-without-0x": {"signature": OWNER.sign_now(Ask().link_message)[2:]},
    "empty-members": {"walletPrivateKey": "", "nonce": ""},
    "without-a-validity": {"validUntil": None},
    "with-an-empty-validity": {"validUntil": ""},
    "nonce-as-a-number": {"nonce": 2_026_112_800_000_000},
}
OLDER: Final = {"draft": "LINK_LSP", "older-page": "LSP_LINK"}
"""The older vocabularies (specification 3.7), by the pages of theirs."""
BARE: Final[dict[str, Any]] = {"profile_key": None, "nonce": None}


def requests() -> VectorFile:
    """The file."""
    return VectorFile(
        "requests",
        "3.3",
        "What the main profile makes of `message` at `now` (UNIX seconds). Everything that it can find out"
        " is in `names`, `contract_wallets` and `used_nonces`; `request_state` and `link` are what it holds"
        " for the profile; `waiting` counts requests that wait. `policy` times are in seconds.",
        [*_asked(), *_renewed(), *_recovered(), *_faulty(), *_refused()],
    )


def _case(name: str, ask: Ask, waiting: Waiting, request_state: str) -> Case:
    message = ask.message()
    used = [
        {"owner": owner, "nonce": nonce, "message_hash": by} for (owner, nonce), by in ask.world.used.items()
    ]
    return {
        "name": name,
        "now": ask.now,
        "policy": policy_json(ask.policy),
        "main": main_json(ask.main),
        **world_json(ask.world, mentioned_in=message.text + (ask.link.profile_name if ask.link else "")),
        "used_nonces": used,
        "waiting": structs.asdict(waiting),
        "request_state": request_state,
        "link": link_json(ask.link),
        "message": message_json(message),
    }


def good(
    name: str, ask: Ask, outcome: str, *, waiting: Waiting = NOBODY, request_state: str = "none", **facts: Any
) -> Case:
    """A case that passes; ``facts`` are what is found beside the usual."""
    expected = {
        "outcome": outcome,
        "owner": OWNER.address,
        "own_wallet": True,
        "bound": True,
        "sender": ask.sender.name,
        "effects": _EFFECTS[outcome],
        **facts,
    }
    case = _case(name, ask, waiting, request_state)
    return {**case, "valid": True, "expected": expected}


_EFFECTS: Final = {
    "pending": ["ask-user"],
    "renewed": [],
    "keys-taken": ["join-mailbox"],
    "recovered": ["send-keys", "forward-held", "notify-of-recovery"],
}


def bad(name: str, ask: Ask, failure: str, *, waiting: Waiting = NOBODY, request_state: str = "none") -> Case:
    """A case with one fault."""
    return {**_case(name, ask, waiting, request_state), "valid": False, "failure": failure}


def _asked() -> list[Case]:
    milliseconds = Ask().carries(valid_until=END * 1000)
    changed: dict[str, Any] = {"outcome": "pending", "link": {"state": "linked", "valid_until": NOW + DAY}}
    return [
        good(
            "asked", Ask(), "pending", request={"state": "pending", "expires_at": END, "reply_to": LSP.name}
        ),
        good("asked-without-keys", Ask().carries(**BARE), "pending"),
        good("asked-with-the-wallet-s-key", Ask().carries(wallet_key=LSP.wallet.key), "pending"),
        good("asked-by-the-address-name", Ask().says(main_name=Ask().main.names[1]), "pending"),
        good("asked-unbound", Ask().says(**NOTHING), "pending", bound=False),
        good("asked-without-naming-the-owner", Ask().says(owner=None), "pending"),
        good("hash-of-the-text-signed", replace(Ask(), hashed=True), "pending", bound=False),
        good("valid-until-in-milliseconds", milliseconds, "pending"),
        good(
            "valid-a-few-seconds-beyond-the-text",
            Ask().carries(valid_until=END + 90),
            "pending",
            request={"state": "pending", "expires_at": END, "reply_to": LSP.name, "signed_until": END},
        ),
        *[
            good(f"{page}-asks", Ask().says(**NOTHING).carries(vocabulary=word), "pending", bound=False)
            for page, word in OLDER.items()
        ],
        good("bytes-of-the-text-s-hash-signed", _signed_bytes(), "pending", bound=False),
        good("hash-of-the-unsigned-profile", Ask().carries(profile_hash=UNSIGNED), "pending"),
        good(
            "hash-of-the-unsigned-profile-bound",
            Ask().says(profile_hash=UNSIGNED).carries(profile_hash=UNSIGNED),
            "pending",
        ),
        *[_spelled(name, members) for name, members in SPELLINGS.items()],
        good("clock-two-minutes-ahead", Ask().says(issued_at=NOW + 120), "pending"),
        good(
            "expired-two-minutes-ago",
            Ask().says(expires_at=NOW - 120).carries(valid_until=NOW - 120),
            "pending",
            request={"state": "pending", "expires_at": NOW - 120, "reply_to": LSP.name},
        ),
        good(
            "without-an-end",
            Ask().says(expires_at=None),
            "pending",
            request={"state": "pending", "expires_at": NOW + 30 * DAY, "reply_to": LSP.name},
        ),
        good("asked-by-anyone", _foreign(), "pending", owner=MALLORY.wallet.address, own_wallet=False),
        good("contract-wallet-says-yes", _contract(yes=True), "pending", owner=CONTRACT),
        good(
            "contract-wallet-not-named-says-yes",
            _contract(yes=True, named=False),
            "pending",
            owner=CONTRACT,
            bound=True,
        ),
        good(
            "asked-again-while-one-waits",
            Ask(),
            "pending",
            waiting=Waiting(100, 5, 20),
            request_state="pending",
        ),
        good("asked-again-after-a-rejection", Ask(), "pending", request_state="rejected"),
        good("changed-page-asks-again", replace(Ask(), link=held_link(uri="https://old.example")), **changed),
        good(
            "changed-owner-asks-again",
            replace(Ask(), link=held_link(owner=MALLORY.wallet.address)),
            **changed,
        ),
        good(
            "changed-keys-ask-again",
            replace(Ask(), link=held_link(profile_key=Seed(digest("older seed")))),
            **changed,
        ),
        good(
            "changed-profile-asks-again",
            replace(Ask(), link=held_link(profile_hash=STRANGER.signed_profile.hash)),
            **changed,
        ),
        good(
            "valid-for-longer-than-signed",
            Ask().says(expires_at=NOW + 600).carries(valid_until=END),
            "pending",
            request={
                "state": "pending",
                "expires_at": NOW + 600,
                "signed_until": NOW + 600,
                "reply_to": LSP.name,
            },
        ),
        good(
            "renewal-beyond-what-the-wallet-signed-asks-again",
            replace(Ask().says(expires_at=NOW + 600).carries(valid_until=END), link=held_link()),
            **changed,
        ),
        good(
            "renewal-of-an-expired-link-asks-again",
            replace(Ask(), link=held_link(state=LinkState.EXPIRED, valid_until=NOW - DAY)),
            "pending",
            link={"state": "expired", "valid_until": NOW - DAY},
        ),
        good(
            "renewal-a-moment-too-late-asks-again",
            replace(Ask(), link=held_link(valid_until=NOW - 1)),
            "pending",
            link={"state": "linked", "valid_until": NOW - 1},
        ),
    ]


def _signed_bytes() -> Ask:
    """The wallet has signed the 32 bytes of the text's hash."""
    return Ask().carries(signature=OWNER.sign_now(from_hex(sha256_hex(Ask().link_message))))


def _spelled(name: str, members: dict[str, Any], ask: Ask | None = None, outcome: str = "pending") -> Case:
    """A good request whose payload is written otherwise, signed as it is written; None leaves out."""
    ask = ask or Ask()
    case = good(name, ask, outcome)
    message = case["message"]
    link = {**message["metadata"]["link"], **members}
    message["metadata"]["link"] = {key: value for key, value in link.items() if value is not None}
    del message["signature"]
    message["signature"] = sign(ask.sender.keys.signing_private, canonical_json(message))
    return case


def _renewed() -> list[Case]:
    def renewed(name: str, ask: Ask, until: int, *, bound: bool = True, **held: Any) -> Case:
        ask = replace(ask, link=held_link(**held))
        return good(name, ask, "renewed", link={"state": "linked", "valid_until": until}, bound=bound)

    awaiting = held_link(state=LinkState.AWAITING_KEYS, link_message=Ask().link_message, profile_key=None)
    keys = replace(Ask(), link=awaiting)
    keys.world.used[OWNER.address, _nonce(keys)] = sha256_hex("the first LINK")
    week = LinkPolicy(term_limit=7 * DAY)
    return [
        renewed("renewed", Ask(), END),
        renewed("renewed-without-keys", Ask().carries(**BARE), END),
        renewed("renewed-to-the-user-s-limit", replace(Ask(), policy=week), NOW + 7 * DAY),
        renewed("renewed-to-what-the-wallet-signed", Ask().carries(valid_until=END + 100), END),
        renewed(
            "renewed-for-less",
            Ask().says(expires_at=NOW + 3_600).carries(valid_until=NOW + 3_600),
            NOW + 3_600,
        ),
        renewed("renewed-unbound", Ask().says(**NOTHING), END, bound=False),
        renewed("renewed-by-a-hash", replace(Ask(), hashed=True), END, bound=False),
        renewed("renewed-without-an-end", Ask().says(expires_at=None).carries(valid_until=END), END),
        renewed(
            "renewed-by-another-name-of-the-main-profile", Ask().says(main_name=Ask().main.names[1]), END
        ),
        renewed("renewed-from-another-path", Ask().says(uri=f"{APP_URI}/chat"), END),
        renewed(
            "renewed-beyond-what-was-signed-as-approved-before",
            Ask().says(expires_at=NOW + 600).carries(valid_until=END),
            END,
            uncovered=True,
        ),
        good(
            "renewal-overtaken-by-a-newer-one",
            replace(Ask(), link=held_link(asked_at=NOW - 59)),
            "renewed",
            link={"state": "linked", "valid_until": NOW + DAY},
        ),
        good("awaited-keys-arrive", keys, "keys-taken", link={"state": "linked", "valid_until": NOW + DAY}),
    ]


def _recovered() -> list[Case]:
    held = {"state": "linked", "valid_until": NOW + DAY}
    always = LinkPolicy(recovery=RecoveryMode.ASK)
    elsewhere = recover().says(uri="https://other.example")
    another_port = recover().says(uri=f"{APP_URI}:8443")
    both_pages = {
        "state": "pending",
        "expires_at": END,
        "uri": "https://other.example",
        "link_uri": APP_URI,
        "reply_to": TEMPORARY.name,
    }
    older = recover().says(**NOTHING)
    return [
        good("recovered", recover(), "recovered", link=held),
        *[
            good(f"{page}-recovery-asks", older.carries(vocabulary=word), "pending", bound=False)
            for page, word in OLDER.items()
        ],
        good(
            "third-recovery-of-the-day",
            recover(link=held_link(recoveries=(NOW - DAY, NOW - 900, NOW - 800))),
            "recovered",
            link=held,
        ),
        good(
            "recovered-by-the-owner-of-the-link",
            replace(
                recover(link=held_link(owner=MALLORY.wallet.address)).says(owner=MALLORY.wallet.address),
                wallet=MALLORY.wallet,
            ),
            "recovered",
            link=held,
            owner=MALLORY.wallet.address,
            own_wallet=False,
        ),
        *[
            _spelled(f"recovery-{name}", {"validUntil": until}, recover(), "recovered")
            for name, until in (("without-a-validity", None), ("with-an-empty-validity", ""))
        ],
        good(
            "recovery-without-an-end-waits-as-long-as-messages-are-kept",
            recover(policy=always).says(expires_at=None),
            "pending",
            link=held,
            request={"state": "pending", "expires_at": NOW + 30 * DAY, "reply_to": TEMPORARY.name},
        ),
        good("unbound-recovery-asks", recover().says(**NOTHING), "pending", bound=False, link=held),
        good("opaque-recovery-asks", replace(recover(), hashed=True), "pending", bound=False, link=held),
        good("recovery-from-another-page-asks", elsewhere, "pending", link=held, request=both_pages),
        good("recovery-from-another-port-asks", another_port, "pending", link=held),
        good(
            "recovery-from-a-path-of-the-page", recover().says(uri=f"{APP_URI}/chat/"), "recovered", link=held
        ),
        good(
            "recovery-asks-where-the-link-wants-it",
            recover(link=held_link(recovery=RecoveryMode.ASK)),
            "pending",
            link=held,
        ),
        good(
            "recovered-where-the-link-wants-it",
            recover(policy=always, link=held_link(recovery=RecoveryMode.UNATTENDED)),
            "recovered",
            link=held,
        ),
        good(
            "recovery-from-another-page-asks-whatever-the-link-wants",
            replace(elsewhere, link=held_link(recovery=RecoveryMode.UNATTENDED)),
            "pending",
            link=held,
        ),
        good(
            "recovery-without-target-asks",
            recover().says(recover_into=None),
            "pending",
            bound=False,
            link=held,
        ),
        good("recovery-asks-where-the-user-wants-it", recover(policy=always), "pending", link=held),
    ]


def _faulty() -> list[Case]:
    return [
        bad(
            fault.name if len(fault.of) == 1 else f"{fault.name}-{'link' if kind is LINK else 'recovery'}",
            fault.commit(Ask() if kind is LINK else recover()),
            fault.reason,
        )
        for fault in FAULTS
        for kind in fault.of
    ]


def _refused() -> list[Case]:
    """Faults that need more than one thing to be told."""
    linking, recovering = Ask(), recover()
    moved = replace(linking, spoil=lambda _: recovering.link_message)
    reused = replace(recovering, spoil=lambda _: linking.link_message)
    moved_used, reused_used = replace(moved, world=Ask().world), replace(reused, world=Ask().world)
    moved_used.world.used[OWNER.address, _nonce(recovering)] = sha256_hex("the LINK_RECOVER")
    reused_used.world.used[OWNER.address, _nonce(linking)] = sha256_hex("the LINK")
    held_now = replace(Ask(), link=held_link(link_message=Ask().link_message))
    held_now.world.used[OWNER.address, _nonce(held_now)] = sha256_hex("the first LINK")
    awaiting = held_link(state=LinkState.AWAITING_KEYS, link_message=Ask().link_message, profile_key=None)
    no_key = replace(Ask().carries(**BARE), link=awaiting)
    no_key.world.used[OWNER.address, _nonce(no_key)] = sha256_hex("the first LINK")
    wrong_awaited = replace(Ask().carries(profile_key=Seed(digest("another"))), link=awaiting)
    wrong_awaited.world.used[OWNER.address, _nonce(wrong_awaited)] = sha256_hex("the first LINK")
    gone = recover()
    del gone.world.texts[LSP.name, RecordKey.PROFILE]
    spent = held_link(recoveries=(NOW - DAY + 1, NOW - 900, NOW - 800))
    return [
        bad("text-of-a-recovery-in-a-link", moved, "wrong-type"),
        bad("text-of-a-link-in-a-recovery", reused, "wrong-type"),
        bad("used-text-of-a-recovery-in-a-link", moved_used, "replayed"),
        bad("used-text-of-a-link-in-a-recovery", reused_used, "replayed"),
        bad("keys-of-a-link-in-force-once-more", held_now, "replayed"),
        bad("awaited-keys-left-out", no_key, "replayed"),
        bad("awaited-keys-of-another-profile", wrong_awaited, "wrong-key"),
        bad("key-that-no-wallet-has", Ask().carries(wallet_key=WalletKey(bytes(32))), "wrong-key"),
        bad("contract-wallet-says-no", _contract(yes=False), "bad-wallet-signature"),
        bad("contract-wallet-not-named-says-no", _contract(yes=False, named=False), "bad-wallet-signature"),
        bad("wallet-signature-empty", Ask().carries(signature="0x"), "bad-wallet-signature"),
        bad(
            "text-changed-after-the-wallet-signed",
            Ask().carries(
                link_message=Ask().link_message.replace(f"Nonce: {_nonce(Ask())}", "Nonce: " + "0" * 32)
            ),
            "bad-wallet-signature",
        ),
        bad(
            "issued-a-month-ago-without-an-end",
            Ask().says(expires_at=None, issued_at=NOW - 30 * DAY - 121),
            "expired",
        ),
        bad("message-s-own-validity-over", Ask().carries(valid_until=NOW - 121), "expired"),
        bad("an-acceptance-instead", Ask().carries(kind="accept"), "wrong-type"),
        bad("recovery-of-an-expired-link", recover(link=held_link(state=LinkState.EXPIRED)), "not-linked"),
        bad(
            "recovery-while-keys-are-awaited",
            recover(link=held_link(state=LinkState.AWAITING_KEYS, profile_key=None)),
            "not-linked",
        ),
        bad(
            "recovery-of-an-older-profile",
            recover(link=held_link(profile_hash=STRANGER.signed_profile.hash)),
            "wrong-hash",
        ),
        bad("recovery-of-a-profile-that-is-gone", gone, "wrong-hash"),
        bad("fourth-recovery-of-the-day", recover(link=spent), "too-many"),
        bad(
            "asked-again-by-another-wallet-after-a-rejection",
            _foreign(),
            "rejected",
            request_state="rejected",
        ),
        bad("too-many-wait", Ask(), "too-many", waiting=Waiting(100, 0, 0)),
        bad("too-many-of-this-owner", Ask(), "too-many", waiting=Waiting(5, 5, 0)),
        bad("too-many-from-this-page", Ask(), "too-many", waiting=Waiting(20, 0, 20)),
        *_in_older_words(),
        *_tampered(),
    ]


def _in_older_words() -> list[Case]:
    """What leaves out most is held to all that it does say (specification 3.7)."""
    linking, recovering = Ask().says(**NOTHING), recover().says(**NOTHING)
    used = replace(linking, world=Ask().world)
    used.world.used[OWNER.address, _nonce(used)] = sha256_hex("another")
    said = {"link_message": LSP.name, "kind": "accept"}
    faults = {
        "another-main-profile": (linking.says(main_name="bob.user.dm3.eth"), "wrong-main"),
        "expired": (linking.says(expires_at=NOW - 121), "expired"),
        "nonce-used-before": (used, "replayed"),
        "signed-for-recovery": (linking.says(kind="recover"), "wrong-type"),
        "signed-for-another-hash": (linking.says(profile_hash=STRANGER.signed_profile.hash), "wrong-hash"),
        "a-foreign-wallet": (replace(linking, wallet=MALLORY.wallet), "foreign-wallet"),
        "key-of-another-profile": (linking.carries(profile_key=Seed(digest("another"))), "wrong-key"),
        "recovery-from-a-page-with-no-link": (recovering.says(uri="https://other.example"), "not-linked"),
        "recovery-of-nothing": (replace(recovering, link=None), "not-linked"),
        "an-acceptance-instead": (linking.carries(**said), "wrong-type"),
    }
    return [
        bad(f"{page}-{name}", ask.carries(vocabulary=word), failure)
        for page, word in OLDER.items()
        for name, (ask, failure) in faults.items()
    ]


def _tampered() -> list[Case]:
    """Changed after it was signed: the signature that covers it does not fit any more."""
    cases = []
    for name, change in (
        ("validity", {"validUntil": END + 1}),
        ("profile-hash", {"profileHash": STRANGER.signed_profile.hash}),
        ("profile-name", {"profileName": STRANGER.name}),
        ("link-message", {"linkMessage": recover().link_message}),
        ("unknown-member", {"more": 1}),
    ):
        case = bad(f"{name}-tampered-with", Ask(), "bad-message-signature")
        case["message"]["metadata"]["link"].update(change)
        cases.append(case)
    case = bad("sender-tampered-with", Ask(), "bad-message-signature")
    case["message"]["metadata"]["from"] = TEMPORARY.name
    return [*cases, case]


def _foreign() -> Ask:
    return replace(Ask().says(owner=MALLORY.wallet.address), wallet=MALLORY.wallet, policy=ANYONE)


def _nonce(ask: Ask) -> str:
    return next(line for line in ask.link_message.split("\n") if line.startswith("Nonce: "))[7:]


def _contract(*, yes: bool, named: bool = True) -> Ask:
    ask = Ask().says(owner=CONTRACT if named else None).carries(signature="0x1271")
    ask.world.contracts[CONTRACT] = {(ask.link_message, "0x1271")} if yes else set()
    return replace(ask, main=structs.replace(ask.main, owner=CONTRACT))
