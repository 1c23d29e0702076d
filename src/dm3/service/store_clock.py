"""Is the clock to be believed? What is deleted by time is gone, so a clock that jumps is waited for.

The store remembers when it was last looked at. Where the clock is much later than that, either the service
was off for long or the clock is wrong: nobody here can tell. So nothing is deleted until the clock has gone
on from there for a day; somebody who has set it wrong has that long to notice what start and ``/health``
say. Until then time stands still for everything that deletes. And what is kept for so long from now on
counts from the furthest reading that was ever believed: a clock that was set back dates nothing too early.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from dm3.base.errors import StoreError
from dm3.store import Database
from dm3.store.engine import ServiceState

from .health import Trouble
from .rounds import in_rounds

log = structlog.get_logger("dm3.service")

DAY: Final = 86_400
PLAUSIBLE_GAP: Final = 7 * DAY
"""Seconds between two looks at the store that are taken for a service that was off."""
SET_BACK: Final = 600
"""Seconds that the clock may be earlier than it was before: what is more is told."""
WAIT: Final = DAY
"""Seconds that the clock has to go on after a jump, before it is believed."""
MOST_AHEAD: Final = 365 * DAY
"""Seconds that what is kept may be dated ahead of the clock: a clock may have been years ahead once."""
LOOK_SECONDS: Final = 10.0
"""How often the clock is looked at, and whether the store can be written."""
KEPT_OUT: Final = 3.0
"""Seconds for which the store's writer may be kept out before it is told: others write for a moment."""
_SEEN, _JUMPED, _BELIEVED = "clock-seen", "clock-jumped", "clock-believed"
_LATEST, _BACK = "clock-latest", "clock-set-back"
_FURTHEST = "clock-furthest"


class Observed(Struct, frozen=True):
    """UNIX seconds: the clock's last reading, what it read after a jump (None: it is believed), the last
    reading that was believed, the latest of those, what it read after it was set back (None: it was
    not, or that is a day ago), and the furthest reading that was ever believed."""

    seen: int
    jumped: int | None
    believed: int
    latest: int = 0
    back: int | None = None
    furthest: int = 0


def observe(before: Observed | None, now: int) -> Observed:
    """What to think of the clock that reads ``now``."""
    if before is None:
        return Observed(now, None, now, now, None, now)
    jumped = before.jumped
    if now - before.seen > PLAUSIBLE_GAP:
        jumped = now
    elif jumped is not None and now - before.believed <= PLAUSIBLE_GAP:
        jumped = None  # it was set right
    elif jumped is not None and not 0 <= now - before.seen <= WAIT:
        jumped = now  # it was set again, and is still not where it was
    elif jumped is not None and now - jumped >= WAIT:
        jumped = None  # it has gone on for long enough
    back, latest = _set_back(before, now), before.latest
    if jumped is None and back is None:
        latest = now if before.back is not None else max(latest, now)
    believed = now if jumped is None else before.believed
    furthest = max(before.furthest, before.latest, believed)
    return Observed(now, jumped, believed, latest, back, furthest)


def _set_back(before: Observed, now: int) -> int | None:
    """What the clock read when it was set back; None where it was not, or has gone on for a day since."""
    if now >= before.latest - SET_BACK:
        return None
    if before.back is None or now < before.seen:
        return now
    return None if now - before.back >= WAIT else before.back


class StoreClock:
    """The clock of a service beside what its store has seen, as its ``state`` tells.

    ``clock`` gives UNIX seconds; ``in_use`` when data of an earlier version, without that state, were in use.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        state: ServiceState,
        in_use: Callable[[Connection], int | None] = lambda _: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._state = state
        self._in_use = in_use
        self._observed: Observed | None = None
        self._unwritable = ""

    @property
    def unwritable(self) -> str:
        """Why the store cannot be written, as far as is known; "" where it can."""
        if self._unwritable:
            return self._unwritable
        seconds = self._database.kept_out()
        if seconds < KEPT_OUT:
            return ""
        return (
            f"it has been tried for {seconds:.0f} seconds. Most likely another program holds it: end that "
            "program"
        )

    @property
    def jump(self) -> str:
        """What is wrong with the clock, as a sentence; "" where it is believed."""
        if self._observed is None or self._observed.jumped is None:
            return ""
        days = (self._observed.seen - self._observed.believed) // DAY
        return (
            f"the clock is {days} days later than when the store was last in use; if that is right, nothing "
            "need be done: what has expired is removed a day later"
        )

    @property
    def set_back(self) -> str:
        """How far the clock is behind what it was, as a sentence; "" where it is not."""
        if self._observed is None or self._observed.back is None:
            return ""
        minutes = (self._observed.latest - self._observed.seen) // 60
        return (
            f"the clock is {minutes} minutes earlier than when the store was last in use; if that is right, "
            "nothing need be done: this is told for a day"
        )

    def now(self) -> int:
        """The clock's reading in UNIX seconds."""
        return int(self._clock())

    def milliseconds(self) -> int:
        """The clock's reading in UNIX milliseconds."""
        return int(self._clock() * 1000)

    def furthest(self) -> int:
        """The furthest reading that was ever believed; 0 before the first look."""
        return 0 if self._observed is None else self._observed.furthest

    def keeping_now(self) -> int:
        """The time from which something is kept: never before the furthest reading that was believed.

        So nothing goes early because it came while the clock was set back.
        """
        now = self.now()
        return min(max(now, self.furthest()), now + MOST_AHEAD)

    def deleting_now(self) -> int:
        """The time for whatever deletes: that of the last reading that was believed."""
        now = self.now()
        observed = self._observed
        if observed is None:
            return now
        # Also between two looks the clock may be set: the next look decides.
        unlikely = now - observed.seen > PLAUSIBLE_GAP
        return observed.believed if observed.jumped is not None or unlikely else now

    async def look(self) -> None:
        """Compare the clock with what the store has seen, and note it there."""
        now = self.now()
        if self._observed is None:
            self._observed = await self._database.read(self._last_observed)
        before, self._observed = self._observed, observe(self._observed, now)
        if self.jump and (before is None or before.jumped is None):
            log.warning("the clock has jumped: " + self.jump)
        if self.set_back and (before is None or before.back is None):
            log.warning("the clock was set back: " + self.set_back)
        found = self._observed
        values = {
            _SEEN: str(found.seen),
            _JUMPED: "" if found.jumped is None else str(found.jumped),
            _BELIEVED: str(found.believed),
            _LATEST: str(found.latest),
            _BACK: "" if found.back is None else str(found.back),
            _FURTHEST: str(found.furthest),
        }
        try:
            await self._database.write(lambda connection: self._state.remember(connection, values))
        except StoreError as error:
            if not self._unwritable:
                log.warning("the store cannot be written", reason=error.detail)
            told = (error.detail or str(error), error.hint or "")
            self._unwritable = ". ".join(filter(None, told)).rstrip(".")
        else:
            self._unwritable = ""

    async def watch(self) -> None:
        """Look again and again, until cancelled; the first look was taken at the start."""
        failed = "looking at the store failed"
        await in_rounds(self.look, LOOK_SECONDS, log, failed, at_once=False)

    def _last_observed(self, connection: Connection) -> Observed | None:
        state = self._state.read(connection)
        if _SEEN in state:
            jumped, back, believed = state.get(_JUMPED), state.get(_BACK), int(state[_BELIEVED])
            latest = int(state.get(_LATEST) or believed)
            return Observed(
                int(state[_SEEN]),
                int(jumped) if jumped else None,
                believed,
                latest,
                int(back) if back else None,
                int(state.get(_FURTHEST) or latest),
            )
        used = self._in_use(connection)
        return None if used is None else Observed(used, None, used, used, None, used)


def clock_troubles(clock: StoreClock, *, jumped: str, set_back: str, unwritable: str) -> tuple[Trouble, ...]:
    """What ``/health`` tells of a store's clock; each sentence begins with what it means for the service."""
    found = (
        (clock.jump, Trouble("clock-jumped", f"{jumped}: {clock.jump}.")),
        (clock.set_back, Trouble("clock-set-back", f"{set_back}: {clock.set_back}.")),
        (clock.unwritable, Trouble("store-unwritable", f"{unwritable}: {clock.unwritable}.")),
    )
    return tuple(trouble for why, trouble in found if why)
