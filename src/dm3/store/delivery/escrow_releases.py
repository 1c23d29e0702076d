"""Which copies in escrow were given out to a site's login, and when (specification 3.8).

Work functions for `dm3.store.Database`; names are in normal form, owners in lower case, times UNIX seconds.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from .escrow import Escrowed, found_escrow
from .tables import escrow, escrow_release

DAY = 86_400
RELEASES_TOLD = 30 * DAY
"""Seconds for which it is told."""
MOST_TOLD = 20


class Login(Struct, frozen=True, kw_only=True):
    """A verified login that asks for a copy: ``nonce`` is a hash of its nonce, ``page`` its URI."""

    app: str
    owner: str
    nonce: str
    page: str
    at: int


class LoginRelease(Struct, frozen=True):
    """What became of it: whether it is ``fresh`` and within the day's bound, and the copy."""

    fresh: bool
    allowed: bool = True
    found: Escrowed | None = None


class EscrowRelease(Struct, frozen=True):
    """A copy was given out ``at`` this time, to a login of this ``page``."""

    at: int
    page: str


def release_to_login(
    connection: Connection, login: Login, most: int, opens: Callable[[Escrowed], bool]
) -> LoginRelease:
    """Read the copy and use the login's nonce up with it; at most ``most`` are given out a day.

    ``opens`` tells of a copy whether a login may open it. A login that is given nothing is not kept, so
    there are never more than ``most`` a day, whatever somebody signs.
    """
    table = escrow_release
    here = (table.c.app == login.app) & (table.c.owner == login.owner)
    if connection.execute(select(table.c.nonce).where(here, table.c.nonce == login.nonce)).first():
        return LoginRelease(False)
    given = select(func.count()).where(here, table.c.given, table.c.at > login.at - DAY)
    if connection.execute(given).scalar_one() >= most:
        return LoginRelease(True, allowed=False)
    found = found_escrow(connection, login.app, login.owner)
    if found is None or not opens(found):
        return LoginRelease(True)
    attempt = connection.begin_nested()
    try:
        connection.execute(
            insert(table).values(
                app=login.app,
                owner=login.owner,
                nonce=login.nonce,
                at=login.at,
                page=login.page,
                given=True,
            )
        )
    except IntegrityError:  # another process was first
        attempt.rollback()
        return LoginRelease(False)
    attempt.commit()
    return LoginRelease(True, found=found)


def releases_of(connection: Connection, name: str) -> list[EscrowRelease]:
    """When the copy of the profile ``name`` was given out to a login, the newest first."""
    table = escrow_release
    rows = connection.execute(
        select(table.c.at, table.c.page)
        .join(escrow, (escrow.c.app == table.c.app) & (escrow.c.owner == table.c.owner))
        .where(escrow.c.name == name, table.c.given)
        .order_by(table.c.at.desc())
        .limit(MOST_TOLD)
    )
    return [EscrowRelease(row.at, row.page) for row in rows]
