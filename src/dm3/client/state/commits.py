"""Changes of the vault that are made anew where another program was first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from dm3.store.vault import Change, Conflict, Vault

T = TypeVar("T")

ATTEMPTS: Final = 20


async def commit_anew(vault: Vault, prepare: Callable[[Change], Awaitable[T]]) -> T:
    """Have a change prepared and commit it, anew while others change the same; what ``prepare`` gave.

    Raises `Conflict` where they do not stop.
    """
    for _ in range(ATTEMPTS):
        change = vault.change()
        prepared = await prepare(change)
        try:
            await vault.commit(change)
        except Conflict:
            continue
        return prepared
    raise Conflict("the vault is being changed by another program all the time")
