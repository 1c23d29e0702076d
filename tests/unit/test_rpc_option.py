"""The options for chains and what is found by them: what they take, and what is shown of them."""

import pytest
from typer.testing import CliRunner

from dm3.base.errors import ConfigurationError, ForbiddenAddress, InvalidInput, NobodyAsked, Unreachable
from dm3.cli.config.config import load
from dm3.cli.config.options import CLIENT, DELIVERING, NAMES, RESOLVING
from dm3.cli.console.transactions import send_options
from dm3.cli.main import app
from dm3.crypto import checksum_address
from dm3.net import Network, NetworkSettings, split_rpc_url
from dm3.net.http.bounded_fetch import fetch_bounded
from dm3.protocol.ens.lookup import MAINNET_REGISTRY


@pytest.fixture
def empty_file(tmp_path, monkeypatch):
    for name in (
        "RPC_URL",
        "ENS_REGISTRY",
        "IPFS_GATEWAY",
        "NAMES_FILE",
        "ALLOW_PRIVATE_ADDRESSES",
        "RESOLVER",
    ):
        monkeypatch.delenv(f"DM3_{name}", raising=False)
    file = tmp_path / "config.toml"
    file.touch()
    return file


@pytest.mark.parametrize("options", [CLIENT, DELIVERING, RESOLVING])
def test_clients_and_services_have_it_and_need_it_not(options, empty_file):
    assert "rpc-url" in options
    assert load({}, options, empty_file)["rpc-url"] == ()
    assert load({}, options, empty_file).shown()["rpc-url"]["value"] == []


@pytest.mark.parametrize("flag", ["--rpc-url", "--rpc"])
def test_the_flag_has_a_short_spelling(flag, empty_file):
    given = ["profile", "publish", "--name", "a.eth", "--config", str(empty_file), "--print-config"]
    told = CliRunner().invoke(app, [*given, flag, "http://127.0.0.1:8545", flag, "10=https://node.example"])
    assert told.exit_code == 0, told.output
    assert "rpc-url = ['http://127.0.0.1:8545', '10=https://node.example']" in told.output


@pytest.mark.parametrize("options", [CLIENT, DELIVERING])
def test_whoever_looks_names_up_has_the_rest(options, empty_file):
    given = {"ens-registry": "0x" + "ab" * 20, "names-file": "/names.json"}
    network = load(given, options, empty_file).network
    assert network.ens_registry == checksum_address("0x" + "ab" * 20)
    assert str(network.names_file) == "/names.json"
    plain = load({}, options, empty_file).network
    assert (plain.rpc_urls, plain.ens_registry, plain.ipfs_gateway) == ((), MAINNET_REGISTRY, None)
    assert not plain.only_ens


NEXT_DOOR, ELSEWHERE = "a.eth=http://127.0.0.1:8402", "a.eth=https://names.a.example"


@pytest.mark.parametrize("options", [CLIENT, (*DELIVERING, *NAMES)])
@pytest.mark.parametrize(
    ("resolver", "said", "names", "links"),
    [
        (None, None, True, False),
        (NEXT_DOOR, "auto", True, False),
        (NEXT_DOOR, "yes", True, True),
        (NEXT_DOOR, "no", False, False),
        (ELSEWHERE, "auto", False, False),
        (ELSEWHERE, "yes", True, True),
    ],
)
def test_what_strangers_choose_is_private_only_if_said(options, resolver, said, names, links, empty_file):
    given = {"resolver": resolver and [resolver], "allow-private-addresses": said}
    network = load(given, options, empty_file).network
    assert (network.allow_private, network.records_may_be_private) == (names, links)


@pytest.mark.parametrize("only_ens", [False, True])
async def test_services_of_strangers_are_asked_as_their_links_are(only_ens, tmp_path):
    file = tmp_path / "names.json"
    file.write_text('{"ds.filed.eth": {}}')
    network = Network(
        {"a.eth": "http://127.0.0.1:9"},
        NetworkSettings(
            rpc_urls=("http://127.0.0.1:9",),
            names_file=file,
            allow_private=True,
            allow_private_records=False,
            only_ens=only_ens,
        ),
    )
    for name, private in (("ds.A.eth", True), ("ds.filed.eth", True), ("ds.b.eth", False)):
        with pytest.raises(Unreachable if private else ForbiddenAddress):
            await fetch_bounded(network.http_for(name), "http://127.0.0.1:9/rpc", https_only=False)
    await network.close()


def test_without_a_word_links_may_lead_where_names_may():
    told = [
        NetworkSettings(allow_private=names, allow_private_records=links).records_may_be_private
        for names, links in ((False, None), (True, None), (True, False), (False, True))
    ]
    assert told == [False, True, False, True]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("https://node.example/", "https://node.example"),
        ("https://node.example/v3/S3CRET", "https://node.example/(hidden)"),
        ("https://node.example?key=S3CRET", "https://node.example/(hidden)"),
        ("https://S3CRET:S3CRET@node.example", "https://node.example"),
        ("10=https://node.example/v3/S3CRET?a=b", "10=https://node.example/(hidden)"),
    ],
)
def test_access_keys_are_used_and_not_shown(url, shown, empty_file):
    config = load({"rpc-url": ["https://first.example", url]}, ("rpc-url",), empty_file)
    assert config["rpc-url"] == ("https://first.example", url)
    assert config.shown()["rpc-url"] == {"value": ["https://first.example", shown], "from": "--rpc-url"}


@pytest.mark.parametrize("url", ["node.example/S3CRET", "wss://node.example/S3CRET", "1=ws://S3CRET"])
def test_what_is_no_node(url, empty_file):
    with pytest.raises(ConfigurationError, match="rpc-url") as refused:
        load({"rpc-url": [url]}, ("rpc-url",), empty_file)
    assert "S3CRET" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize(
    ("option", "value"), [("ens-registry", "0x12"), ("ens-registry", "eth"), ("ipfs-gateway", "ipfs.example")]
)
def test_what_is_no_registry_and_no_gateway(option, value, empty_file):
    with pytest.raises(ConfigurationError, match=option):
        load({option: value}, (option,), empty_file)


def test_a_node_and_its_chain():
    assert split_rpc_url("https://a.example/?x=1") == (None, "https://a.example/?x=1")
    assert split_rpc_url("11155111=http://a.example/k=v") == (11155111, "http://a.example/k=v")


@pytest.mark.parametrize(
    "settings",
    [
        NetworkSettings(only_ens=True),
        NetworkSettings(rpc_urls=("1=https://a.example", "https://b.example")),
        NetworkSettings(ipfs_gateway="ftp://a.example"),
    ],
)
async def test_settings_that_cannot_be(settings):
    with pytest.raises(ConfigurationError):
        Network({}, settings)


async def test_without_a_chain_only_the_resolvers_names_are_known():
    network = Network({"myapp.eth": "http://127.0.0.1:1"})
    assert (network.ens, network.chains) == (None, None)
    for question in (network.names.text("alice.eth", "k"), network.names.address("alice.eth")):
        with pytest.raises(NobodyAsked, match="no node of a chain"):
            await question
    assert not network.names.serves("alice.eth")
    assert network.names.serves("x.myapp.eth")
    await network.close()


@pytest.mark.parametrize("amount", ["", "much", "-1", "nan", "sNaN", "inf", "1e10", "1e900000", "1e9999999"])
def test_what_is_no_amount_of_ether(amount):
    with pytest.raises(InvalidInput, match="not an amount of ether"):
        send_options(False, False, amount)


def test_amounts_of_ether_are_taken_in_wei():
    assert [
        send_options(False, False, amount).max_cost for amount in ("0", "0.05", "1e-18", "1e-19", "2")
    ] == [
        *(0, 5 * 10**16, 1, 0),
        2 * 10**18,
    ]
