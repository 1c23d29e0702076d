"""What somebody takes of a `Context`, where that is little: an argument of such a type says it all.

A context has each of these parts; in a test a small object does.
"""

from __future__ import annotations

from typing import Protocol

from dm3.net import Directory
from dm3.store.vault import Vault


class HasVault(Protocol):
    """Whoever has the records at hand."""

    @property
    def vault(self) -> Vault:
        """The client's records."""


class HasClock(Protocol):
    """Whoever knows the time."""

    def seconds(self) -> int:
        """The time in UNIX seconds."""

    def milliseconds(self) -> int:
        """The time in UNIX milliseconds."""


class HasVaultAndClock(HasVault, HasClock, Protocol):
    """Records, and the time."""


class HasNames(HasVaultAndClock, Protocol):
    """Records, the time, and where names lead."""

    @property
    def directory(self) -> Directory:
        """Verified profiles by name."""
