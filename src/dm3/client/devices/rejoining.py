"""A device that joins again in its old vault: it was away at a renewal of keys, or was removed (5.3).

What it has stays, its reader among it, so that its mailbox is read on where it was left. What waits in its
outbox was signed with keys that count no more, and is signed anew.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from dm3.base.errors import MalformedData
from dm3.model import DEVICE_SYNC, Draft, Message
from dm3.protocol.devices import Handover, removal_item
from dm3.protocol.linking import signed_anew
from dm3.protocol.messages import compose
from dm3.store.vault import Change, Vault
from dm3.wire import read_message, read_signed_profile

from ..messaging.conversations import message_key
from ..messaging.outlines import add_place
from ..messaging.peer_names import conversation_key
from ..profiles.renewal import with_new_profile
from ..state.context_parts import HasVaultAndClock
from ..state.device_records import COMING_KEYS, OWN_DEVICES
from ..state.identity import Identity, IdentityKind, Stage
from ..state.outbox_entry import OutboxState
from ..state.records import MESSAGES, NOTICES, OUTBOX
from .told_items import ToldItems

NOTICE_OF_REMOVAL: Final = "removed"


async def rejoined(
    context: HasVaultAndClock, change: Change, held: Identity, handover: Handover, items: ToldItems
) -> Identity:
    """The profile that is ``held``, with the keys that are handed over; what follows goes into ``change``.

    The device that this vault was until now is given up: the others are told. Raises `MalformedData` where
    the name is that of another kind of profile here.
    """
    if held.kind is not IdentityKind.MAIN:
        raise MalformedData("what was handed over has the name of another profile in this vault")
    former = await context.vault.get(OWN_DEVICES, held.name)
    if former is not None and not former.removed and former.reader == held.reader:
        item = removal_item(former.id, former.seq)
        items.put_new(change, item)
        items.tell(change, item)
    change.remove(NOTICES, f"{held.name}|{NOTICE_OF_REMOVAL}")
    change.remove(COMING_KEYS, held.name)
    names = (*held.aliases, *(name for name in handover.aliases if name not in held.aliases))
    if held.profile.hash == read_signed_profile(handover.signed).hash:
        return replace(held, aliases=names)
    now = with_new_profile(
        held,
        seed=handover.seed,
        nonce=handover.nonce,
        signed=handover.signed,
        aliases=names,
        stage=Stage.TAKEN_OVER,
        replaces=None,
        authorization=None,
    )
    if now.seed != held.seed:
        await _sign_anew(context, change, held, now)
    return now


async def _sign_anew(context: HasVaultAndClock, change: Change, before: Identity, now: Identity) -> None:
    """Have what ``before`` has signed and not sent yet signed by ``now``, in outbox and conversations.

    What is only for the other devices goes: they are told everything anyway. So do courtesies, but not that a
    link has ended.
    """
    hashes: dict[str, str] = {}
    waiting = await context.vault.entries(OUTBOX, section=before.name)
    for kept in sorted(waiting, key=lambda one: one.seq):
        entry, message = kept.record, read_message(kept.record.text)
        if message.from_ not in before.names:
            continue  # a copy of what somebody else, such as a linked profile, has signed
        if message.type == DEVICE_SYNC or (entry.optional and message.link is None):
            change.remove(OUTBOX, entry.id)
            continue
        signed = _signed(message, now, hashes)
        hashes[message.hash] = signed.hash
        again = replace(
            entry,
            text=signed.text,
            message_hash=signed.hash,
            next_at=context.seconds(),
            attempts=0,
            state=OutboxState.WAITING,  # a service may have refused what the former keys have signed
        )
        change.put(OUTBOX, entry.id, again, section=entry.account, expect=kept.revision)
        await _replace(context.vault, change, before.name, message, signed)


def _signed(message: Message, now: Identity, hashes: dict[str, str]) -> Message:
    key = now.keys.signing_private
    link = None if message.link is None else signed_anew(message.link, key)
    reference = None if message.reference is None else hashes.get(message.reference, message.reference)
    return compose(
        Draft(
            to=message.to,
            from_=message.from_,
            timestamp=message.timestamp,
            type=message.type,
            content=message.content,
            attachments=message.attachments or None,
            reference=reference,
            reply_delivery_instruction=message.reply_delivery_instruction,
            link=link,
            public=message.public,
        ),
        key,
    )


async def _replace(vault: Vault, change: Change, profile: str, message: Message, signed: Message) -> None:
    """Keep ``signed`` in place of ``message`` in its conversation."""
    found = await vault.find(MESSAGES, message_key(profile, message.hash))
    if found is None:
        return
    stored = replace(found.record, hash=signed.hash, text=signed.text, reference=signed.reference)
    section = conversation_key(profile, stored.peer)
    change.remove(MESSAGES, message_key(profile, message.hash), expect=found.revision)
    change.put(MESSAGES, message_key(profile, signed.hash), stored, section=section, expect=0)
    add_place(change, section, stored)  # the outline is found to be behind, and made anew
