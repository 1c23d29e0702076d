"""What a message that has come causes by itself: receipts, where the user wants them, and sending again."""

from __future__ import annotations

from typing import Final

from dm3.model import Draft, Message, MessageType
from dm3.protocol.messages import compose, is_entry, resend_for, timeline
from dm3.store.vault import Change
from dm3.wire import read_message

from ..state.context import Context
from ..state.own_records import ResentMessage
from ..state.records import MESSAGES, RESENT, Direction, StoredMessage
from ..state.settings_record import sends_receipts
from . import conversations as history
from .kept_marks import gets_receipts
from .outbox import enqueue
from .peer_names import names_of
from .stored_lines import as_record

DAY: Final = 86_400


async def answer_arrival(
    context: Context, change: Change, account: str, profile: str, stored: StoredMessage, peer: str
) -> None:
    """Within the change that keeps ``stored``: say that it has come, or send again what it asks for.

    ``peer``: its sender, under the name of the conversation. No receipt tells of a message request.
    """
    message = read_message(stored.text)
    if message.type == MessageType.RESEND_REQUEST:
        await _resend(context, change, account, profile, stored)
    elif is_entry(message.type) and await sends_receipts(context, account):
        names = await names_of(context.vault, profile, peer)
        if await gets_receipts(context.vault, profile, names):
            await receipt(context, change, account, profile, message, MessageType.READ_RECEIVED)


async def receipt(
    context: Context, change: Change, account: str, profile: str, message: Message, kind: MessageType
) -> None:
    """Tell the sender of ``message`` that it has come or was read; lost where this cannot be sent."""
    draft = Draft(
        to=message.from_,
        from_=message.to,
        timestamp=context.milliseconds(),
        type=kind,
        reference=message.hash,
    )
    keys = await context.keys_of(account, profile)
    told = compose(draft, keys.signing_private)
    await history.keep(context.vault, change, profile, told, Direction.OUT)
    enqueue(
        change,
        context,
        account=account,
        to=draft.to,
        sender=message.to if account == profile else profile,
        text=told.text,
        optional=True,
    )


async def _resend(
    context: Context, change: Change, account: str, profile: str, request: StoredMessage
) -> None:
    """Send a message of ours again, once a day; never one that was deleted or given up."""
    if request.reference is None:
        return
    key, now = history.message_key(profile, request.reference), context.seconds()
    target, last = await context.vault.get(MESSAGES, key), await context.vault.get(RESENT, key)
    names = await names_of(context.vault, profile, request.peer)
    if target is None or target.peer not in names or target.discarded:
        return
    if last is not None and now - last.at < DAY:
        return
    asked = as_record(request, {}, names[0])
    if resend_for(asked, as_record(target, {}, names[0])) is None:
        return
    kept = await history.messages_under(context.vault, profile, names)
    shown = timeline([asked, *(as_record(message, {}, names[0]) for message in kept)])
    if not any(resend.request == request.hash for resend in shown.resends):
        return
    change.put(RESENT, key, ResentMessage(now))
    sender = read_message(target.text).from_ if account == profile else profile
    enqueue(change, context, account=account, to=target.peer, sender=sender, text=target.text)
