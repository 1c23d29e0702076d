"""An opened profile: what all of its parts have in common."""

from __future__ import annotations

import asyncio

from dm3.base import normalize
from dm3.base.errors import Dm3Error, NotFound
from dm3.store.vault import Vault

from .context import Context
from .identity import Identity, IdentityKind
from .marks import MARKS
from .records import CONVERSATIONS, IDENTITIES, MESSAGES
from .views import IdentityView, identity_view


class OpenProfile:
    """Who the parts of one opened profile act for, with the lock under which they take their steps.

    ``identity`` is replaced when the profile gets other names or keys; ``errors`` are those of the latest
    `sync`, and of opening the profile.
    """

    def __init__(self, context: Context, identity: Identity, errors: tuple[Dm3Error, ...] = ()) -> None:
        self.context = context
        self.identity = identity
        self.busy = asyncio.Lock()
        self.errors = list(errors)

    @property
    def account(self) -> str:
        """The name under which everything of this profile is kept, which never changes."""
        return self.identity.name

    def shown_name(self) -> str:
        """The name that others write to."""
        return self.identity.shown_name

    def view(self) -> IdentityView:
        """What is known of this profile, without its keys."""
        return identity_view(self.identity)

    def latest_errors(self) -> list[Dm3Error]:
        """The errors of the latest `sync` and of what came after it, such as a service that is away."""
        return self.errors

    def revision(self) -> int:
        """Another number whenever this program has changed conversations in the vault: read them anew then.

        So have messages that came, and what this user's other devices tell. Other programs are not counted.
        """
        vault = self.context.vault
        return vault.commits_of(MESSAGES) + vault.commits_of(CONVERSATIONS) + vault.commits_of(MARKS)

    def note(self, error: Dm3Error) -> None:
        """Have this error be told with those of the latest `sync`."""
        self.errors.append(error)


async def held_identity(vault: Vault, name: str, kind: IdentityKind | None = None) -> Identity:
    """The profile of the vault that has ``name`` among its names, of this kind if given. Or `NotFound`."""
    wanted = normalize(name)
    for kept in await vault.entries(IDENTITIES):
        if kind in (None, kept.record.kind) and wanted in kept.record.names:
            return kept.record
    raise NotFound(f"no {kind or ''} profile {wanted} is in this vault".replace("  ", " "))
