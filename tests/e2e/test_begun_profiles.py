"""A profile whose creation was refused or broken off: seen, gone on with, and in nobody's way."""

import json
import time

import pytest

from dm3.base.errors import AlreadyTaken, Dm3Error, Unreachable
from dm3.client.records import Stage
from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.e2e.sdk_scene import MAIN, line_of, login, new_wallet, texts

in_module = pytest.mark.asyncio(loop_scope="module")


async def embed(world, client, **options):
    owner = world.wallet.address
    text = login(owner, client.context.now())
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
    [begun] = await client.profiles()
    line.cut_before = lambda *_: False
    lsp = await embed(world, client)
    assert lsp.identity.seed == begun.seed
    assert lsp.identity.stage is Stage.READY
    assert len(await client.profiles()) == 1
    await (await world.team()).send(lsp.identity.aliases[0], "welcome")
    assert texts(await lsp.sync()) == ["welcome"]


@in_module
async def test_a_profile_in_use_is_not_taken_for_one_that_was_begun(world):
    client = await world.client()
    first = await embed(world, client)
    fresh = await embed(world, client, fresh=True)
    assert fresh.identity.seed != first.identity.seed
    assert len(await client.profiles()) == 2


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
        [listed] = person.must_here("lsp", "list")
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
        assert person.must_here("inbox")["troubles"] == []
        services.stop()
    [trouble] = person.must_here("inbox")["troubles"]
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
