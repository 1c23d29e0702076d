"""The widget host as configured: applications from the file of domains, or one from options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from dm3.base.errors import ConfigurationError
from dm3.widget import Form, Mode, WidgetApp, WidgetSettings, check_apps

from .config import Config
from .domains import read_tables

INSTEAD_OF: Final = ("widget-to", "widget-origin")
_FORM: Final = 'A domain\'s widget is a table such as ["myapp.eth".widget], with: {}.'


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One application's widget as it stands in the file; `WidgetApp` says what it means."""

    to: str | UnsetType = UNSET
    board: str | UnsetType = UNSET
    board_url: str | UnsetType = UNSET
    origins: tuple[str, ...] | UnsetType = UNSET
    modes: tuple[Mode, ...] | UnsetType = UNSET
    title: str | UnsetType = UNSET
    welcome: str | UnsetType = UNSET
    consent: str | UnsetType = UNSET
    away: str | UnsetType = UNSET
    hours: str | UnsetType = UNSET
    forms: tuple[Form, ...] | UnsetType = UNSET
    texts: dict[str, dict[str, str]] | UnsetType = UNSET
    attachments: bool | UnsetType = UNSET
    attachment_bytes: int | UnsetType = UNSET
    sends_per_visitor: int | UnsetType = UNSET
    lookups_per_visitor: int | UnsetType = UNSET
    keys_per_visitor: int | UnsetType = UNSET


def widget_settings(config: Config) -> WidgetSettings | None:
    """The widget host as configured; None where no application has a widget. Raises `ConfigurationError`."""
    path: Path | None = config["domains-file"]
    apps = _from_options(config) if path is None else _from_file(path, config)
    if not apps:
        return None
    rates = config.settings(WidgetSettings)
    settings = WidgetSettings(apps=apps, url=config["widget-url"] or None, **rates)
    check_apps(settings)
    return settings


def _from_options(config: Config) -> tuple[WidgetApp, ...]:
    to = config["widget-to"]
    if to is None:
        if config["widget-origin"]:
            raise ConfigurationError("widget-origin is given, and not whom visitors write to: widget-to")
        return ()
    return (WidgetApp(name=config["domain"][0], to=to, origins=config["widget-origin"]),)


def _from_file(path: Path, config: Config) -> tuple[WidgetApp, ...]:
    given = next((name for name in INSTEAD_OF if config.sources[name] != "default"), None)
    if given is not None:
        raise ConfigurationError(
            f"{given} (from {config.sources[given]}) and domains-file are both given",
            hint='The file says it all; move what the option says into the table ["…".widget].',
        )
    tables = read_tables(path)
    return tuple(
        _app(path, name, table["widget"])
        for name, table in tables.items()
        if isinstance(table, Mapping) and "widget" in table
    )


def _app(path: Path, name: str, table: Any) -> WidgetApp:
    try:
        given = structs.asdict(msgspec.convert(table, _Table))
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in structs.fields(_Table))
        raise ConfigurationError(
            f"the file of domains {path}: the widget of {name}: {error}", hint=_FORM.format(known)
        ) from None
    return WidgetApp(name=name, **{member: value for member, value in given.items() if value is not UNSET})
