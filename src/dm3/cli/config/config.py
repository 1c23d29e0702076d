"""Putting a configuration together: defaults < file < environment < flags."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from msgspec import Struct

from dm3.base.errors import ConfigurationError
from dm3.net import NetworkSettings, Timeouts, split_rpc_url

from .option import read_value
from .options import TABLE
from .toml_file import read_toml

HIDDEN = "(hidden)"


class Config(Struct, frozen=True):
    """The options' values and where each came from."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def vault(self) -> Path:
        """The file of the vault."""
        chosen: Path = self["vault"] or self["data-dir"] / "vault.sqlite"
        return chosen

    @property
    def resolvers(self) -> dict[str, str]:
        """Base URLs of the resolvers by domain."""
        return dict(self["resolver"])

    @property
    def allow_private(self) -> bool:
        """Whether loopback and private addresses may be contacted."""
        chosen = self["allow-private-addresses"]
        if chosen != "auto":
            return bool(chosen)
        hosts = (urlsplit(url).hostname or "" for url in self.resolvers.values())
        return any(host in ("localhost", "::1") or host.startswith("127.") for host in hosts)

    @property
    def allow_private_records(self) -> bool:
        """Whether links and gateways may lead there, too: strangers choose them, so ``auto`` is a no."""
        return self.values.get("allow-private-addresses") is True

    @property
    def network(self) -> NetworkSettings:
        """How names and wallets are found out about beyond the configured resolvers."""
        return NetworkSettings(
            **self.settings(NetworkSettings),
            allow_private="resolver" in self.values and self.allow_private,
            allow_private_records=self.allow_private_records,
            timeouts=self.timeouts,
        )

    @property
    def timeouts(self) -> Timeouts:
        """How long others are waited for. Raises `ConfigurationError`."""
        return Timeouts().times(self["timeout-factor"])

    def settings(self, kind: type[Struct]) -> dict[str, Any]:
        """The values of the options that set a field of ``kind``, by field."""
        rows = (TABLE[name] for name in self.values)
        return {row.sets[1]: self[row.name] for row in rows if row.sets and row.sets[0] is kind}

    def shown(self) -> dict[str, dict[str, Any]]:
        """The values for people to read; what is in secret files is never shown."""
        return {
            name: {"value": _plain(name, self.values[name]), "from": self.sources[name]}
            for name in self.values
        }


def _plain(name: str, value: Any) -> Any:
    if name == "rpc-url":
        return [_without_access_key(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return ["=".join(map(_without_login, item)) if isinstance(item, tuple) else item for item in value]
    if isinstance(value, str):
        return _without_login(value)
    return value


def _without_login(value: str) -> str:
    """A URL without the name and password that may stand in it; anything else as it is."""
    return re.sub(r"(?<=://)[^/?#]*@", f"{HIDDEN}@", value)


def _without_access_key(node: str) -> str:
    """``[chain-id=]URL`` without what follows the host, where nodes' operators put keys."""
    number, url = split_rpc_url(node)
    parts = urlsplit(url)
    more = parts.path.strip("/") or parts.query
    named = "" if number is None else f"{number}="
    return f"{named}{parts.scheme}://{parts.netloc.rpartition('@')[2]}" + (f"/{HIDDEN}" if more else "")


def load(flags: Mapping[str, Any], names: tuple[str, ...], file: Path | None = None) -> Config:
    """Put the configuration for the options ``names`` together.

    ``file`` defaults to ``DM3_CONFIG`` or config.toml in the user's configuration folder, where there is
    one. Raises `ConfigurationError` naming the option and its source.
    """
    path, written = _read_file(file)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name in names:
        option = TABLE[name]
        values[name], sources[name] = option.default, "default"
        if name in written:
            values[name], sources[name] = read_value(option, written[name], str(path)), str(path)
        variable = os.environ.get(option.variable)
        if variable:
            values[name] = read_value(option, variable, option.variable)
            sources[name] = option.variable
        given = flags.get(name)
        if given not in (None, [], ()):
            values[name], sources[name] = read_value(option, given, f"--{name}"), f"--{name}"
    return Config(values, sources)


def _read_file(file: Path | None) -> tuple[Path, dict[str, Any]]:
    chosen = file or os.environ.get("DM3_CONFIG")
    path = (
        Path(chosen) if chosen else Path(platformdirs.user_config_dir("dm3", appauthor=False)) / "config.toml"
    )
    if not chosen and not path.exists():
        return path, {}
    written = read_toml(path, "the file")
    unknown = sorted(set(written) - set(TABLE))
    if unknown:
        raise ConfigurationError(
            f"the file {path}: there is no option {unknown[0]!r}",
            hint=f"Known are: {', '.join(TABLE)}.",
        )
    return path, written
