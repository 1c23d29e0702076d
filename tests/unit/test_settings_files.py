"""A file of settings that is malformed is told as that, with its path, whatever stands in it."""

import pytest

from dm3.base.errors import ConfigurationError, Dm3Error
from dm3.cli.commands.lsp import _read_login
from dm3.cli.config.config import load
from dm3.cli.config.domains import read_tables
from dm3.cli.config.static_names import read_static_names

DEEP = 200_000


@pytest.mark.parametrize(
    "read",
    [lambda path: load({}, (), path), read_tables],
    ids=["config", "domains"],
)
@pytest.mark.parametrize(
    "content",
    [b"a = " + b"[" * DEEP, b"\xff\xfe", b"a = ", b"[a]\n[a]"],
    ids=["deep", "bytes", "cut", "twice"],
)
def test_settings(tmp_path, read, content):
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"settings\.toml"):
        read(path)


@pytest.mark.parametrize("read", [read_static_names, _read_login], ids=["static-names", "login"])
@pytest.mark.parametrize(
    "content",
    [b"[" * DEEP, b'{"a":' * DEEP, b"\xff\xfe", b'{"a"', b"[]", b'"text"', b"7"],
    ids=["deep", "deep-object", "bytes", "cut", "list", "text", "number"],
)
def test_json(tmp_path, read, content):
    path = tmp_path / "given.json"
    path.write_bytes(content)
    with pytest.raises(Dm3Error, match=r"given\.json"):
        read(path)
