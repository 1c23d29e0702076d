"""The option for a chain's node: what it takes, and what is shown of it."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.cli.config import load
from dm3.cli.options import CLIENT, DELIVERING, RESOLVING


@pytest.fixture
def empty_file(tmp_path, monkeypatch):
    monkeypatch.delenv("DM3_RPC_URL", raising=False)
    file = tmp_path / "config.toml"
    file.touch()
    return file


@pytest.mark.parametrize("options", [CLIENT, DELIVERING, RESOLVING])
def test_clients_and_services_have_it_and_need_it_not(options, empty_file):
    assert "rpc-url" in options
    assert load({}, options, empty_file)["rpc-url"] is None
    assert load({}, options, empty_file).shown()["rpc-url"]["value"] is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("https://node.example/", "https://node.example"),
        ("https://node.example/v3/S3CRET", "https://node.example/(hidden)"),
        ("https://node.example?key=S3CRET", "https://node.example/(hidden)"),
        ("https://S3CRET:S3CRET@node.example", "https://node.example"),
    ],
)
def test_access_keys_are_used_and_not_shown(url, shown, empty_file):
    config = load({"rpc-url": url}, ("rpc-url",), empty_file)
    assert config["rpc-url"] == url
    assert config.shown()["rpc-url"] == {"value": shown, "from": "--rpc-url"}


@pytest.mark.parametrize("url", ["node.example", "wss://node.example"])
def test_what_is_no_node(url, empty_file):
    with pytest.raises(ConfigurationError, match="rpc-url"):
        load({"rpc-url": url}, ("rpc-url",), empty_file)
