"""What ``/health`` tells: whether the service is well, and what is wrong where it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct


class Trouble(Struct, frozen=True):
    """One thing that is wrong with a running service, for its operator.

    ``code`` is stable, ``sentence`` says what it is and what to do; neither names a user.
    """

    code: str
    sentence: str


Troubles = Callable[[], Sequence[Trouble]]


def health_json(version: str, troubles: Sequence[Trouble]) -> dict[str, Any]:
    """The answer. Its HTTP status is 200 all the same: a full service still serves owners who empty it."""
    if not troubles:
        return {"status": "ok", "version": version}
    told = [{"code": one.code, "error": one.sentence} for one in troubles]
    return {"status": "trouble", "version": version, "troubles": told}
