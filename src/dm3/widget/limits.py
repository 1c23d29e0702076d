"""How much one visitor may do within a minute: as the host says, or as an application says for its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dm3.service import RateLimiter

from .settings import WidgetApp


class VisitorLimits:
    """One limit of every application. ``own`` gives an application's, None for ``common``.

    Visitors of applications without one of their own are counted together, over all of these; 0 is no limit.
    ``clock`` gives seconds.
    """

    def __init__(
        self,
        apps: Mapping[str, WidgetApp],
        own: Callable[[WidgetApp], int | None],
        common: int,
        clock: Callable[[], float],
    ) -> None:
        self._common = RateLimiter(common, clock)
        limits = {name: own(app) for name, app in apps.items()}
        self._own = {name: RateLimiter(most, clock) for name, most in limits.items() if most is not None}

    def allow(self, app: str, visitor: str) -> bool:
        """Count one event of a visitor of ``app`` (its name in normal form); False: there were too many."""
        return self._own.get(app, self._common).allow(visitor)
