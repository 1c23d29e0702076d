"""What authentication has to remember: the service's secret and the challenges that were answered.

Work functions for `dm3.store.Database`; times are UNIX seconds.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from .delivery_tables import service_secret, used_nonce


def shared_secret(connection: Connection, name: str, fresh: bytes) -> bytes:
    """The secret called ``name`` that all processes share; ``fresh`` becomes it if there is none yet."""
    wanted = select(service_secret.c.value).where(service_secret.c.name == name)
    found = connection.execute(wanted).scalar()
    if found is None:
        attempt = connection.begin_nested()
        try:
            connection.execute(insert(service_secret).values(name=name, value=fresh))
            attempt.commit()
        except IntegrityError:  # another process was first
            attempt.rollback()
        found = connection.execute(wanted).scalar_one()
    return bytes(found)


def use_nonce(connection: Connection, box: str, nonce: str, expires: int) -> bool:
    """Use up the nonce of a challenge; False when it was used before."""
    attempt = connection.begin_nested()
    try:
        connection.execute(insert(used_nonce).values(mailbox=box, nonce=nonce, expires=expires))
    except IntegrityError:
        attempt.rollback()
        return False
    attempt.commit()
    return True
