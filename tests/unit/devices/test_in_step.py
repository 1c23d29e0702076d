"""Three devices of one profile and one that joins: messages are lost, doubled and late, clocks are wrong.

The devices are the real ones, each with a vault of its own; what is made up is the way between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dm3.client.devices.devices import Devices
from dm3.client.devices.parts import wire_devices
from dm3.client.messaging.kept_marks import set_marks
from dm3.client.state.context import Context
from dm3.client.state.identity import Identity, IdentityKind, Stage
from dm3.client.state.marks import MARKS
from dm3.client.state.open_profile import OpenProfile
from dm3.client.state.own_records import UsedNonce
from dm3.client.state.records import LINKS, NONCES, OUTBOX, link_key
from dm3.client.state.settings_record import SETTINGS, ProfileSettings
from dm3.crypto import Seed
from dm3.model import Message
from dm3.protocol.devices import ItemKind, Standing
from dm3.protocol.linking import Link, LinkState
from dm3.store.vault import Vault
from dm3.wire import read_message
from tests.unit.people import digest, stream

ALICE = "alice.eth"
YEARS = 10 * 365 * 86_400
PEERS = ("bob.eth", "carol.eth")
FLAGS = ("blocked", "archived", "pinned")


async def keep_sent(_: Message) -> None:
    """Sent messages are no part of this story."""


class Station:
    """A device with its vault, its clock, and what is on its way to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.now = 1_800_000_000.0
        self.inbox: list[str] = []
        self.vault = Vault.in_memory(random=stream(name))
        context = Context(
            http=cast(Any, None),
            directory=cast(Any, None),
            resolvers={},
            names=cast(Any, None),
            vault=self.vault,
            now=lambda: self.now,
            random=stream(f"{name} draws"),
        )
        identity = Identity(
            kind=IdentityKind.MAIN, name=ALICE, aliases=(), app=ALICE, uri="https://dm3.chat", address="0x1",
            owner="0x1", seed=Seed(digest("alice")), nonce="", signed="", reader=name, stage=Stage.READY,
        )  # fmt: skip
        own = OpenProfile(context, identity)
        self.parts = wire_devices(own)
        self.devices = Devices(own, self.parts, cast(Any, NoServices()), keep_sent, self._nothing)

    async def _nothing(self) -> None:
        return None

    async def told(self) -> list[str]:
        """What it tells now, taken out of its outbox."""
        await self.parts.telling.prepare()
        change, texts = self.vault.change(), []
        for kept in await self.vault.entries(OUTBOX):
            texts.append(kept.record.text)
            change.remove(OUTBOX, kept.record.id)
        await self.vault.commit(change)
        return texts

    async def take(self, text: str) -> None:
        await self.parts.sync.handle(read_message(text), keep_sent)

    async def mark(self, peer: str, **marks: Any) -> None:
        change = self.vault.change()
        await set_marks(self.vault, change, ALICE, (peer,), int(self.now * 1000), **marks)
        await self.vault.commit(change)

    async def state(self) -> dict[str, Any]:
        """What the user sees of it: marks, links, rules and used nonces."""
        marks = {kept.record.peer: kept.record for kept in await self.vault.entries(MARKS)}
        return {
            "marks": {
                peer: (one.blocked, one.archived, one.pinned, one.read_up_to, one.draft)
                for peer, one in marks.items()
            },
            "links": {
                (kept.record.link_message, kept.record.valid_until)
                for kept in await self.vault.entries(LINKS)
            },
            "rules": await self.vault.get(SETTINGS, ALICE) or ProfileSettings(),
            "nonces": {kept.record.nonce for kept in await self.vault.entries(NONCES)},
        }


class NoServices:
    """A profile at no delivery service: its inbox, and the mailbox that this is of."""

    services = ()

    @property
    def mailbox(self) -> NoServices:
        return self


def a_link(message: str, asked_at: int, valid_until: int = 4_000_000_000) -> Link:
    return Link(
        state=LinkState.LINKED,
        profile_name="lsp.eth",
        profile_hash="0x1",
        main_name=ALICE,
        owner="0x1",
        uri="https://app.example",
        valid_until=valid_until,
        linked_at=1,
        link_message=message,
        vocabulary="LINK",
        profile_key=Seed(digest("lsp")),
        asked_at=asked_at,
    )


at_one = st.integers(0, 2)
at_two = st.lists(at_one, min_size=2, max_size=2, unique=True)


class InStep(RuleBasedStateMachine):
    """Whatever happens on the way, in the end all devices that count show the same."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stations = [Station(name) for name in ("desk", "lap", "phone")]
        self.gone: Station | None = None
        self.links = 0
        self.joins = False

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(doing)

    def teardown(self) -> None:
        try:
            self.run(self._meet_in_the_end())
        finally:
            for station in self.stations:
                self.run(station.vault.close())
            self.loop.close()

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        for station in self.stations:
            await station.devices.begin(station.name)
        await self._exchange(1)
        await self._admit(self.stations[0])
        await self._exchange()

    async def _exchange(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            for station in self.stations:
                self._send(station, await station.told())
            for station in self.stations:
                texts, station.inbox = station.inbox, []
                for text in texts:
                    await station.take(text)

    def _send(self, sender: Station, texts: list[str]) -> None:
        for other in self.stations:
            if other is not sender:
                other.inbox += texts

    @rule(at=at_one, peer=st.sampled_from(PEERS), flag=st.sampled_from(FLAGS), on=st.booleans())
    def decide(self, at: int, peer: str, flag: str, on: bool) -> None:
        self.run(self.stations[at].mark(peer, **{flag: on}))

    @rule(at=at_one, peer=st.sampled_from(PEERS), until=st.integers(1, 10_000))
    def read(self, at: int, peer: str, until: int) -> None:
        async def mark() -> None:
            kept = await self.stations[at].vault.get(MARKS, f"{ALICE}|{peer}")
            if kept is None or kept.read_up_to < until:
                await self.stations[at].mark(peer, read_up_to=until)

        self.run(mark())

    @rule(at=at_one, receipts=st.booleans(), days=st.sampled_from([1, 30, None]))
    def set_rules(self, at: int, receipts: bool, days: int | None) -> None:
        rules = ProfileSettings(send_receipts=receipts, term_limit=None if days is None else days * 86_400)
        self.run(self.stations[at].vault.put(SETTINGS, ALICE, rules))

    @rule(at=at_one)
    def approve(self, at: int) -> None:
        self.links += 1
        link = a_link(f"message {self.links}", self.links)
        station = self.stations[at]
        self.run(station.vault.put(LINKS, link_key(ALICE, "lsp.eth"), link, section=ALICE))
        used = UsedNonce("0x1", f"nonce {self.links}", "0x2", 4_000_000_000)
        self.run(station.vault.put(NONCES, f"0x1|{used.nonce}", used))

    @rule(at=at_one, days=st.integers(1, 300))
    def renew(self, at: int, days: int) -> None:
        """The link gets another Link Message and term, where it is in force."""

        async def renewed() -> None:
            key = link_key(ALICE, "lsp.eth")
            if await self.stations[at].vault.get(LINKS, key) is not None:
                self.links += 1
                link = a_link(f"message {self.links}", self.links, 3_900_000_000 + days * 86_400)
                await self.stations[at].vault.put(LINKS, key, link, section=ALICE)

        self.run(renewed())

    @rule(at=at_one, peer=st.sampled_from(PEERS), text=st.sampled_from(["", "half", "half a sentence"]))
    def write_a_draft(self, at: int, peer: str, text: str) -> None:
        self.run(self.stations[at].mark(peer, draft=text))

    @precondition(lambda self: not self.joins)
    @rule(slow=st.booleans())
    def join(self, slow: bool) -> None:
        """A further machine begins, and asks the others; or it is not heard of until later."""
        self.joins = True
        new = Station("tablet")
        self.stations.append(new)
        self.run(new.devices.begin(new.name))
        if not slow:
            self._send(new, self.run(new.told()))

    @precondition(lambda self: self.joins)
    @rule(at=at_one)
    def admit(self, at: int) -> None:
        self.run(self._admit(self.stations[at]))

    async def _admit(self, station: Station) -> None:
        for device in await station.devices.list():
            if device.standing is Standing.ASKS:
                await station.devices.invite(device.id)

    @rule(at=at_one)
    def end(self, at: int) -> None:
        change = self.stations[at].vault.change()
        change.remove(LINKS, link_key(ALICE, "lsp.eth"))
        self.run(self.stations[at].vault.commit(change))

    @rule(at=at_one)
    def tell(self, at: int) -> None:
        self._send(self.stations[at], self.run(self.stations[at].told()))

    @rule(at=at_one, which=st.integers(0, 5), again=st.booleans())
    def hear(self, at: int, which: int, again: bool) -> None:
        station = self.stations[at]
        if station.inbox:
            text = station.inbox.pop(which % len(station.inbox))
            self.run(station.take(text))
            if again:
                station.inbox.append(text)

    @rule(at=at_one, which=st.integers(0, 5))
    def lose(self, at: int, which: int) -> None:
        station = self.stations[at]
        if station.inbox:
            station.inbox.pop(which % len(station.inbox))

    @rule(at=at_one, seconds=st.sampled_from([-YEARS, -60, 60, YEARS]))
    def set_the_clock(self, at: int, seconds: int) -> None:
        self.stations[at].now = max(1.0, self.stations[at].now + seconds)

    @precondition(lambda self: self.gone is None)
    @rule(which=at_two)
    def remove(self, which: list[int]) -> None:
        self.run(self._remove(*(self.stations[at] for at in which)))

    async def _remove(self, remover: Station, gone: Station) -> None:
        own = next(one for one in await gone.devices.list() if one.is_this)
        await remover.devices.remove(own.id)
        self.gone = gone

    async def _meet_in_the_end(self) -> None:
        staying = [station for station in self.stations if station is not self.gone]
        for _ in range(3 if self.joins else 2):
            await self._admit(staying[0])
            for station in self.stations:
                station.now = max(2_000_000_000.0, station.now) + 7_200
                await station.mark(f"{station.name}.eth", draft="", read_up_to=int(station.now))
            await self._exchange()
        first, *others = [await station.state() for station in staying]
        for other in others:
            assert other == first
        if self.gone is not None:
            await self.gone.mark("evil.eth", blocked=True)
            # It does not listen, and goes on as if it had never heard of its removal.
            own = await self.gone.parts.stores.book.own()
            assert own is not None
            await self._exchange()
            for station in staying:
                assert "evil.eth" not in (await station.state())["marks"]
                assert await station.parts.stores.items.held(f"{ItemKind.BLOCKED}|{ALICE}|evil.eth") is None


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_devices_meet_whatever_happens_on_the_way():
    bounds = settings(
        max_examples=5,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(InStep, settings=bounds)
