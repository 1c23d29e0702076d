"""A profile whose creation was refused or broken off: seen, gone on with, and in nobody's way."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest

import dm3
from dm3.base.errors import AlreadyTaken, Dm3Error, LocalProtocolError, NotFound, Unreachable
from dm3.client import App, Client
from dm3.client.profiles.by_signing import OtherKeys
from dm3.client.state.identity import Stage
from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.e2e.sdk_scene import APP, MAIN, PAGE, CountingWallet, line_of, login, new_wallet, texts
from tests.kit import eventually
from tests.kit.inside import context_of, identities_of, identity_of

in_module = pytest.mark.asyncio(loop_scope="module")


async def embed(world, client, **options):
    owner = world.wallet.address
    text = login(owner, context_of(client).now())
    signature = await world.wallet.sign_message(text)
    return await client.embed_lsp(
        world.app, auth_message=text, owner_address=owner, auth_sig=signature, **options
    )


@in_module
@pytest.mark.parametrize("path", ["/profile/address", "/profile/owner-alias"])
async def test_the_next_login_goes_on_with_what_an_earlier_one_began(world, path):
    """Its random wallet is claimed already: a second one would leave the first behind for good."""
    client = await world.client()
    line = line_of(client)
    line.cut_before = lambda request, _: request.url.path == path
    with pytest.raises(Unreachable):
        await embed(world, client)
    [begun] = await identities_of(client)
    line.cut_before = lambda *_: False
    lsp = await embed(world, client)
    assert identity_of(lsp).seed == begun.seed
    assert lsp.identity.stage is Stage.READY
    assert len(await client.profiles()) == 1
    await (await world.team()).send(lsp.identity.aliases[0], "welcome")
    assert texts(await lsp.sync()) == ["welcome"]


@in_module
async def test_a_profile_in_use_is_not_taken_for_one_that_was_begun(world):
    client = await world.client()
    first = await embed(world, client)
    fresh = await embed(world, client, fresh=True)
    assert identity_of(fresh).seed != identity_of(first).seed
    assert len(await client.profiles()) == 2


STEPS = ["/profile/address", "/profile/owner-alias", "/auth/", "/profile/0x"]


async def broken_off(world, create, path, moment, **options):
    """A client in whose vault ``create(client)`` was broken off at the request for ``path``."""
    client = await world.client(**options)
    line = line_of(client)
    setattr(line, f"cut_{moment}", lambda request, _: request.url.path.startswith(path))
    with pytest.raises(Unreachable):
        await create(client)
    line.cut_before = line.cut_after = lambda *_: False
    [begun] = await identities_of(client)
    assert begun.is_begun
    return client, begun


@in_module
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("path", STEPS)
async def test_creating_by_signing_goes_on_with_what_was_begun(world, path, public, moment):
    if path == "/profile/owner-alias" and not public:
        return
    wallet = CountingWallet(world.wallet)

    async def create(client):
        return await client.create_lsp(world.app, wallet, public=public)

    client, begun = await broken_off(world, create, path, moment)
    signed = len(wallet.asked)
    lsp = await create(client)
    assert [lsp.identity] == await client.profiles()
    assert (identity_of(lsp).seed, lsp.identity.stage) == (begun.seed, Stage.READY)
    again = wallet.asked[signed:]
    assert not any("derived from this signature" in text for text in again)
    assert len(again) == (1 if public and not begun.aliases else 0)
    assert await client.lsp_exists(world.app, wallet.address) is public
    await (await world.team()).send(lsp.name, "welcome")
    assert texts(await lsp.sync()) == ["welcome"]
    another = await client.create_lsp(world.app, wallet)
    assert identity_of(another).seed != identity_of(lsp).seed, (
        "one in use is not taken for one that was begun"
    )


@in_module
async def test_another_process_goes_on_as_well(world, tmp_path):
    vault = {"vault": tmp_path / "vault.sqlite", "passphrase": "p"}
    wallet = CountingWallet(world.wallet)
    client, begun = await broken_off(
        world, lambda client: client.create_lsp(world.app, wallet), "/profile/address", "after", **vault
    )
    await client.close()
    again = await world.client(**vault)
    lsp = await again.create_lsp(world.app, wallet)
    assert (identity_of(lsp).seed, lsp.identity.stage, len(wallet.asked)) == (begun.seed, Stage.READY, 1)


@in_module
async def test_an_anonymous_one_that_was_begun_may_become_public(world):
    wallet = CountingWallet(world.wallet)
    client, begun = await broken_off(
        world, lambda client: client.create_lsp(world.app, wallet), "/auth/", "after"
    )
    lsp = await client.create_lsp(world.app, wallet, public=True)
    assert (identity_of(lsp).seed, len(wallet.asked)) == (begun.seed, 2)
    assert await client.lsp_exists(world.app, wallet.address)


@in_module
@pytest.mark.parametrize(
    ("path", "moment"),
    [("/auth/", "before"), ("/profile/owner-alias", "after")],
    ids=["known", "answer lost"],
)
async def test_one_that_is_tied_to_its_owner_does_not_become_anonymous(world, path, moment):
    async def create(client):
        return await client.create_lsp(world.app, world.wallet, public=True)

    client, begun = await broken_off(world, create, path, moment)
    lsp = await client.create_lsp(world.app, world.wallet)
    assert identity_of(lsp).seed != begun.seed
    assert lsp.identity.aliases == ()


@in_module
async def test_one_whose_alias_was_not_claimed_may(world):
    async def create(client):
        return await client.create_lsp(world.app, world.wallet, public=True)

    client, begun = await broken_off(world, create, "/profile/owner-alias", "before")
    lsp = await client.create_lsp(world.app, world.wallet)
    assert (identity_of(lsp).seed, identity_of(lsp).claim) == (begun.seed, None)
    assert not await client.lsp_exists(world.app, world.wallet.address)


@in_module
async def test_what_differs_is_another_profile(world):
    client, begun = await broken_off(
        world, lambda client: client.create_lsp(world.app, world.wallet), "/auth/", "before"
    )
    other_page = App(APP, "https://other.example")
    other_services = App(APP, PAGE, (f"ds.{APP}", f"ds.{MAIN}"))
    made = [
        await client.create_lsp(world.app, new_wallet()),
        await client.create_lsp(other_page, world.wallet),
        await client.create_lsp(other_services, world.wallet),
        await embed(world, client),
    ]
    assert begun.name not in {lsp.name for lsp in made}
    assert identity_of(await client.create_lsp(world.app, world.wallet)).seed == begun.seed


@in_module
async def test_called_at_once_it_makes_one_profile(world):
    client = await world.client()
    both = [client.create_lsp(world.app, world.wallet) for _ in range(3)]
    made = await asyncio.gather(*both)
    assert len({lsp.name for lsp in made}) == 1


@in_module
async def test_a_profile_that_was_moved_here_is_not_taken_for_one_that_was_begun(world, tmp_path):
    old = await world.client()
    used = await old.create_lsp(world.app, world.wallet)
    main = await old.create_profile(MAIN, world.wallet, alias=world.alice_name)
    await old.export_vault(tmp_path / "moved.vault", "road")
    await dm3.import_vault(tmp_path / "moved.vault", "road", into=tmp_path / "v", into_passphrase="p")
    client = await world.client(vault=tmp_path / "v", passphrase="p")
    assert {identity.stage for identity in await client.profiles()} == {Stage.TAKEN_OVER}
    made = await client.create_lsp(world.app, world.wallet)
    assert identity_of(made).seed != identity_of(used).seed
    wallet = CountingWallet(world.wallet)
    again = await client.create_profile(MAIN, wallet, alias=world.alice_name)
    assert (identity_of(again).seed, again.identity.stage) == (identity_of(main).seed, Stage.READY)
    assert identity_of(again).reader != identity_of(main).reader
    opened = await client.lsp(used.name)
    assert opened.identity.stage is Stage.READY


@in_module
@pytest.mark.parametrize("path", ["/profile/address", "/profile/name", "/auth/"])
async def test_a_main_profile_that_was_begun_is_not_signed_for_again(world, path):
    wallet = CountingWallet(world.wallet)

    async def create(client):
        return await client.create_profile(MAIN, wallet, alias=world.alice_name)

    client, begun = await broken_off(world, create, path, "after")
    signed = len(wallet.asked)
    alice = await create(client)
    assert len(wallet.asked) == signed
    assert (identity_of(alice).seed, alice.name) == (begun.seed, world.alice_name)


@in_module
async def test_a_main_profile_of_other_entropy_is_another(world):
    entropy = [os.urandom(32) for _ in range(2)]

    async def create(client, which=0):
        return await client.create_profile(MAIN, world.wallet, entropy=entropy[which])

    client, begun = await broken_off(world, create, "/profile/address", "before")
    other = await create(client, 1)
    assert identity_of(other).seed != begun.seed


@in_module
async def test_keys_in_use_are_not_given_up_for_others(world):
    client = await world.client()
    first = await client.create_profile(MAIN, world.wallet, entropy=os.urandom(32))
    with pytest.raises(OtherKeys):
        await client.create_profile(MAIN, world.wallet, entropy=os.urandom(32))
    assert await client.profiles() == [first.identity]


@in_module
async def test_a_main_profile_in_use_is_not_replaced_by_one_at_other_services(world):
    alice = await world.alice()
    client = Client(context_of(alice))
    with pytest.raises(LocalProtocolError, match="in use"):
        await client.create_profile(MAIN, world.wallet, delivery_services=(f"ds.{APP}",))
    assert await client.profiles() == [alice.identity]
    # Where nobody names services it is the profile that is there, wherever its domain sends new ones.
    assert (await client.create_profile(MAIN, world.wallet)).identity == alice.identity


@in_module
async def test_new_keys_that_are_not_published_yet_are_given_up_for_no_others(world):
    alice = await world.alice()
    client, line = Client(context_of(alice)), line_of(alice)
    line.cut_before = lambda request, _: request.url.path == "/profile/address"
    with pytest.raises(Unreachable):
        await alice.renew_keys(world.wallet)
    line.cut_before = lambda *_: False
    [renewed] = await identities_of(client)
    with pytest.raises(OtherKeys):
        await client.create_profile(MAIN, world.wallet)
    assert await identities_of(client) == [renewed]
    again = await client.messenger(renewed.name)
    assert (identity_of(again).seed, again.identity.stage) == (renewed.seed, Stage.READY)


@in_module
@pytest.mark.parametrize("path", ["/profile/address", "/auth/"], ids=["claim's answer lost", "claimed"])
async def test_a_main_profile_that_broke_off_at_one_service_is_made_at_another(world, path):
    async def create(client):
        services = (f"ds.{APP}",)
        return await client.create_profile(
            MAIN, world.wallet, alias=world.alice_name, delivery_services=services
        )

    client, begun = await broken_off(world, create, path, "after")
    alice = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    assert (identity_of(alice).seed, alice.identity.stage) == (begun.seed, Stage.READY)
    assert alice.identity.signed.profile.delivery_services == (f"ds.{MAIN}",)
    await (await world.team()).send(alice.name, "welcome")
    assert texts(await alice.sync()) == ["welcome"]


@in_module
async def test_a_main_profile_without_the_alias_that_was_taken(world):
    await world.alice()
    client, wallet = await world.client(), new_wallet()
    with pytest.raises((AlreadyTaken, Dm3Error), match="belongs to somebody else"):
        await client.create_profile(MAIN, wallet, alias=world.alice_name)
    messenger = await client.create_profile(MAIN, wallet)
    assert messenger.identity.aliases == ()
    assert messenger.identity.stage is Stage.READY


def test_a_refused_login_leaves_the_list_of_profiles_readable(tmp_path):
    operator = Person(tmp_path / "op")
    with up(operator, "up", "--resolver-port", "0", "--delivery-port", "0") as services:
        person = Person(tmp_path / "person", resolver=f"{DOMAIN}={services.announced['resolver']}")
        wallet = new_wallet()
        text = login(wallet.address, time.time(), domain=DOMAIN, uri=f"https://{DOMAIN}")
        fields = {"authMessage": text, "ownerAddress": wallet.address, "authSig": wallet.sign_now(text)}
        (person.home / "login.json").write_text(json.dumps(fields))
        refused = person.run_here("lsp", "embed", "--login", str(person.home / "login.json"), "--json")
        assert refused.code == 7, refused
        assert "siwe-domain" in refused.data["error"]["hint"]
        [listed] = person.must_here("lsp", "list")["profiles"]
        assert (listed["stage"], listed["link"]) == ("name-claimed", "unlinked")
        shown = person.run_here("lsp", "list")
        assert shown.code == 0
        assert "goes on when it is used" in shown.out


def test_what_could_not_be_fetched_is_told_to_programs_too(tmp_path):
    operator = Person(tmp_path / "op")
    with up(operator, "up", "--resolver-port", "0", "--delivery-port", "0") as services:
        person = Person(tmp_path / "person", resolver=f"{DOMAIN}={services.announced['resolver']}")
        person.must_here("wallet", "create")
        person.must_here("profile", "create")
        assert person.must_here("inbox")["errors"] == []
        services.stop()
    [trouble] = person.must_here("inbox")["errors"]
    assert "cannot be reached" in trouble


def test_a_profile_that_was_begun_says_so(tmp_path):
    operator = Person(tmp_path / "op")
    with up(operator, "up", "--resolver-port", "0", "--delivery-port", "0") as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        alice, other = Person(tmp_path / "alice", resolver=at), Person(tmp_path / "other", resolver=at)
        for person in (alice, other):
            person.must_here("wallet", "create")
        alice.must_here("profile", "create", "--alias", f"alice.user.{DOMAIN}")
        assert other.run_here("profile", "create", "--alias", f"alice.user.{DOMAIN}").code == 9
        shown = other.run_here("profile", "show")
        assert "Not in use yet" in shown.err
        assert f"alice.user.{DOMAIN}" in shown.err
        assert alice.run_here("profile", "show").err == ""


def test_a_passphrase_that_the_service_keys_were_not_made_with_is_explained(tmp_path):
    operator = Person(tmp_path / "op")
    ports = ("--resolver-port", "0", "--delivery-port", "0", "--data-dir", str(tmp_path / "data"))
    given = operator.environment.pop("DM3_PASSPHRASE_FILE")
    with up(operator, "up", *ports) as services:
        services.stop()
    refused = operator.run_here("up", *ports, "--passphrase-file", given)
    assert refused.code == 4
    assert "service-keys.vault" in refused.err
    assert "service-keys.pass" in refused.err


# --- left aside, shown, discarded -----------------------------------------------------------------------


@in_module
async def test_one_that_broke_off_is_left_aside_by_the_command_line(world, tmp_path):
    """It neither stands for a choice that has to be made, nor is in the way of the profile in use."""
    person = Person(tmp_path / "person", allow_private_addresses="true")
    person.environment["DM3_RESOLVER"] = ",".join(f"{name}={url}" for name, url in world.resolvers.items())
    vault = Path(person.environment["DM3_DATA_DIR"]) / "vault.sqlite"
    vault.parent.mkdir(parents=True)
    alice = await world.alice(vault=vault, passphrase=person.passphrase.read_text().strip())
    client = await world.client(vault=vault, passphrase=person.passphrase.read_text().strip())
    line_of(client).cut_before = lambda request, _: request.url.path.startswith("/auth/")
    with pytest.raises(Unreachable):
        await client.create_lsp(world.app, world.wallet)
    [begun] = [identity for identity in await identities_of(client) if identity.is_begun]

    def run(*arguments):
        return asyncio.to_thread(person.run, *arguments)

    for command in (["outbox", "list"], ["inbox"], ["send", world.team_name, "hello"]):
        answer = await run(*command)
        assert "several profiles" not in answer.err, answer
        assert (begun.name in answer.err) == (command == ["outbox", "list"]), answer
    assert begun.name in (await run("lsp", "list")).out
    refused = await run("profile", "discard", alice.name)
    assert (refused.code, "in use" in refused.err) == (9, True), refused
    assert (await run("profile", "discard", begun.name)).code == 0
    assert [identity.name for identity in await client.profiles()] == [alice.identity.name]


@in_module
async def test_only_what_broke_off_can_be_discarded(world):
    client = await world.client()
    lsp = await client.create_lsp(world.app, world.wallet)
    with pytest.raises(LocalProtocolError, match="in use"):
        await client.discard_profile(lsp.name)
    with pytest.raises(NotFound):
        await client.discard_profile(f"nobody.{APP}")
    line_of(client).cut_before = lambda request, _: request.url.path == "/profile/address"
    with pytest.raises(Unreachable):
        await client.create_lsp(world.app, world.wallet)
    [begun] = [identity for identity in await identities_of(client) if identity.is_begun]
    await client.discard_profile(begun.name)
    assert [identity.name for identity in await client.profiles()] == [lsp.identity.name]


# --- twice at once --------------------------------------------------------------------------------------


@in_module
async def test_created_twice_at_once_it_is_one_profile(world):
    client, wallet = await world.client(), CountingWallet(world.wallet)
    first, second = await asyncio.gather(*(client.create_lsp(world.app, wallet) for _ in range(2)))
    assert identity_of(first) == identity_of(second)
    assert (len(await client.profiles()), len(wallet.asked)) == (1, 1)


@in_module
async def test_embedded_twice_at_once_it_is_one_profile(world):
    client = await world.client()
    first, second = await asyncio.gather(*(embed(world, client) for _ in range(2)))
    assert identity_of(first) == identity_of(second)
    assert len(await client.profiles()) == 1


@in_module
async def test_when_the_first_of_two_is_given_up_the_second_goes_on(world):
    client = await world.client()
    asked = asyncio.Event()

    class Slow(CountingWallet):
        async def sign_message(self, text):
            asked.set()
            await asyncio.Event().wait()

    first = asyncio.create_task(client.create_lsp(world.app, Slow(world.wallet)))
    await eventually(asked.wait())
    second = asyncio.create_task(client.create_lsp(world.app, world.wallet))
    await asyncio.sleep(0)
    first.cancel()
    lsp = await eventually(second)
    assert [lsp.identity] == await client.profiles()
