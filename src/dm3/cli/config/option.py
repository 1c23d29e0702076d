"""One option: its row of the table, and how its value is read from text."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.crypto import checksum_address
from dm3.net import split_rpc_url


class Option(Struct, frozen=True, kw_only=True):
    """One row of the table. ``many`` options may be repeated; the environment separates them by commas.

    ``private`` ones may hold an access key and are not shown in complaints. ``short`` is another spelling of
    the flag. ``sets``: the field of a settings object that has the option's value (`Config.settings`).
    """

    name: str
    help: str
    default: Any
    read: Callable[[str], Any]
    many: bool = False
    private: bool = False
    short: str = ""
    sets: tuple[type[Struct], str] | None = None

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "DM3_" + self.name.upper().replace("-", "_")

    @property
    def shown_default(self) -> str:
        """The default as it would be typed; empty where there is none."""
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        if isinstance(self.default, tuple):
            return ", ".join(
                "=".join(item) if isinstance(item, tuple) else str(item) for item in self.default
            )
        return "" if self.default is None else str(self.default)


def as_text(value: str) -> str:
    """The value as it is."""
    return value


def as_number(value: str) -> int:
    """A whole number. Raises `ValueError`."""
    try:
        return int(value)
    except ValueError:
        raise ValueError("it is a whole number") from None


def as_seconds(value: str) -> float:
    """Seconds, perhaps with a fraction. Raises `ValueError`."""
    try:
        return float(value)
    except ValueError:
        raise ValueError("it is a number of seconds") from None


def as_days(value: str) -> int:
    """A number of days. Raises `ValueError`."""
    days = as_number(value)
    if days < 1:
        raise ValueError("it is a whole number from 1")
    return days


def as_factor(value: str) -> float:
    """A number from 0.1 to 100. Raises `ValueError`."""
    try:
        factor = float(value)
    except ValueError:
        factor = 0.0
    if not 0.1 <= factor <= 100:
        raise ValueError("it is a number from 0.1 to 100")
    return factor


def one_of(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Reads one of some words, and names them all when it is none of them. Raises `ValueError`."""
    *others, last = choices

    def read(value: str) -> StrEnum:
        try:
            return choices(value)
        except ValueError:
            raise ValueError(f"it is {', '.join(others)} or {last}") from None

    return read


def as_flag(value: str) -> bool:
    """Yes or no. Raises `KeyError` for other words."""
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    return known[value.lower()]


def as_path(value: str) -> Path:
    """A file or folder; ``~`` is the user's own."""
    return Path(value).expanduser()


def as_domain_url(value: str) -> tuple[str, str]:
    """``domain=URL``. Raises `ValueError` or `InvalidName`."""
    domain, _, url = value.partition("=")
    if not url.startswith(("http://", "https://")):
        raise ValueError("it has the form domain=https://…")
    return normalize(domain), url.rstrip("/")


def as_url(value: str) -> str:
    """A URL of HTTP. Raises `ValueError`."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("it has the form https://…")
    return value


def as_node(value: str) -> str:
    """``[chain-id=]URL``. Raises as `split_rpc_url`."""
    split_rpc_url(value)
    return value


def as_domain_contract(value: str) -> tuple[str, str]:
    """``domain=0x…``, a contract's address. Raises `ValueError` or `InvalidInput`."""
    domain, _, address = value.partition("=")
    if not address.startswith("0x"):
        raise ValueError("it has the form domain=0x…")
    return normalize(domain), checksum_address(address)


def as_network(value: str) -> str:
    """The address or network of a proxy. Raises `ValueError`."""
    return str(ip_network(value)) if "/" in value else str(ip_address(value))


def read_value(option: Option, value: Any, source: str) -> Any:
    """Read an option's value as given by ``source``. Raises `ConfigurationError`."""
    try:
        if option.many:
            items = value if isinstance(value, list | tuple) else str(value).split(",")
            return tuple(option.read(str(item).strip()) for item in items if str(item).strip())
        if isinstance(value, bool):
            value = "yes" if value else "no"
        return option.read(str(value))
    except (ValueError, KeyError, InvalidInput, ConfigurationError) as error:
        told = error.detail if isinstance(error, ConfigurationError) else str(error)
        detail = "" if isinstance(error, KeyError) else f": {told}"
        shown = "what is given" if option.private else repr(str(value)[:80])
        raise ConfigurationError(f"{option.name} from {source} cannot be {shown}{detail}") from None
