"""The demo with all of its names in ENS; and what is said of a chain that it cannot be played on."""

import json
import os

import pytest

from dm3.base.errors import ConfigurationError
from dm3.cli.demo.chain import read_chain
from dm3.client import connect
from tests.demo_chain import describe
from tests.e2e.cli_scene import Person
from tests.e2e.ens_scene import APP, MAIN, free_port
from tests.unit.people import ALICE


@pytest.mark.interop
def test_the_whole_demo_plays_on_a_chain(ens, tmp_path):
    answer = Person(tmp_path / "viewer").run("demo", "--chain", str(describe(ens, tmp_path)), "--json")
    assert (answer.code, answer.err) == (0, "")
    report = answer.data
    assert [step["step"] for step in report["steps"]] == [str(number) for number in range(1, 12)]
    assert all(step["ok"] is True for step in report["steps"])
    assert report["registry"] == ens.registry
    # The services stand where the contracts send everybody.
    assert report["resolvers"] == {
        domain.name: f"http://127.0.0.1:{domain.port}" for domain in (ens.app, ens.main)
    }


@pytest.mark.interop
def test_no_name_counts_that_the_contract_does_not_confirm(ens, tmp_path):
    """With a signer whom a contract does not know the story ends at once: nobody takes a shorter way."""
    description = describe(ens, tmp_path)
    (tmp_path / f"{MAIN}.key").write_text("0x" + os.urandom(32).hex())
    answer = Person(tmp_path / "viewer").run_here("demo", "--chain", str(description), "--json")
    assert answer.code != 0
    assert answer.data["error"]["code"] == "answer-refused"


GOOD = {"resolver": ALICE.wallet.address, "gatewayPort": 20_000, "signerFile": "signer.key"}
CHAIN = {"rpcUrl": "http://127.0.0.1:1", "registry": ALICE.wallet.address, "domains": {APP: GOOD}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ([], "must be a JSON object"),
        ({**CHAIN, "rpcUrl": 7}, "rpcUrl"),
        ({**CHAIN, "registry": "0x00"}, "registry: an Ethereum address"),
        ({**CHAIN, "domains": []}, "domains"),
        ({**CHAIN, "domains": {"a b": GOOD}}, "a b"),
        ({**CHAIN, "domains": {APP: {**GOOD, "resolver": None}}}, "resolver is missing"),
        ({**CHAIN, "domains": {APP: {**GOOD, "gatewayPort": 0}}}, "from 1 to 65535"),
        ({**CHAIN, "domains": {APP: {**GOOD, "signerFile": "absent.key"}}}, "absent.key"),
    ],
)
def test_a_description_of_another_form_is_refused(tmp_path, change, told):
    (tmp_path / "signer.key").write_text("0x" + "11" * 32)
    (tmp_path / "chain.json").write_text(json.dumps(change))
    with pytest.raises(ConfigurationError, match=told):
        read_chain(tmp_path / "chain.json")


def test_a_chain_that_is_not_there_is_told(tmp_path):
    viewer = Person(tmp_path / "viewer")
    assert (
        viewer.run_here("demo", "--chain", "absent.json", "--json").data["error"]["code"] == "configuration"
    )
    (tmp_path / "signer.key").write_text("0x" + "11" * 32)
    chain = {**CHAIN, "domains": {APP: {**GOOD, "gatewayPort": free_port()}}}
    (tmp_path / "chain.json").write_text(json.dumps(chain))
    told = viewer.run_here("demo", "--chain", str(tmp_path / "chain.json"), "--json").data["error"]
    assert told["code"] == "configuration"
    assert MAIN in told["sentence"]


async def test_names_by_ens_alone_need_a_chain():
    with pytest.raises(ConfigurationError, match="rpc-url"):
        await connect({APP: "http://127.0.0.1:1"}, only_ens=True)
