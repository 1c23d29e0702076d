"""`dm3 outbox`: what is still on its way; and what became of a message, as `dm3 send` tells it as well."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from dm3.base.errors import InvalidInput, NotFound
from dm3.client import Account, Client, OutboxEntryView
from dm3.client.messaging import NobodyThere
from dm3.client.state import NOBODY_THERE, OutboxState

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import Block, emit, emit_blocks, exit_code, local_time, remark
from ..console.session import account_of, opened, remark_begun

NOT_SENT = 7

Profile = Annotated[
    str | None, typer.Option("--profile", help="Your profile whose outbox it is; all of them if left out.")
]
EntryId = Annotated[
    str, typer.Argument(help="The entry, as `dm3 outbox list` names it; its beginning will do.")
]

outbox_app = typer.Typer(
    help="Messages that are still on their way.\n\nExample: dm3 outbox list", no_args_is_help=True
)


class Outcome(Struct, frozen=True):
    """What became of a message: for programs, as an exit code, and for people."""

    state: str
    code: int
    told: str
    hint: str = ""


DELIVERED: Final = Outcome("delivered", 0, "delivered")
WAITING: Final = Outcome(
    "waiting", 0, "kept, not delivered yet", "It is still on its way: every `dm3 inbox` tries again."
)
FAILED: Final = Outcome(
    "failed", NOT_SENT, "not sent", "It is kept: dm3 outbox retry {0}, or dm3 outbox discard {0}"
)
TO_NOBODY: Final = Outcome(
    NOBODY_THERE,
    exit_code(NobodyThere()),
    "kept, not delivered",
    "Is the name spelled right? If not: dm3 outbox discard {0}. Else the message goes out once the name is "
    "published; dm3 outbox list shows what waits.",
)


def outcome_of(entry: OutboxEntryView | None) -> Outcome:
    """What became of the message of which ``entry`` is left."""
    if entry is None:
        return DELIVERED
    if entry.state is OutboxState.FAILED:
        return FAILED
    return TO_NOBODY if entry.is_to_nobody else WAITING


def tell_outcome(call: Call, entry: OutboxEntryView | None, message_hash: str) -> None:
    """Say what became of a message, and end with the exit code for it; ``entry`` is what is left of it."""
    outcome = outcome_of(entry)
    data = {
        "ok": outcome.code == 0,
        "state": outcome.state,
        "hash": message_hash,
        "delivered": entry is None,
        "reason": entry.last_error if entry else "",
        "entry": entry.id if entry else None,
    }
    emit(data, call.json, outcome.told)
    if entry is not None and not call.json:
        remark(f"{entry.last_error.rstrip('.')}. {outcome.hint.format(entry.id)}")
    if outcome.code:
        raise typer.Exit(outcome.code)


@command(outbox_app, "list", *CLIENT)
async def list_outbox(call: Call, profile: Profile = None) -> None:
    """Show what is still on its way, and why.

    Example: dm3 outbox list
    """
    async with opened(call) as client:
        entries = [entry for account in await _accounts(client, profile) for entry in await account.waiting()]
        data = {"ok": True, "entries": [_facts(entry) for entry in entries]}
        emit_blocks(data, call.json, [_block(entry) for entry in entries], "The outbox is empty.")
        if any(entry.state is OutboxState.FAILED for entry in entries) and not call.json:
            remark("Try again with: dm3 outbox retry ID, or give up with: dm3 outbox discard ID")


@command(outbox_app, "retry", *CLIENT)
async def retry_entry(call: Call, entry: EntryId, profile: Profile = None) -> None:
    """Try an entry again now, also one that has failed. It ends as `dm3 send` does.

    Example: dm3 outbox retry 5f0c
    """
    async with opened(call) as client:
        account, chosen = await _choose(client, profile, entry)
        left = [one for one in await account.retry(chosen.id) if one.id == chosen.id]
        tell_outcome(call, left[0] if left else None, chosen.message_hash)


@command(outbox_app, "discard", *CLIENT)
async def discard_entry(call: Call, entry: EntryId, profile: Profile = None) -> None:
    """Give an entry up for good. Its conversation shows that it was not sent.

    Example: dm3 outbox discard 5f0c
    """
    async with opened(call) as client:
        account, chosen = await _choose(client, profile, entry)
        await account.discard(chosen.id)
        emit({"ok": True, "entry": chosen.id}, call.json, "given up")


async def _accounts(client: Client, profile: str | None) -> list[Account]:
    """The profile that is named, or all that are in use."""
    profiles = await client.profiles()
    ready = [one for one in profiles if not one.is_begun]
    if profile is not None or not ready:
        return [await account_of(client, profile)]
    remark_begun([one for one in profiles if one.is_begun])
    return [await account_of(client, identity.name) for identity in ready]


async def _choose(client: Client, profile: str | None, given: str) -> tuple[Account, OutboxEntryView]:
    found = [
        (account, entry)
        for account in await _accounts(client, profile)
        for entry in await account.waiting()
        if given and entry.id.startswith(given.lower())
    ]
    if not found:
        raise NotFound(f"the outbox has no entry {given[:60]}", hint="List them: dm3 outbox list")
    if len(found) > 1:
        raise InvalidInput(f"several entries begin with {given}", hint="Give more of it.")
    return found[0]


def _facts(entry: OutboxEntryView) -> dict[str, Any]:
    return {
        "id": entry.id,
        "to": entry.to,
        "from": entry.sender,
        "type": entry.type,
        "hash": entry.message_hash,
        "state": entry.state,
        "attempts": entry.attempts,
        "createdAt": entry.created_at,
        "nextAt": entry.next_at if entry.state is OutboxState.WAITING else None,
        "reason": entry.last_error,
        "toNobody": entry.is_to_nobody,
    }


def _block(entry: OutboxEntryView) -> Block:
    facts = _facts(entry)
    again = local_time(entry.next_at) if entry.state is OutboxState.WAITING else ""
    return Block(
        entry.id,
        (
            ("to", entry.to),
            ("from", entry.sender),
            ("type", facts["type"]),
            ("since", local_time(entry.created_at)),
            ("state", f"{entry.state}, tried {entry.attempts} time(s)"),
            ("again", again),
            ("why", entry.last_error),
        ),
    )
