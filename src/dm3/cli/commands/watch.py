"""`dm3 watch`: messages as they come, for people, programs and support desks."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import sys
from collections.abc import Awaitable
from contextlib import suppress
from shutil import which
from typing import Annotated, Any, Final

import httpx
import typer

from dm3.base import whole_characters
from dm3.base.errors import InvalidInput
from dm3.client import Account, StoredMessage
from dm3.net.http import open_http
from dm3.protocol.messages import is_entry

from ..config.option import as_url
from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import emit, local_time, remark
from ..console.session import account_of, opened
from ..console.timeline_view import cut
from .inbox import Profile

RUN_SECONDS: Final = 60.0
"""How long a command may take for one message."""
PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries to reach the webhook."""


def add_watch_command(app: typer.Typer) -> None:
    """Add `dm3 watch`."""

    @command(app, "watch", *CLIENT)
    async def watch(
        call: Call,
        profile: Profile = None,
        run: Annotated[
            str | None,
            typer.Option("--exec", help="Run this command for each message, which is its input, in JSON."),
        ] = None,
        webhook: Annotated[
            str | None, typer.Option("--webhook", help="POST each message to this URL, in JSON.")
        ] = None,
        changes: Annotated[
            bool, typer.Option("--changes", help="Also edits, reactions, receipts and the like.")
        ] = False,
    ) -> None:
        """Follow the inbox: tell each message as it comes.

        It ends at Ctrl-C. With --json, each is an object on a line.

        Neither a command that fails nor a webhook that is away loses anything: the message is in the inbox,
        unread. No shell is started for --exec, and nothing of a message gets onto its command line.

        Example: dm3 watch --exec "python3 answer.py"    ·    dm3 watch --webhook https://desk.example/dm3
        """
        words = _words(run)
        if webhook is not None:
            try:
                as_url(webhook)
            except ValueError as error:
                raise InvalidInput(f"--webhook: {error}") from None
        async with opened(call) as client, open_http(allow_private=True, timeout=RUN_SECONDS) as http:
            account = await account_of(client, profile)
            await _until_stopped(_follow(call, account, words, webhook, http, changes))


async def _follow(
    call: Call,
    account: Account,
    words: list[str],
    webhook: str | None,
    http: httpx.AsyncClient,
    changes: bool,
) -> None:
    remark(f"Watching the inbox of {account.identity.shown_name}. Stop with Ctrl-C.")
    async for message in account.incoming(changes=changes):
        facts = _facts(message)
        emit(facts, call.json, *message_lines(message))
        sys.stdout.flush()
        if words:
            await _run(words, facts)
        if webhook is not None:
            await _post(http, webhook, facts)


def message_lines(message: StoredMessage) -> list[str]:
    """A message as it is told: when and of whom, then its text by lines, with the type of no entry."""
    kind = "" if is_entry(message.type) else f"[{message.type[:40]}] "
    text = cut(message.content or "").split("\n")
    return [f"{local_time(message.at / 1000)}  {message.peer}", *(f"  {kind}{line}" for line in text)]


def _facts(message: StoredMessage) -> dict[str, Any]:
    return {
        "ok": True,
        "profile": message.profile,
        "peer": message.peer,
        "hash": message.hash,
        "type": message.type,
        "content": None if message.content is None else whole_characters(message.content),
        "reference": message.reference,
        "at": message.at,
    }


def _words(run: str | None) -> list[str]:
    try:
        words = shlex.split(run or "")
    except ValueError as error:
        raise InvalidInput(f"--exec is no command line: {error}") from None
    if run is not None and not words:
        raise InvalidInput("--exec is empty")
    if words and which(words[0]) is None:
        raise InvalidInput(f"--exec cannot be run: there is no program {words[0]}")
    return words


async def _run(words: list[str], facts: dict[str, Any]) -> None:
    """Run the command with the message as its input; what goes wrong is told."""
    try:
        # Its output is not ours, which is what other programs read.
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.PIPE, stdout=sys.stderr.fileno()
        )
    except OSError as error:
        remark(f"{words[0]} cannot be run: {error.strerror}. The message {facts['hash']} is in the inbox.")
        return
    try:
        async with asyncio.timeout(RUN_SECONDS):
            await process.communicate(json.dumps(facts).encode() + b"\n")
    except TimeoutError:
        remark(f"{words[0]} took more than {RUN_SECONDS:.0f} seconds for the message {facts['hash']}.")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        remark(f"{words[0]} ended with {process.returncode} for the message {facts['hash']}.")


async def _post(http: httpx.AsyncClient, url: str, facts: dict[str, Any]) -> None:
    """Tell the webhook, again and again for a while where it is away; what goes wrong is told."""
    why = ""
    for pause in (0.0, *PAUSES):
        await asyncio.sleep(pause)
        try:
            answer = await http.post(url, json=facts)
        except (httpx.HTTPError, OSError) as error:
            why = type(error).__name__
            continue
        if answer.is_success:
            return
        why = f"it answered {answer.status_code}"
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 425, 429):
            break
    remark(f"The webhook has not taken the message {facts['hash']} ({why}). It is in the inbox.")


async def _until_stopped(work: Awaitable[None]) -> None:
    """Do this until Ctrl-C or SIGTERM, which are no failures here."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
