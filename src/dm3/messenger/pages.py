"""What all pages have in common: templates that escape everything, forms, and errors as sentences."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import segno
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.exceptions import HTTPException

from dm3.base.errors import Dm3Error, NotFound
from dm3.client import Messenger

from .desk import Desk
from .guard import Headers, session_of
from .markdown import shown_message, shown_text
from .page_files import HERE, address_of
from .sessions import Sessions

Asked = Request[Any, Any, Any]
log = structlog.get_logger("dm3.messenger")


class NoProfile(Exception):
    """There is no main profile in the vault yet: the first page makes one."""


class Pages:
    """Templates over one desk. ``used`` is called when a one-time address was used."""

    def __init__(self, desk: Desk, sessions: Sessions, used: Callable[[], None]) -> None:
        self.desk = desk
        self.sessions = sessions
        self.used = used
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.globals["asset"] = address_of
        self._templates.filters.update(
            message=shown_message,
            plain=shown_text,
            day=day,
            clock=clock,
            moment=moment,
            short=short,
            part=lambda text: quote(text, safe=""),
        )

    @property
    def messenger(self) -> Messenger:
        """The main profile that is shown. Raises `Locked` or `NoProfile`."""
        _ = self.desk.client
        if self.desk.messenger is None:
            raise NoProfile
        return self.desk.messenger

    def page(self, request: Asked, name: str, status: int = 200, **values: Any) -> Response[str]:
        """A page, or a part of one for htmx."""
        session = session_of(Headers(request.scope["headers"]), self.sessions)
        text = self._templates.get_template(name).render(
            form_token=self.sessions.form_token(session) if session else "",
            own_name=self.desk.messenger.name if self.desk.messenger else "",
            locked=self.desk.is_locked,
            now=int(time.time()),
            **values,
        )
        return Response(text, status_code=status, media_type="text/html; charset=utf-8")

    def go(self, path: str) -> Response[str]:
        """Have the browser load another page."""
        return Response("", status_code=200, media_type="text/plain", headers={"HX-Redirect": path})

    def tell(self, request: Asked, sentence: str, hint: str = "", status: int = 400) -> Response[str]:
        """An error as a sentence: within the page that asked, else as a page of its own."""
        part = request.headers.get("HX-Request") == "true"
        return self.page(
            request, "trouble_part.html" if part else "trouble.html", status, sentence=sentence, hint=hint
        )

    async def note_user(self, request: Asked) -> None:
        """Note that the user is there; what pages ask for by themselves does not keep the vault open."""
        if request.method == "POST" or request.headers.get("Sec-Fetch-Mode") == "navigate":
            self.desk.touch()

    # --- errors -------------------------------------------------------------------------------

    def answer_locked(self, request: Asked, error: Exception) -> Response[str]:
        """Ask for the passphrase."""
        if request.headers.get("HX-Request") == "true":
            return self.go("/unlock")
        return self.page(request, "unlock.html", 403, sentence="")

    def answer_no_profile(self, request: Asked, error: Exception) -> Response[str]:
        """Show the first page."""
        if request.headers.get("HX-Request") == "true":
            return self.go("/welcome")
        return Response("", status_code=303, headers={"Location": "/welcome"})

    def answer_dm3_error(self, request: Asked, error: Dm3Error) -> Response[str]:
        """Say what went wrong, and what to do."""
        return self.tell(request, str(error), error.hint, 404 if isinstance(error, NotFound) else 400)

    def answer_http_error(self, request: Asked, error: HTTPException) -> Response[str]:
        """Say what is wrong with the request."""
        sentences = {404: "There is no such page.", 413: "That is too large to be sent."}
        sentence = sentences.get(error.status_code, "This cannot be answered as it was asked.")
        return self.tell(request, sentence, status=error.status_code)

    def answer_defect(self, request: Asked, error: Exception) -> Response[str]:
        """A mistake of this program: told as such, logged without what anybody has written."""
        log.error("a page cannot be shown", kind=type(error).__name__)
        return self.tell(request, "This is a mistake of the messenger itself.", "Its log says more.", 500)


def saved_as(name: str) -> str:
    """The header that has a browser save what it gets as the file ``name``."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def qr_code(text: str) -> str:
    """A QR code of ``text`` as the address of a picture."""
    return segno.make_qr(text, error="l").svg_data_uri(scale=4, border=4, light="white")


def text_file(text: str, name: str) -> Response[str]:
    """``text`` as a file to be saved."""
    headers = {"Content-Disposition": saved_as(name)}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


async def form_of(request: Asked) -> dict[str, str]:
    """The texts of a form."""
    form = await request.form()
    return {str(key): value for key, value in form.items() if isinstance(value, str)}


def day(milliseconds: int) -> str:
    """The day in this machine's zone, which is the user's."""
    return _local(milliseconds).strftime("%A, %-d %B %Y")


def clock(milliseconds: int) -> str:
    """The time of day in the user's zone."""
    return _local(milliseconds).strftime("%H:%M")


def moment(seconds: int) -> str:
    """Day and time of UNIX seconds in the user's zone."""
    return _local(seconds * 1000).strftime("%Y-%m-%d %H:%M")


def short(name: str) -> str:
    """A long name cut in its middle; the whole one stands beside it as a title."""
    name = shown_text(name)
    return name if len(name) <= 40 else f"{name[:14]}…{name[-20:]}"


def _local(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000).astimezone()
    except (OverflowError, OSError, ValueError):  # a time that cannot be
        return datetime.fromtimestamp(0).astimezone()
