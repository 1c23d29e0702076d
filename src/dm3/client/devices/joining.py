"""A device that joins: a temporary profile shows a code, takes the main profile over, and is gone (5.3)."""

from __future__ import annotations

from functools import partial
from typing import Final

from dm3.base import checked
from dm3.base.errors import BadSignature, Dm3Error, LocalProtocolError, MalformedData, Unreachable
from dm3.crypto import JoinSecret, ProfileKeys
from dm3.model import DEVICE_SYNC
from dm3.protocol.devices import (
    Handover,
    JoinCode,
    Vouched,
    admitted,
    asks,
    device_id,
    open_handover,
    print_join_code,
    vouch_item,
    vouched_in,
    want_item,
)
from dm3.store.vault import Change
from dm3.wire import read_signed_profile

from ..profiles.activation import complete
from ..profiles.app import App
from ..profiles.keys import MESSENGER, make_embedded
from ..reading.profile_inbox import ProfileInbox
from ..reading.receiving import OpenedMessage
from ..state.context import Context
from ..state.device_records import DEVICES, JOININGS, OWN_DEVICES, Joining, OwnDevice
from ..state.identity import Identity, IdentityKind, Stage
from ..state.look_ups import step
from ..state.open_profile import OpenProfile
from ..state.readers import new_reader
from ..state.records import IDENTITIES
from .parts import wire_devices
from .rejoining import rejoined
from .told_items import ToldItems

LIFE: Final = 3_600
"""How long a code may be used, in seconds."""
WAIT: Final = 20.0


async def begin_joining(context: Context, domain: str, label: str) -> JoiningDevice:
    """A device that joins, with a temporary profile at ``domain``; the one that was begun, while it lasts."""
    for kept in await context.vault.entries(JOININGS):
        temporary = await context.vault.get(IDENTITIES, kept.record.temporary)
        if temporary is None:
            continue
        if context.seconds() < kept.record.until:
            return JoiningDevice(context, await complete(context, temporary))
        await JoiningDevice(context, temporary).forget()
    made = await make_embedded(
        context, App(domain, MESSENGER), None, entropy=None, claim=None, kind=IdentityKind.TEMPORARY
    )
    joining = Joining(made.name, JoinSecret(context.random(16)), label[:60], context.seconds() + LIFE)
    change = context.vault.change()
    change.put(IDENTITIES, made.name, made)
    change.put(JOININGS, made.name, joining)
    await context.vault.commit(change)
    return JoiningDevice(context, await complete(context, made))


@checked
class JoiningDevice:
    """The temporary profile of a device until another one hands the main profile over to it."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._own = OpenProfile(context, identity)
        self._inbox = ProfileInbox(self._own, self._act)
        self._handed_over: str | None = None

    @property
    def errors(self) -> list[Dm3Error]:
        """The errors of the latest look for what was handed over, such as a service that is away."""
        return self._own.errors

    async def code(self) -> JoinCode:
        """What the user takes to a device that has the profile; `shown_code` has it as text.

        Raises `LocalProtocolError` once it was used.
        """
        joining = await self._own.context.vault.get(JOININGS, self._own.account)
        if joining is None:
            raise LocalProtocolError("this device has joined, or does not join any more")
        return JoinCode(self._own.account, self._own.identity.profile.hash, joining.secret)

    async def shown_code(self) -> str:
        """The code as text, which is what its QR code says."""
        return print_join_code(await self.code())

    async def take_over(self, *, timeout: float = 600) -> str:  # noqa: ASYNC109  as `Client.recover`
        """Wait until another device hands the main profile over; returns the profile's name.

        What that device knows comes with the next `sync` of the profile, page by page. Raises `Unreachable`
        when nobody has invited this device within ``timeout`` seconds; the code still counts then.
        """
        ends = self._own.context.now() + timeout
        while self._handed_over is None:
            left = ends - self._own.context.now()
            await self.sync(wait=max(0.0, min(left, WAIT)))
            if self._handed_over is None and left <= 0:
                raise Unreachable(
                    "no device has invited this one yet",
                    hint="On a device that has the profile: dm3 device invite, with the code shown here.",
                )
        adopted = await self._own.context.vault.get(IDENTITIES, self._handed_over)
        if adopted is None:
            raise LocalProtocolError("the profile that was handed over is gone")
        await complete(self._own.context, adopted)
        await self.forget()
        return adopted.name

    async def forget(self) -> None:
        """Forget the temporary profile; its code counts no more."""
        change = self._own.context.vault.change()
        change.remove(IDENTITIES, self._own.account)
        change.remove(JOININGS, self._own.account)
        await self._own.context.vault.commit(change)

    async def sync(self, *, wait: float = 0) -> None:
        """Look whether something was handed over, up to ``wait`` seconds; errors are in ``errors``."""
        self._own.errors = []
        await self._inbox.fetch(wait, self._own.errors)

    async def _act(self, opened: OpenedMessage) -> None:
        await step(self._own.busy, partial(self._handle, opened))

    async def _handle(self, opened: OpenedMessage) -> None:
        message = opened.message
        if message.type != DEVICE_SYNC or self._handed_over is not None:
            return
        handover = open_handover(await self.code(), message.content or "")
        seed = ProfileKeys.from_seed(handover.seed)
        published = (await self._own.context.directory.profile(handover.name, fresh=True)).signed
        given = read_signed_profile(handover.signed)
        if message.from_ != handover.name or given.hash != published.hash:
            raise BadSignature("what was handed over is not the profile that is published")
        if published.profile.signing_key != seed.signing_public:
            raise MalformedData("what was handed over has other keys than the profile that is published")
        await self._adopt(handover)
        self._handed_over = handover.name

    async def _adopt(self, handover: Handover) -> None:
        context, temporary = self._own.context, self._own.identity
        joining = await context.vault.get(JOININGS, temporary.name)
        vouched = vouched_in(handover.vouching, handover.name, handover.key)
        if joining is None or vouched.key != temporary.keys.signing_public:
            raise MalformedData("the word for a device that was handed over is for another device")
        change, items = context.vault.change(), ToldItems(context.vault, handover.name)
        held = await context.vault.find(IDENTITIES, handover.name)
        if held is None:
            adopted = _taken_over(handover, new_reader(context.random))
        else:
            adopted = await rejoined(context, change, held.record, handover, items)
        own = OwnDevice(id=vouched.id, seed=temporary.seed, label=joining.label, reader=adopted.reader)
        known = await context.vault.get(OWN_DEVICES, adopted.name)
        if held is None or known is None or known.id != own.id:
            change.put(IDENTITIES, adopted.name, adopted, expect=0 if held is None else held.revision)
            change.put(OWN_DEVICES, adopted.name, own)
            await self._meet(change, items, handover, own)
            await context.vault.commit(change)
        if held is not None:  # what was done here while it was away
            await wire_devices(OpenProfile(context, adopted)).telling.tell_all()

    async def _meet(self, change: Change, items: ToldItems, handover: Handover, own: OwnDevice) -> None:
        """Count the inviting device as known, have it and others told so, and ask it for everything."""
        name, vault = handover.name, self._own.context.vault
        other = device_id(handover.key)
        met = await vault.get(DEVICES, f"{name}|{other}")
        met = met or asks(other, handover.key, handover.label, self._own.context.seconds())
        word = vouch_item(name, Vouched(other, met.key, met.label, own.id), own.keys.signing_private)
        change.put(DEVICES, f"{name}|{other}", admitted(met), section=name)
        items.put_new(change, word)
        items.tell(change, word)
        items.tell(change, want_item(other))


def _taken_over(handover: Handover, reader: str) -> Identity:
    return Identity(
        kind=IdentityKind.MAIN,
        name=handover.name,
        aliases=handover.aliases,
        app=handover.app,
        uri=handover.uri,
        address=handover.address,
        owner=handover.owner,
        seed=handover.seed,
        nonce=handover.nonce,
        signed=handover.signed,
        reader=reader,
        stage=Stage.TAKEN_OVER,
    )
