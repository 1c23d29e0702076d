"""What this device has decided on links since it was last told, and what others have decided."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.protocol.devices import (
    Item,
    ItemKind,
    LinkWord,
    decides,
    ended_items,
    link_item,
    linked_by,
    nonce_item,
    rejected_item,
    standing_link,
)
from dm3.protocol.linking import Link, LinkState, RequestState
from dm3.store.vault import Change

from ..state.context_parts import HasVaultAndClock
from ..state.own_records import UsedNonce
from ..state.records import LINKS, NONCES, REQUESTS, link_key
from .settings import SettingsSync
from .told_items import ToldItems


class LinkDecisions:
    """The decisions on links with the main profile ``account``."""

    def __init__(
        self, context: HasVaultAndClock, account: str, items: ToldItems, settings: SettingsSync
    ) -> None:
        self._context = context
        self._account = account
        self._items = items
        self._settings = settings

    async def is_decided(self, profile: str, link_message: str, *, with_keys: bool) -> bool:
        """Whether another device, or this one, has decided on a request with this Link Message."""
        return decides(await self._of(profile), link_message, with_keys=with_keys)

    async def note(self, change: Change) -> None:
        """Put into ``change`` what was decided here: approvals, ends, rejections and used nonces."""
        vault, account = self._context.vault, self._account
        links = [kept.record for kept in await vault.entries(LINKS, section=account)]
        approved = [link_item(link) for link in links if link.state is not LinkState.NONE]
        standing = {message for item in approved for message in item.members().texts("messages")}
        await self._items.news(change, ItemKind.LINK, approved)
        known = await self._items.all(ItemKind.LINK)
        ended = {_message(item) for item in known if _word(item) == LinkWord.ENDED}
        for item in known:
            # What was approved and is held no longer has ended here.
            if _word(item) == LinkWord.APPROVED and _message(item) not in standing | ended:
                for end in ended_items(item):
                    if _message(end) not in ended:
                        ended.add(_message(end))
                        await self._items.say(change, end)
        requests = [kept.record for kept in await vault.entries(REQUESTS, section=account)]
        rejected = [
            rejected_item(request.profile_name, request.payload.link_message)
            for request in requests
            if request.state is RequestState.REJECTED
        ]
        await self._items.news(change, ItemKind.LINK, rejected)
        now = self._context.seconds()
        nonces = [kept.record for kept in await vault.entries(NONCES) if kept.record.expires_at >= now]
        used = [nonce_item(one.owner, one.nonce, one.message_hash, one.expires_at) for one in nonces]
        await self._items.news(change, ItemKind.NONCE, used)
        for item in await self._items.all(ItemKind.NONCE):
            if item.members().whole("expiresAt") < now:
                self._items.forget(change, item)

    async def handle(self, change: Change, item: Item) -> None:
        """Put what another device says about a link into ``change``, with what follows from it."""
        if not await self._items.keep(change, item):
            return
        profile = item.members().text("profile")
        known = [one for one in await self._of(profile) if one.place != item.place]
        chosen = standing_link([*known, item])
        ended = {_message(one) for one in (*known, item) if _word(one) == LinkWord.ENDED}
        await self._handle_link(change, profile, chosen, ended)
        decided = [*known, item]
        for kept in await self._context.vault.entries(REQUESTS, section=self._account):
            request = kept.record
            if request.profile_name == profile and decides(
                decided, request.payload.link_message, with_keys=False
            ):
                key = link_key(self._account, profile)
                change.remove(REQUESTS, f"{key}|{request.payload.kind}" if request.is_recovery else key)

    async def _handle_link(self, change: Change, profile: str, chosen: Item | None, ended: set[str]) -> None:
        key = link_key(self._account, profile)
        held = await self._context.vault.find(LINKS, key)
        revision = held.revision if held else 0
        if chosen is None:
            if held is not None and ended & set(link_item(held.record).members().texts("messages")):
                change.remove(LINKS, key, expect=revision)
            return
        link = linked_by(chosen, self._context.seconds())
        if held is None:
            # How it is recovered may have been told before.
            link = replace(link, recovery=await self._settings.mode_of(profile))
            change.put(LINKS, key, link, section=self._account, expect=0)
        elif link_item(held.record).text != chosen.text:
            change.put(LINKS, key, _with_own(link, held.record), section=self._account, expect=revision)

    async def _of(self, profile: str) -> list[Item]:
        found = await self._items.all(ItemKind.LINK)
        return [item for item in found if item.members().text("profile") == profile]

    async def handle_nonce(self, change: Change, item: Item) -> None:
        """Put a nonce that was used at another device into ``change``."""
        if not await self._items.keep(change, item):
            return
        told = item.members()
        owner, nonce = told.text("owner"), told.text("nonce")
        if await self._context.vault.get(NONCES, f"{owner}|{nonce}") is None:
            used = UsedNonce(owner, nonce, told.text("messageHash"), told.whole("expiresAt"))
            change.put(NONCES, f"{owner}|{nonce}", used, section=owner, expect=0)


def _with_own(link: Link, held: Link) -> Link:
    """A link as others have it, with what this device alone knows of it."""
    return replace(link, recovery=held.recovery, history=held.history)


def _word(item: Item) -> str:
    return item.members().text("is")


def _message(item: Item) -> str:
    return item.members().text("message")
