"""How long others are waited for is one record, which arrives wherever somebody waits."""

from __future__ import annotations

import pytest

import dm3
from dm3.base.errors import ConfigurationError
from dm3.cli.config.config import load
from dm3.cli.config.option import as_factor
from dm3.net import Network, NetworkSettings, Timeouts
from dm3.net.http.timeouts import LONGEST, standard
from tests.kit.inside import context_of

OWN = Timeouts(step=1, fetch=2, lookup=3, chain=4, peer=6)


def test_all_are_multiplied():
    assert Timeouts(step=1, fetch=2, lookup=3, chain=4, peer=5).times(3) == Timeouts(
        step=3, fetch=6, lookup=9, chain=12, peer=15
    )


def test_none_becomes_longer_than_an_hour():
    assert Timeouts(lookup=LONGEST / 2).times(100).lookup == LONGEST


@pytest.mark.parametrize("seconds", [0, -1, LONGEST + 1, float("nan"), float("inf")])
@pytest.mark.parametrize("limit", ["step", "fetch", "lookup", "chain", "peer"])
def test_a_limit_that_is_none_is_refused(limit, seconds):
    with pytest.raises(ConfigurationError, match=f"the timeout {limit} must be above 0"):
        Timeouts(**{limit: seconds})


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_a_factor_that_is_none_is_refused(factor):
    with pytest.raises(ConfigurationError):
        Timeouts().times(factor)


def test_tests_wait_longer_than_users():
    assert standard().step > Timeouts().step


async def test_they_arrive_in_every_part_of_the_network():
    settings = NetworkSettings(
        rpc_urls=("http://127.0.0.1:1",), ipfs_gateway="http://127.0.0.1:1", timeouts=OWN
    )
    network = Network({}, settings)
    try:
        strangers = network.http_for("stranger.eth")
        assert strangers is not network.http
        assert (network.http.timeout.read, strangers.timeout.connect) == (OWN.step, OWN.step)
        assert network.directory.timeouts == OWN
        assert network.chains is not None
        assert network.ens is not None
        assert network.chains.default._seconds == OWN.chain
        assert network.ens._seconds == OWN.lookup
        assert network.ens._gateways._seconds == OWN.fetch
        assert network._ipfs is not None
        assert network._ipfs._seconds == 2 * OWN.fetch
    finally:
        await network.close()


async def test_a_client_is_given_them():
    async with await dm3.connect({}, timeouts=OWN) as client:
        assert context_of(client).http.timeout.read == OWN.step
        assert context_of(client).directory.timeouts is OWN


def test_the_command_line_multiplies_them(monkeypatch, tmp_path):
    monkeypatch.setenv("DM3_CONFIG", str(tmp_path / "none.toml"))
    (tmp_path / "none.toml").write_text("timeout-factor = 2.5\n")
    config = load({}, ("timeout-factor",))
    assert config.timeouts == Timeouts().times(2.5)


@pytest.mark.parametrize("text", ["0", "-1", "101", "much", "nan", "inf"])
def test_a_factor_is_a_number_within_bounds(text):
    with pytest.raises(ValueError, match="it is a number"):
        as_factor(text)
