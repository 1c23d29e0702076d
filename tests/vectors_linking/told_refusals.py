"""told_refusals.json: what an asker is told of a request that was refused, and who is told nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dm3.protocol.linking import LinkPolicy, WhoMayAsk
from tests.unit.linking.scene import LSP, MALLORY, NOW, OTHER_CODE, STRANGER, Ask, offered, pair, recover
from tests.vectors_linking.document import Case, VectorFile
from tests.vectors_linking.requests import bad

LATE: Final = {"issued_at": NOW + 121}


def told_refusals() -> VectorFile:
    """The file."""
    late = Ask().says(**LATE)
    again = replace(pair(code=None), policy=LinkPolicy(who_may_ask=WhoMayAsk.ANYONE))
    return VectorFile(
        "told_refusals",
        "3.9",
        "As `requests.json`, all refused for `failure`: which `code` LINK_REJECT carries to whom; null where"
        " the asker is told nothing, for the reason is none of theirs or nothing proves them the owner.",
        [
            _told("of-the-future", late, "not-yet-valid", "not-yet-valid"),
            _told("over", Ask().says(expires_at=NOW - 121), "expired", "expired"),
            _told("another-main", Ask().says(main_name="bob.user.dm3.eth"), "wrong-main", "wrong-main"),
            _told(
                "unreadable",
                replace(Ask(), spoil=lambda text: text.replace("Link your", "Empty your")),
                "malformed",
                "malformed",
            ),
            _told(
                "another-version",
                replace(Ask(), spoil=lambda text: text.replace("Version: 1", "Version: 2")),
                "unsupported",
                "unsupported",
            ),
            _told("a-recovery-of-the-future", recover().says(**LATE), "not-yet-valid", "not-yet-valid"),
            _told("signed-by-hash", replace(late, hashed=True), "not-yet-valid", "not-yet-valid"),
            _told("another-wallet-with-the-code", pair().says(**LATE), "not-yet-valid", "not-yet-valid"),
            _told("another-wallet-wrong-code", pair(code=OTHER_CODE).says(**LATE), "not-yet-valid", None),
            _told(
                "another-wallet-with-a-code-that-is-over",
                pair(main=offered(until=NOW - 1)).says(**LATE),
                "not-yet-valid",
                None,
            ),
            _told("another-wallet", pair(code=None).says(**LATE), "not-yet-valid", None),
            _told(
                "not-by-the-wallet-it-names",
                replace(late, wallet=STRANGER.wallet),
                "not-yet-valid",
                None,
            ),
            _told("no-signature", late.carries(signature="0x" + "00" * 65), "not-yet-valid", None),
            _told("another-s-message", replace(late, signs_as=MALLORY), "bad-message-signature", None),
            _told("rejected-before", again, "rejected", None),
            _told(
                "a-reason-that-is-told-nobody",
                Ask().carries(profile_hash=STRANGER.signed_profile.hash),
                "wrong-hash",
                None,
            ),
        ],
    )


def _told(name: str, ask: Ask, failure: str, code: str | None) -> Case:
    to = None if code is None else ask.sender.name
    assert to is None or to.endswith(LSP.name.partition(".")[2])
    before = "rejected" if failure == "rejected" else "none"
    return {**bad(name, ask, failure, request_state=before), "code": code, "to": to}
