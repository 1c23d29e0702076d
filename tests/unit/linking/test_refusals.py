"""What a person reads when a step of linking is refused (the sentences of `refusals.py`)."""

import pytest

from dm3.base.errors import Fault
from dm3.protocol.linking import LinkRefused, Reason

# Where a sentence is shown, it is all that somebody has to go by: it is a promise, not a comment.
SENTENCES = {
    Reason.MALFORMED: "the Link Message cannot be read",
    Reason.BAD_MESSAGE_SIGNATURE: "the message is not signed by the profile that sent it",
    Reason.EXPIRED: "it has expired",
    Reason.REPLAYED: "its Link Message was used before",
    Reason.BAD_WALLET_SIGNATURE: "the wallet's signature does not fit the Link Message",
    Reason.FOREIGN_WALLET: "it is signed by a wallet that is not the owner's",
    Reason.WRONG_KEY: "the private key does not yield the published profile",
    Reason.TOO_MANY: "there are too many requests",
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_of_its_own(reason):
    refused = LinkRefused(reason)
    assert refused.reason is reason
    assert refused.code == "link-refused"
    assert refused.fault is Fault.REMOTE
    assert refused.detail == SENTENCES.get(reason, refused.detail)
    assert str(refused) == f"The linking step was refused: {refused.detail}"
    assert refused.detail not in {LinkRefused(other).detail for other in Reason if other is not reason}


def test_a_detail_follows_in_parentheses():
    refused = LinkRefused(Reason.WRONG_MAIN, "bob.eth")
    assert refused.detail == "the wallet signed for another main profile (bob.eth)"


def test_the_hint_says_that_nothing_happened_and_what_to_do():
    advice = LinkRefused(Reason.EXPIRED).hint
    assert "Nothing was changed" in advice
    assert "new signature" in advice
