"""What a delivery service remembers of its own past. Work functions for `dm3.store.Database`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select

from ..engine.service_state import ServiceState
from .tables import mailbox, reader, service_state

STATE: Final = ServiceState(service_state)
read_state: Final = STATE.read
remember: Final = STATE.remember


def last_visit(connection: Connection) -> int | None:
    """When a reader was last seen (UNIX seconds); None where there never was one."""
    found = connection.execute(select(func.max(reader.c.seen))).scalar()
    return None if found is None else int(found)


def has_mailboxes(connection: Connection) -> bool:
    """Whether anybody is registered."""
    return connection.execute(select(mailbox.c.id).limit(1)).first() is not None
