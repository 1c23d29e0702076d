"""Deleting profiles from the vault: what goes with one, and what is withdrawn at its delivery services."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from dm3.base.errors import Dm3Error, LocalProtocolError, NotFound
from dm3.protocol.devices import ItemKind
from dm3.protocol.linking import LinkState, OutgoingLinkState
from dm3.store.vault import Change, RecordType

from .messaging.conversations import message_key
from .messaging.outlines import remove_outline
from .messaging.peer_names import conversation_key
from .profiles.resume import discard_begun
from .reading.kept_envelopes import KeptEnvelopes
from .reading.mailbox import Mailbox
from .state.context import Context
from .state.device_records import (
    COMING_KEYS,
    DEVICES,
    HELD_SYNCS,
    JOININGS,
    OWN_DEVICES,
    TOLD_ITEMS,
    UNTOLD_ITEMS,
)
from .state.identity import Identity, IdentityKind
from .state.marks import MARKS
from .state.open_profile import held_identity
from .state.records import (
    ASKINGS,
    CODES,
    CONVERSATIONS,
    DEPOSITS,
    IDENTITIES,
    LINKS,
    MESSAGES,
    NOTICES,
    OFFERS,
    OUTBOX,
    PEER_NAMES,
    RECORDS,
    RECOVERIES,
    REFUSED,
    REQUESTS,
    RESENT,
    TOLD,
    WINDOWS,
    StoredMessage,
)
from .state.settings_record import SETTINGS

_BY_SECTION: Final[tuple[RecordType[Any], ...]] = (
    CONVERSATIONS,
    DEVICES,
    LINKS,
    MARKS,
    NOTICES,
    OUTBOX,
    PEER_NAMES,
    RECORDS,
    REFUSED,
    REQUESTS,
    TOLD,
    UNTOLD_ITEMS,
)
"""What lies in the section of the profile that it is of."""
_BY_NAME: Final[tuple[RecordType[Any], ...]] = (
    ASKINGS,
    CODES,
    COMING_KEYS,
    DEPOSITS,
    IDENTITIES,
    JOININGS,
    OFFERS,
    OWN_DEVICES,
    RECOVERIES,
    SETTINGS,
    WINDOWS,
)
"""What lies under the name of the profile that it is of."""
_OF_LINKED: Final[tuple[RecordType[Any], ...]] = (CONVERSATIONS, MARKS, PEER_NAMES)
"""What a main profile has of those that are or were linked to it."""


class DeletedProfile(Struct, frozen=True):
    """A profile that was deleted from this vault.

    ``name``: its own name.
    ``services``: the delivery services that keep nothing for this device any more.
    ``left``: those that could not be told; they forget this device by themselves.
    """

    name: str
    services: tuple[str, ...]
    left: tuple[str, ...]


class ProfileRemoval:
    """Takes profiles of a client out of its vault."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def discard(self, name: str) -> None:
        """As `Client.discard_profile`."""
        await discard_begun(self._context, await held_identity(self._context.vault, name))

    async def delete(self, name: str) -> DeletedProfile:
        """As `Client.delete_profile`."""
        identity = await held_identity(self._context.vault, name)
        if identity.is_begun:
            await discard_begun(self._context, identity)
            return DeletedProfile(identity.name, (), ())
        await self._require_no_link(identity)
        told, left = await self._leave(identity)
        kept = KeptEnvelopes(self._context.vault, identity.name)
        for envelope in await kept.all():
            await kept.remove(envelope)
        change = self._context.vault.change()
        await self._remove(change, identity)
        await self._context.vault.commit(change)
        return DeletedProfile(identity.name, tuple(told), tuple(left))

    async def _require_no_link(self, identity: Identity) -> None:
        vault = self._context.vault
        linked = [
            kept.record.profile_name
            for kept in await vault.entries(LINKS, section=identity.name)
            if kept.record.state in (LinkState.LINKED, LinkState.AWAITING_KEYS)
        ]
        asking = await vault.get(ASKINGS, identity.name)
        if asking is not None and asking.state is OutgoingLinkState.LINKED:
            linked.append(asking.main_name)
        if linked:
            raise LocalProtocolError(
                f"{identity.shown_name} is linked: {', '.join(linked[:5])}", hint="End the links first."
            )

    async def _leave(self, identity: Identity) -> tuple[list[str], list[str]]:
        """Give this device's mailbox up; returns which services know, and which could not be told."""
        mailbox = Mailbox(
            self._context,
            identity.name,
            identity.profile,
            identity.keys,
            identity.reader,
            identity.names[1:],
        )
        told, left = list[str](), list[str]()
        for service in mailbox.services:
            try:
                client = await self._context.service(service)
            except Dm3Error:
                left.append(service)
                continue
            try:
                token = await client.authenticate(identity.name, identity.keys.signing_private)
                await client.remove_reader(identity.name, token, identity.reader)
            except NotFound:
                told.append(service)  # it knows nothing of the profile
            except Dm3Error:
                left.append(service)
            else:
                told.append(service)
        return told, left

    async def _remove(self, change: Change, identity: Identity) -> None:
        vault, name = self._context.vault, identity.name
        others = {kept.record.name for kept in await vault.entries(IDENTITIES)} - {name}
        links = [kept.record.profile_name for kept in await vault.entries(LINKS, section=name)]
        alone = [name]
        if identity.kind is IdentityKind.MAIN:
            told = [kept.record.profile for kept in await vault.entries(CONVERSATIONS)]
            mains = [kept.record for kept in await vault.entries(IDENTITIES)]
            is_last = not any(one.kind is IdentityKind.MAIN and one.name != name for one in mains)
            # Conversations of profiles that were linked are shown by no other profile then.
            alone += sorted({*links, *(told if is_last else ())} - others - {name})
        for profile in alone:
            await self._remove_messages(change, profile)
            for kind_of_record in _BY_SECTION if profile == name else _OF_LINKED:
                for kept in await vault.entries(kind_of_record, section=profile):
                    change.drop(kind_of_record, kept)
        for kind in ("", *ItemKind):
            for item in await vault.entries(TOLD_ITEMS, section=f"{name}|{kind}"):
                change.drop(TOLD_ITEMS, item)
        for device in await vault.entries(DEVICES, section=name):
            for held in await vault.entries(HELD_SYNCS, section=f"{name}|{device.record.id}"):
                change.drop(HELD_SYNCS, held)
        for kind_of_record in _BY_NAME:
            change.remove(kind_of_record, name)

    async def _remove_messages(self, change: Change, profile: str) -> None:
        """All of its messages: what was deleted or is about linking, and what has no conversation, too."""
        conversations: dict[str, list[StoredMessage]] = {}
        for kept in await self._context.vault.entries(MESSAGES):
            if kept.record.profile == profile:
                change.drop(MESSAGES, kept)
                change.remove(RESENT, message_key(profile, kept.record.hash))
                section = conversation_key(profile, kept.record.peer)
                conversations.setdefault(section, []).append(kept.record)
        for section, messages in conversations.items():
            await remove_outline(self._context.vault, change, section, messages)
