"""The applications that a widget host serves, found by the name in the page's path."""

from __future__ import annotations

from collections.abc import Mapping

from dm3.base import is_below, normalize
from dm3.base.errors import InvalidName, NotFound

from .settings import WidgetApp


class Applications:
    """Applications by name in normal form, with their resolvers' base URLs by domain."""

    def __init__(self, apps: Mapping[str, WidgetApp], resolvers: Mapping[str, str]) -> None:
        self._apps = dict(apps)
        self._resolvers = {normalize(domain): url.rstrip("/") for domain, url in resolvers.items()}

    def find(self, name: str) -> WidgetApp:
        """The application ``name``. Raises `NotFound`."""
        try:
            return self._apps[normalize(name)]
        except (KeyError, InvalidName):
            raise NotFound(f"no widget of {name[:100]} is served here", verbatim=True) from None

    def resolver_of(self, name: str) -> str:
        """The base URL of the application's resolver. Raises `NotFound`."""
        above = [domain for domain in self._resolvers if is_below(self.find(name).name, domain)]
        if not above:
            raise NotFound(f"no resolver of {name[:100]} is known here", verbatim=True)
        return self._resolvers[max(above, key=len)]

    @property
    def names(self) -> tuple[str, ...]:
        """Every application's name."""
        return tuple(self._apps)
