"""The SDK creates profiles: by signing, embedded, again after any crash, and never a silent second one."""

import os
from typing import Any

import httpx
import pytest

import dm3
from dm3.base import address_name, owner_alias, spellings_of
from dm3.base.errors import BadSignature, Dm3Error, InvalidInput, NotFound, Unreachable, VaultLocked
from dm3.client import ProfileExists
from dm3.client.state.identity import Stage
from dm3.crypto import Entropy, KeyWallet, wallet_key_from
from dm3.protocol.wallets.siwe_check import SiweAddress, SiweDomain, SiweExpired, SiweNotYetValid
from tests.e2e.sdk_scene import (
    APP,
    DAY,
    MAIN,
    PAGE,
    CountingWallet,
    line_of,
    login,
    new_wallet,
    texts,
    world_in,
)
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


# --- by signing -------------------------------------------------------------------------------------


async def test_an_anonymous_profile_takes_one_signature_and_nothing_ties_it_to_the_wallet(world):
    client, wallet = await world.client(), CountingWallet(world.wallet)
    lsp = await client.create_lsp(world.app, wallet)
    assert len(wallet.asked) == 1
    assert wallet.asked[0].startswith("myapp.example wants you to sign in")
    assert lsp.name == address_name(lsp.identity.address, APP)
    assert lsp.identity.address != wallet.address
    assert not lsp.identity.readable_by_site
    assert lsp.identity.stage is Stage.READY
    assert not await client.lsp_exists(world.app, wallet.address)
    published = await context_of(client).directory.profile(lsp.name, fresh=True)
    assert wallet.address.lower()[2:] not in str(published).lower()


async def test_two_anonymous_profiles_of_one_wallet_have_nothing_in_common(world):
    one, other = await world.lsp(), await world.lsp()
    assert one.name != other.name
    assert identity_of(one).seed != identity_of(other).seed


async def test_a_public_profile_takes_a_second_signature_and_is_found_by_its_owner(world):
    client, wallet = await world.client(), CountingWallet(world.wallet)
    lsp = await client.create_lsp(world.app, wallet, public=True)
    assert len(wallet.asked) == 2
    alias = owner_alias(wallet.address, APP)
    assert lsp.identity.aliases == (alias,)
    stranger = await world.client()
    assert await stranger.lsp_exists(world.app, wallet.address)
    assert (await context_of(stranger).directory.profile(alias)).signed.hash == lsp.identity.signed.hash
    assert not await stranger.lsp_exists(world.app, new_wallet().address)
    team = await world.team()
    for spelling in spellings_of(alias):
        await team.send(spelling, f"to {spelling}")
    assert sorted(texts(await lsp.sync())) == sorted(f"to {spelling}" for spelling in spellings_of(alias))


async def test_what_the_wallet_signs_for_the_keys_is_never_sent_to_anybody(world):
    client, wallet = await world.client(), CountingWallet(world.wallet)
    line = line_of(client)
    await client.create_lsp(world.app, wallet, public=True)
    signature = await world.wallet.sign_message(wallet.asked[0])
    assert line.requests
    for request in line.requests:
        assert signature[2:].encode() not in request.content.lower()
        assert signature[2:] not in str(request.url)


async def test_a_wallet_that_refuses_leaves_nothing_behind(world):
    class Refuses(CountingWallet):
        async def sign_message(self, text):
            raise PermissionError("the user said no")

    client = await world.client()
    with pytest.raises(PermissionError):
        await client.create_lsp(world.app, Refuses(world.wallet))
    assert await client.profiles() == []


# --- main profiles ------------------------------------------------------------------------------------


async def test_creating_a_profile_again_is_opening_it(world):
    client = await world.client()
    first = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    again = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    assert identity_of(again) == identity_of(first)
    assert len(await client.profiles()) == 1
    opened = await client.messenger(world.alice_name)
    assert identity_of(opened) == identity_of(first)
    assert first.name == world.alice_name
    assert first.identity.name == address_name(world.wallet.address, MAIN)


async def test_an_alias_can_be_added_later_and_a_taken_one_is_refused(world):
    client = await world.client()
    assert (await client.create_profile(MAIN, world.wallet)).name == address_name(world.wallet.address, MAIN)
    named = await client.create_profile(MAIN, world.wallet, alias=world.alice_name)
    assert named.name == world.alice_name
    other = await world.client()
    with pytest.raises(Dm3Error, match="belongs to somebody else"):
        await other.create_profile(MAIN, new_wallet(), alias=world.alice_name)
    writer = await world.team()
    await writer.send(world.alice_name, "to the alias")
    await writer.send(named.identity.name, "to the address name")
    assert texts(await named.sync()) == ["to the alias", "to the address name"]


async def test_the_same_wallet_on_a_second_device_is_the_same_profile_with_a_mailbox_of_its_own(world):
    phone, laptop = await world.alice(), await world.alice()
    assert identity_of(phone).seed == identity_of(laptop).seed
    assert identity_of(phone).reader != identity_of(laptop).reader
    await (await world.team()).send(world.alice_name, "hello both")
    assert texts(await phone.sync()) == ["hello both"]
    assert texts(await laptop.sync()) == ["hello both"]
    assert texts(await phone.sync()) == []


async def test_a_vault_keeps_profiles_and_opens_with_its_passphrase_only(world, tmp_path):
    file = tmp_path / "vault.sqlite"
    async with await dm3.connect(world.resolvers, vault=file, passphrase="right", allow_private=True) as one:
        lsp = await one.create_lsp(world.app, world.wallet)
    with pytest.raises(VaultLocked):
        await dm3.connect(world.resolvers, vault=file, passphrase="wrong")
    with pytest.raises(InvalidInput, match="passphrase"):
        await dm3.connect(world.resolvers, vault=file)
    async with await dm3.connect(world.resolvers, vault=str(file), passphrase="right") as other:
        assert (await other.lsp(lsp.name)).identity == lsp.identity
        with pytest.raises(NotFound):
            await other.messenger(lsp.name)


async def test_resolvers_that_cannot_be_used_are_refused_and_nothing_stays_open(tmp_path):
    file = tmp_path / "vault.sqlite"
    with pytest.raises(InvalidInput, match="ENS name"):
        await dm3.connect({"not..a.name": "http://127.0.0.1:1"}, vault=file, passphrase="x")
    assert not file.exists()


async def test_a_profile_has_the_delivery_services_that_its_application_s_resolver_names(tmp_path):
    """Without a name of theirs in the page's code; and `ds.<domain>` where the resolver names none."""
    async with world_in(tmp_path, services=(f"ds.{MAIN}",)) as world:
        lsp = await (await world.client()).create_lsp(world.app, world.wallet)
        assert lsp.identity.signed.profile.delivery_services == (f"ds.{MAIN}",)
        main = await (await world.client()).create_profile(MAIN, new_wallet())
        assert main.identity.signed.profile.delivery_services == (f"ds.{MAIN}",)
        await main.send(lsp.name, "through the other site's service")
        assert [message.content for message in await lsp.sync()] == ["through the other site's service"]


# --- crashes ------------------------------------------------------------------------------------------


async def ways_to_break(world, create):
    """How many requests ``create(client)`` makes when nothing breaks."""
    client = await world.client()
    line = line_of(client)
    await create(client)
    return len(line.requests)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_creation_goes_on_after_a_crash_between_any_two_steps(world, moment):
    async def create(client):
        return await client.create_lsp(world.app, world.wallet, public=False)

    for broken in range(await ways_to_break(world, create)):
        client = await world.client()
        line = line_of(client)
        setattr(line, f"cut_{moment}", lambda _, number, broken=broken: number == broken)
        try:
            name = (await create(client)).name  # the last step may be one that can be done without
        except Unreachable:
            if broken == 0:  # what is to be signed depends on the first answer, so there is nothing yet
                assert await client.profiles() == []
                continue
            [identity] = await client.profiles()
            assert identity.stage is not Stage.READY
            name = identity.name
        line.cut_before = line.cut_after = lambda *_: False
        lsp = await client.lsp(name)
        assert lsp.identity.stage is Stage.READY, f"cut {moment} request {broken}"
        assert len(await client.profiles()) == 1
        await lsp.sync()
        assert lsp.errors == []


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_main_profile_with_an_alias_and_a_public_lsp_go_on_as_well(world, moment):
    made: list[Any] = []

    async def create(client):
        wallet, alias = made[-1]
        await client.create_profile(MAIN, wallet, alias=alias)
        return await client.create_lsp(world.app, wallet, public=True)

    made.append((new_wallet(), f"first{world.number}.user.{MAIN}"))
    for broken in range(await ways_to_break(world, create)):
        wallet, alias = new_wallet(), f"name{world.number}x{broken}.user.{MAIN}"
        made.append((wallet, alias))
        client = await world.client()
        line = line_of(client)
        setattr(line, f"cut_{moment}", lambda _, number, broken=broken: number == broken)
        with pytest.raises(Unreachable):
            await create(client)
        line.cut_before = line.cut_after = lambda *_: False
        messenger = await client.create_profile(MAIN, wallet, alias=alias)
        assert messenger.name == alias
        for identity in await client.profiles():
            if identity.kind == "limited":
                assert (await client.lsp(identity.name)).identity.aliases == (
                    owner_alias(wallet.address, APP),
                )
        await messenger.sync()
        assert messenger.errors == []


async def test_creation_goes_on_in_another_process_once_the_service_is_back(tmp_path):
    async with world_in(tmp_path) as world:
        await world.place.stop_delivery(APP)
        vault = {"vault": tmp_path / "vault.sqlite", "passphrase": "p"}
        client = await world.client(**vault)
        with pytest.raises(Unreachable):
            await client.create_lsp(world.app, world.wallet)
        await client.close()
        await world.place.start_delivery(APP)
        client = await world.client(**vault)
        [identity] = await client.profiles()
        lsp = await client.lsp(identity.name)
        await (await world.team()).send(lsp.name, "welcome")
        assert texts(await lsp.sync()) == ["welcome"]


async def test_a_service_that_answers_nonsense_is_an_error_with_a_sentence(world):
    client = await world.client()
    line = line_of(client)

    class Nonsense(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, content=b"<html>maintenance</html>")

    line._inner, real = Nonsense(), line._inner
    with pytest.raises(Dm3Error, match="in a form that is none of its own"):
        await client.create_lsp(world.app, world.wallet)
    line._inner = real
    assert (await client.create_lsp(world.app, world.wallet)).identity.stage is Stage.READY


# --- embedded, with the host's login ------------------------------------------------------------------


async def embed(world, client, **options):
    owner = world.wallet.address
    text = options.pop("text", None) or login(owner, context_of(client).now())
    signer = options.pop("signer", world.wallet)
    fields = {
        "auth_message": text,
        "owner_address": owner,
        "auth_sig": await signer.sign_message(text),
        **options,
    }
    return await client.embed_lsp(world.app, **fields)


async def test_embedding_ties_the_profile_to_the_login_and_nothing_else(world):
    client = await world.client()
    assert not await client.lsp_exists(world.app, world.wallet.address)
    lsp = await embed(world, client)
    assert await client.lsp_exists(world.app, world.wallet.address)
    identity = identity_of(lsp)
    assert identity.aliases == (owner_alias(world.wallet.address, APP),)
    assert identity.wallet_is_random
    assert not identity.readable_by_site
    assert identity.address != world.wallet.address


async def test_a_second_embedding_is_refused_unless_a_fresh_one_is_wanted(world):
    first = await embed(world, await world.client())
    client = await world.client()
    with pytest.raises(ProfileExists) as refused:
        await embed(world, client)
    assert refused.value.hint
    assert await client.profiles() == []
    fresh = await embed(world, client, fresh=True)
    assert fresh.name != first.name
    assert fresh.identity.aliases == ()
    found = await context_of(client).directory.profile(owner_alias(world.wallet.address, APP), fresh=True)
    assert found.signed.hash == first.identity.signed.hash


async def test_entropy_of_the_host_makes_the_wallet_and_is_marked(world):
    entropy = os.urandom(32)
    lsp = await embed(world, await world.client(), entropy=entropy)
    assert lsp.identity.readable_by_site
    assert lsp.identity.address == KeyWallet(wallet_key_from(Entropy(entropy))).address
    other = await embed(world, await world.client(), entropy=os.urandom(32), fresh=True)
    assert other.identity.address != lsp.identity.address


@pytest.mark.parametrize("entropy", [b"", b"short", bytes(32), b"x" * 31])
async def test_entropy_that_is_none_is_refused(world, entropy):
    with pytest.raises(InvalidInput, match="entropy"):
        await embed(world, await world.client(), entropy=entropy)


def case(error, **changes):
    return pytest.param(error, changes, id=error.__name__ + "-" + "-".join(changes))


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        case(SiweDomain, domain="other.example", uri="https://other.example"),
        case(SiweDomain, domain="myapp.example.evil.example"),
        case(SiweDomain, domain="MYAPP.example.", uri=PAGE),
        case(SiweExpired, issued=-2 * DAY),
        case(SiweExpired, issued=-DAY, expires=-3600),
        case(SiweNotYetValid, issued=3600),
        case(SiweNotYetValid, not_before=3600),
        case(SiweAddress, address=new_wallet().address),
    ],
)
async def test_a_login_that_does_not_hold_makes_no_profile(world, error, changes):
    client = await world.client()
    now, fields = int(context_of(client).now()), dict(changes)
    for ours, theirs in (("issued", "issued_at"), ("expires", "expires_at"), ("not_before", "not_before")):
        if ours in fields:
            fields[theirs] = now + fields.pop(ours)
    text = login(fields.pop("address", world.wallet.address), now, **fields)
    line = line_of(client)
    with pytest.raises(error):
        await embed(world, client, text=text)
    assert line.requests == []
    assert await client.profiles() == []


async def test_a_login_signed_by_somebody_else_or_not_at_all_makes_no_profile(world):
    client = await world.client()
    text = login(world.wallet.address, context_of(client).now())
    other = login(world.wallet.address, context_of(client).now())
    forged = [
        await new_wallet().sign_message(text),
        await world.wallet.sign_message(other),
        "0x" + "00" * 65,
        "0x",
        "nonsense",
        "0x" + "zz" * 65,
    ]
    for signature in forged:
        with pytest.raises(BadSignature):
            await embed(world, client, text=text, auth_sig=signature)
    for message in (
        "",
        "hello",
        "\ud800",
        "x" * 100_000,
        text + "\nResources:\n- ",
        text.replace("\n", "\r\n"),
    ):
        with pytest.raises(Dm3Error):
            await embed(world, client, text=text, auth_message=message)
    for address in ("", "0x", "0x" + "0" * 40, "alice.eth"):
        with pytest.raises(Dm3Error):
            await embed(world, client, text=text, owner_address=address)
    assert await client.profiles() == []


async def test_one_login_authorises_one_profile(world):
    text = login(world.wallet.address, context_of(await world.client()).now())
    await embed(world, await world.client(), text=text)
    other = await world.client()
    with pytest.raises(ProfileExists):
        await embed(world, other, text=text)


async def test_names_below_no_configured_resolver_are_refused_with_a_sentence(world):
    client = await world.client()
    with pytest.raises(Dm3Error, match=r"no resolver is configured for .*elsewhere\.eth"):
        await client.create_lsp(dm3.App("elsewhere.eth"), world.wallet)
    with pytest.raises(InvalidInput, match="not the address of a page"):
        await client.create_lsp(dm3.App(APP, "myapp.example"), world.wallet)
    with pytest.raises(NotFound):
        await client.lsp("nobody.myapp.eth")
