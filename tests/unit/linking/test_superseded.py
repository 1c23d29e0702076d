"""What was said of an earlier request is no refusal; whatever else does not fit is refused as ever."""

import pytest
from msgspec import structs

from dm3.crypto import sign
from dm3.model import LinkKind
from dm3.protocol.linking import SKEW, is_superseded, parse_link_message
from tests.unit.linking.answers import Accept, asked
from tests.unit.linking.scene import LSP, MAIN, MALLORY, NOW, OWNER, TERM
from tests.unit.linking.test_ending import Ending

EARLIER = asked(nonce="ab" * 16, issued_at=NOW - 600).asking
NOW_ASKED = asked().asking
KINDS = [LinkKind.ACCEPT, LinkKind.REJECT, LinkKind.REVOKE]


def answer(kind, about, sender=MAIN, **changes):
    made = Accept(about, sender) if kind is LinkKind.ACCEPT else Ending(kind, about.link_message, sender)
    return made.carries(**changes).message()


def superseded(message, present=NOW_ASKED, main=MAIN):
    return is_superseded(present, message, main.profile, LSP.name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_main_profiles_word_about_an_earlier_request_is_superseded(kind):
    assert superseded(answer(kind, EARLIER))


@pytest.mark.parametrize("kind", KINDS)
def test_what_still_counts_is_not(kind):
    assert not superseded(answer(kind, NOW_ASKED))
    assert not superseded(answer(kind, EARLIER), structs.replace(EARLIER, requested_until=0))
    assert not superseded(answer(kind, EARLIER), None)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_later_than_the_present_request_is_not(kind):
    """Unless its date was put ahead by what is allowed, as that of a second request in one second is."""
    present = parse_link_message(NOW_ASKED.link_message).issued_at
    for ahead, counts in ((1, True), (SKEW, True), (SKEW + 1, False)):
        later = asked(nonce="cd" * 16, issued_at=present + ahead, expires_at=NOW + TERM).asking
        assert superseded(answer(kind, later)) is counts


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_elses_word_is(kind):
    assert not superseded(answer(kind, EARLIER, MALLORY), main=MALLORY)
    assert not superseded(answer(kind, EARLIER), main=MALLORY), "another key than the sender's"
    by_another = sign(MALLORY.keys.signing_private, "anything")
    assert not superseded(answer(kind, EARLIER, signature=by_another))


@pytest.mark.parametrize("kind", KINDS)
def test_nor_what_is_about_another_profile_or_says_nothing_of_it(kind):
    for name in (OWNER.address.lower() + ".addr.other.eth", None):
        about = asked(nonce="ef" * 16, issued_at=NOW - 600, profile_name=name).asking
        assert not superseded(answer(kind, about))
    assert not superseded(answer(kind, EARLIER, profile_name="other.eth"))
