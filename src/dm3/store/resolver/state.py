"""What a resolver remembers of its own past. Work functions for `dm3.store.Database`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, not_, or_, select

from ..engine.service_state import ServiceState
from .tables import profile, service_state

STATE: Final = ServiceState(service_state)


def name_outside(connection: Connection, domains: Sequence[str]) -> str | None:
    """A registered address name below none of these domains (in normal form); None where there is none."""
    within = or_(*(profile.c.name.endswith(f".{domain}", autoescape=True) for domain in domains))
    found = connection.execute(select(profile.c.name).where(not_(within)).limit(1)).scalar()
    return None if found is None else str(found)
