"""`dm3 inbox`: conversations, and each of them as a timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dm3.base import normalize
from dm3.base.errors import InvalidInput
from dm3.client import Account, Conversation, Messenger, save_attachments
from dm3.client.state import OutboxState, RefusedMessage

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import Block, emit, emit_blocks, local_time, remark
from ..console.session import account_of, opened
from ..console.shortened_names import full_name
from ..console.timeline_view import entry_json, glance, lines_of

LATEST: Final = 3
"""How many notices and refusals people are shown."""

Profile = Annotated[
    str | None,
    typer.Option(
        "--profile", help="Your profile to look into; the only main one if left out, else the only one."
    ),
]


def add_inbox_command(app: typer.Typer) -> None:
    """Add `dm3 inbox`."""

    @command(app, "inbox", *CLIENT)
    async def inbox(
        call: Call,
        peer: Annotated[str | None, typer.Argument(help="Show the conversation with this name.")] = None,
        profile: Profile = None,
        of: Annotated[
            str | None, typer.Option("--of", help="The conversation of this profile, linked to yours.")
        ] = None,
        limit: Annotated[
            int | None, typer.Option(min=1, help="Of one conversation: the newest so many messages.")
        ] = None,
        wait: Annotated[int, typer.Option(help="Seconds to wait for something to come.")] = 0,
        save: Annotated[
            Path | None,
            typer.Option(
                "--save-attachments", help="Save what was attached to the conversation in this folder."
            ),
        ] = None,
    ) -> None:
        """Pick up what is new, and show the conversations or one of them.

        Examples: dm3 inbox    ·    dm3 inbox support.myapp.eth --save-attachments .
        """
        if save is not None and peer is None:
            raise InvalidInput("--save-attachments needs the name of a conversation")
        if limit is not None and peer is None:
            raise InvalidInput("--limit needs the name of a conversation")
        async with opened(call) as client:
            account = await account_of(client, profile)
            await account.sync(wait=wait)
            for error in account.errors:
                remark(f"error: {error}")
                if error.hint:
                    remark(f"  {error.hint}")
            heads = await (account.inbox() if isinstance(account, Messenger) else account.conversations())
            if peer is not None:
                known = [name for head in heads for name in (head.profile, *head.names)]
                peer = full_name(peer, known, "conversation of yours", "List them: dm3 inbox")
                of = None if of is None else full_name(of, known, "profile of yours", "See: dm3 link list")
                await _show_conversation(call, account, peer, of, limit, save)
                return
            await _show_inbox(call, account, heads)


async def _show_inbox(call: Call, account: Account, heads: list[Conversation]) -> None:
    requests = await account.link_requests() if isinstance(account, Messenger) else []
    notices, refused = await account.notices(), await account.refused()
    waiting, unverified = await account.waiting(), await account.unverified()
    failed = [entry for entry in waiting if entry.state is OutboxState.FAILED]
    last = [glance(entry) if entry else "" for entry in await account.last_entries(heads)]
    data = {
        "ok": True,
        "conversations": [{**_head(head), "lastLine": line} for head, line in zip(heads, last, strict=True)],
        "linkRequests": [request.profile_name for request in requests],
        "notices": [notice.sentence for notice in notices],
        "refused": [
            {
                "reason": entry.reason,
                "sentence": entry.sentence,
                "sender": entry.sender,
                "type": entry.type,
                "at": entry.at,
            }
            for entry in refused
        ],
        "unverified": sum(not message.waits for message in unverified),
        "unverifiedYet": sum(message.waits for message in unverified),
        "waiting": len(waiting),
        "failed": len(failed),
        "errors": [str(error) for error in account.errors],
    }
    blocks = [
        Block(
            head.peer,
            (
                ("messages", f"{head.messages}, {head.unread} unread" if head.unread else str(head.messages)),
                ("last", f"{local_time(head.last_at / 1000)}  {line}".rstrip()),
                ("also", ", ".join(head.also)),
                ("as", "" if head.profile == account.identity.name else head.profile),
            ),
        )
        for head, line in zip(heads, last, strict=True)
    ]
    emit_blocks(data, call.json, blocks, "The inbox is empty.")
    await account.dismiss_notices(notices)
    if call.json:
        return
    told = [f"{local_time(notice.at)}: {notice.sentence}" for notice in notices]
    _remark_latest("notice(s)", told)
    _remark_latest("message(s) not taken in", [_refusal(entry) for entry in refused])
    if unverified:
        remark(f"{len(unverified)} message(s) whose sender nobody can tell: dm3 unverified")
    if requests:
        remark(f"{len(requests)} link request(s) wait for you: dm3 link list")
    if failed:
        remark(f"{len(failed)} message(s) could not be sent: dm3 outbox list")


def _remark_latest(what: str, lines: list[str]) -> None:
    """The latest few of these, oldest first; all of them are in the JSON form."""
    if lines:
        more = ", the latest" if len(lines) > LATEST else ""
        latest = [" ".join(line.split()) for line in lines[-LATEST:]]  # none of them passes for several
        remark("\n  ".join([f"{len(lines)} {what}{more}:", *latest]))


def _refusal(entry: RefusedMessage) -> str:
    sender = f", from {entry.sender}" if entry.sender else ""
    kind = f"{entry.type[:40]}: " if entry.type else ""
    return f"{local_time(entry.at)}: {kind}{entry.sentence} [{entry.reason}]{sender}"


async def _show_conversation(
    call: Call, account: Account, peer: str, of: str | None, limit: int | None, folder: Path | None
) -> None:
    if isinstance(account, Messenger):
        timeline = await account.timeline(peer, profile=of, newest=limit)
        names = await account.names_of(peer, profile=of)
        await account.mark_read(peer, profile=of)
    else:
        timeline = await account.timeline(peer, newest=limit)
        names = await account.names_of(peer)
        await account.mark_read(peer)
    if len(names) > 1 or names[0] != normalize(peer):
        remark(f"the conversation with {', also '.join(names)}")
    lines = lines_of(timeline, normalize(of) if of else account.identity.name) or ["There are no messages."]
    entries = [entry_json(entry) for entry in timeline.entries]
    data = {"ok": True, "profile": of or account.identity.name, "peer": names[0], "messages": entries}
    emit(data, call.json, *lines)
    if timeline.held and not call.json:
        remark(f"{len(timeline.held)} change(s) to messages that are not here")
    if folder is not None:
        for entry in timeline.entries:
            for path in await save_attachments(entry.attachments, folder):
                remark(f"saved {path}")


def _head(head: Conversation) -> dict[str, Any]:
    return {
        "profile": head.profile,
        "peer": head.peer,
        "also": list(head.also),
        "messages": head.messages,
        "unread": head.unread,
        "lastAt": head.last_at,
    }
