"""Linking stories that chance has found, kept: what `make explore` has once come upon is played each time."""

import pytest

from dm3.base.errors import Dm3Error
from dm3.client import parts_of
from dm3.client.messaging.outbox import forward
from dm3.crypto import Seed
from dm3.model import Draft, LinkKind, LinkPayload
from dm3.protocol.messages.composing import compose
from dm3.wire import link_type
from tests.e2e.linking_adversary import Forgery
from tests.e2e.linking_cast import TERM, Cast
from tests.e2e.linking_network import MAIN_DOMAIN
from tests.e2e.linking_verdict import all_is_well
from tests.kit.hostile import Lie
from tests.kit.inside import context_of, identity_of


def test_mallory_s_own_key_that_comes_back_to_her_is_no_alarm(ground, cast):
    """The resolver that lies for her misleads her, too: what she forges is sealed for herself."""

    async def story() -> list[Seed | None]:
        await cast.enter(0, 0)
        cast.network.lies[f"resolver.{MAIN_DOMAIN}"] = Lie.HER_NAME
        await cast.mallory.forge(Forgery.LINK_OWN, cast.victim)
        await all_is_well(cast)
        return keys_that_passed(cast)

    assert ground.run(story()) == [identity_of(cast.mallory.profile).seed]


def test_a_key_of_somebody_else_that_she_can_read_is_one(ground, cast):
    """The verdict has not become blind to it."""

    async def story() -> None:
        await cast.enter(0, 0)
        await hand_over(cast, to=cast.mallory.profile.name)
        await all_is_well(cast)

    with pytest.raises(AssertionError, match="Mallory has got keys"):
        ground.run(story())


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("lie", Lie)
def test_a_resolver_that_leads_to_her_gets_her_no_keys(ground, cast, lie, late):
    """Whoever owns the name that it tells is not the owner whose wallet signs."""

    async def story() -> list[Seed | None]:
        await cast.enter(0, 0)
        cast.network.lies[f"resolver.{MAIN_DOMAIN}"] = lie
        with pytest.raises(Dm3Error):
            await cast.profile.request_link(
                cast.victim.main_name, cast.owner, term=TERM, hand_over_after_accept=late
            )
        await cast.profile.deliver()
        await all_is_well(cast)
        return keys_that_passed(cast)

    assert ground.run(story()) == []


def keys_that_passed(cast: Cast) -> list[Seed | None]:
    """The keys in all that Mallory can open."""
    cast.mallory.look_again()
    return [payload.profile_key for payload in cast.mallory.read_what_passed()]


async def hand_over(cast: Cast, to: str) -> None:
    """The application sends the profile's key there, as none of ours would."""
    own = identity_of(cast.profile)
    payload = LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=own.name,
        profile_hash=own.profile.hash,
        valid_until=int(cast.network.now) + TERM,
        link_message="any",
        signature="0x",
        profile_key=own.seed,
    )
    draft = Draft(
        to=to, from_=own.name, timestamp=int(cast.network.now * 1000), type=link_type(payload), link=payload
    )
    message = compose(draft, own.keys.signing_private)
    vault = context_of(cast.app.client).vault
    change = vault.change()
    forward(change, parts_of(cast.profile).own, to=to, sender=own.name, text=message.text)
    await vault.commit(change)
    await cast.profile.deliver()
