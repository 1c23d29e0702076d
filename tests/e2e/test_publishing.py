"""Publishing under a name on a real chain, and being known by it: `dm3 profile publish` and its kin."""

import json

import pytest

import dm3
from dm3.base.encoding import from_hex, to_hex
from dm3.base.errors import NotFound
from dm3.client.profiles.ens_names import NotYourName
from dm3.crypto import KeyWallet, WalletKey
from dm3.model import RecordKey
from dm3.protocol.ens import namehash
from tests.development_chain import calldata
from tests.e2e.cli_scene import DOMAIN, Person, Terminal, up
from tests.e2e.ens_scene import free_port
from tests.kit.inside import identity_of
from tests.unit.people import digest

CAROL, DAVE, SERVICE = "carol.eth", "dave.eth", "published.eth"
NOT_POSSIBLE, REFUSED, CONFIGURATION = 9, 7, 4


@pytest.fixture(scope="module")
def services(ens, tmp_path_factory):
    """`dm3 up`, which knows the chain."""
    operator = Person(
        tmp_path_factory.mktemp("operator") / "op", rpc_url=ens.chain.url, ens_registry=ens.registry
    )
    with up(operator, "up", "--resolver-port", "0", "--delivery-port", "0") as running:
        yield running


@pytest.fixture(scope="module")
def people(ens, services, tmp_path_factory):
    """Makes people with a main profile, whose wallet owns a name on the chain that has no records."""
    home = tmp_path_factory.mktemp("people")

    def make(name, label):
        person = Person(
            home / label,
            resolver=f"{DOMAIN}={services.announced['resolver']}",
            rpc_url=ens.chain.url,
            ens_registry=ens.registry,
        )
        key = home / f"{label}.txt"
        key.write_text(digest(f"key of {label}").hex())
        person.must_here("wallet", "import", "--key-file", str(key))
        profile = person.must_here("profile", "create", "--alias", f"{label}.user.{DOMAIN}")
        if name is not None:
            ens.create(name)
            ens.give(name, profile["address"])
        return person, profile

    return make


@pytest.fixture(scope="module")
def carol(people):
    return people(CAROL, "carol")


def text_of(ens, name, key):
    data = ens.chain.call(ens.public_resolver, calldata("text(bytes32,string)", namehash(name), key))
    return data[64 : 64 + int.from_bytes(data[32:64])].decode()


def test_a_dry_run_sends_nothing_and_prints_what_another_wallet_needs(ens, carol):
    person, profile = carol
    words = ("profile", "publish", "--name", CAROL, "--dry-run")
    # The signature must be by the address that the name points to.
    refused = person.run_here(*words, "--json")
    assert refused.code == NOT_POSSIBLE
    assert "others would refuse it" in refused.data["error"]["sentence"]
    assert "--set-address" in refused.data["error"]["hint"]
    data = person.must_here(*words, "--set-address")
    assert (data["dryRun"], data["owner"], data["record"]) == (
        True,
        profile["address"],
        "network.dm3.profile",
    )
    point, write = data["transactions"]
    assert point["data"] == to_hex(calldata("setAddr(bytes32,address)", namehash(CAROL), profile["address"]))
    assert write["data"] == to_hex(
        calldata("setText(bytes32,string,string)", namehash(CAROL), RecordKey.PROFILE, data["value"])
    )
    for transaction in (point, write):
        assert (transaction["to"], transaction["value"]) == (ens.public_resolver, "0")
        assert transaction["chainId"] == 31337
        assert 40_000 < transaction["gas"] < 2_000_000
    told = person.run_here(*words, "--set-address")
    assert all(one["data"] in told.out for one in (point, write)), told
    assert text_of(ens, CAROL, RecordKey.PROFILE) == ""


def test_without_a_yes_a_wallet_or_enough_allowed_nothing_is_sent(ens, carol, tmp_path):
    person, _ = carol
    words = ("profile", "publish", "--name", CAROL, "--set-address")
    assert person.run_here(*words).code == CONFIGURATION  # no terminal to ask at
    dear = person.run_here(*words, "--yes", "--max-cost", "0.0000001", "--json")
    assert (dear.code, dear.data["error"]["code"]) == (REFUSED, "transaction-not-sent")
    assert person.run_here(*words, "--max-cost", "little").code == 3
    assert person.run_here(*words, "--yes", "--wallet", "none").code == 5
    stranger = tmp_path / "stranger.txt"
    stranger.write_text("0x" + digest("a stranger's key").hex())
    other = person.run_here(*words, "--yes", "--key-file", str(stranger), "--json")
    assert (other.code, other.data["error"]["code"]) == (REFUSED, "transaction-not-sent")
    assert "refuses it from" in other.data["error"]["sentence"]
    assert digest("a stranger's key").hex() not in other.out + other.err
    assert text_of(ens, CAROL, RecordKey.PROFILE) == ""


def test_a_profile_is_published_verified_and_used_as_the_shown_name(ens, carol, people):
    person, profile = carol
    words = ("profile", "publish", "--name", CAROL, "--set-address", "--yes")
    data = person.must_here(*words)
    assert [row["gasUsed"] > 0 for row in data["transactions"]] == [True, True]
    assert (data["inUse"], data["useError"]) == (True, None)
    assert text_of(ens, CAROL, RecordKey.PROFILE) == data["value"]
    assert person.must_here("profile", "show", CAROL)["aliases"] == [CAROL, f"carol.user.{DOMAIN}"]
    # Who else has the chain finds it, writes to it, and gets answers from it.
    bob, _ = people(None, "bob")
    assert bob.must_here("profile", "show", CAROL)["profileHash"] == profile["profileHash"]
    bob.must_here("send", CAROL, "Hello on the chain")
    [conversation] = person.must_here("inbox")["conversations"]
    assert conversation["peer"] == f"bob.user.{DOMAIN}"
    person.must_here("send", f"bob.user.{DOMAIN}", "Hello from it")
    bobs = bob.must_here("inbox")["conversations"]
    assert [(row["peer"], row["messages"]) for row in bobs] == [(CAROL, 2)]
    # Once more changes nothing.
    again = person.must_here(*words)
    assert (again["transactions"], again["inUse"]) == ([], True)


def test_a_transaction_sent_by_a_multisig_is_taken_up_afterwards(ens, people):
    person, profile = people(DAVE, "dave")
    ens.chain.let_in(profile["address"])
    words = ("profile", "publish", "--name", DAVE, "--set-address")
    for transaction in person.must_here(*words, "--dry-run")["transactions"]:
        ens.chain.transact(transaction["to"], from_hex(transaction["data"]), profile["address"])
    data = person.must_here(*words)
    assert (data["transactions"], data["inUse"]) == ([], True)
    person.run_here("send", f"nobody.user.{DOMAIN}", "on its way under that name")
    asked = person.run_here("profile", "use-name", DAVE, "--drop")
    assert asked.code != 0
    assert "1 message of this profile is not delivered yet" in " ".join(asked.err.split())
    shown = person.must_here("profile", "use-name", DAVE, "--drop", "--yes")
    assert shown["inTransit"] == {"undelivered": 1, "unseen": 0}
    assert shown["aliases"] == [f"dave.user.{DOMAIN}"]
    assert person.must_here("profile", "use-name", DAVE)["aliases"][0] == DAVE


def test_at_a_terminal_it_is_shown_and_asked_first(ens, tmp_path):
    port = free_port()
    settings = {"name": "terminal.eth", "public_url": f"http://127.0.0.1:{port}"}
    person = Person(tmp_path / "service", rpc_url=ens.chain.url, ens_registry=ens.registry, **settings)
    owner = KeyWallet(WalletKey(digest("owner at a terminal")))
    ens.create("terminal.eth")
    ens.give("terminal.eth", owner.address)
    key = tmp_path / "key.txt"
    key.write_text(digest("owner at a terminal").hex())
    # At a terminal nothing but the option says it; a service's passphrase is not typed.
    words = (
        "delivery-service",
        "publish",
        "--key-file",
        str(key),
        "--passphrase-file",
        str(person.passphrase),
    )
    with up(person, "delivery-service", "--delivery-port", str(port)):
        for typed, code in (("n\n", 130), ("y\n", 0)):
            terminal = Terminal(person, *words)
            terminal.answer("[y/N]: ", typed, hidden=False)
            assert terminal.end() == code, terminal.shown
            assert f"belongs to {owner.address}" in terminal.shown
            assert "ETH" in terminal.shown
            assert ("Nothing was sent" in terminal.shown) == (code != 0)
            assert bool(text_of(ens, "terminal.eth", RecordKey.DELIVERY_SERVICE)) == (code == 0)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("nobodys.eth", 5, "not in the ENS registry"),
        ("bob.myapp.eth", 5, "off-chain domain"),
        ("myapp.eth", NOT_POSSIBLE, "off the chain"),
        ("alice.eth", NOT_POSSIBLE, "others would refuse it"),
    ],
)
def test_names_under_which_nothing_can_be_published(carol, name, code, words):
    answer = carol[0].run_here("profile", "publish", "--name", name, "--dry-run", "--json")
    assert answer.code == code
    error = answer.data["error"]
    assert words in error["sentence"] + error["hint"]


def test_a_chain_is_needed(carol):
    answer = carol[0].run_here("profile", "publish", "--name", CAROL, "--rpc-url", "http://127.0.0.1:9")
    assert answer.code == 6
    carol[0].environment.pop("DM3_RPC_URL")
    answer = carol[0].run_here("profile", "publish", "--name", CAROL)
    assert (answer.code, "--rpc-url" in answer.err) == (CONFIGURATION, True)


async def test_the_sdk_uses_a_name_only_while_it_is_the_profiles_own(ens, services):
    resolvers = {DOMAIN: services.announced["resolver"]}
    wallet = KeyWallet(WalletKey(digest("erin")))
    async with await dm3.connect(
        resolvers, allow_private=True, rpc_url=ens.chain.url, ens_registry=ens.registry
    ) as client:
        messenger = await client.create_profile(DOMAIN, wallet)
        with pytest.raises(NotYourName):
            await messenger.use_name("alice.eth")
        with pytest.raises(NotFound):
            await messenger.use_name("erin.eth")
        ens.create("erin.eth")
        ens.set_address("erin.eth", wallet.address)
        ens.set_text("erin.eth", RecordKey.PROFILE, f"data:application/json,{identity_of(messenger).signed}")
        await messenger.use_name("Erin.eth")
        assert messenger.name == "erin.eth"
        assert (await client.messenger("erin.eth")).identity == messenger.identity
        with pytest.raises(NotFound):
            await messenger.drop_name("alice.eth")
        await messenger.drop_name("erin.eth")
        assert messenger.name == messenger.identity.name


async def test_links_are_asked_for_and_answered_by_either_name(ens, services):
    resolvers = {DOMAIN: services.announced["resolver"]}
    reached = {"allow_private": True, "rpc_url": ens.chain.url, "ens_registry": ens.registry}
    wallet = KeyWallet(WalletKey(digest("frank")))
    async with (
        await dm3.connect(resolvers, **reached) as phone,
        await dm3.connect(resolvers, **reached) as web,
    ):
        messenger = await phone.create_profile(DOMAIN, wallet)
        ens.create("frank.eth")
        prepared = await phone.ens.prepare_publication(messenger.name, "frank.eth", set_address=True)
        for transaction in prepared.transactions:
            ens.chain.transact(transaction.to, transaction.data)
        former = messenger.name
        refused, taken = [
            await web.create_lsp(dm3.App(DOMAIN, f"https://{label}.example"), wallet) for label in "ab"
        ]
        await refused.request_link(former, wallet)
        await messenger.sync()
        await messenger.use_name("frank.eth")
        await messenger.reject(refused.name)
        await refused.sync()
        link = await refused.link_status()
        assert link is not None
        assert link.state == "unlinked"
        await taken.request_link("frank.eth", wallet)
        await messenger.sync()
        await messenger.approve(taken.name)
        await taken.sync()
        link = await taken.link_status()
        assert link is not None
        assert (link.state, link.main_name) == ("linked", "frank.eth")
        assert (await web.peers.verify_link(taken.name, await taken.disclosure())).main == "frank.eth"


def test_a_delivery_service_is_published_by_its_operator(ens, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    operator = Person(
        tmp_path / "operator", rpc_url=ens.chain.url, ens_registry=ens.registry, name=SERVICE, public_url=url
    )
    owner = KeyWallet(WalletKey(digest("owner of a service")))
    ens.create(SERVICE)
    ens.give(SERVICE, owner.address)
    key = tmp_path / "key.txt"
    key.write_text(digest("owner of a service").hex())
    words = ("delivery-service", "publish")

    def refused(sentence, *more, code=CONFIGURATION):
        """Nothing is made, nothing sent; dry or not."""
        before = sorted(operator.home.rglob("*"))
        dry = operator.run_here(*words, *more, "--dry-run", "--json")
        answer = operator.run_here(*words, *more, "--key-file", str(key), "--yes", "--json")
        for one in (dry, answer):
            assert one.code == code, one
            assert sentence in one.data["error"]["sentence"], one
        assert sorted(operator.home.rglob("*")) == before
        assert text_of(ens, SERVICE, RecordKey.DELIVERY_SERVICE) == ""
        return answer.data["error"]

    refused("has kept its keys")
    other = Person(tmp_path / "other")
    with up(other, "delivery-service", "--name", "ds.other.eth", "--delivery-port", "0"):
        pass
    with up(operator, "delivery-service", "--delivery-port", str(port)):
        nowhere = str(tmp_path / "nowhere")
        assert "--data-dir" in refused("has kept its keys", "--data-dir", nowhere)["hint"]
        assert not (tmp_path / "nowhere").exists()
        folder = str(other.home / "data" / "dm3")
        wrong = ("--data-dir", folder, "--passphrase-file", str(other.passphrase))
        assert "--data-dir" in refused("has other keys than those in", *wrong)["hint"]
        refused("has the name published.eth, not another.eth", "--name", "another.eth")
        away = ("--public-url", f"http://127.0.0.1:{free_port()}")
        assert "Start it there" in refused("no delivery service of dm3 answers", *away)["hint"]
        refused("has the public-url", "--public-url", url.replace("127.0.0.1", "localhost"))
        refused("a login in the URL", "--public-url", "https://me:secret@ds.example", code=3)
        refused("names no host", "--public-url", "https://", code=3)
        refused("an http URL", "--public-url", "http://ds.example", code=3)

        dry = operator.must_here(*words, "--dry-run")
        [transaction] = dry["transactions"]
        assert transaction["to"] == ens.public_resolver
        assert operator.run_here(*words).code == CONFIGURATION  # it needs a key
        data = operator.must_here(*words, "--key-file", str(key), "--yes")
        assert data["value"] == dry["value"] == text_of(ens, SERVICE, RecordKey.DELIVERY_SERVICE)
        assert json.loads(data["value"].partition(",")[2])["url"] == url
        again = operator.must_here(*words)
        assert again["transactions"] == []
    gone = operator.run_here(*words, "--json")
    assert gone.code == CONFIGURATION
    assert "no delivery service of dm3 answers" in gone.data["error"]["sentence"]
