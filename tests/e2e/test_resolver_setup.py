"""`dm3 resolver setup` on a real chain with a running resolver: all that holds, and each step that fails."""

import time
from dataclasses import replace

import pytest

from dm3.base.encoding import from_hex
from dm3.model import RecordKey
from dm3.net.chain.json_rpc import JsonRpcChain
from dm3.net.http.safe_http import open_http
from dm3.net.names.setup_check import check_domain
from dm3.protocol.ens.setup import STEPS
from dm3.protocol.ens.setup_wanted import Wanted
from tests.e2e.cli_scene import Person, up
from tests.e2e.ens_scene import free_port, gateway_url, signer_key, signer_of
from tests.unit.people import ALICE

PLAIN, VERIFIED, MOVED, DOUBTED = "plain.eth", "verified.eth", "moved.eth", "doubted.eth"
NOT_SET_UP = 9
NOBODY = "0x" + "00" * 20


@pytest.fixture(scope="module")
def port(ens):
    """Domains of both kinds whose contracts all ask the gateway on this port."""
    chosen = free_port()
    url, signer = gateway_url(chosen), signer_of(PLAIN)
    ens.offchain_domain(PLAIN, url, signer, chosen)
    ens.offchain_domain(MOVED, url, signer, chosen)
    ens.verified_domain(VERIFIED, [url], signer, chosen)
    ens.offchain_domain(DOUBTED, url, signer_of("somebody else"), chosen)
    return chosen


@pytest.fixture(scope="module")
def operator(ens, port, tmp_path_factory):
    """Whoever runs `dm3 resolver` for these domains, and asks whether they are set up."""
    home = tmp_path_factory.mktemp("setup")
    person = Person(
        home / "operator",
        rpc_url=ens.chain.url,
        ens_registry=ens.registry,
        allow_private_addresses="yes",
        ccip_signer_file=str(home / "signer.txt"),
    )
    (home / "signer.txt").write_text("0x" + signer_key(PLAIN).reveal().hex())
    (home / "names.json").write_text(
        f'{{"ds.{PLAIN}": {{"texts": {{"{RecordKey.DELIVERY_SERVICE}": "data:application/json,{{}}"}}}}}}'
    )
    contracts = {
        PLAIN: ens.domains[PLAIN].contract,
        VERIFIED: ens.domains[VERIFIED].contract,
        DOUBTED: ens.domains[DOUBTED].contract,
        MOVED: ens.registry,  # signs for another contract than the domain has
    }
    told = [word for name, to in contracts.items() for word in ("--resolver-contract", f"{name}={to}")]
    domains = [word for name in contracts for word in ("--domain", name)]
    files = ("--static-names", str(home / "names.json"), "--resolver-port", str(port))
    with up(person, "resolver", *domains, *told, *files):
        yield person


def asked(operator, domain, *more):
    """The steps by name, and the exit code."""
    answer = operator.run_here("resolver", "setup", domain, *more, "--json")
    steps = {step["step"]: step for step in answer.data["steps"]}
    assert tuple(steps) == STEPS
    assert answer.data["ok"] == (answer.code == 0) == all(step["ok"] for step in steps.values()), answer
    return steps, answer.code


def failed(operator, domain, name, *more):
    """The one step that fails, which is ``name``; what comes after it is not looked at."""
    steps, code = asked(operator, domain, *more)
    states = [step["ok"] for step in steps.values()]
    at = STEPS.index(name)
    assert code == NOT_SET_UP
    assert states == [True] * at + [False] + [None] * (len(STEPS) - at - 1), steps
    return steps[name]


def carry_out(ens, step):
    """Send the step's transactions, as the domain's owner."""
    for transaction in step["transactions"]:
        assert (transaction["chainId"], transaction["value"]) == (31337, "0")
        ens.chain.transact(transaction["to"], from_hex(transaction["data"]))
    assert step["transactions"]


def test_both_kinds_of_contracts_hold_from_the_registry_to_a_name(ens, operator, port):
    for domain, kind in ((PLAIN, "OffchainResolver"), (VERIFIED, "ERC3668Resolver")):
        gateway, contract = f"http://127.0.0.1:{port}", ens.domains[domain].contract
        steps, code = asked(operator, domain, "--gateway", gateway, "--contract", contract)
        assert code == 0, steps
        assert steps["contract"]["found"] == kind
        assert contract in steps["resolver"]["found"]
        assert signer_of(PLAIN).address in steps["answer"]["found"]
    told = operator.run_here("resolver", "setup", PLAIN)
    assert told.code == 0
    assert [line[:6] for line in told.out.splitlines()[: len(STEPS)]] == ["ok    "] * len(STEPS), told
    assert f"ds.{PLAIN} resolves; it has {RecordKey.DELIVERY_SERVICE}" in told.out
    assert f"Every step holds for {PLAIN}" in told.out


def test_names_below_a_domain_are_set_up_by_it(ens, operator):
    steps, code = asked(operator, f"shop.{PLAIN}")
    assert code == 0, steps
    assert f"by {PLAIN}" in steps["resolver"]["found"]


def test_a_domain_that_nobody_has_registered(operator):
    step = failed(operator, "nobodys.eth", "owner")
    assert "nobody has registered nobodys.eth" in step["found"]


def test_a_domain_without_a_resolver_or_with_another_one(ens, operator, port):
    ens.create("fresh.eth", NOBODY)
    step = failed(operator, "fresh.eth", "resolver", "--gateway", f"http://127.0.0.1:{port}")
    assert "has no resolver" in step["found"]
    assert gateway_url(port) in step["hint"]
    assert signer_of(PLAIN).address in step["hint"]
    assert not step["transactions"]
    # Deployed with just these arguments, and set by just this transaction, it is resolved.
    contract = ens.domains[PLAIN].contract
    step = failed(operator, "fresh.eth", "resolver", "--contract", contract)
    assert ens.operator.lower() in step["hint"].lower()
    carry_out(ens, step)
    steps, _ = asked(operator, "fresh.eth", "--contract", contract)
    assert steps["resolver"]["ok"]
    assert steps["signer"]["ok"]
    second = ens.offchain_domain("second.eth", gateway_url(port), signer_of(PLAIN)).contract
    other = failed(operator, PLAIN, "resolver", "--contract", second)
    assert f"is meant to have {second}" in other["found"]
    assert f"--resolver-contract {PLAIN}={second}" in other["hint"], "the gateway signs for one contract"
    assert other["transactions"]


def test_what_would_take_every_name_down_is_never_printed_as_a_transaction(ens, operator, port):
    """Each in the place of a resolver or a verifier: once sent, no name would resolve any more."""
    plain, verified = ens.domains[PLAIN], ens.domains[VERIFIED]
    away = ens.offchain_domain("elsewhere.eth", "https://names.elsewhere.example", signer_of(PLAIN)).contract
    ens.create("bare.eth", verified.contract)
    gateway = ("--gateway", f"http://127.0.0.1:{port}")
    for domain, name, words, more in (
        (PLAIN, "resolver", "there is no contract", ("--contract", ALICE.wallet.address)),
        (PLAIN, "resolver", "ENSIP-10", ("--contract", ens.registry)),
        (PLAIN, "resolver", "ENSIP-10", ("--contract", ens.public_resolver)),
        (PLAIN, "resolver", "instead of", ("--contract", away, *gateway)),
        (PLAIN, "resolver", "does not believe", ("--contract", ens.domains[DOUBTED].contract)),
        (PLAIN, "verifier", "without effect", ("--verifier", verified.verifier)),
        (
            VERIFIED,
            "resolver",
            "without effect",
            ("--contract", plain.contract, "--verifier", verified.verifier),
        ),
        (f"own.sub.{VERIFIED}", "resolver", "there is no contract", ("--contract", ALICE.wallet.address)),
        ("bare.eth", "verifier", "there is no contract", ("--verifier", ALICE.wallet.address, *gateway)),
        ("bare.eth", "verifier", "no SignatureCcipVerifier", ("--verifier", ens.registry, *gateway)),
        ("bare.eth", "verifier", "is for the resolver", ("--verifier", ens.main.verifier, *gateway)),
        (
            PLAIN,
            "resolver",
            "is for the resolver",
            ("--contract", verified.contract, "--verifier", ens.main.verifier),
        ),
    ):
        step = failed(operator, domain, name, *more)
        assert words in step["found"], step
        assert not step["transactions"], step


def test_only_what_was_seen_is_said(ens, operator, port):
    told = operator.run_here("resolver", "setup", PLAIN)
    assert told.code == 0
    assert "every ENS client" not in told.out
    assert "Not seen" in told.out
    assert f"do not reach {gateway_url(port)}" in told.out
    steps, _ = asked(operator, VERIFIED)
    assert f"ds.{VERIFIED} has none" in steps["sample"]["unseen"]
    assert steps["owner"]["unseen"] == ""


def test_a_node_that_is_away_is_told_in_words_that_fit(operator):
    answer = operator.run_here("resolver", "setup", PLAIN, "--rpc-url", "http://127.0.0.1:9", "--json")
    assert answer.code == 6
    assert "--rpc-url" in answer.data["error"]["hint"]
    assert "tried again" not in answer.data["error"]["hint"]


def test_a_mistyped_key_file_is_not_made(operator, tmp_path):
    missing = tmp_path / "folder" / "sigmer.txt"
    answer = operator.run_here("resolver", "setup", PLAIN, "--ccip-signer-file", str(missing))
    assert answer.code == 4
    assert f"no signer's key file {missing}" in answer.err
    assert not missing.parent.exists()


def test_a_name_below_a_domain_gets_an_entry_of_its_own_before_it_differs(ens, operator, port):
    url = gateway_url(port)
    other = ens.offchain_domain("other.eth", url, signer_of(PLAIN)).contract
    ens.create("hosting.eth", ens.domains[VERIFIED].contract)
    verifier = ens.domains[VERIFIED].verifier
    for domain, name, more in (
        (f"own.{VERIFIED}", "resolver", ("--contract", other)),
        (f"shop.{VERIFIED}", "gateway", ("--gateway", "https://names.shop.example")),
        ("app.hosting.eth", "verifier", ("--verifier", verifier, "--gateway", url)),
    ):
        step = failed(operator, domain, name, *more)
        assert "an entry of its own" in step["hint"]
        carry_out(ens, step)
        assert ens.owned(domain)
        steps, _ = asked(operator, domain, *more)
        assert steps["owner"]["found"].startswith(f"{domain} belongs to 0x")
        if not steps[name]["ok"]:  # what is printed now is the owner's to send
            carry_out(ens, steps[name])
    step = failed(operator, f"a.b.{PLAIN}", "resolver", "--contract", other)
    assert f"Register b.{PLAIN} first" in step["hint"]
    assert not step["transactions"]


def test_a_resolver_that_leads_to_no_gateway(ens, operator):
    ens.create("onchain.eth", ens.public_resolver)
    ens.create("empty.eth", ALICE.wallet.address)
    assert "ENSIP-10" in failed(operator, "onchain.eth", "contract")["found"]
    assert "no contract" in failed(operator, "empty.eth", "contract")["found"]


def test_a_verifier_a_gateway_and_a_signer_are_set_with_the_calldata_told(ens, operator, port):
    ens.create("late.eth", ens.domains[VERIFIED].contract)
    verifier = ens.domains[VERIFIED].verifier
    step = failed(operator, "late.eth", "verifier")
    assert "--verifier and --gateway" in step["hint"]
    elsewhere = ("--verifier", verifier, "--gateway", "https://names.myapp.example")
    carry_out(ens, failed(operator, "late.eth", "verifier", *elsewhere))
    step = failed(operator, "late.eth", "gateway", "--gateway", f"http://127.0.0.1:{port}")
    assert "https://names.myapp.example/{sender}/{data} instead of" in step["found"]
    carry_out(ens, step)
    step = failed(operator, "late.eth", "signer", "--signer", ALICE.wallet.address)
    assert f"does not believe {ALICE.wallet.address}" in step["found"]
    carry_out(ens, step)
    steps, _ = asked(operator, "late.eth", "--signer", ALICE.wallet.address)
    assert steps["signer"]["ok"]


def test_a_verifier_belongs_to_one_resolver(ens, operator, port):
    wrong = ens.verified_domain("mixed.eth", [gateway_url(port)], signer_of(PLAIN))
    ens.set_verifier(replace(wrong, verifier=ens.domains[VERIFIED].verifier), [gateway_url(port)])
    step = failed(operator, "mixed.eth", "verifier")
    assert f"is for the resolver {ens.domains[VERIFIED].contract}, not this one" in step["found"]


def test_what_an_offchain_resolver_cannot_change_takes_a_new_one(operator):
    step = failed(operator, PLAIN, "gateway", "--gateway", "https://names.myapp.example")
    assert "cannot be changed" in step["found"]
    assert "Deploy ENS's OffchainResolver" in step["hint"]
    step = failed(operator, PLAIN, "signer", "--signer", ALICE.wallet.address)
    assert "--ccip-signer-file" in step["hint"]


def test_a_gateway_that_is_away_refuses_or_signs_for_another(ens, operator, port):
    ens.offchain_domain("away.eth", gateway_url(free_port()), signer_of(PLAIN))
    assert "cannot be reached" in failed(operator, "away.eth", "answer")["found"]
    ens.offchain_domain("foreign.eth", gateway_url(port), signer_of(PLAIN))
    step = failed(operator, "foreign.eth", "answer")
    assert "404" in step["found"]
    assert "--domain foreign.eth" in step["hint"]
    step = failed(operator, DOUBTED, "answer", "--signer", signer_of("somebody else").address)
    assert "not by a signer that the contract believes" in step["found"]
    assert "--ccip-signer-file" in step["hint"]
    step = failed(operator, MOVED, "answer")
    assert f"for {ens.registry}" in step["found"]
    assert f"--resolver-contract {MOVED}={ens.domains[MOVED].contract}" in step["hint"]


def test_a_gateway_must_be_public_unless_private_ones_are_allowed(operator):
    step = failed(operator, PLAIN, "answer", "--allow-private-addresses", "no")
    assert "http" in step["found"]


def test_a_sample_that_is_not_there(ens, operator):
    step = failed(operator, PLAIN, "sample", "--sample", f"bob.{PLAIN}")
    assert f"bob.{PLAIN} has neither" in step["found"]
    ens.create(f"own.{PLAIN}", ens.public_resolver)
    step = failed(operator, PLAIN, "sample", "--sample", f"own.{PLAIN}")
    assert "of its own" in step["found"]


async def test_an_answer_that_has_expired(ens, operator):
    """An hour later, by the clock of whoever checks."""
    async with JsonRpcChain(ens.chain.url) as chain, open_http(allow_private=True) as http:
        steps = await check_domain(
            Wanted(domain=PLAIN),
            chain,
            http,
            registry=ens.registry,
            allow_private=True,
            now=lambda: time.time() + 3600,
        )
    [step] = [step for step in steps if step.ok is False]
    assert step.name == "answer"
    assert "expired" in step.found


def test_what_is_asked_wrongly_is_told_before_the_chain_is_asked(ens, operator):
    for more, words, code in (
        (("--gateway", "ftp://x"), "not an http or https URL", 3),
        (("--gateway", "https://"), "names no host", 3),
        (("--gateway", "https:///path"), "names no host", 3),
        (("--gateway", "https://me:secret@names.example"), "a login in the URL", 3),
        (("--gateway", "http://names.example"), "an http URL", 3),
        (("--gateway", "https://names.example/#x"), "without ? and #", 3),
        (("--gateway", "https://names.example:99999"), "not an http or https URL", 3),
        (("--contract", "0x12"), "Ethereum address", 3),
        (("--sample", "bob.other.eth"), "not below", 3),
        (("--rpc-url", "http://127.0.0.1:9"), "cannot be reached", 6),
        (("--ens-registry", ens.public_resolver), "no ENS registry", NOT_SET_UP),
    ):
        answer = operator.run_here("resolver", "setup", PLAIN, *more)
        assert answer.code == code, answer
        assert words in answer.out + answer.err, answer
    misplaced = operator.run_here("resolver", "--domain", PLAIN, "setup", PLAIN)
    assert (misplaced.code, "stand behind setup" in misplaced.err) == (2, True), misplaced
