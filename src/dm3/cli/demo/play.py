"""Plays the scenes, from an empty stage to the last refusal."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from dm3.cli.commands.serving import log_to_stderr
from dm3.cli.console.command import Call, command
from dm3.cli.console.output import emit

from .chain import DemoChain, read_chain
from .further import escrow, keys_later_and_an_end, new_keys, two_profiles
from .hostile import must_fail
from .scenes import Cast, anonymous_chat, embedded_and_renewed, link, main_profile, one_inbox, recovery
from .stage import stage
from .transcript import Transcript

SCENES = (
    main_profile,
    anonymous_chat,
    link,
    one_inbox,
    recovery,
    embedded_and_renewed,
    must_fail,
    keys_later_and_an_end,
    new_keys,
    two_profiles,
    escrow,
)


async def play(*, quiet: bool, chain: DemoChain | None = None) -> dict[str, Any]:
    """Play the demo, on ``chain`` if there is one; returns its report.

    Raises `DemoFailed` at the first scene that goes wrong, and as `stage`.
    """
    out = Transcript(quiet=quiet)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dm3-demo-") as folder:
        async with stage(Path(folder), os.urandom, chain) as set_up:
            cast = Cast()
            for scene in SCENES:
                await scene(set_up, cast, out)
            services = dict(set_up.resolvers)
    spent = round(time.perf_counter() - started, 3)
    report = {"ok": True, "seconds": spent, "resolvers": services, "steps": out.steps}
    return report if chain is None else {**report, "registry": chain.registry}


def add_demo_command(app: typer.Typer) -> None:
    """Add `dm3 demo`."""

    @command(app, "demo")
    async def demo(
        call: Call,
        chain: Annotated[
            Path | None,
            typer.Option(
                help="Find all names by ENS on the development chain that this JSON file describes."
            ),
        ] = None,
    ) -> None:
        """Play the whole story: create, chat, link, approve, recover, and what must fail.

        Starts its own services on free loopback ports and keeps nothing.

        Example: dm3 demo --json
        """
        log_to_stderr()
        report = await play(quiet=call.json, chain=None if chain is None else read_chain(chain))
        names = "" if chain is None else f" Every name was found by ENS (registry {report['registry']})."
        emit(report, call.json, "", f"All of it went as it must, in {report['seconds']} s.{names}")
