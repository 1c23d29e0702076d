"""`dm3 send`: writing, answering, changing and taking back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import InvalidInput, NotFound
from dm3.client import Account, Messenger, StoredMessage, attach
from dm3.model import Attachment

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.session import account_of, opened, read_text
from ..console.shortened_names import receiver_name
from .outbox import tell_outcome

SHORTEST_PREFIX = 6

From = Annotated[
    str | None, typer.Option("--from", help="Your profile to write from; the only main one if left out.")
]


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
        if not wordless and not files and not (text or "").strip():
            raise InvalidInput("the message is empty", hint="Give a text, or a file with --attach.")


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

        Ends with 0 also while it is on its way, with 5 where nobody is published under that name, and with 7
        where it cannot be sent.

        Hashes may be shortened, as `dm3 inbox PEER` shows them.

        Example: dm3 send support.myapp.eth "Hello" --attach order.pdf
        """
        about = About(reply_to, edit, delete, react, to_message)
        about.check(text, files)
        content = read_text(Path(text)) if text == "-" else text or ""
        about.check(None if text is None else content, files)
        async with opened(call) as client:
            account = await account_of(client, from_, option="--from")
            receiver = receiver_name(to, await _written_with(account))
            sent = await _send(account, as_, receiver, content, about, files or [])
            tell_outcome(call, await account.entry_of(sent), sent.hash)


async def _written_with(account: Account) -> list[str]:
    heads = await (account.inbox() if isinstance(account, Messenger) else account.conversations())
    return [name for head in heads for name in head.names]


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
