"""Names of devices as readers of mailboxes (specification 3.6)."""

from __future__ import annotations

from dm3.crypto import RandomBytes


def new_reader(random: RandomBytes) -> str:
    """A name for a device as a reader of mailboxes: 128 random bits in hex, which tell nothing.

    Specification 3.6.
    """
    return random(16).hex()
