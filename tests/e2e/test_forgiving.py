"""The SDK takes wallets as their libraries give them, and says what it expected where something else came."""

import asyncio
import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from eth_account import Account
from eth_account.datastructures import SignedMessage
from hexbytes import HexBytes

import dm3
from dm3.base.arguments import SAY_IT_THEMSELVES, expected_of
from tests.e2e.sdk_scene import APP, new_wallet
from tests.kit.public_face import calls, is_record

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Spoken:
    """A wallet that gives its signature in the form that ``said`` makes of it."""

    def __init__(self, inner, said, *, later: bool) -> None:
        self.address, self._inner, self._said, self._later = inner.address, inner, said, later

    def sign_message(self, text):
        signature = self._said(self._inner.sign_now(text))
        return self._soon(signature) if self._later else signature

    async def _soon(self, signature):
        await asyncio.sleep(0)
        return signature


def signed_message(text: str) -> SignedMessage:
    """What ``LocalAccount.sign_message`` returns."""
    return SignedMessage(HexBytes(32), 1, 1, 27, HexBytes(text))


FORMS = {
    "hex": lambda text: text,
    "hex without 0x": lambda text: text[2:],
    "bytes": lambda text: bytes.fromhex(text[2:]),
    "a bytearray": lambda text: bytearray.fromhex(text[2:]),
    "HexBytes": HexBytes,
    "SignedMessage": signed_message,
}


@pytest.mark.parametrize("later", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize("said", FORMS.values(), ids=FORMS)
async def test_a_signature_may_come_in_any_form(world, said, later):
    client = await world.client()
    plain = await client.create_lsp(world.app, world.wallet)
    other = await world.client()
    again = await other.create_lsp(world.app, Spoken(world.wallet, said, later=later), public=True)
    assert again.identity.owner == plain.identity.owner == world.wallet.address


async def test_an_account_of_eth_account_is_a_wallet_for_everything_that_is_signed(world):
    account = Account.create()
    alice = await (await world.client()).create_profile("dm3.eth", account, alias=world.alice_name)
    lsp = await (await world.client()).create_lsp(world.app, account, public=True)
    assert lsp.identity.owner == account.address
    await lsp.request_link(world.alice_name, account)
    await alice.sync()
    [request] = await alice.link_requests()
    assert request.own_wallet
    await alice.approve(request)
    await lsp.sync()
    device = await world.client()
    asked = asyncio.create_task(
        device.recover(lsp.name, account, main_name=world.alice_name, app=world.app, timeout=60)
    )
    while not asked.done():
        await alice.sync(wait=1)
    assert (await asked).name == lsp.name
    assert alice.errors == []


WRONG_WALLETS = {
    "none": None,
    "an address": "0x" + "11" * 20,
    "a class": dm3.KeyWallet,
    "one without an address": type("Signer", (), {"sign_message": lambda self, text: text})(),
    "one that does not sign": type("Watched", (), {"address": "0x" + "11" * 20})(),
}


@pytest.mark.parametrize("wallet", WRONG_WALLETS.values(), ids=WRONG_WALLETS)
async def test_what_is_no_wallet_is_told_from_one_before_anybody_is_asked(world, wallet):
    client = await world.client()
    for made in (
        client.create_lsp(world.app, wallet),
        client.create_profile("dm3.eth", wallet),
        client.reopen_lsp(world.app, wallet, entropy=bytes(range(32))),
    ):
        with pytest.raises(dm3.InvalidInput) as refused:
            await made
        assert "is no wallet" in str(refused.value)
        assert "sign_message" in refused.value.hint


@pytest.mark.parametrize("given", [None, 5, True, ["0x"]], ids=repr)
async def test_what_is_no_signature_is_told(world, given):
    client = await world.client()
    with pytest.raises(dm3.InvalidInput, match="is no signature"):
        await client.create_lsp(world.app, Spoken(new_wallet(), lambda text: given, later=False))


def wrong(name: str, value: object) -> dict[str, Any]:
    """An argument that a type checker would not let pass."""
    return {name: value}


@pytest.mark.parametrize("app", [APP, None, ("myapp.eth", "https://myapp.example"), dm3.App], ids=repr)
async def test_what_is_no_application_is_told(world, app):
    client = await world.client()
    for made in (
        client.create_lsp(app, world.wallet),
        client.embed_lsp(app, auth_message="", owner_address=world.wallet.address, auth_sig=""),
        client.reopen_lsp(app, world.wallet, entropy=bytes(range(32))),
        client.lsp_exists(app, world.wallet.address),
        client.recoveries.begin(app, "lsp.myapp.eth", world.alice_name, world.wallet),
        client.recover("lsp.myapp.eth", world.wallet, main_name=world.alice_name, app=app or 1),
    ):
        with pytest.raises(dm3.InvalidInput, match="is no application"):
            await made


@pytest.mark.parametrize(
    "app",
    [dm3.App(APP, **wrong("delivery_services", "ds.myapp.eth")), dm3.App(APP, **wrong("uri", 5))],
    ids=["services", "uri"],
)
async def test_an_application_has_texts_in_it(world, app):
    client = await world.client()
    with pytest.raises(dm3.InvalidInput, match=r"several names|is text"):
        await client.create_lsp(app, world.wallet)


@pytest.mark.parametrize("text", [None, 5, b"bytes", ["a"]], ids=repr)
async def test_what_is_no_text_is_told_and_not_kept(pair, text):
    alice, team = pair
    kept = await alice.send(team.name, "a text")
    for made in (
        alice.send(team.name, text),
        alice.reply(kept, text),
        alice.edit(kept, text),
        alice.react(kept, text),
    ):
        with pytest.raises(dm3.InvalidInput, match="is text, and this is a"):
            await made
    assert [message.content for message in await alice.messages(team.name)] == ["a text"]


class Odd:
    """Something that no call takes."""


def wrong_arguments(face: object) -> Iterator[tuple[str, str, object]]:
    """Each call of a face, one of its arguments, and something that its annotation excludes."""
    for name, call in calls(type(face)):
        if isinstance(inspect.getattr_static(type(face), name), property):
            continue
        for argument, expected in expected_of(call).items():
            for given in (None, 5, -1.5, b"bytes", "text", [5], Odd()):
                if not expected.fits(given):
                    yield name, argument, given


async def test_every_call_says_which_argument_it_cannot_use_and_what_it_expected(pair, world):
    alice, team = pair
    fitting = (await alice.send(team.name, "hello"), "text", 5, b"bytes", (), None)
    tried = set()
    client = await world.client()
    faces = (client, client.recoveries, client.peers, client.ens, alice, await world.lsp(), alice.devices)
    for face in faces:
        for name, argument, given in wrong_arguments(face):
            call = getattr(face, name)
            arguments = {
                one.name: next((value for value in fitting if expected_of(call)[one.name].fits(value)), given)
                for one in inspect.signature(call).parameters.values()
                if one.name in expected_of(call) and one.default is one.empty
            }
            arguments |= dict.fromkeys(SAY_IT_THEMSELVES & set(inspect.signature(call).parameters))
            with pytest.raises(dm3.InvalidInput) as refused:
                await call(**{**arguments, argument: given})
            told = str(refused.value)
            assert f": `{argument}` of {name}() is " in told
            assert told.endswith(f", and this is a {type(given).__name__}")
            tried.add((type(face), name, argument))
    assert len(tried) > 100


FUNCTIONS: dict[str, dict[str, Any]] = {
    "attach": {"source": b"bytes"},
    "attachment_bytes": {"attachment": dm3.attach(b"bytes")},
    "fingerprint": {},
    "passphrase_weakness": {},
    "print_pairing_code": {},
    "print_recovery_code": {},
    "save_attachments": {"attachments": (), "folder": "none"},
    "import_vault": dict.fromkeys(("path", "passphrase", "into", "into_passphrase"), "text"),
    "connect": {"resolvers": {}},
    "development_wallet": {},
    "widget_parameters": {
        "app": None,
        **dict.fromkeys(("auth_message", "owner_address", "auth_sig"), "text"),
    },
}


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_every_function_says_which_argument_it_cannot_use(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call = getattr(dm3, name)

    async def made(**arguments: Any) -> None:
        found = call(**arguments)
        if inspect.isawaitable(found):
            await found

    for argument, expected in expected_of(call).items():
        for given in (None, 5, b"bytes", "text", [5], Odd()):
            if not expected.fits(given):
                with pytest.raises(dm3.InvalidInput, match=rf"`{argument}` of ") as refused:
                    await made(**{**FUNCTIONS[name], argument: given})
                assert str(refused.value).endswith(f", and this is a {type(given).__name__}")
    assert list(tmp_path.iterdir()) == []


async def test_no_face_is_left_out():
    faces = [
        thing
        for thing in (getattr(dm3, name) for name in dm3.__all__)
        if inspect.isclass(thing) and thing.__module__.startswith("dm3.client") and not is_record(thing)
        if not issubclass(thing, Enum | BaseException) and not getattr(thing, "_is_protocol", False)
    ]
    assert {dm3.Client, dm3.Messenger, dm3.RecoveringDevice} <= set(faces)
    plain = [
        f"{face.__name__}.{name}"
        for face in faces
        for name, call in calls(face)
        if not isinstance(inspect.getattr_static(face, name), property) and not hasattr(call, "__wrapped__")
    ]
    # Of what goes through messages as they come nobody reads a value before the first one.
    assert [name for name in plain if not name.endswith(".incoming")] == [], "put @checked on the class"


async def test_no_function_is_left_out():
    assert set(FUNCTIONS) == {name for name in dm3.__all__ if inspect.isfunction(getattr(dm3, name))}


CONNECTIONS = {
    "a string for resolvers": (("https://resolver.example",), {}, dm3.InvalidInput, "mapping of domains"),
    "none for resolvers": ((None,), {}, dm3.InvalidInput, "mapping of domains"),
    "no scheme": (({APP: "resolver.example"},), {}, dm3.ConfigurationError, "by its URL"),
    "another scheme": (({APP: "ftp://resolver.example"},), {}, dm3.ConfigurationError, "by its URL"),
    "no host": (({APP: "https://"},), {}, dm3.ConfigurationError, "by its URL"),
    "a number for a URL": (({APP: 5},), {}, dm3.ConfigurationError, "by its URL"),
    "a port that is none": (({APP: "https://a:b"},), {}, dm3.ConfigurationError, "by its URL"),
    "a passphrase alone": (({},), {"passphrase": "secret"}, dm3.InvalidInput, "no vault"),
    "a vault alone": (({},), {"vault": "vault.sqlite"}, dm3.InvalidInput, "needs a passphrase"),
    "a number as passphrase": (({},), {"vault": "v", "passphrase": 5}, dm3.InvalidInput, "is text"),
    "a policy that is none": (({},), {"policy": "anyone"}, dm3.InvalidInput, "LinkPolicy"),
    "a word that no policy has": (
        ({},),
        {"policy": dm3.LinkPolicy(**wrong("who_may_ask", "friends"))},
        dm3.InvalidInput,
        "who_may_ask",
    ),
    "a policy's term as text": (
        ({},),
        {"policy": dm3.LinkPolicy(**wrong("term_limit", "a week"))},
        dm3.InvalidInput,
        "term_limit",
    ),
    "a policy's number below 0": (
        ({},),
        {"policy": dm3.LinkPolicy(recoveries_per_day=-1)},
        dm3.InvalidInput,
        "recoveries_per_day` is at least 0",
    ),
    "a verifier that is none": (({},), {"verifier": 5}, dm3.InvalidInput, "wallet has signed"),
    "a class for a verifier": (({},), {"verifier": dm3.WalletVerifier}, dm3.InvalidInput, "has signed"),
    "a registry without an address": (({},), {"ens_registry": "ens.eth"}, dm3.ConfigurationError, "address"),
    "a wait below 0": (({},), {"send_wait": -1}, dm3.InvalidInput, "at least 0"),
    "a wait that is no number": (
        ({},),
        {"send_wait": float("nan")},
        dm3.InvalidInput,
        "this is not a number",
    ),
    "messages without a character": (({},), {"longest_message": 0}, dm3.InvalidInput, "at least 1"),
}


@pytest.mark.parametrize(("given", "options", "error", "told"), CONNECTIONS.values(), ids=CONNECTIONS)
async def test_connect_says_what_it_expected(tmp_path, monkeypatch, given, options, error, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=told) as refused:
        await dm3.connect(*given, **options)
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [], "and nothing was made"


@pytest.mark.parametrize("step", ["5", None, 0, -1, float("nan"), 3_601], ids=repr)
async def test_a_limit_of_time_is_a_number_of_seconds(step):
    with pytest.raises(dm3.ConfigurationError, match="timeout step must be above 0"):
        dm3.Timeouts(**wrong("step", step))


async def test_a_client_that_was_closed_says_so():
    client = await dm3.connect({})
    await client.close()
    with pytest.raises(dm3.StoreError, match="closed") as refused:
        await client.profiles()
    assert "Open it again" in refused.value.hint


async def test_a_login_in_a_url_is_not_repeated():
    with pytest.raises(dm3.ConfigurationError) as refused:
        await dm3.connect({APP: "ftp://user:hunter2@resolver.example"})
    assert "hunter2" not in str(refused.value)
