"""`dm3 conversation`: what you decide about conversations, each with a name; and deleting them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any

import typer

from dm3.base import normalize
from dm3.base.errors import ConfigurationError
from dm3.client import Account, Marks, Messenger

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import Block, emit, emit_blocks, remark
from ..console.session import account_of, ask_yes, opened
from ..console.shortened_names import full_name

conversation_app = typer.Typer(
    help="Block, allow, archive, pin, mute or delete conversations.\n\n"
    "Example: dm3 conversation block spam.user.dm3.localhost",
    no_args_is_help=True,
)

Peer = Annotated[str, typer.Argument(help="Whom the conversation is with; the name may be shortened.")]
Profile = Annotated[
    str | None,
    typer.Option("--profile", help="Your profile; the only main one if left out, else the only one."),
]
Of = Annotated[str | None, typer.Option("--of", help="The conversation of this profile, linked to yours.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]

Act = Callable[[Account, str, str | None], Awaitable[Any]]


async def _decide(call: Call, peer: str, profile: str | None, of: str | None, act: Act, told: str) -> None:
    async with AsyncExitStack() as stack:
        account, name, owner = await _meant(stack, call, peer, profile, of)
        await act(account, name, owner)
        marks = await account.marks(name, profile=owner)
        emit({"ok": True, **_facts(marks)}, call.json, f"{marks.peer}: {told}")


async def _meant(
    stack: AsyncExitStack, call: Call, peer: str, profile: str | None, of: str | None
) -> tuple[Account, str, str | None]:
    """Your profile, the name in full, and the profile whose conversation it is, None for your own.

    A conversation that only one linked profile has is found without ``of``.
    """
    account = await account_of(await stack.enter_async_context(opened(call)), profile)
    heads = await (account.inbox() if isinstance(account, Messenger) else account.conversations())
    marked = await account.blocked()
    known = [name for head in heads for name in (head.profile, *head.names)]
    known += [name for marks in marked for name in (marks.profile, marks.peer)]
    name = full_name(peer, known, "conversation of yours", "List them: dm3 inbox")
    if of is not None:
        return account, name, full_name(of, known, "profile of yours", "See: dm3 link list")
    owners = {head.profile for head in heads if name in head.names}
    owners |= {marks.profile for marks in marked if marks.peer == name}
    own = account.identity.name
    return account, name, None if own in owners or len(owners) != 1 else owners.pop()


@command(conversation_app, "block", *CLIENT)
async def block(call: Call, peer: Peer, profile: Profile = None, of: Of = None, undo: Undo = False) -> None:
    """Do not show or tell what this peer writes; nobody is told of it. Its messages are kept.

    Examples: dm3 conversation block spam.user.dm3.localhost    ·    … --undo
    """

    async def act(account: Account, name: str, owner: str | None) -> None:
        await (account.unblock if undo else account.block)(name, profile=owner)

    told = "no longer blocked, and what it wrote meanwhile is shown" if undo else "blocked"
    await _decide(call, peer, profile, of, act, told)


@command(conversation_app, "unblock", *CLIENT)
async def unblock(call: Call, peer: Peer, profile: Profile = None, of: Of = None) -> None:
    """Show again what this peer writes, and what it wrote meanwhile: as `block --undo`.

    Example: dm3 conversation unblock bob.user.dm3.localhost
    """
    await block(call, peer, profile, of, undo=True)


@command(conversation_app, "allow", *CLIENT)
async def allow(call: Call, peer: Peer, profile: Profile = None, of: Of = None) -> None:
    """Take the first messages of this peer for a conversation, not for a request; unblocks, too.

    Example: dm3 conversation allow bob.user.dm3.localhost
    """

    async def act(account: Account, name: str, owner: str | None) -> None:
        await account.allow(name, profile=owner)

    await _decide(call, peer, profile, of, act, "allowed, no request any more")


@command(conversation_app, "archive", *CLIENT)
async def archive(call: Call, peer: Peer, profile: Profile = None, of: Of = None, undo: Undo = False) -> None:
    """Put a conversation out of the way until something new comes.

    Examples: dm3 conversation archive bob.user.dm3.localhost    ·    … --undo
    """

    async def act(account: Account, name: str, owner: str | None) -> None:
        await account.archive(name, not undo, profile=owner)

    await _decide(call, peer, profile, of, act, "back from the archive" if undo else "archived")


@command(conversation_app, "pin", *CLIENT)
async def pin(call: Call, peer: Peer, profile: Profile = None, of: Of = None, undo: Undo = False) -> None:
    """Keep a conversation above all others.

    Examples: dm3 conversation pin bob.user.dm3.localhost    ·    … --undo
    """

    async def act(account: Account, name: str, owner: str | None) -> None:
        await account.pin(name, not undo, profile=owner)

    await _decide(call, peer, profile, of, act, "no longer pinned" if undo else "pinned")


@command(conversation_app, "mute", *CLIENT)
async def mute(call: Call, peer: Peer, profile: Profile = None, of: Of = None, undo: Undo = False) -> None:
    """Count what comes in a conversation without telling of it.

    Examples: dm3 conversation mute bob.user.dm3.localhost    ·    … --undo
    """

    async def act(account: Account, name: str, owner: str | None) -> None:
        await account.mute(name, not undo, profile=owner)

    await _decide(call, peer, profile, of, act, "no longer muted" if undo else "muted")


@command(conversation_app, "list", *CLIENT)
async def list_(call: Call, profile: Profile = None) -> None:
    """List the conversations that something was decided about, blocked and requested ones among them.

    Nothing is picked up: `dm3 inbox` does that.

    Example: dm3 conversation list
    """
    async with opened(call) as client:
        account = await account_of(client, profile)
        heads = await (account.inbox() if isinstance(account, Messenger) else account.conversations())
        asked = {(head.profile, head.peer) for head in await account.message_requests()}
        found = {
            (head.profile, head.peer): await account.marks(head.peer, profile=head.profile) for head in heads
        }
        found |= {(marks.profile, marks.peer): marks for marks in await account.blocked()}
    rows = [{**_facts(marks), "request": place in asked} for place, marks in found.items()]
    blocks = [
        Block(
            row["peer"],
            (
                ("is", ", ".join(word for word in ("request", *_FLAGS) if row[word])),
                ("draft", row["draft"][:60]),
                ("as", "" if row["profile"] == account.identity.name else row["profile"]),
            ),
        )
        for row in rows
    ]
    emit_blocks({"ok": True, "conversations": rows}, call.json, blocks, "There are no conversations.")


@command(conversation_app, "delete", *CLIENT)
async def delete(
    call: Call,
    peer: Peer,
    profile: Profile = None,
    of: Of = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it without asking.")] = False,
) -> None:
    """Delete a conversation from this vault: messages, draft and marks. It cannot be called back.

    Example: dm3 conversation delete bob.user.dm3.localhost
    """
    async with AsyncExitStack() as stack:
        account, name, owner = await _meant(stack, call, peer, profile, of)
        shown = f"{name} (of {normalize(owner)})" if owner else name
        if not yes and not ask_yes(f"Delete the conversation with {shown} from this vault for good?"):
            raise ConfigurationError("nothing was deleted")
        waiting = sum(entry.to == name for entry in await account.waiting())
        removed = await account.delete_conversation(name, profile=owner)
        blocked = (await account.marks(name, profile=owner)).blocked
    data = {"ok": True, "peer": name, "deleted": removed, "blocked": blocked, "waiting": waiting}
    emit(data, call.json, f"deleted: {removed} message(s) with {name}, edits and receipts among them")
    if call.json:
        return
    remark(
        "The other side keeps its messages, and so do other devices of yours, exported vaults and other "
        "copies. What is written from now on opens a new conversation."
    )
    if blocked:
        remark(f"{name} stays blocked: dm3 conversation block {name} --undo")
    if waiting:
        remark(f"{waiting} message(s) to {name} still go out: dm3 outbox list, dm3 outbox discard ID")


_FLAGS = ("blocked", "allowed", "archived", "pinned", "muted")


def _facts(marks: Marks) -> dict[str, Any]:
    return {
        "profile": marks.profile,
        "peer": marks.peer,
        **{flag: getattr(marks, flag) for flag in _FLAGS},
        "draft": marks.draft,
    }
