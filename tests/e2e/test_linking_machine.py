"""Linking played at random: real clients and services, a failing network, crashes, skewed clocks, Mallory.

Whatever happens on the way: keys reach nobody whom the owner's wallet did not name, what was approved has
its effect once, no message is lost or doubled, and once all is quiet both sides agree.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dm3.base.errors import Dm3Error, InvalidInput, LocalProtocolError, NotFound, Unreachable
from dm3.client import App, LimitedScopeProfile, Messenger
from dm3.client.outbox import OutboxState
from dm3.client.records import Direction
from dm3.client.recovering import RecoveringDevice
from dm3.crypto import KeyWallet, WalletKey
from dm3.model import LinkKind
from dm3.protocol.composing import open_envelope
from dm3.protocol.linking import AskingState, Link, LinkRefused, LinkState, RequestState
from dm3.client.records import REQUESTS
from dm3.wire import envelope_from
from tests.e2e.linking_adversary import Forgery, Mallory, Tampering, Victim
from tests.e2e.linking_network import HOSTS, MAIN_DOMAIN, Crash, Mishap, Network, Trouble
from tests.e2e.linking_parties import Party, Vaults
from tests.unit.people import digest

APP = App("myapp.eth", "https://myapp.example")
MINUTE, HOUR, DAY = 60, 3_600, 86_400
SKEW = 240
"""How far two clocks of this story can be apart, and some."""

troubles = st.none() | st.builds(lambda kind, after: (kind, after), st.sampled_from(Mishap), st.integers(0, 9))
terms = st.sampled_from([HOUR, 30 * DAY])
story_numbers = count()


class Ground:
    """What all stories share: the event loop, the services, and the databases of vaults."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.network = Network()
        self.vaults = Vaults()
        self.run(self.network.start())

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run one step of a story to its end."""
        return self.runner.run(coroutine)

    def close(self) -> None:
        """Stop the services."""
        self.run(self.vaults.close())
        self.run(self.network.stop())
        self.runner.close()


class LinkingStory(RuleBasedStateMachine):
    """One owner, her main profile, a limited scope profile, its devices, its peer, and Mallory."""

    ground: Ground

    # --- the people ---------------------------------------------------------------------------------

    @initialize(embedded=st.booleans(), skews=st.tuples(*[st.sampled_from([-100, 0, 100])] * 2))
    def begin(self, embedded: bool, skews: tuple[int, int]) -> None:
        self.story = next(story_numbers)
        self.network = self.ground.network
        self.network.down.clear()
        self.network.late.clear()
        self.network.submitted.clear()
        self.numbers = count()
        self.approvals = self.recoveries = 0
        self.devices: list[Party] = []
        self.parties: list[Party] = []
        self.main_ended = self.lsp_ended = False
        self.ground.run(self._create(embedded, skews))

    async def _create(self, embedded: bool, skews: tuple[int, int]) -> None:
        self.owner = self._wallet("owner")
        self.main, self.app, self.peer, evil = [
            await self._party(label, skew)
            for label, skew in zip(("main", "app", "peer", "mallory"), (*skews, 0, 0), strict=True)
        ]
        alias = f"alice{self.story}.user.dm3.eth"
        self.main.account = await self.main.client.create_profile(MAIN_DOMAIN, self.owner, alias=alias)
        self.peer.account = await self.peer.client.create_profile(APP.name, self._wallet("peer"))
        wallet = self._wallet("mallory")
        evil.account = await evil.client.create_lsp(APP, wallet)
        self.mallory = Mallory(evil, wallet, self.network)
        self.app.account = await self.app.client.create_lsp(APP, self.owner)
        self.lsp = self.app.account.identity
        self.victim = Victim(alias, self.owner.address, self.lsp.name, self.lsp.profile.hash)

    def _wallet(self, label: str) -> KeyWallet:
        return KeyWallet(WalletKey(digest(f"{label} of story {self.story}")))

    async def _party(self, label: str, skew: int) -> Party:
        party = Party(label, self.network, await self.ground.vaults.take(), skew)
        self.parties.append(party)
        return party

    @property
    def messenger(self) -> Messenger:
        assert isinstance(self.main.account, Messenger)
        return self.main.account

    @property
    def profile(self) -> LimitedScopeProfile:
        assert isinstance(self.app.account, LimitedScopeProfile)
        return self.app.account

    @property
    def peer_name(self) -> str:
        assert self.peer.account is not None
        return self.peer.account.name

    def do(
        self,
        party: Party,
        action: Coroutine[Any, Any, Any],
        trouble: tuple[Mishap, int] | None = None,
        *refusals: type[Dm3Error],
    ) -> Any:
        """Have ``party`` act; it may crash, find a service away, or be refused for ``refusals``."""
        party.meets(Trouble(*trouble) if trouble else None)
        try:
            return self.ground.run(action)
        except Crash:
            note(f"{party} crashes")
            self.ground.run(party.come_back())
        except (Unreachable, *refusals) as error:
            note(f"{party}: {error}")
        finally:
            party.meets(None)
        return None

    # --- asking, deciding -----------------------------------------------------------------------------

    @rule(term=terms, after_accept=st.booleans(), public=st.booleans(), trouble=troubles)
    def app_asks_or_renews(self, term: int, after_accept: bool, public: bool, trouble: Any) -> None:
        asking = self.profile.request_link(
            self.victim.main_name,
            self.owner,
            term=term,
            public=public,
            hand_over_after_accept=after_accept,
        )
        self.do(self.app, asking, trouble)
        self._steal()

    @rule(shorter=st.booleans(), trouble=troubles)
    def user_approves(self, shorter: bool, trouble: Any) -> None:
        for request in self.ground.run(self.messenger.link_requests()):
            assert request.owner == self.owner.address
            assert request.profile_name == self.lsp.name
            self.approvals += 1
            until = int(self.network.now) + 20 * DAY if shorter else None
            self.do(
                self.main,
                self.messenger.approve(request.profile_name, valid_until=until),
                trouble,
                LinkRefused,
            )

    @rule(trouble=troubles)
    def user_rejects(self, trouble: Any) -> None:
        for request in self.ground.run(self.messenger.link_requests()):
            self.do(self.main, self.messenger.reject(request.profile_name), trouble)

    # --- picking up, writing ----------------------------------------------------------------------------

    @rule(trouble=troubles)
    def main_syncs(self, trouble: Any) -> None:
        self.do(self.main, self.messenger.sync(), trouble)

    @rule(trouble=troubles)
    def app_syncs(self, trouble: Any) -> None:
        self.do(self.app, self.profile.sync(), trouble)

    @rule(trouble=troubles)
    def peer_syncs(self, trouble: Any) -> None:
        assert self.peer.account is not None
        self.do(self.peer, self.peer.account.sync(), trouble)

    @rule(trouble=troubles)
    def peer_writes(self, trouble: Any) -> None:
        assert self.peer.account is not None
        self.do(self.peer, self.peer.account.send(self.lsp.name, self._words("peer")), trouble)

    @rule(trouble=troubles)
    def app_writes(self, trouble: Any) -> None:
        self.do(self.app, self.profile.send(self.peer_name, self._words("app")), trouble)

    @rule(trouble=troubles)
    def main_writes_as_the_profile(self, trouble: Any) -> None:
        sending = self.messenger.send_as(self.lsp.name, self.peer_name, self._words("main"))
        self.do(self.main, sending, trouble, LinkRefused)

    def _words(self, author: str) -> str:
        return f"{author} {next(self.numbers)}"

    # --- recovery -------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.devices) < 2)
    @rule(trouble=troubles)
    def a_device_asks_for_the_keys(self, trouble: Any) -> None:
        device = self.ground.run(self._party(f"device {len(self.devices)}", 0))
        self.devices.append(device)
        self.recoveries += 1
        asking = device.client.start_recovery(APP, self.lsp.name, self.victim.main_name, self.owner)
        account = self.do(device, asking, trouble)
        device.account = account or device.account
        self._steal()

    @precondition(lambda self: self.devices)
    @rule(which=st.integers(0, 1), trouble=troubles)
    def a_device_syncs(self, which: int, trouble: Any) -> None:
        device = self.devices[which % len(self.devices)]
        self._sync_device(device, trouble)

    def _sync_device(self, device: Party, trouble: Any = None) -> None:
        if device.account is None:
            self.do(device, device.wake(), trouble)
        if device.account is not None:
            self.do(device, device.account.sync(), trouble)
        if isinstance(device.account, RecoveringDevice):
            self.do(device, self._finish(device, device.account), trouble)

    async def _finish(self, device: Party, recovering: RecoveringDevice) -> None:
        adopted = await recovering.finish()
        if adopted is not None:
            assert adopted.seed == self.lsp.seed
            device.account = await device.client.lsp(adopted.name)

    @precondition(lambda self: any(isinstance(d.account, LimitedScopeProfile) for d in self.devices))
    @rule(trouble=troubles)
    def a_device_writes(self, trouble: Any) -> None:
        device = next(d for d in self.devices if isinstance(d.account, LimitedScopeProfile))
        assert device.account is not None
        self.do(device, device.account.send(self.peer_name, self._words("device")), trouble)

    # --- the world --------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([5, 5 * MINUTE, 2 * HOUR]))
    def time_passes(self, seconds: int) -> None:
        self.network.now += seconds

    @rule(host=st.sampled_from(HOSTS))
    def a_service_goes_down(self, host: str) -> None:
        self.network.down.add(host)

    @precondition(lambda self: self.network.down)
    @rule()
    def services_come_back(self) -> None:
        self.network.down.clear()

    @precondition(lambda self: self.network.late)
    @rule()
    def what_was_delayed_arrives(self) -> None:
        self.ground.run(self.network.deliver_late())

    # --- Mallory ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.network.submitted)
    @rule(index=st.integers(0, 1_000))
    def mallory_replays(self, index: int) -> None:
        host, envelope = self.network.submitted[index % len(self.network.submitted)]
        self.ground.run(self.mallory.submit(host, envelope))

    @precondition(lambda self: self.network.submitted)
    @rule(index=st.integers(0, 1_000), how=st.sampled_from(Tampering))
    def mallory_tampers(self, index: int, how: Tampering) -> None:
        self.ground.run(self.mallory.tamper(index % len(self.network.submitted), how))

    @rule(forgery=st.sampled_from(Forgery))
    def mallory_forges(self, forgery: Forgery) -> None:
        self.do(self.mallory.party, self.mallory.forge(forgery, self.victim))

    def _steal(self) -> None:
        """What the owner's wallet signed is told to Mallory at once."""
        self.ground.run(self._tell())

    async def _tell(self) -> None:
        asking = await self.profile.link()
        if asking is not None:
            self.victim.link_text = (asking.link_message, asking.wallet_signature)
        for device in self.devices:
            if isinstance(device.account, RecoveringDevice):
                recovery = await device.account.recovery()
                self.victim.recovery_text = (recovery.link_message, recovery.wallet_signature)
                self.victim.temporary_name = recovery.temporary_name

    # --- at every moment ----------------------------------------------------------------------------------

    @invariant()
    def mallory_gets_no_keys(self) -> None:
        for payload in self.mallory.read_what_passed():
            assert payload.profile_key is None
            assert payload.wallet_key is None

    @invariant()
    def only_the_profile_of_the_owner_is_linked(self) -> None:
        links = self.ground.run(self.messenger.links())
        assert len(links) <= 1
        for link in links:
            assert (link.profile_name, link.owner) == (self.lsp.name, self.owner.address)
            assert link.main_name == self.victim.main_name
            assert link.profile_key in (None, self.lsp.seed)
            assert (link.state is LinkState.AWAITING_KEYS) == (link.profile_key is None)
            assert self.approvals > 0

    @invariant()
    def a_link_is_only_where_it_was_accepted(self) -> None:
        asking = self.ground.run(self.profile.link())
        if asking is not None and asking.state is AskingState.LINKED:
            assert self.approvals > 0
            assert asking.main_signature is not None

    # --- at the end -----------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self._quieten()
            self._nothing_is_lost_or_doubled()
            self._effects_happened_once()
            self._both_sides_agree()
        finally:
            for party in self.parties:
                party.line.cut = True
                self.ground.vaults.give_back(party.database)

    def _quieten(self) -> None:
        """No more mishaps; everybody picks up and sends until nothing changes."""
        self.network.down.clear()
        self.ground.run(self.network.deliver_late())
        for _ in range(6):
            for device in self.devices:
                self._sync_device(device)
            for party in (self.main, self.app, self.peer, self.mallory.party):
                self.ground.run(self._sync(party))
            for party in self.parties:
                self.ground.run(party.send_all())
        for party in self.parties:
            assert self.ground.run(party.is_idle()), f"{party} still has something to send"

    async def _sync(self, party: Party) -> None:
        assert party.account is not None
        await party.account.sync()
        unexpected = [error for error in party.account.troubles if not isinstance(error, Unreachable)]
        assert not unexpected, (party, unexpected)

    def _nothing_is_lost_or_doubled(self) -> None:
        name, peer_name = self.lsp.name, self.peer.account.identity.name
        kept = {party.label: self._contents(party, name) for party in [self.main, self.app, *self.devices]}
        at_peer = self._contents(self.peer, peer_name)
        for party, contents in (*kept.items(), ("peer", at_peer)):
            doubled = [words for words, times in Counter(contents).items() if times > 1]
            assert not doubled, (party, doubled)
        for party in [self.main, self.app, *self.devices]:
            assert self.ground.run(party.counted(name)) == len(kept[party.label])
        for party in self.parties:
            failed = [entry for entry in self.ground.run(party.outbox()) if entry.state is OutboxState.FAILED]
            assert party is self.mallory.party or not failed, (party, failed)
        by_peer = {words for words in at_peer if words.startswith("peer ")}
        for author, party in (("app", self.app), ("main", self.main)):
            sent = {words for words in kept[party.label] if words.startswith(author + " ")}
            assert sent <= set(at_peer), f"{author}'s messages are missing at the peer"
            assert not any(words.startswith(author) and words not in sent for words in at_peer)
            assert sent <= set(kept["app"]), f"{author}'s messages are missing in the application"
        assert by_peer <= set(kept["app"]), "the peer's messages are missing in the application"

    def _contents(self, party: Party, profile: str) -> list[str]:
        found = self.ground.run(party.conversation(profile))
        assert all(message.direction in Direction for message in found)
        return [message.content or "" for message in found]

    def _effects_happened_once(self) -> None:
        notices = self.ground.run(self.messenger.notices())
        assert sum(notice.kind == "recovery" for notice in notices) <= self.recoveries
        accepted = set()
        for _, envelope in self.network.submitted:
            try:
                opened = open_envelope(envelope_from(envelope), self.lsp.keys)
            except Dm3Error:
                continue
            message = opened.message
            if message.link is not None and message.link.kind is LinkKind.ACCEPT:
                if message.link.signature and message.from_ == self.victim.main_name:
                    accepted.add(message.hash)
        assert len(accepted) <= self.approvals + self._forged

    _forged = 0

    def _both_sides_agree(self) -> None:
        asking = self.ground.run(self.profile.link())
        links: list[Link] = self.ground.run(self.messenger.links())
        request = self.ground.run(self.main.client.context.vault.get(REQUESTS, self.lsp.name))
        link = links[0] if links else None
        waits = request is not None and request.state is RequestState.PENDING
        here = asking.state if asking else AskingState.UNLINKED
        there = link.state if link else LinkState.NONE
        now = self.network.now
        note(f"at the end: {here} and {there}, request {request and request.state}")
        if there is LinkState.LINKED and link is not None:
            assert asking is not None
            if here is AskingState.LINKED:
                assert asking.valid_until == link.valid_until or waits
            else:
                assert waits or abs(now - link.valid_until) <= SKEW, "the application does not know"
        elif here is AskingState.LINKED:
            assert asking is not None
            assert waits or asking.valid_until <= now + SKEW or request is not None, "the main does not know"


@pytest.fixture
def ground():
    opened = Ground()
    yield opened
    opened.close()


def test_linking_holds_whatever_happens(ground):
    LinkingStory.ground = ground
    run_state_machine_as_test(
        LinkingStory,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


