"""The outbox: a message is first kept, then sent, and tried again until a delivery service has it."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec.structs import replace

from dm3.base import sha256_hex
from dm3.base.errors import (
    Dm3Error,
    InvalidInput,
    LocalProtocolError,
    NotFound,
    ServiceRefused,
    TooLarge,
    Unreachable,
    UnsupportedByPeer,
)
from dm3.crypto import ProfileKeys, Seed
from dm3.model import DeliveryInformation
from dm3.net import Timeouts
from dm3.net.http import SLOWEST
from dm3.protocol.messages import envelop
from dm3.protocol.services import CANNOT_OPEN, PLAIN_REFUSAL
from dm3.store.vault import Change, Vault
from dm3.wire import envelope_text

from ..state.capabilities import message_type, too_large
from ..state.context import Context
from ..state.context_parts import HasVaultAndClock
from ..state.open_profile import OpenProfile
from ..state.outbox_entry import OutboxEntry, OutboxState
from ..state.records import OUTBOX
from . import conversations as history
from .recipients import Recipient, RecipientService

STEPS: Final = 4
"""How many of the client's steps one service may take in all, beside what the message's size needs."""
SEALED: Final = 2
"""How many times its size a message may have when it is sealed."""
FIRST_RETRY: Final = 2
LONGEST_RETRY: Final = 3_600
GIVES_UP_AFTER: Final = 14 * 86_400

_FINAL_CODES: Final = frozenset({-32602, -32010, -32011, -32003, -32000, -32600, PLAIN_REFUSAL})
_FINAL_ERRORS: Final = (InvalidInput, LocalProtocolError, TooLarge, UnsupportedByPeer)
"""Faults of our own message, and definite refusals. What the receiver has published wrongly may be mended.

So may the keys of a service that cannot open what is sealed for those that it publishes."""
_MAY_HAVE_OTHER_KEYS: Final = frozenset({CANNOT_OPEN, -32000, -32602, PLAIN_REFUSAL})
"""Refusals of a service that has other keys than the sealed message is for; older ones say no more."""


class MeantForAnother(LocalProtocolError):
    """The receiver is no longer whom this message is meant for."""

    code = "meant-for-another"
    hint = "It was not sent, and is for nobody else. Give it up: dm3 outbox discard"


def enqueue(
    change: Change,
    context: Context,
    *,
    account: str,
    to: str,
    sender: str,
    text: str,
    receiver_hash: str | None = None,
    receiver_owner: str | None = None,
    seed: Seed | None = None,
    optional: bool = False,
) -> None:
    """Add a message (its canonical JSON) to the outbox within ``change``.

    An ``optional`` one, such as a receipt, is dropped without a word where it cannot be sent at all.
    `dm3.client.messaging.dispatcher` sends it after the commit: what is not durable here is never on its way.
    """
    now = context.seconds()
    entry = OutboxEntry(
        id=context.random(12).hex(),
        account=account,
        to=to,
        sender=sender,
        text=text,
        message_hash=sha256_hex(text),
        created_at=now,
        next_at=now,
        receiver_hash=receiver_hash,
        receiver_owner=receiver_owner,
        seed=seed,
        optional=optional,
    )
    change.put(OUTBOX, entry.id, entry, section=account)


def forward(change: Change, own: OpenProfile, *, to: str, sender: str, text: str) -> None:
    """Enqueue a copy: the message inside stays as its author signed it."""
    enqueue(change, own.context, account=own.account, to=to, sender=sender, text=text)


def after_failure(entry: OutboxEntry, error: Dm3Error, now: int) -> OutboxEntry | None:
    """The entry after a try that ended so at ``now`` (UNIX seconds); None for what is dropped in silence."""
    attempts = entry.attempts + 1
    pause = min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY)
    over = _is_final(error) or now - entry.created_at > GIVES_UP_AFTER
    if over and entry.optional:
        return None
    return replace(
        entry,
        attempts=attempts,
        next_at=now + pause,
        last_error=str(error),
        last_code=error.code,
        state=OutboxState.FAILED if over else OutboxState.WAITING,
    )


def _is_final(error: Dm3Error) -> bool:
    if isinstance(error, ServiceRefused):
        return error.service_code in _FINAL_CODES
    return isinstance(error, _FINAL_ERRORS)


async def deliver(context: Context, entry: OutboxEntry, recipient: Recipient) -> None:
    """Submit to the recipient's delivery services in their order, until one has taken it.

    Each of them has its time in all; one that drips holds up neither the next one nor other receivers.
    """
    found = recipient.found
    if entry.receiver_hash is not None and found.signed.hash != entry.receiver_hash:
        raise MeantForAnother(f"{entry.to} has another profile than the one that this is meant for")
    if entry.receiver_owner is not None and found.owner != entry.receiver_owner:
        raise MeantForAnother(f"{entry.to} belongs to another account than the one that this is meant for")
    if not recipient.services:
        raise NotFound(f"{entry.to} names no delivery service")
    failures: list[Dm3Error] = []
    for service_name in recipient.services:
        try:
            async with asyncio.timeout(_seconds_for(entry, context.directory.timeouts)):
                await _submit(context, entry, recipient, service_name)
        except TimeoutError:
            failures.append(Unreachable(f"{service_name} takes too long"))
        except Dm3Error as error:
            failures.append(error)
        else:
            return
    # One that may yet take it decides over others that never will.
    raise next((error for error in failures if not _is_final(error)), failures[0])


def _seconds_for(entry: OutboxEntry, timeouts: Timeouts) -> float:
    return STEPS * timeouts.step + SEALED * len(entry.text) / SLOWEST


async def _submit(context: Context, entry: OutboxEntry, recipient: Recipient, service_name: str) -> None:
    """Check what the recipient and the service say of themselves, then seal and hand over.

    A service may have got other keys since they were looked up: what it cannot open, or refuses for a reason
    that may be just that, is sealed anew for the keys that it publishes now, once.
    """
    service = await recipient.service(service_name)
    try:
        await _hand_over(context, entry, recipient, service)
    except ServiceRefused as error:
        if error.service_code not in _MAY_HAVE_OTHER_KEYS:
            raise
        before, service = service.profile, await recipient.service(service_name, fresh=True)
        now = service.profile
        if (now.encryption_key, now.url) == (before.encryption_key, before.url):
            raise
        await _hand_over(context, entry, recipient, service)


async def _hand_over(
    context: Context, entry: OutboxEntry, recipient: Recipient, service: RecipientService
) -> None:
    """Seal for the recipient and its service, and hand over."""
    peers = context.peers
    await recipient.require_support(service, message_type(entry.text))
    if entry.seed is not None:
        keys = ProfileKeys.from_seed(entry.seed)
    else:
        keys = await context.keys_of(entry.account, entry.sender)
    facts = await recipient.facts(service)

    async def hand_over(encrypted_hash: bool) -> None:
        envelope = envelop(
            entry.text,
            receiver_key=recipient.found.signed.profile.encryption_key,
            service_key=service.profile.encryption_key,
            information=DeliveryInformation(entry.to, entry.sender),
            signing_key=keys.signing_private,
            random=context.random,
            encrypted_hash=encrypted_hash,
        )
        size = len(envelope_text(envelope))
        if facts.limit is not None and size > facts.limit:
            raise too_large(size, {service.name: facts.limit})
        await service.client.submit(envelope, plain=facts.plain)

    first = peers.wants_encrypted_hash(service.name)
    try:
        await hand_over(first)
    except ServiceRefused as error:
        if error.service_code != PLAIN_REFUSAL:
            raise
        # npm 1.7.1 wants the other hash, and refuses what has this one: nothing was taken.
        await hand_over(not first)
        peers.note_hash(service.name, encrypted=not first)


async def find_entry(vault: Vault, account: str, entry_id: str) -> OutboxEntry:
    """The entry ``entry_id`` of ``account``. Raises `NotFound`."""
    entry = await vault.get(OUTBOX, entry_id)
    if entry is None or entry.account != account:
        raise NotFound(f"the outbox has no entry {entry_id[:60]}", hint="List them: dm3 outbox list")
    return entry


async def make_due(context: HasVaultAndClock, account: str, entry_id: str) -> None:
    """Have an entry tried again, now and with all patience, also one that was given up."""
    entry = await find_entry(context.vault, account, entry_id)
    now = context.seconds()
    again = replace(entry, state=OutboxState.WAITING, attempts=0, created_at=now, next_at=now)
    await context.vault.put(OUTBOX, entry.id, again, section=account)


async def discard(vault: Vault, account: str, entry_id: str) -> None:
    """Give a message up; its conversation shows that it was not sent."""
    entry = await find_entry(vault, account, entry_id)
    change = vault.change()
    change.remove(OUTBOX, entry.id)
    await history.mark_discarded(vault, change, (account, entry.sender), entry)
    await vault.commit(change)
