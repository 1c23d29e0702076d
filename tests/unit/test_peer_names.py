"""Which names are one peer's: the rule, its order, and what an attacker makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dm3.model import Draft
from dm3.protocol.messages.composing import compose
from dm3.protocol.messages.peer_names import (
    PeerName,
    Sight,
    first_seen,
    is_all_by,
    name_groups,
    seen_again,
    sight_of,
    to_check,
)
from dm3.protocol.names.resolving import ResolvedProfile
from tests.unit.people import ALICE, BOB

ALIAS, ADDRESS, CHAIN, EVIL = "alice.user.dm3.eth", "0xa.addr.dm3.eth", "alice.eth", "mallory.eth"
HERS = ("0xA", "keys")
HER_NEW_KEYS = ("0xA", "new keys")
MALLORY = ("0xM", "mallory's keys")


def sight(who, at, **more):
    owner, profile = who
    return Sight(owner, profile, at, **more)


def name(name, who=HERS, *, at=1, heard=0, since=None, apart=False):
    """A name met at ``at``."""
    return first_seen(name, sight(who, at, heard_at=heard), since=since or at, one_owner=not apart)


def found(person, name, owner=None):
    return ResolvedProfile(name, owner or person.wallet.address, person.signed_profile)


def circle_of(name, *known):
    return name_groups(known)[name]


def test_names_with_one_owner_and_one_profile_are_one_peers():
    known = [name(ALIAS), name(ADDRESS), name("other.eth", ("0xB", "keys")), name("third.eth", HER_NEW_KEYS)]
    assert set(circle_of(ALIAS, *known)) == set(circle_of(ADDRESS, *known)) == {ALIAS, ADDRESS}
    assert circle_of("other.eth", *known) == ("other.eth",)
    assert circle_of("third.eth", *known) == ("third.eth",)


def test_a_peer_is_shown_under_the_name_from_which_it_wrote_last():
    known = [name(ALIAS, heard=5, since=1), name(CHAIN, heard=9, since=7), name(EVIL, since=0, heard=0)]
    assert circle_of(ALIAS, *known) == (CHAIN, ALIAS, EVIL)
    known[0] = seen_again(known[0], sight(HERS, 10, heard_at=10))
    assert circle_of(CHAIN, *known)[0] == ALIAS
    # An older message that comes late moves nothing.
    known[1] = seen_again(known[1], sight(HERS, 11, heard_at=3))
    assert circle_of(CHAIN, *known)[0] == ALIAS


def test_a_peer_that_never_wrote_is_shown_under_the_name_written_to_first():
    assert circle_of(CHAIN, name(CHAIN, since=8), name(ALIAS, since=3))[0] == ALIAS


def test_a_name_that_changes_hands_stands_apart_for_good():
    alias, evil = name(ALIAS, heard=1), name(EVIL)
    assert set(circle_of(EVIL, alias, evil)) == {ALIAS, EVIL}, "it leads to her: her keys, her mailbox"
    evil = seen_again(evil, sight(MALLORY, 2, heard_at=2))
    assert circle_of(ALIAS, alias, evil) == (ALIAS,)
    assert circle_of(EVIL, alias, evil) == (EVIL,)
    evil = seen_again(evil, sight(HERS, 3))
    assert circle_of(ALIAS, alias, evil) == (ALIAS,), "what Mallory wrote under it does not become hers"
    assert to_check([alias, evil], 10**15) == []


def test_an_older_profile_of_the_owner_is_another_one():
    """Mallory has got the keys that Alice has replaced, and publishes the profile that goes with them."""
    alias, evil = name(ALIAS, heard=1), name(EVIL)
    alias = seen_again(alias, sight(HER_NEW_KEYS, 2, heard_at=2))
    evil = seen_again(evil, sight(HERS, 3, heard_at=3))
    assert circle_of(ALIAS, alias, evil) == (ALIAS,)
    evil = seen_again(evil, sight(HER_NEW_KEYS, 4))
    assert set(circle_of(ALIAS, alias, evil)) == {ALIAS, EVIL}


def test_new_keys_have_the_other_names_looked_up_once():
    known = [name(ALIAS, at=1), name(ADDRESS, at=1), name("b.eth", MALLORY)]
    assert to_check(known, 2) == []
    known[0] = seen_again(known[0], sight(HER_NEW_KEYS, 5, heard_at=5))
    assert set(to_check(known, 5)) == {ALIAS, ADDRESS}
    known[1] = seen_again(known[1], sight(HER_NEW_KEYS, 6, fresh=True))
    assert to_check(known, 6) == []
    assert set(name_groups(known)[ALIAS]) == {ALIAS, ADDRESS}


def test_a_name_that_keeps_another_profile_is_not_looked_up_for_ever():
    known = [name(ALIAS, at=1), name(ADDRESS, HER_NEW_KEYS, at=2)]
    for at in (3, 4):
        for number, one in enumerate(known):
            if one.name in to_check(known, at):
                known[number] = seen_again(one, sight(one.peer, at, fresh=True))
    assert to_check(known, 5) == []


def test_what_could_not_be_looked_up_waits():
    waiting = PeerName(name=ALIAS, met_at=1, ask_after=10)
    assert waiting.peer is None
    assert name_groups([waiting]) == {ALIAS: (ALIAS,)}
    assert (to_check([waiting], 9), to_check([waiting], 10)) == ([], [ALIAS])


@pytest.mark.parametrize(("signer", "expected"), [(ALICE, True), (BOB, False)])
def test_earlier_messages_have_to_be_by_the_present_owner(signer, expected):
    draft = Draft(to=BOB.name, from_=ALIAS, timestamp=1, content="earlier")
    message = compose(draft, signer.keys.signing_private)
    assert is_all_by(found(ALICE, ALIAS), [message]) is expected
    assert is_all_by(found(ALICE, ALIAS), [])
    # An address name certifies itself: after new keys its earlier messages are still its owner's.
    own = f"{ALICE.wallet.address.lower()}.addr.dm3.eth"
    assert is_all_by(found(ALICE, own), [message])
    other = f"{BOB.wallet.address.lower()}.addr.dm3.eth"
    assert is_all_by(found(ALICE, other), [message]) is expected


def test_a_profile_that_was_signed_again_is_the_same():
    one = found(ALICE, ALIAS)
    again = replace(one, signed=replace(one.signed, signature="0x" + "1" * 130, text="another"))
    assert sight_of(one, 1) == sight_of(again, 1)
    assert sight_of(found(BOB, ALIAS), 1).profile != sight_of(one, 1).profile


SIGHTS = st.builds(
    Sight,
    st.sampled_from(["0xA", "0xB"]),
    st.sampled_from(["p", "q"]),
    st.integers(1, 9),
    st.booleans(),
    st.integers(0, 9),
)


@given(
    st.dictionaries(st.sampled_from([ALIAS, ADDRESS, CHAIN, EVIL]), st.lists(SIGHTS, min_size=1, max_size=4))
)
def test_every_name_is_in_one_circle_of_one_owner(seen):
    known = []
    for one, (first, *later) in seen.items():
        noted = first_seen(one, first, since=first.at, one_owner=True)
        for again in later:
            noted = seen_again(noted, again)
        known.append(noted)
    told = name_groups(known)
    assert told.keys() == seen.keys()
    for one, names in told.items():
        assert one in names
        assert all(told[other] == names for other in names)
        assert len({one.owner for other in names for one in seen[other]}) == 1 or len(names) == 1
        assert len({seen[other][-1].profile for other in names}) == 1
