"""Every option, given by flag, environment or file, is documented and reaches what its command runs."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec import Struct, structs

from dm3.cli.commands.configured_services import (
    board_server,
    delivery_host,
    delivery_settings,
    resolver_host,
    resolver_settings,
    site_settings,
    widget_server,
)
from dm3.cli.commands.messenger import messenger_settings
from dm3.cli.commands.trial_messenger import trial_messenger
from dm3.cli.config.config import Config, load
from dm3.cli.config.option import read_value
from dm3.cli.config.options import BOARD, CLIENT, DELIVERING, NAMES, RESOLVING, TABLE, TRIAL_MESSENGER, WIDGET
from dm3.cli.config.widget_config import widget_settings
from dm3.cli.console.session import connect_arguments, passphrase_for
from dm3.delivery import DeliverySettings
from dm3.resolver import ResolverSettings
from dm3.service import ConnectionLimits
from tests.habits.files import ROOT
from tests.kit.option_samples import samples


def client(config):
    return [connect_arguments(config), passphrase_for(config)]


def site(config):
    resolving = resolver_settings(config)
    return site_settings(config, resolving, delivery_settings(config, default="ds.a.eth"))


def widget(config):
    settings = widget_settings(config)
    assert settings is not None
    return widget_server(config, settings, config.network)


def board(config):
    return board_server(config, config.network, "board.a.eth")


RUNS: dict[str, tuple[tuple[str, ...], Callable[[Config], object]]] = {
    "client": (CLIENT, client),
    "up": ((*RESOLVING, *DELIVERING, "allow-private-addresses"), site),
    "up, with a messenger": (TRIAL_MESSENGER, trial_messenger),
    "messenger": (("messenger-port", "lock-after-minutes", "vault", "data-dir"), messenger_settings),
    "delivery-service": ((*DELIVERING, *NAMES), delivery_host),
    "resolver": (RESOLVING, resolver_host),
    "widget": (WIDGET, widget),
    "board": (BOARD, board),
}
"""What each command has of the table, and what it makes of it."""

ALSO: dict[str, dict[str, object]] = {
    "data-dir": {"try-messenger": "yes"},
    "messenger-port": {"try-messenger": "yes"},
    "connections-per-address": {"connections": "100000"},
    "resolver-contract": {"domain": ["a.eth"]},
    "timeout-factor": {"rpc-url": ["http://127.0.0.1:1"]},
}
"""What else an option needs in order to mean something."""

APART = ("sample", "sample-port")
"""Taken as `dm3 up` starts, when the site's port is bound: tests/browser/test_sample.py."""

AT_START = ("resolver", "log-level")
"""Taken as a service starts, not by what it is made of."""

WAYS = ("file", "environment", "flag")
FILES = {
    "passphrase-file": "another passphrase of ours\n",
    "static-names": '{"fixed.a.eth": {"address": "0x' + "11" * 20 + '"}}',
    "domains-file": '["z.eth"]\n["z.eth".widget]\nto = "desk.z.eth"\n',
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for option in TABLE.values():
        monkeypatch.delenv(option.variable, raising=False)


def given(name: str, folder: Path):
    """A value that is not the default, as it is typed."""
    if name in FILES or name == "ccip-signer-file":
        file = folder / name
        if name in FILES:
            file.write_text(FILES[name], "utf-8")
            file.chmod(0o600)
        return str(file)
    option = TABLE[name]
    return next(text for text in samples(name) if read_as(option, text) != option.default)


def read_as(option, text):
    return read_value(option, text, "a sample")


def configuration(way, values, names, folder, monkeypatch):
    """The configuration with these values given in one of the `WAYS`, and with a passphrase."""
    passphrase = folder / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    if "passphrase-file" in names:
        values = {"passphrase-file": str(passphrase), **values}
    if "widget-to" in names and "domains-file" not in values:
        values = {"widget-to": "desk.z.eth", **values}
    if "name" in names:
        values = {"name": "ds.z.eth", **values}
    file = folder / "config.toml"
    with monkeypatch.context() as now:
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in values.items() if way == "file"]
        file.write_text("".join(lines))
        if way == "environment":
            for name, value in values.items():
                now.setenv(TABLE[name].variable, ",".join(value) if isinstance(value, list) else value)
        return load(values if way == "flag" else {}, names, file)


def state(value):
    """What an object holds, as far as it can be compared."""
    if isinstance(value, Struct):
        return state(structs.asdict(value))
    if isinstance(value, Mapping):
        return {key: state(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [state(one) for one in value]
    if hasattr(value, "reveal"):
        return ["secret", value.reveal()]
    if type(value).__module__.startswith("dm3.") and hasattr(value, "__dict__"):
        return {key: state(one) for key, one in vars(value).items()}
    return value if isinstance(value, str | int | float | bool | Path | None) else type(value)


WHERE = [(name, run) for run, (names, _) in RUNS.items() for name in names if name not in AT_START]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "run"), WHERE)
def test_every_option_changes_what_its_command_runs(name, run, way, tmp_path, monkeypatch):
    names, make = RUNS[run]
    text = given(name, tmp_path)
    also = {key: value for key, value in ALSO.get(name, {}).items() if key in names}
    typed = [text] if TABLE[name].many else text
    config = configuration(way, {**also, name: typed}, names, tmp_path, monkeypatch)
    assert config.sources[name] != "default"
    assert config[name] == read_as(TABLE[name], text)
    plain = configuration(way, also, names, tmp_path, monkeypatch)
    assert state(make(config)) != state(make(plain)), f"{name} is taken by `dm3 {run}`, and ignored"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("run", ["client", "delivery-service", "widget"])
def test_resolvers_are_those_that_are_given(run, way, tmp_path, monkeypatch):
    values = {"resolver": ["a.eth=https://names.a.example"]}
    config = configuration(way, values, (*RUNS[run][0],), tmp_path, monkeypatch)
    assert config.resolvers == {"a.eth": "https://names.a.example"}


@pytest.mark.parametrize("kind", [DeliverySettings, ResolverSettings, ConnectionLimits])
def test_every_setting_of_a_service_is_an_option(kind):
    rows = [option.sets for option in TABLE.values() if option.sets is not None]
    set_by_options = {field for of, field in rows if of is kind}
    made_of_several = {"domains", "static"} if kind is ResolverSettings else set()
    assert set_by_options | made_of_several == set(kind.__struct_fields__)


@pytest.mark.parametrize(("name", "sets"), [(name, row.sets) for name, row in TABLE.items() if row.sets])
def test_an_option_is_the_field_that_it_sets(name, sets, tmp_path, monkeypatch):
    monkeypatch.setenv("DM3_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    kind, field = sets
    text = given(name, tmp_path)
    config = configuration(
        "flag", {name: [text] if TABLE[name].many else text}, (name,), tmp_path, monkeypatch
    )
    assert field in kind.__struct_fields__
    assert config.settings(kind) == {field: config[name]}


@pytest.mark.parametrize("name", TABLE)
def test_every_option_is_a_row_of_the_operators_page(name):
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    assert f"| `{name}` · `{TABLE[name].variable}` |" in page


def test_every_option_is_taken_by_a_command():
    assert set(TABLE) == {name for names, _ in RUNS.values() for name in names} | {*APART}
