"""A shop whose page shows the chat, the desk that answers, the visitors' browsers: real, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from litestar import Litestar, Response, get
from litestar.params import FromPath
from playwright.async_api import Browser, BrowserContext, FrameLocator, Locator, Page

from dm3.client import Messenger
from dm3.crypto import KeyWallet
from dm3.service import Server
from tests.e2e.sdk_scene import APP, Place, World, new_wallet
from tests.e2e.widget_scene import widget_app, widget_host
from tests.kit import EVENTUALLY, eventually

PATIENCE: Final = EVENTUALLY * 1000
"""Milliseconds that a browser may take for anything, beside whatever else is running."""

PICTURES: Final = Path(__file__).parents[2] / "build" / "panels"
"""Where pictures of what people see are put, to be looked at."""

TEXTS: Final = {"de": {"placeholder": "Womit können wir helfen?", "link.linkAsk": "Messenger fragen"}}

PAGE: Final = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title></head>
<body><h1>Shop</h1><p>Nice things.</p>
<script src="{widget}/dm3.js" async></script>
<dm3-chat app="{app}" {attributes}></dm3-chat></body></html>"""


@dataclass
class Visitor:
    """One device with a browser of its own, on the shop's page."""

    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("dm3-chat iframe")

    @property
    def button(self) -> Locator:
        return self.page.locator("dm3-chat button")

    @property
    def field(self) -> Locator:
        return self.frame.locator("textarea")

    def bubble(self, text: str) -> Locator:
        """The message that says ``text``."""
        return self.frame.locator(".bubble", has_text=text)

    async def open(self) -> None:
        """Open the chat with the launcher."""
        await self.button.click()
        await self.field.wait_for()

    async def write(self, text: str, *, shown: str | None = None) -> None:
        """Write a message and wait until a delivery service has it; ``shown``: how it reads, if otherwise."""
        await self.field.fill(text)
        await self.field.press("Enter")
        await self.bubble(shown or text).locator(".delivery.sent").wait_for()

    async def overview(self) -> None:
        """Open the panel with all about this visitor's side."""
        await self.frame.get_by_role("button", name="More").click()
        await self.frame.get_by_role("heading", name="About this chat").wait_for()

    async def forget(self) -> None:
        """Have this browser forget everything of the chat."""
        await self.overview()
        await self.frame.get_by_role("button", name="Forget everything").click()
        await self.frame.get_by_role("button", name="Forget this conversation").click()

    async def storage(self) -> str | None:
        """Where this visitor's keys lie."""
        return await self.frame.locator("main").get_attribute("data-storage")


@dataclass
class Scene:
    """The shop and its people. ``origin`` is the shop's, ``widget`` the widget host's."""

    world: World
    desk: Messenger
    desk_wallet: KeyWallet
    origin: str
    widget: str
    pages: dict[str, str]
    browser: Browser
    stack: AsyncExitStack
    headers: dict[str, dict[str, str]]

    async def visitor(self, path: str = "/", **options: Any) -> Visitor:
        """A new visitor with a device of their own; ``options`` are those of the browser's context."""
        context = await self.browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.stack.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context, await context.new_page())
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        await visitor.page.goto(self.origin + path)
        return visitor

    async def heard(self, text: str) -> str:
        """Wait until the desk has the message ``text``; returns who wrote it."""

        async def find() -> str:
            while True:
                for conversation in await self.desk.conversations():
                    if any(text == m.content for m in await self.desk.messages(conversation.peer)):
                        return conversation.peer
                await self.desk.sync(wait=1)

        return await eventually(find(), f"the desk reads {text!r}")

    def show(
        self,
        path: str,
        attributes: str = "",
        *,
        lang: str = "en",
        app: str = APP,
        headers: dict[str, str] | None = None,
    ) -> str:
        """Have the shop serve a page with these attributes at ``path``."""
        self.headers[path] = headers or {}
        self.pages[path] = PAGE.format(widget=self.widget, app=app, attributes=attributes, lang=lang)
        return path


@asynccontextmanager
async def scene_in(
    browser: Browser, place: Place, folder: Path, *, names_file: Path | None = None, **app: Any
) -> AsyncIterator[Scene]:
    """The shop, its widget host and its desk; ``app`` are further settings of the widget."""
    async with AsyncExitStack() as stack:
        world = World(place, stack)
        desk_wallet = new_wallet()
        desk = await world.team(desk_wallet)
        pages: dict[str, str] = {}
        headers: dict[str, dict[str, str]] = {}
        shop = await stack.enter_async_context(Server(_shop(pages, headers)))
        origin = f"http://shop.localhost:{shop.url.rpartition(':')[2]}"
        origins = (origin, origin.replace("shop.", "garden."))  # two sites may show the chat
        settings = widget_app(
            world.team_name, origins=origins, welcome="Hello! How can we help?", texts=TEXTS, **app
        )
        server = await stack.enter_async_context(widget_host(place, folder, settings, names_file=names_file))
        widget = server.url.replace("127.0.0.1", "chat.localhost")
        scene = Scene(world, desk, desk_wallet, origin, widget, pages, browser, stack, headers)
        scene.show("/")
        yield scene


def _shop(pages: dict[str, str], headers: dict[str, dict[str, str]]) -> Litestar:
    @get(["/", "/{path:path}"], sync_to_thread=False)
    def page(path: FromPath[str] = "/") -> Response[str]:
        found = pages.get(path)
        return Response(
            found or "not here",
            status_code=200 if found else 404,
            media_type="text/html",
            headers=headers.get(path, {}),
        )

    return Litestar([page], logging_config=None)
