"""An application, as whoever embeds a profile names it."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import InvalidInput
from dm3.protocol.wallets import is_page


def require_app(app: App) -> App:
    """``app``, if it is one. Raises `InvalidInput`."""
    if not isinstance(app, App):
        raise InvalidInput(
            f"a {type(app).__name__} is no application",
            hint="Say it as dm3.App('myapp.eth', 'https://myapp.example').",
        )
    app.require()
    return app


class App(Struct, frozen=True):
    """An application.

    ``name``: its ENS name.
    ``uri``: the URI of its page; empty for the main page of ``name``.
    ``delivery_services``: their ENS names; left out, those that its resolver names, else ``ds.<name>``.
    """

    name: str
    uri: str = ""
    delivery_services: tuple[str, ...] = ()

    def require(self) -> None:
        """Raise `InvalidInput` where something else stands in the place of a text or of several."""
        services = self.delivery_services
        if isinstance(services, str) or not all(isinstance(one, str) for one in services):
            raise InvalidInput("delivery_services are several names, such as ('ds.example.eth',)")
        if not isinstance(self.uri, str):
            raise InvalidInput(f"an application's URI is text, and this is a {type(self.uri).__name__}")
        if self.uri and not is_page(self.uri):
            raise InvalidInput(
                f"{self.uri[:80]!r} is not the address of a page that people can trust",
                hint="Say it with https://; http:// counts on this machine only, such as http://localhost:8000.",
            )

    @property
    def page(self) -> str:
        """The page's URI."""
        return self.uri or f"https://{normalize(self.name)}"

    @property
    def domain(self) -> str:
        """The page's authority, as sign-in messages name it."""
        authority = urlsplit(self.page).netloc
        if not authority:
            raise InvalidInput(f"the application's URI {self.page[:80]!r} has no host")
        return authority
