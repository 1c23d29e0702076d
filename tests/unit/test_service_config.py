"""What a service cannot do without is said by the option that it wants, and what it is given arrives."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.cli.commands.configured_services import board_server, delivery_settings
from dm3.cli.config.config import Config, load
from dm3.cli.config.options import BOARD, DELIVERING
from dm3.net import NetworkSettings


def configured(tmp_path, options: tuple[str, ...], **flags: str) -> Config:
    empty = tmp_path / "config.toml"
    empty.touch()
    given = {name.replace("_", "-"): value for name, value in flags.items()}
    return load({"data-dir": str(tmp_path), **given}, options, empty)


def test_a_delivery_service_without_a_name_says_which_option_gives_it_one(tmp_path):
    with pytest.raises(ConfigurationError, match="needs its ENS name") as refused:
        delivery_settings(configured(tmp_path, DELIVERING))
    assert "--name" in refused.value.hint
    assert delivery_settings(configured(tmp_path, DELIVERING), "ds.a.eth").name == "ds.a.eth"
    assert delivery_settings(configured(tmp_path, DELIVERING, name="ds.b.eth"), "ds.a.eth").name == "ds.b.eth"


def test_a_board_without_a_name_says_which_option_gives_it_one(tmp_path):
    config = configured(tmp_path, BOARD, domain="a.eth")
    with pytest.raises(ConfigurationError, match="needs its ENS name") as refused:
        board_server(config, NetworkSettings())
    assert "--board-name" in refused.value.hint


@pytest.mark.parametrize("services", [(), ("ds.a.eth", "ds.b.eth")])
def test_a_board_registers_at_the_delivery_services_that_it_is_given(tmp_path, services):
    config = configured(tmp_path, BOARD, domain="a.eth", board_name="board.a.eth")
    board = board_server(config, NetworkSettings(), delivery_services=services)
    assert (board.name, board._services) == ("board.a.eth", services)
