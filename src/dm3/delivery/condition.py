"""What is wrong with a service, told at start, in the log and by ``/health``: the truth, not "ok"."""

from __future__ import annotations

from functools import partial
from typing import Final

import structlog

from dm3.base.errors import Dm3Error
from dm3.model import DeliveryServiceProfile
from dm3.net import Directory
from dm3.service import Trouble, clock_troubles, former_name, in_rounds
from dm3.store import Database
from dm3.store.delivery import STATE

from .store_clock import StoreClock
from .store_room import Fullness, StoreRoom

log = structlog.get_logger("dm3.delivery")

PUBLISHED_SECONDS: Final = 600.0
"""How often the service looks at what is published under its name."""

_FULLNESS: Final = {
    Fullness.FULL: Trouble(
        "store-full",
        "The store is full: no messages are taken until some are fetched or expire, or there is more room.",
    ),
    Fullness.VERIFIED_ONLY: Trouble(
        "store-nearly-full", "The store is nearly full: messages of senders who are not verified are refused."
    ),
}


class Condition:
    """Everything that ``/health`` of a delivery service called ``name`` tells."""

    def __init__(
        self, name: str, directory: Directory, database: Database, clock: StoreClock, room: StoreRoom
    ) -> None:
        self._name = name
        self._directory = directory
        self._database = database
        self._clock = clock
        self._room = room
        self._renamed: Trouble | None = None
        self._published: Trouble | None = None

    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong now."""
        found = [self._renamed, self._published, _FULLNESS.get(self._room.fullness)]
        told = clock_troubles(
            self._clock,
            jumped="Nothing is deleted",
            set_back="Messages that come now get wrong times",
            unwritable="The store cannot be written",
        )
        return (*(one for one in found if one is not None), *told)

    async def compare_name(self) -> None:
        """Remark on data that were written under another name. Raises `StoreError`."""
        before = await former_name(self._database, STATE, self._name, self._clock)
        if before is not None:
            self._renamed = Trouble(
                "another-name",
                f"These data were written as {before}, and the service is {self._name} now: "
                "profiles that list the former name do not lead here any more.",
            )
            log.warning(self._renamed.sentence)

    async def watch_published(self, own: DeliveryServiceProfile) -> None:
        """Compare what is published under the name with ``own`` again and again, until cancelled."""
        await in_rounds(
            partial(self.compare_published, own),
            PUBLISHED_SECONDS,
            log,
            "comparing the published keys failed",
        )

    async def compare_published(self, own: DeliveryServiceProfile) -> None:
        """Compare what is published under the service's name with ``own``, now."""
        try:
            found = await self._directory.delivery_service(self._name, fresh=True)
        except Dm3Error:
            return  # not published yet, or not to be found out now: nothing is known to be wrong
        before, self._published = self._published, None
        if (found.signing_key, found.encryption_key) != (own.signing_key, own.encryption_key):
            self._published = Trouble(
                "other-keys-published",
                f"Under {self._name} other keys are published than this service has: no message that is "
                "sealed for those can be taken. Restore the keys that belong to them, or publish these.",
            )
        if self._published is not None and before is None:
            log.warning(self._published.sentence)
