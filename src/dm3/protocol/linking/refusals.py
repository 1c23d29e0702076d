"""Why a link request, an acceptance or a link record is refused: one class, one code per reason."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dm3.base.errors import RemoteProtocolError


class Reason(StrEnum):
    """The failure classes of linking; the vectors name them, too."""

    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    BAD_MESSAGE_SIGNATURE = "bad-message-signature"
    WRONG_SENDER = "wrong-sender"
    WRONG_MAIN = "wrong-main"
    WRONG_TYPE = "wrong-type"
    WRONG_PROFILE = "wrong-profile"
    WRONG_HASH = "wrong-hash"
    WRONG_TARGET = "wrong-target"
    WRONG_LINK_MESSAGE = "wrong-link-message"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WEAK_NONCE = "weak-nonce"
    REPLAYED = "replayed"
    BAD_WALLET_SIGNATURE = "bad-wallet-signature"
    FOREIGN_WALLET = "foreign-wallet"
    WRONG_KEY = "wrong-key"
    KEY_IN_RECOVERY = "key-in-recovery"
    NO_KEY = "no-key"
    NOT_LINKED = "not-linked"
    UNKNOWN_REQUEST = "unknown-request"
    TOO_MANY = "too-many"
    REJECTED = "rejected"
    BAD_MAIN_SIGNATURE = "bad-main-signature"
    BAD_RECORD_SIGNATURE = "bad-record-signature"
    WRONG_COMMITMENT = "wrong-commitment"
    TERM_TOO_LONG = "term-too-long"
    WRONG_PAIRING = "wrong-pairing"
    NO_PAIRING = "no-pairing"
    NOT_PAIRED = "not-paired"


_SENTENCES: Final = {
    Reason.MALFORMED: "the Link Message cannot be read",
    Reason.UNSUPPORTED: "the Link Message is of a kind that is not known here",
    Reason.BAD_MESSAGE_SIGNATURE: "the message is not signed by the profile that sent it",
    Reason.WRONG_SENDER: "the message was not sent by the profile that it is about",
    Reason.WRONG_MAIN: "the wallet signed for another main profile",
    Reason.WRONG_TYPE: "the wallet signed for another step of linking",
    Reason.WRONG_PROFILE: "the wallet signed for another profile",
    Reason.WRONG_HASH: "the profile hash is not that of the published profile",
    Reason.WRONG_TARGET: "the wallet signed for handing the keys to another profile",
    Reason.WRONG_LINK_MESSAGE: "it repeats another Link Message than ours",
    Reason.EXPIRED: "it has expired",
    Reason.NOT_YET_VALID: "it lies in the future",
    Reason.WEAK_NONCE: "its nonce is too short to be unguessable",
    Reason.REPLAYED: "its Link Message was used before",
    Reason.BAD_WALLET_SIGNATURE: "the wallet's signature does not fit the Link Message",
    Reason.FOREIGN_WALLET: "it is signed by a wallet that is not the owner's",
    Reason.WRONG_KEY: "the private key does not yield the published profile",
    Reason.KEY_IN_RECOVERY: "a request for keys must not carry keys",
    Reason.NO_KEY: "the private key is missing",
    Reason.NOT_LINKED: "there is no active link with this profile",
    Reason.UNKNOWN_REQUEST: "nobody here asked for it",
    Reason.TOO_MANY: "there are too many requests",
    Reason.REJECTED: "the main profile's user has rejected it",
    Reason.BAD_MAIN_SIGNATURE: "the main profile's signature does not fit",
    Reason.BAD_RECORD_SIGNATURE: "the record is not signed by the linked profile",
    Reason.WRONG_COMMITMENT: "what was disclosed does not fit the record's commitment",
    Reason.TERM_TOO_LONG: "the validity is longer than what was asked for",
    Reason.WRONG_PAIRING: "it does not prove the pairing code",
    Reason.NO_PAIRING: "no pairing code is open: it has lapsed, was used, or was never shown",
    Reason.NOT_PAIRED: "the link was made by pairing, and its keys are given back by a new code only",
}


class LinkRefused(RemoteProtocolError):
    """The linking step was refused."""

    code = "link-refused"
    hint = "Nothing was changed or sent. A new request needs a new signature of the owner's wallet."

    def __init__(self, reason: Reason, detail: str = "", *, hint: str | None = None) -> None:
        sentence = _SENTENCES[reason]
        super().__init__(f"{sentence} ({detail})" if detail else sentence, hint=hint)
        self.reason = reason
