"""An opened profile: what all of its parts have in common."""

from __future__ import annotations

import asyncio

from dm3.base.errors import Dm3Error

from .context import Context
from .records import Identity


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

    def note(self, error: Dm3Error) -> None:
        """Have this error be told with those of the latest `sync`."""
        self.errors.append(error)
