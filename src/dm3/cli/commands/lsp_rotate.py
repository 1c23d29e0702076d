"""`dm3 lsp rotate`: new keys, once it is said what is on its way under those before."""

from __future__ import annotations

from typing import Annotated

import typer

from dm3.client import IdentityKind

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import remark
from ..console.session import choose, opened
from ..console.transit_view import Anyway, require_yes, transit_facts, transit_sentence
from .lsp import lsp_app
from .profile import show_identity


@command(lsp_app, "rotate", *CLIENT)
async def rotate_lsp(
    call: Call,
    name: Annotated[str | None, typer.Argument(help="The profile; the only one if left out.")] = None,
    yes: Anyway = False,
) -> None:
    """Give a limited scope profile new keys under its names, after a leak. Ask to be linked again then.

    What is on its way is counted, and you are asked, before anything changes.

    Example: dm3 lsp rotate 0x….addr.myapp.eth
    """
    async with opened(call) as client:
        lsp = await client.lsp((await choose(client, name, IdentityKind.LIMITED)).name)
        transit = await lsp.in_transit()
        require_yes(transit, "Change the keys?", yes=yes)
        await lsp.rotate_keys()
        show_identity(call, lsp.identity, transit_facts(transit))
        if transit and not call.json:
            remark(transit_sentence(transit))
