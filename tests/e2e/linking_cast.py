"""The people of a linking story: an owner, her main profile, her limited scope profile, its peer, Mallory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from dm3.client import App, LimitedScopeProfile, Messenger
from dm3.client.linking.recovering_device import RecoveringDevice
from dm3.client.state.identity import Identity
from dm3.client.state.outbox_entry import OutboxEntry
from dm3.client.state.records import REQUESTS, link_key
from dm3.crypto import KeyWallet, WalletKey
from dm3.protocol.linking import Link, LinkState, OutgoingLink, OutgoingLinkState, Request
from tests.e2e.linking_adversary import Mallory, Victim
from tests.e2e.linking_network import MAIN_DOMAIN, Network
from tests.e2e.linking_parties import Party, Vaults
from tests.kit.inside import context_of, held_links, held_outgoing, held_recovery, identity_of
from tests.unit.people import digest

APP: Final = App("myapp.eth", "https://myapp.example")
TERM: Final = 2 * 3_600


@dataclass
class Cast:
    """Who plays; ``devices`` come later and recover. ``approvals`` and ``recoveries`` are what was begun.

    ``joined``: the main profile has picked up from the linked mailbox; ``expected_in_main`` are messages of
    the linked profile that must come to the main inbox as long as the link is in force.
    """

    network: Network
    vaults: Vaults
    number: int
    parties: list[Party] = field(default_factory=list)
    devices: list[Party] = field(default_factory=list)
    approvals: int = 0
    recoveries: int = 0
    joined: bool = False
    expected_in_main: set[str] = field(default_factory=set)
    owner: KeyWallet = field(init=False)
    main: Party = field(init=False)
    app: Party = field(init=False)
    peer: Party = field(init=False)
    mallory: Mallory = field(init=False)
    lsp: Identity = field(init=False)
    victim: Victim = field(init=False)

    async def enter(self, main_skew: int, app_skew: int) -> None:
        """Everybody makes a profile."""
        self.owner = self._wallet("owner")
        self.main, self.app = await self.party("main", main_skew), await self.party("app", app_skew)
        self.peer, evil = await self.party("peer"), await self.party("mallory")
        alias = f"alice{self.number}.user.dm3.eth"
        self.main.account = await self.main.client.create_profile(MAIN_DOMAIN, self.owner, alias=alias)
        self.peer.account = await self.peer.client.create_profile(APP.name, self._wallet("peer"))
        wallet = self._wallet("mallory")
        evil.account = await evil.client.create_lsp(APP, wallet)
        self.mallory = Mallory(evil, wallet, self.network)
        self.network.mallory = self.mallory.profile.name
        profile = await self.app.client.create_lsp(APP, self.owner)
        self.app.account, self.lsp = profile, identity_of(profile)
        self.victim = Victim(alias, self.owner, self.lsp.name, self.lsp.profile.hash)

    async def link(self, *, after_accept: bool) -> None:
        """The good old story, so that not every one has to begin with it."""
        name = self.victim.main_name
        await self.profile.request_link(name, self.owner, term=TERM, hand_over_after_accept=after_accept)
        await self.messenger.sync()
        self.approvals += 1
        await self.messenger.approve(self.lsp.name)
        await self.profile.sync()
        await self.messenger.sync()

    async def party(self, label: str, skew: int = 0) -> Party:
        """Somebody new with an empty vault."""
        self.parties.append(Party(label, self.network, await self.vaults.take(), skew))
        return self.parties[-1]

    def leave(self) -> None:
        """The story is over."""
        for party in self.parties:
            party.line.cut = True
            self.vaults.give_back(party.database)

    def _wallet(self, label: str) -> KeyWallet:
        return KeyWallet(WalletKey(digest(f"{label} of story {self.number}")))

    # --- how things stand --------------------------------------------------------------------------

    @property
    def messenger(self) -> Messenger:
        """The main profile."""
        assert isinstance(self.main.account, Messenger)
        return self.main.account

    @property
    def profile(self) -> LimitedScopeProfile:
        """The limited scope profile in its application."""
        assert isinstance(self.app.account, LimitedScopeProfile)
        return self.app.account

    @property
    def contact(self) -> Messenger:
        """Whom the profile writes with."""
        assert isinstance(self.peer.account, Messenger)
        return self.peer.account

    @property
    def recovered(self) -> list[Party]:
        """The devices that have the profile by now."""
        return [device for device in self.devices if isinstance(device.account, LimitedScopeProfile)]

    async def asking(self) -> OutgoingLink | None:
        """The link as the application sees it."""
        return await held_outgoing(self.profile)

    async def links(self) -> list[Link]:
        """The links that the main profile holds."""
        return await held_links(self.messenger)

    async def request(self) -> Request | None:
        """The request at the main profile, waiting or rejected."""
        key = link_key(self.messenger.identity.name, self.lsp.name)
        return await context_of(self.main.client).vault.get(REQUESTS, key)

    async def in_force(self) -> bool:
        """Whether the main profile holds the link and its keys."""
        links = await self.links()
        return bool(links) and links[0].state is LinkState.LINKED

    async def app_forwards(self) -> bool:
        """Whether the application forwards what it sends, and the main profile will take it."""
        asking = await self.asking()
        return asking is not None and asking.state is OutgoingLinkState.LINKED and await self.in_force()

    async def still_to_send(self, party: Party) -> list[OutboxEntry]:
        """What waits in the outbox and can be sent."""
        return [entry for entry in await party.waiting() if entry not in await self.stranded()]

    async def stranded(self) -> list[OutboxEntry]:
        """What the user wrote as the linked profile and then ended the link, with whose keys it is sent."""
        if await self.links():
            return []
        return [entry for entry in await self.main.waiting() if entry.sender == self.lsp.name]

    async def tell_mallory(self) -> None:
        """What the owner's wallet signed is stolen at once."""
        asking = await self.asking()
        if asking is not None:
            self.victim.link_text = (asking.link_message, asking.wallet_signature)
        for device in self.devices:
            if isinstance(device.account, RecoveringDevice):
                recovery = await held_recovery(device.account)
                self.victim.recovery_text = (recovery.link_message, recovery.wallet_signature)
                self.victim.temporary_name = recovery.temporary_name
