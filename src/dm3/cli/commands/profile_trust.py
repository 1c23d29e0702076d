"""`dm3 unverified`, `profile fingerprint` and `profile take-back`: whose keys are whose."""

from __future__ import annotations

from typing import Annotated

import typer

from dm3.client import IdentityKind, Unverified
from dm3.protocol.names import fingerprint

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import Block, emit, emit_blocks, local_time, remark
from ..console.session import account_of, ask_yes, choose, opened
from .inbox import Profile
from .profile import profile_app

SHORT_HASH = 10


def add_unverified_command(app: typer.Typer) -> None:
    """Add `dm3 unverified`."""

    @command(app, "unverified", *CLIENT)
    async def unverified(
        call: Call,
        profile: Profile = None,
        discard: Annotated[
            str | None, typer.Option("--discard", help="Throw this one away: its hash, or how that begins.")
        ] = None,
    ) -> None:
        """Show messages whose sender cannot be verified, or not yet.

        Nobody vouches for the names that they claim.

        Those that wait are looked at again with every `dm3 inbox`, for 30 days.

        Example: dm3 unverified
        """
        async with opened(call) as client:
            account = await account_of(client, profile)
            if discard is not None:
                await account.discard_unverified(discard)
            kept = await account.unverified()
            data = {"ok": True, "messages": [_facts(message) for message in kept]}
            emit_blocks(data, call.json, [_block(message) for message in kept], "There are none.")


def _facts(message: Unverified) -> dict[str, object]:
    return {
        "hash": message.hash,
        "mailbox": message.mailbox,
        "claims": message.sender,
        "type": message.type,
        "content": message.content,
        "at": message.at,
        "until": message.until,
        "waits": message.waits,
        "reason": message.reason,
        "sentence": message.sentence,
    }


def _block(message: Unverified) -> Block:
    told = "waits for its sender to be looked up" if message.waits else "not verifiable"
    rows = (
        ("claims", f"to be from {message.sender}"),
        ("state", f"{told} [{message.reason}]"),
        ("why", message.sentence),
        ("at", local_time(message.at / 1000)),
        ("type", message.type),
        ("text", message.content or ""),
    )
    return Block(message.hash[:SHORT_HASH], rows)


@command(profile_app, "fingerprint", *CLIENT)
async def show_fingerprint(
    call: Call,
    name: Annotated[
        str | None, typer.Argument(help="Anybody's name; a profile of yours, the only one if left out.")
    ] = None,
) -> None:
    """Show the fingerprint of a profile's keys, to compare it in another way: on the phone, or face to face.

    Example: dm3 profile fingerprint alice.user.dm3.localhost
    """
    async with opened(call) as client:
        mine = [one for one in await client.profiles() if name is None or name in one.names]
        if mine:
            held = await choose(client, name, IdentityKind.MAIN, IdentityKind.LIMITED)
            shown, profile, in_force = held.shown_name, held.signed.profile, True
        else:
            found = await client.peers.published(name or "")
            shown, profile, in_force = found.profile.name, found.profile.signed.profile, found.in_force
        data = {"ok": True, "name": shown, "fingerprint": fingerprint(profile), "inForce": in_force}
        emit(data, call.json, shown, f"  {fingerprint(profile)}")
        if not in_force and not call.json:
            remark(
                "These keys were replaced by others, and are served again. "
                f"If that is meant: dm3 profile take-back {shown}"
            )


@command(profile_app, "take-back", *CLIENT)
async def take_back_profile(
    call: Call,
    name: Annotated[str, typer.Argument(help="Whose profile, which was replaced and is served again.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Have a profile that was replaced, and is published again, count from now on.

    Somebody who has lost newer keys does so honestly; somebody who has stolen the old ones does it, too.
    Ask the owner in another way first, and compare fingerprints.

    Example: dm3 profile take-back bob.user.dm3.localhost
    """
    async with opened(call) as client:
        found = await client.peers.published(name)
        shown = fingerprint(found.profile.signed.profile)
        if not yes and not ask_yes(f"{found.profile.name} has the keys {shown}. Take them back?"):
            raise typer.Exit(1)
        taken = await client.peers.take_back(name)
        data = {"ok": True, "name": taken.name, "fingerprint": shown}
        emit(data, call.json, f"the keys of {taken.name} count again: {shown}")
