"""`dm3 profile list` and `dm3 lsp list`: the profiles in the vault."""

from __future__ import annotations

from dm3.client import Client, IdentityKind, IdentityView
from dm3.client.state import Stage

from ..config.options import CLIENT
from ..console.command import Call, command
from ..console.output import Block, emit_blocks
from ..console.session import opened
from .lsp import lsp_app
from .profile import identity_facts, profile_app


@command(profile_app, "list", *CLIENT)
async def list_profiles(call: Call) -> None:
    """Show all your profiles: main ones, and limited scope ones.

    Example: dm3 profile list
    """
    async with opened(call) as client:
        order = list(IdentityKind)
        await _show(call, client, sorted(await client.profiles(), key=lambda one: order.index(one.kind)))


@command(lsp_app, "list", *CLIENT)
async def list_lsps(call: Call) -> None:
    """Show your limited scope profiles.

    Example: dm3 lsp list
    """
    async with opened(call) as client:
        found = [one for one in await client.profiles() if one.kind is IdentityKind.LIMITED]
        await _show(call, client, found)


async def _show(call: Call, client: Client, identities: list[IdentityView]) -> None:
    facts, blocks = [], []
    for identity in identities:
        if identity.kind is IdentityKind.TEMPORARY:
            continue
        link = ""
        if identity.kind is IdentityKind.LIMITED:
            # Not opened, which would go on with one that was begun and may be refused again.
            asking = await client.link_status(identity.name)
            link = str(asking.state if asking else "unlinked")
        facts.append({**identity_facts(identity), **({"link": link} if link else {})})
        rows = (
            ("also", ", ".join(name for name in identity.names if name != identity.shown_name)),
            ("kind", str(identity.kind)),
            ("page", identity.uri),
            ("owner", identity.owner),
            ("link", link),
            ("stage", _begun(identity)),
        )
        blocks.append(Block(identity.shown_name, rows))
    data = {"ok": True, "profiles": facts}
    emit_blocks(
        data, call.json, blocks, "There are none yet. Make one: dm3 profile create, or dm3 lsp create"
    )


def _begun(identity: IdentityView) -> str:
    if identity.stage is Stage.READY:
        return ""
    told = f"{identity.stage}; goes on when it is used"
    return told + (f", or: dm3 profile discard {identity.name}" if identity.is_begun else "")
