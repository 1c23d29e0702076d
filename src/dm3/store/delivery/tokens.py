"""What authentication has to remember: the challenges that were answered.

Work functions for `dm3.store.Database`; times are UNIX seconds.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from .tables import used_nonce


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
