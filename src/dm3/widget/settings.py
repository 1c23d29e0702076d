"""What an operator decides about a widget host, and about each application that it serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct, field

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidInput

from .forms import DEFAULT_FORMS, Form, check_forms
from .hours import read_hours

SENDS_A_MINUTE: Final = 60
LOOKUPS_A_MINUTE: Final = 600
WRAPS_A_MINUTE: Final = 30
MAX_ATTACHMENT_BYTES: Final = 5_000_000
MAX_TEXT: Final = 500

_ORIGIN = re.compile(r"https?://[a-z0-9.*-]+(?::\d{1,5})?")


class Mode(StrEnum):
    """What a page embeds."""

    CHAT = "chat"
    FORM = "form"
    IN_APP = "in-app"
    BOARD = "board"


class WidgetApp(Struct, frozen=True, kw_only=True):
    """One application's widget.

    ``name``: its ENS name.
    ``to``: whom visitors write to, an ENS name; a page may name only this one, save in mode ``in-app``.
    ``board``: the ENS name of the board that mode ``board`` shows.
    ``board_url``: base URL of that board's service, which visitors reach through this host.
    ``origins``: the origins of the pages that may show it, such as ``https://shop.example``.
    ``modes``: what these pages may embed.
    ``title``: shown in the head of the chat.
    ``welcome``: the first line that a visitor reads.
    ``consent``: shown below the first message, such as a line about privacy; "" for none.
    ``away``: shown outside of ``hours``; "" for none.
    ``hours``: opening hours as ``Mon-Fri 09:00-17:00 Europe/Berlin``; "" for always.
    ``forms``: the forms of mode ``form``; a page that names none shows the first.
    ``texts``: the operator's own words in place of the chat's, by language (``en``, ``de``, ``ar``) and name.
    ``attachments``: whether visitors may attach files.
    ``attachment_bytes``: the most that one message's files may have together.
    ``sends_per_visitor``: messages a minute that one visitor may hand in at others' services; 0: no limit,
    None: as the host says.
    ``lookups_per_visitor``: names a minute that may be asked for from one IP address; the same.
    ``keys_per_visitor``: keys a minute that are made for one IP address; the same.
    """

    name: str
    to: str | None = None
    board: str | None = None
    board_url: str = ""
    origins: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = (Mode.CHAT,)
    title: str = ""
    welcome: str = ""
    consent: str = ""
    away: str = ""
    hours: str = ""
    forms: tuple[Form, ...] = DEFAULT_FORMS
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    attachments: bool = True
    attachment_bytes: int = MAX_ATTACHMENT_BYTES
    sends_per_visitor: int | None = None
    lookups_per_visitor: int | None = None
    keys_per_visitor: int | None = None


class WidgetSettings(Struct, frozen=True, kw_only=True):
    """A widget host.

    ``apps``: the applications that it serves.
    ``resolvers``: base URLs of the applications' resolvers by domain, to which claims are forwarded.
    ``url``: where browsers reach it, where that is not where it listens.
    ``sends_per_profile``: envelopes a minute that one profile may hand in at others' services; 0: no limit.
    ``lookups_per_address``: names a minute that one IP address may ask for; 0: no limit.
    ``wraps_per_address``: keys a minute that are made for one IP address; 0: no limit.
    """

    apps: tuple[WidgetApp, ...]
    resolvers: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    sends_per_profile: int = SENDS_A_MINUTE
    lookups_per_address: int = LOOKUPS_A_MINUTE
    wraps_per_address: int = WRAPS_A_MINUTE


def check_apps(settings: WidgetSettings) -> dict[str, WidgetApp]:
    """The applications by name in normal form. Raises `ConfigurationError`."""
    apps: dict[str, WidgetApp] = {}
    for given in settings.apps:
        app = _checked(given)
        if app.name in apps:
            raise ConfigurationError(f"the widget of {app.name} is given twice")
        apps[app.name] = app
    if not apps:
        raise ConfigurationError("a widget host needs at least one application")
    return apps


def _checked(given: WidgetApp) -> WidgetApp:
    try:
        name = normalize(given.name)
        to = None if given.to is None else normalize(given.to)
        board = None if given.board is None else normalize(given.board)
    except InvalidInput as error:
        raise ConfigurationError(f"the widget of {given.name[:100]!r}: {error}") from None
    for origin in given.origins:
        if not _ORIGIN.fullmatch(origin) or not urlsplit(origin).hostname:
            raise ConfigurationError(
                f"the widget of {name}: {origin[:100]!r} is not an origin",
                hint="An origin is scheme, host and perhaps port, such as https://shop.example.",
            )
    own = [text for language in given.texts.values() for text in language.values()]
    texts = (given.title, given.welcome, given.consent, given.away, given.hours, *own)
    if any(len(text) > MAX_TEXT for text in texts):
        raise ConfigurationError(f"the widget of {name}: a text has more than {MAX_TEXT} characters")
    if not given.modes:
        raise ConfigurationError(f"the widget of {name} has no mode")
    if given.hours:
        read_hours(given.hours)
    check_forms(name, given.forms)
    limits = (given.sends_per_visitor, given.lookups_per_visitor, given.keys_per_visitor)
    if any(most is not None and most < 0 for most in limits):
        raise ConfigurationError(
            f"the widget of {name} has a limit below 0", hint="0 is no limit; without one the host's counts."
        )
    if to is None and (Mode.CHAT in given.modes or Mode.FORM in given.modes):
        raise ConfigurationError(
            f"the widget of {name} does not say whom visitors write to",
            hint="Say it with `to`, or allow the mode in-app alone.",
        )
    if Mode.BOARD in given.modes and (
        board is None or not given.board_url.startswith(("http://", "https://"))
    ):
        raise ConfigurationError(
            f"the widget of {name} does not say which board it shows, and where",
            hint="Say it with `board`, a name, and `board-url`, where dm3 board serves it.",
        )
    values = {field: getattr(given, field) for field in given.__struct_fields__}
    return WidgetApp(
        **{**values, "name": name, "to": to, "board": board, "board_url": given.board_url.rstrip("/")}
    )
