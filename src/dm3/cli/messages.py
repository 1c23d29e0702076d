"""`dm3 send` and `dm3 inbox`: writing and reading."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dm3.base.errors import InvalidInput
from dm3.client import Account, Client, Conversation, Direction, IdentityKind, Messenger, StoredMessage

from .command import Call, command
from .options import CLIENT
from .output import Block, emit, emit_blocks, local_time, remark
from .session import choose, opened, read_text

From = Annotated[str | None, typer.Option("--from", help="Your profile to write from.")]
Profile = Annotated[str | None, typer.Option("--profile", help="Your profile to look into.")]


async def account_of(client: Client, name: str | None) -> Account:
    """The main or limited scope profile ``name``, or the only one in the vault, ready to use."""
    identity = await choose(client, name, IdentityKind.MAIN, IdentityKind.LIMITED)
    if identity.kind is IdentityKind.MAIN:
        return await client.messenger(identity.name)
    return await client.lsp(identity.name)


def add_message_commands(app: typer.Typer) -> None:
    """Add `dm3 send` and `dm3 inbox`."""

    @command(app, "send", *CLIENT)
    async def send(
        call: Call,
        to: Annotated[str, typer.Argument(help="Name of the receiver.")],
        text: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.")],
        from_: From = None,
        as_: Annotated[
            str | None, typer.Option("--as", help="Write as this profile, which is linked to yours.")
        ] = None,
    ) -> None:
        """Send a message. It is kept until a delivery service has taken it.

        Example: dm3 send support.myapp.eth "Hello" --from 0x….addr.myapp.eth
        """
        content = read_text(Path(text)) if text == "-" else text
        async with opened(call) as client:
            account = await account_of(client, from_)
            if as_ is None:
                sent = await account.send(to, content)
            elif isinstance(account, Messenger):
                sent = await account.send_as(as_, to, content)
            else:
                raise InvalidInput("only a main profile can write as another")
            waiting = [entry for entry in await account.waiting() if entry.message_hash == sent.hash]
            data = {
                "ok": True,
                "hash": sent.hash,
                "delivered": not waiting,
                "reason": waiting[0].last_error if waiting else "",
            }
            emit(data, call.json, "kept, not delivered yet" if waiting else "delivered")
            if waiting and not call.json:
                remark(f"{waiting[0].last_error}. It is tried again with every `dm3 inbox`.")

    @command(app, "inbox", *CLIENT)
    async def inbox(
        call: Call,
        peer: Annotated[str | None, typer.Argument(help="Show the conversation with this name.")] = None,
        profile: Profile = None,
        of: Annotated[
            str | None, typer.Option("--of", help="The conversation of this profile, linked to yours.")
        ] = None,
        wait: Annotated[int, typer.Option(help="Seconds to wait for something to come.")] = 0,
    ) -> None:
        """Pick up what is new, and show the conversations or one of them.

        Examples: dm3 inbox    ·    dm3 inbox support.myapp.eth
        """
        async with opened(call) as client:
            account = await account_of(client, profile)
            await account.sync(wait=wait)
            for trouble in account.troubles:
                remark(f"trouble: {trouble}")
            if peer is not None:
                await _show_conversation(call, account, peer, of)
                return
            heads = await (account.inbox() if isinstance(account, Messenger) else account.conversations())
            await _show_inbox(call, account, heads)


async def _show_inbox(call: Call, account: Account, heads: list[Conversation]) -> None:
    requests = await account.link_requests() if isinstance(account, Messenger) else []
    data = {
        "ok": True,
        "conversations": [_head(head) for head in heads],
        "linkRequests": [request.profile_name for request in requests],
        "notices": [notice.sentence for notice in await account.notices()],
        "refused": [
            {"reason": entry.reason, "sentence": entry.sentence} for entry in await account.refused()
        ],
        "waiting": len(await account.waiting()),
    }
    blocks = [
        Block(
            head.peer,
            (
                ("messages", f"{head.messages}, {head.unread} unread" if head.unread else str(head.messages)),
                ("last", local_time(head.last_at / 1000)),
                ("as", "" if head.profile == account.identity.name else head.profile),
            ),
        )
        for head in heads
    ]
    emit_blocks(data, call.json, blocks, "The inbox is empty.")
    if requests and not call.json:
        remark(f"{len(requests)} link request(s) wait for you: dm3 link list")


async def _show_conversation(call: Call, account: Account, peer: str, of: str | None) -> None:
    if isinstance(account, Messenger):
        messages = await account.messages(peer, profile=of)
        await account.mark_read(peer, profile=of)
    else:
        messages = await account.messages(peer)
        await account.mark_read(peer)
    lines = [
        f"{local_time(message.at / 1000)}  {_arrow(message)} {message.content or message.type}"
        for message in messages
    ]
    data = [
        {
            "hash": message.hash,
            "direction": message.direction,
            "type": message.type,
            "content": message.content,
            "at": message.at,
        }
        for message in messages
    ]
    emit(data, call.json, *(lines or ["There are no messages."]))


def _arrow(message: StoredMessage) -> str:
    return "→" if message.direction is Direction.OUT else "←"


def _head(head: Conversation) -> dict[str, Any]:
    return {
        "profile": head.profile,
        "peer": head.peer,
        "messages": head.messages,
        "unread": head.unread,
        "lastAt": head.last_at,
    }
