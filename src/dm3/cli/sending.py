"""`dm3 send` and `dm3 outbox`: writing, and what is still on its way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import InvalidInput, NotFound
from dm3.client import Account, Messenger, OutboxEntry, StoredMessage, attach
from dm3.client.peers import message_type
from dm3.client.records import OutboxState
from dm3.model import Attachment

from .command import Call, command
from .options import CLIENT
from .output import Block, emit, emit_blocks, local_time, remark
from .session import account_of, opened, read_text

NOT_SENT = 7
SHORTEST_PREFIX = 6

From = Annotated[str | None, typer.Option("--from", help="Your profile to write from.")]
Profile = Annotated[str | None, typer.Option("--profile", help="Your profile whose outbox it is.")]
EntryId = Annotated[str, typer.Argument(help="The entry, as `dm3 outbox list` names it.")]

outbox_app = typer.Typer(
    help="Messages that are still on their way.\n\nExample: dm3 outbox list", no_args_is_help=True
)


class About(Struct, frozen=True):
    """What a message is about, as the options of `dm3 send` say it."""

    reply_to: str | None
    edit: str | None
    delete: str | None
    react: str | None
    to_message: str | None

    @property
    def hash(self) -> str | None:
        """The hash, or its beginning, of the other message."""
        return self.reply_to or self.edit or self.delete or self.to_message

    def check(self, text: str | None, files: list[Path] | None) -> None:
        """Raise `InvalidInput` for options that do not go together."""
        if sum(given is not None for given in (self.reply_to, self.edit, self.delete, self.react)) > 1:
            raise InvalidInput("--reply-to, --edit, --delete and --react go one at a time")
        if (self.react is None) != (self.to_message is None):
            raise InvalidInput("--react EMOJI and --to-message HASH go together")
        wordless = self.react is not None or self.delete is not None
        if wordless and (text is not None or files):
            raise InvalidInput("a reaction or deletion has no text and no files")
        if not wordless and text is None and not files:
            raise InvalidInput("there is nothing to send", hint="Give a text, or a file with --attach.")


def add_send_command(app: typer.Typer) -> None:
    """Add `dm3 send`."""

    @command(app, "send", *CLIENT)
    async def send(
        call: Call,
        to: Annotated[str, typer.Argument(help="Name of the receiver.")],
        text: Annotated[
            str | None, typer.Argument(help="What to say; - reads it from standard input.")
        ] = None,
        from_: From = None,
        as_: Annotated[
            str | None, typer.Option("--as", help="Write as this profile, which is linked to yours.")
        ] = None,
        reply_to: Annotated[str | None, typer.Option(help="Answer the message with this hash.")] = None,
        react: Annotated[str | None, typer.Option(help="Put this emoji under a message.")] = None,
        to_message: Annotated[str | None, typer.Option(help="Under which: its hash.")] = None,
        edit: Annotated[str | None, typer.Option(help="Replace the text of your message.")] = None,
        delete: Annotated[str | None, typer.Option(help="Ask to delete your message.")] = None,
        files: Annotated[
            list[Path] | None, typer.Option("--attach", help="Attach this file; may be repeated.")
        ] = None,
    ) -> None:
        """Send a message. It is kept until a delivery service has taken it.

        Hashes may be shortened, as `dm3 inbox PEER` shows them.

        Example: dm3 send support.myapp.eth "Hello" --attach order.pdf
        """
        about = About(reply_to, edit, delete, react, to_message)
        about.check(text, files)
        content = read_text(Path(text)) if text == "-" else text or ""
        async with opened(call) as client:
            account = await account_of(client, from_)
            sent = await _send(account, as_, to, content, about, files or [])
            await _tell(call, account, sent)


async def _send(
    account: Account, as_: str | None, to: str, text: str, about: About, files: list[Path]
) -> StoredMessage:
    if as_ is not None and not isinstance(account, Messenger):
        raise InvalidInput("only a main profile can write as another")
    attached: tuple[Attachment, ...] | None = tuple(map(attach, files)) or None
    if about.hash is not None:
        other = await _find(account, as_, to, about.hash)
        if about.react is not None:
            return await account.react(other, about.react)
        if about.delete is not None:
            return await account.delete(other)
        if about.edit is not None:
            return await account.edit(other, text, attachments=attached)
        return await account.reply(other, text, attachments=attached)
    if as_ is not None and isinstance(account, Messenger):
        return await account.send_as(as_, to, text, attachments=attached)
    return await account.send(to, text, attachments=attached)


async def _find(account: Account, as_: str | None, to: str, given: str) -> StoredMessage:
    """The message of this conversation whose hash begins like that."""
    if isinstance(account, Messenger):
        messages = await account.messages(to, profile=as_)
    else:
        messages = await account.messages(to)
    found = [message for message in messages if message.hash.startswith(given.lower())]
    if len(found) == 1 and len(given) >= SHORTEST_PREFIX:
        return found[0]
    if found:
        raise InvalidInput(f"several messages may begin with {given}", hint="Give more of the hash.")
    raise NotFound(
        f"no message {given[:80]} is in the conversation with {normalize(to)}",
        hint="See the hashes with: dm3 inbox PEER",
    )


async def _tell(call: Call, account: Account, sent: StoredMessage) -> None:
    left = [
        entry
        for entry in await account.waiting()
        if entry.message_hash == sent.hash and entry.to == sent.peer
    ]
    failed = [entry for entry in left if entry.state is OutboxState.FAILED]
    reason = left[0].last_error if left else ""
    data = {
        "ok": not failed,
        "hash": sent.hash,
        "delivered": not left,
        "reason": reason,
        "entry": left[0].id if left else None,
    }
    if failed:
        emit(data, call.json, "not sent")
        if not call.json:
            remark(f"{reason}. It is kept: dm3 outbox retry {failed[0].id}, or discard it.")
        raise typer.Exit(NOT_SENT)
    emit(data, call.json, "kept, not delivered yet" if left else "delivered")
    if left and not call.json:
        remark(f"{reason}. It is tried again with every `dm3 inbox`.")


@command(outbox_app, "list", *CLIENT)
async def list_outbox(call: Call, profile: Profile = None) -> None:
    """Show what is still on its way, and why.

    Example: dm3 outbox list
    """
    async with opened(call) as client:
        entries = await (await account_of(client, profile)).waiting()
        blocks = [_block(entry) for entry in entries]
        emit_blocks([_facts(entry) for entry in entries], call.json, blocks, "The outbox is empty.")
        if any(entry.state is OutboxState.FAILED for entry in entries) and not call.json:
            remark("Try again with: dm3 outbox retry ID, or give up with: dm3 outbox discard ID")


@command(outbox_app, "retry", *CLIENT)
async def retry_entry(call: Call, entry: EntryId, profile: Profile = None) -> None:
    """Try an entry again now, also one that was given up.

    Example: dm3 outbox retry 5f0c
    """
    async with opened(call) as client:
        account = await account_of(client, profile)
        chosen = await _choose(account, entry)
        left = [one for one in await account.retry(chosen.id) if one.id == chosen.id]
        data = {"ok": True, "entry": chosen.id, "delivered": not left}
        if left:
            data["reason"] = left[0].last_error
        emit(data, call.json, "not delivered yet" if left else "delivered")
        if left and not call.json:
            remark(left[0].last_error)


@command(outbox_app, "discard", *CLIENT)
async def discard_entry(call: Call, entry: EntryId, profile: Profile = None) -> None:
    """Give an entry up. Its conversation shows that it was not sent.

    Example: dm3 outbox discard 5f0c
    """
    async with opened(call) as client:
        account = await account_of(client, profile)
        chosen = await _choose(account, entry)
        await account.discard(chosen.id)
        emit({"ok": True, "entry": chosen.id}, call.json, "given up")


async def _choose(account: Account, given: str) -> OutboxEntry:
    found = [entry for entry in await account.waiting() if given and entry.id.startswith(given.lower())]
    if not found:
        raise NotFound(f"the outbox has no entry {given[:60]}", hint="List them: dm3 outbox list")
    if len(found) > 1:
        raise InvalidInput(f"several entries begin with {given}", hint="Give more of it.")
    return found[0]


def _facts(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "to": entry.to,
        "from": entry.sender,
        "type": message_type(entry.text),
        "hash": entry.message_hash,
        "state": entry.state,
        "attempts": entry.attempts,
        "createdAt": entry.created_at,
        "nextAt": entry.next_at if entry.state is OutboxState.WAITING else None,
        "reason": entry.last_error,
    }


def _block(entry: OutboxEntry) -> Block:
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
