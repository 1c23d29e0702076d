"""Escrow from end to end: a second device opens the profile again, and nobody else does."""

import asyncio
import contextlib
import os
import sqlite3

import httpx
import pytest

from dm3.base import to_base64
from dm3.base.errors import (
    InvalidInput,
    LocalProtocolError,
    MalformedData,
    NotFound,
    ServiceRefused,
    Unreachable,
)
from dm3.client import App, ProfileExists
from dm3.client.state.identity import Stage
from dm3.client.state.records import DEPOSITS
from dm3.crypto import MistypedCode, RecoveryCode, new_recovery_code, print_recovery_code
from dm3.delivery.escrow import Escrow
from dm3.protocol.escrow.contents import EscrowLocked, EscrowMismatch
from dm3.protocol.names.owner_alias import owner_alias_message
from tests.e2e.sdk_scene import (
    APP,
    MAIN,
    CountingWallet,
    line_of,
    link,
    login,
    new_wallet,
    texts,
    world_in,
)
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKS = "keeps sealed copies of dm3 profiles and asks"


async def embedded(world, client=None, **options):
    """The profile that the page makes of the wallet's sign-in."""
    client = client or await world.client()
    text = login(world.wallet.address, world.clock())
    options = {"entropy": None, **options}
    return await client.embed_lsp(
        world.app,
        auth_message=text,
        owner_address=world.wallet.address,
        auth_sig=world.wallet.sign_now(text),
        **options,
    )


async def public(world, **options):
    """A profile made by signing that is publicly the wallet's."""
    return await (await world.client(**options)).create_lsp(world.app, world.wallet, public=True)


def is_the_same(one, other) -> bool:
    ours, theirs = identity_of(one), identity_of(other)
    assert ours.reader != theirs.reader
    assert theirs.stage is Stage.READY
    return (ours.name, ours.seed, ours.wallet_key, ours.signed, ours.nonce, ours.aliases) == (
        theirs.name,
        theirs.seed,
        theirs.wallet_key,
        theirs.signed,
        theirs.nonce,
        theirs.aliases,
    )


# --- the way it goes ------------------------------------------------------------------------------


async def test_a_second_device_opens_it_with_the_entropy_and_both_receive(world):
    entropy, wallet, team = os.urandom(32), CountingWallet(world.wallet), await world.team()
    first = await embedded(world, entropy=entropy)
    second = await (await world.client()).reopen_lsp(world.app, wallet, entropy=entropy)
    assert is_the_same(first, second)
    assert second.identity.readable_by_site
    assert identity_of(second).wallet_is_random
    assert len(wallet.asked) == 1
    assert ASKS in wallet.asked[0]
    await team.send(first.name, "hello")
    assert texts(await second.sync()) == ["hello"]
    assert texts(await first.sync()) == ["hello"], "a mailbox keeps a message for all its readers"
    await second.send(team.name, "from the second device")
    assert texts(await team.sync()) == ["from the second device"]
    assert first.errors == second.errors == []


async def test_the_page_finds_it_again_by_itself_where_the_wallet_is_at_hand(world):
    entropy = os.urandom(48)
    first = await embedded(world, entropy=entropy)
    second = await embedded(world, entropy=entropy, wallet=world.wallet)
    assert is_the_same(first, second)


@pytest.mark.parametrize("as_text", [False, True])
async def test_a_second_device_opens_it_with_the_code(world, as_text):
    first = await public(world)
    code = await first.protect_with_code()
    given = print_recovery_code(code).lower().replace("-", " ") if as_text else code
    second = await (await world.client()).reopen_lsp(world.app, world.wallet, code=given)
    assert is_the_same(first, second)
    assert not second.identity.readable_by_site
    assert not identity_of(second).wallet_is_random


async def test_an_embedded_profile_without_entropy_is_protected_by_a_code_as_well(world):
    first = await embedded(world)
    with pytest.raises(NotFound):
        await (await world.client()).reopen_lsp(world.app, world.wallet, entropy=os.urandom(32))
    code = await first.protect_with_code()
    second = await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)
    assert is_the_same(first, second)
    assert identity_of(second).wallet_is_random


async def test_the_vault_keeps_a_reopened_profile(world, tmp_path):
    first = await public(world)
    code = await first.protect_with_code()
    options = {"vault": tmp_path / "vault.sqlite", "passphrase": "long enough"}
    client = await world.client(**options)
    second = await client.reopen_lsp(world.app, world.wallet, code=code)
    await client.close()
    again = await (await world.client(**options)).lsp(first.name)
    assert identity_of(again) == identity_of(second)


async def test_reopening_where_it_is_open_already_asks_nobody(world):
    first = await public(world)
    code = await first.protect_with_code()
    client, wallet = await world.client(), CountingWallet(world.wallet)
    second = await client.reopen_lsp(world.app, wallet, code=code)
    third = await client.reopen_lsp(world.app, wallet, code=code)
    assert identity_of(third) == identity_of(second)
    assert len(wallet.asked) == 1


async def test_the_latest_code_counts(world):
    first = await public(world)
    earlier, later = await first.protect_with_code(), await first.protect_with_code()
    assert earlier != later
    with pytest.raises(EscrowLocked):
        await (await world.client()).reopen_lsp(world.app, world.wallet, code=earlier)
    assert is_the_same(first, await (await world.client()).reopen_lsp(world.app, world.wallet, code=later))


async def test_a_code_takes_the_place_of_the_pages_entropy(world):
    entropy = os.urandom(32)
    first = await embedded(world, entropy=entropy)
    code = await first.protect_with_code()
    with pytest.raises(EscrowLocked, match="it takes a recovery code"):
        await (await world.client()).reopen_lsp(world.app, world.wallet, entropy=entropy)
    second = await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)
    assert is_the_same(first, second)
    assert second.identity.readable_by_site, "its wallet still comes from the page's entropy"


async def test_an_escrow_that_was_removed_is_gone(world):
    first = await public(world)
    code = await first.protect_with_code()
    for _ in range(2):
        await first.unprotect()
    with pytest.raises(NotFound):
        await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)


# --- what must fail -------------------------------------------------------------------------------


async def test_another_entropy_or_code_opens_nothing(world):
    entropy = os.urandom(32)
    await embedded(world, entropy=entropy)
    client = await world.client()
    with pytest.raises(EscrowLocked, match="another one, or the copy was altered"):
        await client.reopen_lsp(world.app, world.wallet, entropy=os.urandom(32))
    with pytest.raises(EscrowLocked, match="it takes the application's entropy"):
        await client.reopen_lsp(world.app, world.wallet, code=new_recovery_code(os.urandom))
    assert await client.profiles() == []


async def test_a_mistyped_code_is_found_before_anybody_is_asked(world):
    first = await public(world)
    text = print_recovery_code(await first.protect_with_code())
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    client, wallet = await world.client(), CountingWallet(world.wallet)
    line = line_of(client)
    with pytest.raises(MistypedCode) as refused:
        await client.reopen_lsp(world.app, wallet, code=wrong)
    assert line.requests == []
    assert wallet.asked == []
    assert wrong not in str(refused.value)


async def test_either_entropy_or_a_code(world):
    client = await world.client()
    for given in ({}, {"entropy": os.urandom(32), "code": RecoveryCode(bytes(17))}, {"entropy": b"short"}):
        with pytest.raises(InvalidInput):
            await client.reopen_lsp(world.app, world.wallet, **given)


async def test_another_wallet_has_no_profile_there(world):
    first = await public(world)
    code = await first.protect_with_code()
    with pytest.raises(NotFound, match="no public profile"):
        await (await world.client()).reopen_lsp(world.app, new_wallet(), code=code)


async def test_a_wallet_that_lies_about_its_address_gets_nothing(world):
    first = await public(world)
    code = await first.protect_with_code()

    class Liar(CountingWallet):
        @property
        def address(self):
            return world.wallet.address

    with pytest.raises(ServiceRefused, match="not signed by that account"):
        await (await world.client()).reopen_lsp(world.app, Liar(new_wallet()), code=code)


async def test_another_application_knows_nothing_of_it(world):
    entropy = os.urandom(32)
    await embedded(world, entropy=entropy)
    elsewhere = App(MAIN)
    with pytest.raises(NotFound):
        await (await world.client()).reopen_lsp(elsewhere, world.wallet, entropy=entropy)
    # Nor does the same entropy open what the other application has in escrow.
    other = await (await world.client()).create_lsp(elsewhere, world.wallet, public=True)
    code = await other.protect_with_code()
    with pytest.raises(EscrowLocked):
        await (await world.client()).reopen_lsp(elsewhere, world.wallet, entropy=entropy)
    assert is_the_same(other, await (await world.client()).reopen_lsp(elsewhere, world.wallet, code=code))


async def test_an_anonymous_profile_is_not_put_in_escrow(world):
    client = await world.client()
    lsp, line = await client.create_lsp(world.app, world.wallet), line_of(client)
    with pytest.raises(LocalProtocolError, match="anonymous"):
        await lsp.protect_with_code()
    assert not [request for request in line.requests if "escrow" in request.url.path]


def escrows(place):
    path = place.folder / APP / "delivery.sqlite"
    return contextlib.closing(sqlite3.connect(path, timeout=10))


async def test_a_blob_altered_at_the_service_is_refused(world):
    first = await public(world)
    code = await first.protect_with_code()
    with escrows(world.place) as database:
        (blob,) = database.execute("SELECT blob FROM escrow WHERE name = ?", (first.name,)).fetchone()
        for altered in (
            blob[:-1] + bytes([blob[-1] ^ 1]),
            blob[:5] + bytes([blob[5] ^ 1]) + blob[6:],
            blob[:40],
            b"",
            b"\x09" + blob[1:],
        ):
            database.execute("UPDATE escrow SET blob = ? WHERE name = ?", (altered, first.name))
            database.commit()
            with pytest.raises((EscrowLocked, MalformedData)):
                await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)


async def test_an_escrow_of_another_profile_is_refused(world):
    first = await public(world)
    code = await first.protect_with_code()
    with escrows(world.place) as database:
        database.execute("UPDATE escrow SET name = 'x.eth' WHERE name = ?", (first.name,))
        database.commit()
    with pytest.raises(EscrowMismatch, match="another profile"):
        await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)


async def test_the_escrow_of_rotated_keys_is_refused_until_it_is_renewed(world):
    first = await public(world)
    code = await first.protect_with_code()
    await first.rotate_keys()
    client = await world.client()
    with pytest.raises(EscrowMismatch, match="others than those of the published profile"):
        await client.reopen_lsp(world.app, world.wallet, code=code)
    assert await client.profiles() == []
    code = await first.protect_with_code()
    second = await client.reopen_lsp(world.app, world.wallet, code=code)
    assert identity_of(second).seed == identity_of(first).seed
    assert identity_of(second).wallet_is_random


async def test_the_operator_sees_no_key_code_or_entropy(tmp_path):
    entropy = os.urandom(32)
    async with world_in(tmp_path) as world:
        first = await embedded(world, entropy=entropy)
        second = await embedded(world, entropy=entropy, wallet=world.wallet)
        code = await first.protect_with_code()
        await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)
        identity = identity_of(second)
    assert identity.wallet_key is not None
    raw = {
        "seed": identity.seed.reveal(),
        "wallet key": identity.wallet_key.reveal(),
        "signing key": identity.keys.signing_private.reveal(),
        "entropy": entropy,
        "code": code.reveal(),
    }
    spellings = {
        f"{what} as {form}": spelt
        for what, secret in raw.items()
        for form, spelt in (
            ("bytes", secret),
            ("hex", secret.hex().encode()),
            ("base64", to_base64(secret).rstrip("=").encode()),
        )
    }
    text = print_recovery_code(code)
    spellings |= {"code": text.encode(), "code without dashes": text.replace("-", "").encode()}
    spellings["nonce"] = identity.nonce.encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    held = {path: path.read_bytes() for path in files}
    assert any(identity.name.encode() in data for data in held.values()), "the search finds what is there"
    found = [
        (path.name, what) for path, data in held.items() for what, spelt in spellings.items() if spelt in data
    ]
    assert found == []


# --- services that are away, or keep no escrow -----------------------------------------------------


async def test_where_escrow_is_turned_off_profiles_are_made_all_the_same(tmp_path):
    entropy = os.urandom(32)
    async with world_in(tmp_path, escrow=False) as world:
        first, wallet = await embedded(world, entropy=entropy), CountingWallet(world.wallet)
        assert [error.code for error in first.errors] == ["not-found"]
        with pytest.raises(NotFound, match="keeps no sealed copies"):
            await first.protect_with_code()
        with pytest.raises(NotFound, match="keeps no sealed copies"):
            await (await world.client()).reopen_lsp(world.app, wallet, entropy=entropy)
        assert wallet.asked == [], "nothing is signed in vain"


async def test_an_escrow_that_could_not_be_stored_is_stored_later(world):
    entropy, client = os.urandom(32), await world.client()
    line = line_of(client)
    line.cut_before = lambda request, _: request.method == "PUT" and "/escrow/" in request.url.path
    first = await embedded(world, client, entropy=entropy)
    assert [type(error) for error in first.errors] == [Unreachable]
    assert await context_of(client).vault.get(DEPOSITS, first.name)
    with pytest.raises(NotFound):
        await (await world.client()).reopen_lsp(world.app, world.wallet, entropy=entropy)
    line.cut_before = lambda *_: False
    again = await client.lsp(first.name)
    assert again.errors == []
    assert await context_of(client).vault.get(DEPOSITS, first.name) is None
    second = await (await world.client()).reopen_lsp(world.app, world.wallet, entropy=entropy)
    assert is_the_same(first, second)


@pytest.mark.parametrize(("status", "code"), [(429, "too-many-requests"), (503, "store"), (400, "malformed")])
async def test_a_copy_is_handed_in_again_unless_it_was_refused_for_good(world, status, code):
    client = await world.client()
    line = line_of(client)

    def refused(request: httpx.Request) -> httpx.Response | None:
        is_copy = request.method == "PUT" and "/escrow/" in request.url.path
        return httpx.Response(status, json={"error": "not now", "code": code}) if is_copy else None

    line.instead = refused
    first = await embedded(world, client, entropy=os.urandom(32))
    assert len(first.errors) == 1
    waits = await context_of(client).vault.get(DEPOSITS, first.name) is not None
    assert waits == (status != 400)
    line.instead = lambda _: None
    again = await client.lsp(first.name)
    assert again.errors == []
    assert await context_of(client).vault.get(DEPOSITS, first.name) is None
    asked = [one for one in line.requests if one.method == "PUT" and "/escrow/" in one.url.path]
    assert len(asked) == (2 if waits else 1)


async def test_each_delivery_service_keeps_a_copy_and_one_is_enough(world):
    services = (f"ds.{APP}", f"ds.{MAIN}")
    world.app, client = App(APP, world.app.uri, services), await world.client()
    first = await client.create_lsp(world.app, world.wallet, public=True)
    at_home = (await context_of(client).service(services[0])).base_url
    line = line_of(client)
    line.cut_before = lambda request, _: str(request.url).startswith(at_home)
    code = await first.protect_with_code()
    waiting = await context_of(client).vault.get(DEPOSITS, first.name)
    assert waiting is not None
    assert waiting.left == services[:1]
    # The first service has none yet: its answer is not the last word.
    wallet = CountingWallet(world.wallet)
    assert is_the_same(first, await (await world.client()).reopen_lsp(world.app, wallet, code=code))
    assert [text.partition(" ")[0] for text in wallet.asked] == list(services)
    line.cut_before = lambda *_: False
    await client.lsp(first.name)
    wallet.asked.clear()
    assert is_the_same(first, await (await world.client()).reopen_lsp(world.app, wallet, code=code))
    assert [text.partition(" ")[0] for text in wallet.asked] == [services[0]]
    await first.unprotect()
    with pytest.raises(NotFound):
        await (await world.client()).reopen_lsp(world.app, wallet, code=code)


async def test_a_code_that_nobody_took_is_not_stored_later(world):
    entropy, client = os.urandom(32), await world.client()
    first = await embedded(world, client, entropy=entropy)
    line = line_of(client)
    line.cut_before = lambda request, _: request.method == "PUT"
    with pytest.raises(Unreachable):
        await first.protect_with_code()
    line.cut_before = lambda *_: False
    await client.lsp(first.name)
    # The page's escrow is still the one that counts.
    second = await (await world.client()).reopen_lsp(world.app, world.wallet, entropy=entropy)
    assert is_the_same(first, second)


async def test_a_page_that_was_closed_at_any_step_goes_on_with_the_same_profile(world):
    cut = 0
    while True:
        world.wallet, entropy = new_wallet(), os.urandom(32)
        client = await world.client()
        line = line_of(client)
        line.cut_after = lambda _, number, at=cut: number >= at  # type: ignore[misc]
        before = {identity.name for identity in await client.profiles()}
        with contextlib.suppress(Unreachable):
            before.add((await embedded(world, client, entropy=entropy)).name)
        done = len(line.requests) <= cut
        line.cut_after = lambda *_: False
        first = await embedded(world, client, entropy=entropy)
        await client.lsp(first.name)
        assert before <= {first.name}
        assert [identity.name for identity in await client.profiles()] == [first.name]
        second = await (await world.client()).reopen_lsp(world.app, world.wallet, entropy=entropy)
        assert is_the_same(first, second)
        if done:
            break
        cut += 1
    assert cut > 10, "every step was the last one once"


async def test_a_hostile_service_cannot_have_something_else_signed(world, monkeypatch):
    first = await public(world)
    code = await first.protect_with_code()
    wallet, real = CountingWallet(world.wallet), Escrow.challenge
    for hostile in (
        login(world.wallet.address, world.clock()),
        "sign here",
        (await _challenge(world)).replace(f"ds.{APP}", f"ds.{MAIN}"),
        (await _challenge(world)).replace(APP, "other.eth"),
        (await _challenge(world)) + "\nResources:\n- dm3:type:LINK_RECOVER",
    ):

        async def challenge(*_, text=hostile):
            return text

        monkeypatch.setattr(Escrow, "challenge", challenge)
        with pytest.raises(MalformedData):
            await (await world.client()).reopen_lsp(world.app, wallet, code=code)
        monkeypatch.setattr(Escrow, "challenge", real)
    assert wallet.asked == []


async def _challenge(world):
    service = await context_of(await world.client()).service(f"ds.{APP}")
    return await service.escrow.challenge(APP, world.wallet.address)


# --- an alias that is there already: vault, escrow, main profile, fresh --------------------------------


async def test_the_same_vault_opens_its_own_profile(world):
    client = await world.client()
    first = await embedded(world, client)
    assert (await embedded(world, client)).identity == first.identity
    assert len(await client.profiles()) == 1


async def test_without_wallet_entropy_or_main_profile_it_is_said_what_was_missing(world):
    entropy = os.urandom(32)
    first = await embedded(world, entropy=entropy)
    for options, missing in (
        ({"entropy": os.urandom(32)}, "without the owner's wallet"),
        ({"wallet": world.wallet}, "gave no entropy"),
        ({"wallet": world.wallet, "entropy": os.urandom(32)}, "its escrow: The escrow does not open"),
    ):
        with pytest.raises(ProfileExists, match=missing) as refused:
            await embedded(world, **options)
        assert first.name in str(refused.value)
        assert "fresh=True" in refused.value.hint
    with pytest.raises(InvalidInput):
        await embedded(world, entropy=entropy, wallet=new_wallet())


async def _answering(world, alice):
    """Alice's messenger, running beside what the test does."""

    async def run():
        while True:
            await alice.sync(wait=1)

    task = asyncio.create_task(run())
    world.stack.callback(task.cancel)


@pytest.mark.parametrize("named", [True, False], ids=["named", "in the public record"])
async def test_without_an_escrow_the_main_profile_hands_the_keys_back(world, named):
    alice, first = await world.alice(), await embedded(world)
    await link(alice, first, world.wallet, public=not named)
    await _answering(world, alice)
    options = {"main_name": alice.name} if named else {}
    wallet = CountingWallet(world.wallet)
    second = await embedded(world, wallet=wallet, entropy=os.urandom(32), **options)
    assert identity_of(second).seed == identity_of(first).seed
    assert [ASKS in text for text in wallet.asked] == [True, False], "the escrow first, then the link"


async def test_the_escrow_comes_before_the_main_profile(world):
    entropy, alice = os.urandom(32), await world.alice()
    first = await embedded(world, entropy=entropy)
    await link(alice, first, world.wallet)
    wallet = CountingWallet(world.wallet)
    second = await embedded(world, wallet=wallet, entropy=entropy, main_name=alice.name)
    assert is_the_same(first, second)
    assert wallet.asked == [], "the login is enough"
    assert [notice for notice in await alice.notices() if notice.kind == "recovery"] == []


async def test_a_fresh_one_beside_it_is_independent_of_it_and_its_entropy(world):
    entropy = os.urandom(32)
    first = await embedded(world, entropy=entropy)
    beside = await embedded(world, entropy=entropy, fresh=True)
    assert beside.name != first.name
    assert identity_of(beside).wallet_key != identity_of(first).wallet_key
    assert not beside.identity.readable_by_site
    assert beside.identity.aliases == ()
    second = await embedded(world, entropy=entropy, wallet=world.wallet)
    assert is_the_same(first, second), "the escrow is still the first one's"


async def test_the_alias_decides_which_profile_is_opened(world):
    """A former profile's copy is not opened once the owner has named another one."""
    first, another = await public(world), await world.lsp()
    code = await first.protect_with_code()
    owner, now = world.wallet.address, int(world.clock())
    text = owner_alias_message(APP, owner, another.name, "ab" * 16, now, now + 60, replaces=first.name)
    resolver = context_of(another).resolver_for(another.name)
    await resolver.claim_owner_alias(
        another.name, owner, text, world.wallet.sign_now(text), identity_of(another).keys
    )
    with pytest.raises(EscrowMismatch, match="another profile of this account"):
        await (await world.client()).reopen_lsp(world.app, world.wallet, code=code)
