"""Whom a profile asks to be linked to: found out before the wallet signs and before any key leaves (3.3)."""

from __future__ import annotations

from msgspec import Struct

from dm3.base import normalize, same_name
from dm3.base.errors import InvalidInput
from dm3.model import LinkKind
from dm3.protocol.linking import Asking, NothingKnown, require_support

from .context import Context
from .records import Identity


class Addressee(Struct, frozen=True, kw_only=True):
    """The main profile that is asked.

    ``name`` is its name in normal form. ``listed``: whether it says that it takes LINK.
    """

    name: str
    listed: bool


async def find_addressee(
    context: Context, identity: Identity, asking: Asking | None, main_name: str, *, allow_unknown: bool
) -> Addressee:
    """Look the main profile up and see whether it may be asked; ``asking`` is what was asked before.

    Raises `InvalidInput` where it is this profile itself, `UnsupportedByPeer` where it takes no links,
    `NothingKnown` or `Unreachable` where it does not say so, and what looking it up raises.
    """
    name = normalize(main_name)
    await _require_another(context, identity, name)
    extension, away = await context.asked_extension(name)
    listed = require_support(extension, LinkKind.REQUEST, name)
    allowed = allow_unknown or (asking is not None and same_name(asking.main_name, name))
    if not listed and not allowed:
        raise away or NothingKnown(f"{name} does not say what it reads, nor does its delivery service")
    return Addressee(name=name, listed=listed)


async def _require_another(context: Context, identity: Identity, name: str) -> None:
    """Raise `InvalidInput` when ``name`` is this profile, by a name kept here or published."""
    own = name in identity.names
    if not own:
        found = await context.directory.profile(name)
        own = found.signed.hash == identity.profile.hash
    if own:
        raise InvalidInput(
            f"{name} is this profile itself, which is not linked to itself",
            hint="Say the name of the main profile that is to take it in.",
        )
