"""What is kept of those who ask to be linked is bounded in number, bytes and time, on either side."""

from dm3.client import Account
from dm3.client.messaging import service_messages
from dm3.client.state.records import ASKINGS, MESSAGES, NONCES, OFFERS, REQUESTS
from dm3.protocol.linking import LIFE, OutgoingLinkState
from tests.e2e.linking_cast import TERM, Cast
from tests.e2e.linking_parties import Party
from tests.kit.inside import context_of, identity_of

DAY, TOLERANCE = 86_400, 300


async def ask(cast: Cast, times: int = 1) -> None:
    """The application asks so many times, each time with a new text of the owner's wallet."""
    for _ in range(times):
        cast.network.now += 1
        await cast.profile.request_link(cast.victim.main_name, cast.owner, term=TERM)
        await cast.messenger.sync()


async def kept(party: Party, record_type, section: str | None = None) -> list:
    entries = await context_of(party.client).vault.entries(record_type, section=section)
    return [entry.record for entry in entries]


async def marks(party: Party) -> list:
    """Of which service messages a profile knows that they had their effect."""
    assert isinstance(party.account, Account)
    return await kept(party, MESSAGES, f"service|{identity_of(party.account).name}")


def test_who_asks_without_end_pushes_out_what_was_kept_of_itself(ground, cast, monkeypatch):
    monkeypatch.setattr(NONCES, "newest", 3)
    monkeypatch.setattr(service_messages, "HANDLED_KEPT", 4)

    async def story() -> None:
        await cast.enter(0, 0)
        await ask(cast, 6)
        [request] = await cast.messenger.link_requests()
        nonces = await kept(cast.main, NONCES)
        assert len(nonces) == 3
        assert nonces[-1].message_hash == request.message_hash
        assert len(await marks(cast.main)) == 4
        # The first of them, played again now that nobody remembers it, takes nothing away.
        for host, envelope in list(cast.network.submitted):
            await cast.mallory.submit(host, envelope)
        await cast.messenger.sync()
        assert await cast.messenger.link_requests() == [request]

    ground.run(story())


def test_another_wallet_s_nonces_stay(ground, cast, monkeypatch):
    monkeypatch.setattr(NONCES, "newest", 2)

    async def story() -> list[str]:
        await cast.enter(0, 0)
        offer = await cast.messenger.open_pairing()
        await cast.mallory.profile.request_link(
            cast.victim.main_name, cast.mallory.wallet, term=TERM, pairing=offer.code
        )
        await cast.messenger.sync()
        await ask(cast, 3)
        return [nonce.owner for nonce in await kept(cast.main, NONCES)]

    owners = ground.run(story())
    assert owners == [cast.mallory.wallet.address, cast.owner.address, cast.owner.address]


def test_after_its_life_nothing_of_a_request_is_left_but_that_one_has_asked(ground, cast):
    async def story() -> None:
        await cast.enter(0, 0)
        await ask(cast)
        assert await kept(cast.main, REQUESTS)
        cast.network.now += TERM + TOLERANCE
        await cast.messenger.sync()
        await cast.profile.sync()
        assert await kept(cast.main, REQUESTS) == []
        assert await kept(cast.main, NONCES) == []
        [asking] = await kept(cast.app, ASKINGS)
        assert (asking.state, asking.earlier) == (OutgoingLinkState.UNLINKED, ())
        assert len(await marks(cast.main)) == 1
        cast.network.now += 91 * DAY
        await cast.messenger.sync()
        assert await marks(cast.main) == []

    ground.run(story())


def test_a_rejected_request_is_remembered_without_its_keys_as_long_as_its_text_counts(ground, cast):
    async def story() -> None:
        await cast.enter(0, 0)
        await ask(cast)
        await cast.messenger.reject(cast.lsp.name)
        [request] = await kept(cast.main, REQUESTS)
        assert request.payload.profile_key is None
        cast.network.now += TERM + TOLERANCE
        await cast.messenger.sync()
        assert await kept(cast.main, REQUESTS) == []

    ground.run(story())


def test_a_pairing_code_whose_time_is_over_is_not_kept(ground, cast):
    async def story() -> None:
        await cast.enter(0, 0)
        await cast.messenger.open_pairing()
        cast.network.now += LIFE - 1
        await cast.messenger.sync()
        assert len(await kept(cast.main, OFFERS)) == 1
        cast.network.now += 2
        await cast.messenger.sync()
        assert await kept(cast.main, OFFERS) == []

    ground.run(story())
