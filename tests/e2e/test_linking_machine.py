"""Linking played at random: real clients and services, a failing network, crashes, wrong clocks, Mallory.

Resolvers lie, proxies answer in services' places, and the owner's wallet signs what hostile pages show.

Whatever happens on the way: keys reach nobody whom the owner's wallet did not name, what was approved has
its effect once, no message is lost or doubled, and once all is quiet both sides agree.
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
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

from dm3.base.errors import AlreadyTaken, Dm3Error, LocalProtocolError, NotFound, Unreachable
from dm3.client import LimitedScopeProfile, Messenger
from dm3.client.linking.clock_check import WrongClock
from dm3.client.linking.recovering_device import RecoveringDevice
from dm3.client.reading.domain_pauses import LONGEST_PAUSE
from dm3.client.reading.waiting_room import SAID_NO
from dm3.client.state.outbox_entry import OutboxState
from dm3.protocol.linking import LinkRefused, same_page
from tests.e2e.linking_adversary import Forgery, Tampering
from tests.e2e.linking_cast import APP, TERM, Cast
from tests.e2e.linking_network import HOSTS, RESOLVERS, Crash, Mishap, Trouble
from tests.e2e.linking_parties import Ground, Party
from tests.e2e.linking_verdict import (
    all_is_well,
    both_sides_agree,
    effects_happened_once,
    nothing_is_lost_or_doubled,
)
from tests.kit.hostile import ANSWERS, Lie
from tests.kit.inside import identity_of

MINUTE, HOUR = 60, 3_600
IN_PLACE = set(ANSWERS) - {"200 with a text"}
"""What may answer in a service's place: "OK" to a submission is how the reference says that it took it."""
WRONG = (-600, -50, 0, 50, 600)
"""How many seconds a clock may be ahead: within what is tolerated (120), and beyond."""
ROUNDS = 6
"""How often everybody picks up and sends before all is quiet: the longest chain of answers, and some."""

troubles = st.none() | st.tuples(st.sampled_from(Mishap), st.integers(0, 9))
clocks = st.sampled_from([-50, 0, 50])
story_numbers = count()


class LinkingStory(RuleBasedStateMachine):
    """One story; the rules are what anybody in it may do."""

    ground: Ground

    @initialize(linked=st.sampled_from([True, True, False]), late=st.booleans(), main=clocks, app=clocks)
    def begin(self, linked: bool, late: bool, main: int, app: int) -> None:
        self.network = self.ground.network
        self.network.reset()
        self.numbers = count()
        self.outage = 0
        self.misled = self.denied = False
        self.cast = Cast(self.network, self.ground.vaults, next(story_numbers))
        self.ground.run(self.cast.enter(main, app))
        if linked:
            self.ground.run(self.cast.link(after_accept=late))
        else:
            self.ground.run(self.cast.profile.send(self.cast.contact.name, "app: before all"))
        self.ground.run(self.cast.tell_mallory())

    def do(
        self,
        party: Party,
        action: Coroutine[Any, Any, Any],
        trouble: tuple[Mishap, int] | None = None,
        refusal: type[Dm3Error] = Unreachable,
    ) -> Any:
        """Have ``party`` act; it may crash, find a service away, or be refused with ``refusal``."""
        self.outage -= 1
        if self.outage < 0:
            for troubles in (self.network.down, self.network.lies, self.network.before):
                troubles.clear()
        party.meets(Trouble(*trouble) if trouble else None)
        try:
            return self.ground.run(action)
        except Crash:
            note(f"{party} crashes")
            self.ground.run(party.come_back())
        except (Unreachable, refusal, WrongClock) as error:
            note(f"{party}: {error}")
        except Dm3Error as error:
            note(f"{party}, misled: {error}")
            if not self.misled:
                raise
        finally:
            party.meets(None)
        return None

    # --- asking, deciding, ending -------------------------------------------------------------------

    @rule(late=st.booleans(), public=st.booleans(), trouble=troubles)
    def app_asks_or_renews(self, late: bool, public: bool, trouble: Any) -> None:
        cast = self.cast
        asking = cast.profile.request_link(
            cast.victim.main_name, cast.owner, term=TERM, public=public, hand_over_after_accept=late
        )
        self.do(cast.app, asking, trouble)
        self.ground.run(cast.tell_mallory())

    @rule(approves=st.sampled_from([True, True, False]), shorter=st.booleans(), trouble=troubles)
    def user_decides(self, approves: bool, shorter: bool, trouble: Any) -> None:
        cast = self.cast
        self._sync_main(None)
        for request in self.ground.run(cast.messenger.link_requests()):
            assert request.owner == cast.owner.address
            is_ours = not request.doubts and same_page(request.uri, APP.uri)
            assert request.profile_name == cast.lsp.name or not is_ours
            assert request.reply_to != cast.mallory.profile.name or not is_ours
            if approves and is_ours:
                cast.approvals += not request.is_recovery
                until = int(self.network.now) + HOUR if shorter else None
                # The request that is seen, and no other: of one profile a link and a recovery may wait.
                approving = cast.messenger.approve(request, valid_until=until)
                self.do(cast.main, approving, trouble, LinkRefused)
            else:
                self.do(cast.main, cast.messenger.reject(request), trouble)

    @rule(trouble=troubles)
    def user_ends_the_link(self, trouble: Any) -> None:
        cast = self.cast
        self.do(cast.main, cast.messenger.remove_link(cast.lsp.name), trouble, NotFound)

    @rule(trouble=troubles)
    def app_ends_the_link(self, trouble: Any) -> None:
        cast = self.cast
        self.do(cast.app, cast.profile.end_link(), trouble, LocalProtocolError)

    # --- picking up, writing ------------------------------------------------------------------------

    @rule(who=st.sampled_from(["main", "main", "app", "app", "peer", "device", "device"]), trouble=troubles)
    def somebody_syncs(self, who: str, trouble: Any) -> None:
        if who == "main":
            self._sync_main(trouble)
        elif who == "device":
            for device in self.cast.devices:
                self._sync_device(device, trouble)
        else:
            party: Party = getattr(self.cast, who)
            assert party.account is not None
            self.do(party, party.account.sync(), trouble)

    def _sync_main(self, trouble: Any) -> None:
        cast = self.cast
        before = self.ground.run(cast.in_force())
        done = self.do(cast.main, cast.messenger.sync(), trouble)
        if before and done is not None and not cast.messenger.errors:
            cast.joined = True

    @rule(who=st.sampled_from(["peer", "app", "main", "device"]), trouble=troubles)
    def somebody_writes(self, who: str, trouble: Any) -> None:
        cast, to = self.cast, self.cast.contact.name
        words = f"{who}: {next(self.numbers)}"
        if who == "peer":
            if cast.joined:
                cast.expected_in_main.add(words)
            self.do(cast.peer, cast.contact.send(cast.lsp.name, words), trouble)
        elif who == "app":
            if self.ground.run(cast.app_forwards()):
                cast.expected_in_main.add(words)
            self.do(cast.app, cast.profile.send(to, words), trouble)
        elif who == "main":
            self.do(cast.main, cast.messenger.send_as(cast.lsp.name, to, words), trouble, LinkRefused)
        else:
            for device in cast.recovered:
                assert isinstance(device.account, LimitedScopeProfile)
                self.do(device, device.account.send(to, f"{device.label}: {words}"), trouble)

    # --- recovery -----------------------------------------------------------------------------------

    @precondition(lambda self: len(self.cast.devices) < 2)
    @rule(mallory_is_quick=st.booleans(), trouble=troubles)
    def a_device_asks_for_the_keys(self, mallory_is_quick: bool, trouble: Any) -> None:
        cast = self.cast
        device = self.ground.run(cast.party(f"device {len(cast.devices)}"))
        cast.devices.append(device)
        cast.recoveries += 1
        asking = device.client.recoveries.begin(APP, cast.lsp.name, cast.victim.main_name, cast.owner)
        device.account = self.do(device, asking, trouble) or device.account
        self.ground.run(cast.tell_mallory())
        if mallory_is_quick:
            self._forge({Forgery.RECOVER_STOLEN_RECOVERY, Forgery.ACCEPT_WITH_KEYS})

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
            lsp = device.account = await device.client.lsp(adopted.name)
            assert identity_of(lsp).seed == self.cast.lsp.seed

    # --- the world ----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([5, 5 * MINUTE, 3 * HOUR]))
    def time_passes(self, seconds: int) -> None:
        self.ground.run(self.network.deliver_late())
        self.network.now += seconds

    @rule(host=st.sampled_from(HOSTS), actions=st.integers(1, 5))
    def a_service_goes_down(self, host: str, actions: int) -> None:
        self.network.down.add(host)
        self.outage = actions

    @rule(
        host=st.sampled_from([f"resolver.{domain}" for domain in RESOLVERS]),
        lie=st.sampled_from(Lie),
        actions=st.integers(1, 5),
    )
    def a_resolver_lies(self, host: str, lie: Lie, actions: int) -> None:
        self.network.lies[host] = lie
        self.outage = actions
        self.misled = True
        self.denied |= lie is not Lie.HER_PROFILE

    @rule(host=st.sampled_from(HOSTS), answer=st.sampled_from(sorted(IN_PLACE)), actions=st.integers(1, 5))
    def something_stands_before_a_service(self, host: str, answer: str, actions: int) -> None:
        self.network.before[host] = ANSWERS[answer]
        self.outage = actions

    @rule(whose=st.sampled_from(["main", "app", "peer", "device", *HOSTS]), ahead=st.sampled_from(WRONG))
    def a_clock_is_wrong(self, whose: str, ahead: int) -> None:
        if whose in HOSTS:
            self.network.ahead[whose] = ahead
        for party in self.cast.devices if whose == "device" else self.cast.parties:
            if whose in (party.label, "device"):
                party.skew = ahead or party.right

    # --- Mallory ------------------------------------------------------------------------------------

    @rule(index=st.integers(0, 200), how=st.none() | st.sampled_from(Tampering))
    def mallory_submits_again(self, index: int, how: Tampering | None) -> None:
        passed = self.network.submitted
        if how is None:
            self.ground.run(self.cast.mallory.submit(*passed[index % len(passed)]))
        else:
            self.ground.run(self.cast.mallory.tamper(index % len(passed), how))

    @rule(forgeries=st.sets(st.sampled_from(Forgery), min_size=1, max_size=6))
    def mallory_forges(self, forgeries: set[Forgery]) -> None:
        self._forge(forgeries)

    def _forge(self, forgeries: set[Forgery]) -> None:
        for forgery in sorted(forgeries):
            self.do(self.cast.mallory.party, self.cast.mallory.forge(forgery, self.cast.victim))

    # --- the verdict --------------------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        self.ground.run(all_is_well(self.cast))

    def teardown(self) -> None:
        try:
            self._quieten()
            self.ground.run(nothing_is_lost_or_doubled(self.cast))
            self.ground.run(effects_happened_once(self.cast))
            self.ground.run(both_sides_agree(self.cast))
        finally:
            self.cast.leave()

    def _quieten(self) -> None:
        """No more mishaps; everybody picks up and sends until nothing changes."""
        cast = self.cast
        self.network.calm()
        for party in cast.parties:
            party.skew = party.right
        self.ground.run(self.network.deliver_late())
        self.network.now += LONGEST_PAUSE
        self._rounds(1 if self.denied else ROUNDS)
        if self.denied:  # what was said not to be is looked for again after a day
            self.ground.run(self._put_right())
            self.network.now += SAID_NO
            self._rounds(ROUNDS)
        for party in cast.parties:
            waiting = self.ground.run(cast.still_to_send(party))
            assert not waiting, (party, waiting)

    async def _put_right(self) -> None:
        """Users have what a liar has made them give up tried again, and take back whom it had replaced."""
        for party in self.cast.parties:
            for name in (self.cast.victim.main_name, self.cast.lsp.name, self.cast.contact.name):
                with suppress(Dm3Error):
                    await party.client.peers.take_back(name)
            if isinstance(party.account, Messenger | LimitedScopeProfile):
                for entry in await party.outbox():
                    if entry.state is OutboxState.FAILED:
                        await party.account.retry(entry.id)

    def _rounds(self, times: int) -> None:
        cast = self.cast
        for _ in range(times):
            self.network.now += MINUTE
            for device in cast.devices:
                self._sync_device(device)
            for party in (cast.main, cast.app, cast.peer, cast.mallory.party):
                self.ground.run(self._sync(party))
            for party in cast.parties:
                self.ground.run(party.send_all())

    async def _sync(self, party: Party) -> None:
        assert party.account is not None
        await party.account.sync()
        # A device with a later clock may have published the record; this one's turn comes.
        unexpected = [error for error in party.account.errors if not isinstance(error, AlreadyTaken)]
        assert not unexpected, (party, unexpected)


@pytest.mark.slow
def test_linking_holds_whatever_happens(ground):
    LinkingStory.ground = ground
    exploring = settings.get_current_profile_name() == "explore"
    run_state_machine_as_test(
        LinkingStory,
        settings=settings(
            max_examples=400 if exploring else 50,
            stateful_step_count=35,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
