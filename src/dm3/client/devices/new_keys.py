"""New keys of the main profile for its other devices: told before they are published (specification 5.3)."""

from __future__ import annotations

from typing import Final

from dm3.base.errors import Dm3Error, LocalProtocolError, NotFound, ServiceRefused
from dm3.protocol.devices import (
    Device,
    Item,
    ItemKind,
    NewKeys,
    Standing,
    holds_item,
    keys_item,
    later_mark,
    opened_keys,
)
from dm3.store.vault import Change
from dm3.wire import read_signed_profile

from ..profiles.activation import complete
from ..profiles.renewal import with_new_profile
from ..state.commits import commit_anew
from ..state.device_records import COMING_KEYS, ComingKeys, OwnDevice
from ..state.identity import Identity, Stage
from ..state.open_profile import OpenProfile
from .book import DeviceBook
from .told_items import ToldItems

UNAUTHORIZED: Final = 401


class KeysWereRenewed(LocalProtocolError):
    """This device has keys of its profile that count no more: it was away when the profile got new ones."""

    code = "keys-were-renewed"
    hint = "Here: dm3 device join, and on a device that has the new keys: dm3 device invite. Nothing is lost."


def is_stranger_to(error: Dm3Error) -> bool:
    """Whether a service has said that it does not know whoever asks, as it does with keys of before."""
    return isinstance(error, ServiceRefused) and error.status == UNAUTHORIZED


class NewKeysSync:
    """Hands new keys of the opened main profile to its known devices, and takes them in."""

    def __init__(self, own: OpenProfile, items: ToldItems, book: DeviceBook) -> None:
        self._own = own
        self._context = own.context
        self._items = items
        self._book = book

    # --- where they are made ------------------------------------------------------------------

    async def tell(self, renewed: Identity) -> None:
        """Have each known device told the keys of ``renewed``, sealed for it alone."""
        new = NewKeys(renewed.name, renewed.seed, renewed.nonce, renewed.signed)
        devices = await self._known()

        async def prepare(change: Change) -> None:
            for device in devices:
                before = await self._items.held(f"{ItemKind.KEYS}|{device.id}")
                at = later_mark(before, self._context.milliseconds())
                item = keys_item(device.id, device.key, new, at, self._context.random)
                await self._items.say(change, item)

        await commit_anew(self._context.vault, prepare)

    async def without(self, profile_hash: str) -> list[Device]:
        """The known devices that have not said yet that they hold the keys of the profile with this hash."""
        found = []
        for device in await self._known():
            told = await self._items.held(f"{ItemKind.HOLDS}|{device.id}")
            if told is None or told.members().text("hash") != profile_hash:
                found.append(device)
        return found

    async def _known(self) -> list[Device]:
        own = await self._book.own()
        if own is None or own.removed:
            return []
        return [device for device in await self._book.all() if device.standing is Standing.KNOWN]

    # --- where they come ----------------------------------------------------------------------

    async def handle(self, change: Change, own: OwnDevice, item: Item) -> None:
        """Keep new keys for this device until they are published, and have the others told that it has them.

        Raises `CannotOpen` or `MalformedData` for what are none.
        """
        if not await self._items.keep(change, item) or item.members().text("device") != own.id:
            return
        new = opened_keys(item, self._own.account, own.keys)
        change.put(COMING_KEYS, new.name, ComingKeys(seed=new.seed, nonce=new.nonce, signed=new.signed))
        before = await self._items.held(f"{ItemKind.HOLDS}|{own.id}")
        at = later_mark(before, self._context.milliseconds())
        await self._items.say(change, holds_item(own.id, read_signed_profile(new.signed).hash, at))

    async def require_current(self) -> None:
        """Raise `KeysWereRenewed` where another profile than this one's is published under its name now.

        Raises what looking it up raises.
        """
        identity = self._own.identity
        if identity.stage is not Stage.READY:
            return
        found = await self._context.directory.profile(identity.name, fresh=True)
        if found.signed.hash != identity.profile.hash:
            raise KeysWereRenewed(identity.name)

    async def adopt(self) -> Identity | None:
        """The profile with the keys that another device has published meanwhile; None as long as it has not.

        Raises what looking it up and the delivery services raise.
        """
        coming = await self._context.vault.get(COMING_KEYS, self._own.account)
        if coming is None:
            return None
        wanted = read_signed_profile(coming.signed)
        if wanted.hash != self._own.identity.profile.hash:
            self._context.names.forget(self._own.account)
            self._context.directory.forget(self._own.account)
            try:
                found = await self._context.directory.profile(self._own.account, fresh=True)
            except NotFound:
                return None
            if found.signed.hash != wanted.hash:
                return None
            renewed = with_new_profile(
                self._own.identity,
                seed=coming.seed,
                nonce=coming.nonce,
                signed=coming.signed,
                stage=Stage.TAKEN_OVER,
            )
            renewed = await complete(self._context, renewed)
        else:
            renewed = self._own.identity
        change = self._context.vault.change()
        change.remove(COMING_KEYS, self._own.account)
        await self._context.vault.commit(change)
        return renewed
