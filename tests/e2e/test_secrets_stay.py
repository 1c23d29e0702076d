"""No secret leaves: not into databases, logs, outputs, errors or URLs of a whole story."""

import asyncio
import base64
import io
import logging
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from dm3.base.errors import Dm3Error
from dm3.client import parts_of
from dm3.client.state.own_records import StoredWallet
from dm3.client.state.records import IDENTITIES, LINKS, WALLETS
from dm3.crypto import Passphrase, Secret, WalletKey
from dm3.crypto import secrets as secret_types
from dm3.store.vault.record_types import RecordType
from dm3.store.vault.vault import Vault
from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.e2e.sdk_scene import PAGE, login, place_in, world_on
from tests.kit.inside import context_of, identity_of


def spellings(secret: bytes) -> list[bytes]:
    """How a secret could stand somewhere: raw, and as the usual texts."""
    texts = [secret.hex().encode(), secret.hex().upper().encode()]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):  # wherever it begins within a longer text
            padded = encode(bytes(shift) + secret)
            first, last = -(-shift * 8 // 6) + (shift > 0), len(padded.rstrip(b"=")) - 1
            texts.append(padded[first:last])
    return [secret, *texts]


def places_of(secrets: dict[str, bytes], contents: dict[str, bytes]) -> list[str]:
    """Which secret stands where."""
    return sorted(
        f"{name} in {place}"
        for name, secret in secrets.items()
        for spelled in spellings(secret)
        for place, content in contents.items()
        if spelled in content
    )


def test_the_search_finds_every_spelling():
    secret = os.urandom(32)
    hidden = {
        "raw": b"x" + secret + b"y",
        "hex": b"0x" + secret.hex().encode(),
        "base64": base64.b64encode(secret),
        "base64 within": base64.b64encode(b"ab" + secret + b"cd"),
        "base64 elsewhere": base64.b64encode(b"a" + secret + b"cd"),
        "urlsafe": base64.urlsafe_b64encode(secret),
        "none": b"0x" + os.urandom(32).hex().encode(),
    }
    found = places_of({"it": secret}, hidden)
    assert {place.removeprefix("it in ") for place in found} == hidden.keys() - {"none"}


class Overheard:
    """Collects every secret that comes into being, and everything that is said."""

    def __init__(self, monkeypatch) -> None:
        self.secrets: dict[str, bytes] = {}
        self.logged = io.StringIO()
        self.handler = logging.StreamHandler(self.logged)
        created = Secret.__init__
        overheard = self

        def note(self: Secret, value: bytes) -> None:
            created(self, value)
            if len(value) >= 16:
                name = f"{type(self).__name__} {len(overheard.secrets)}"
                overheard.secrets.setdefault(name, bytes(value))

        monkeypatch.setattr(secret_types.Secret, "__init__", note)
        logging.getLogger().addHandler(self.handler)
        monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
        structlog.configure(
            processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
            logger_factory=structlog.PrintLoggerFactory(self.logged),
        )

    def close(self) -> None:
        logging.getLogger().removeHandler(self.handler)
        structlog.reset_defaults()

    @property
    def unique(self) -> dict[str, bytes]:
        """Each secret once."""
        return {name: value for value, name in {value: name for name, value in self.secrets.items()}.items()}


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def overheard(monkeypatch):
    listening = Overheard(monkeypatch)
    yield listening
    listening.close()


async def test_nothing_of_a_whole_story_holds_a_secret(tmp_path, overheard, monkeypatch, capsys):
    sent: list[bytes] = []
    handle = httpx.AsyncClient.send

    async def listen(self, request, **options):
        sent.append(str(request.url).encode())
        return await handle(self, request, **options)

    monkeypatch.setattr(httpx.AsyncClient, "send", listen)
    shown: list[str] = []
    passphrase = "a passphrase of some length, really"
    host_entropy = os.urandom(32)
    live: dict[str, bytes] = {}
    async with place_in(tmp_path / "sites") as place, world_on(place) as world:
        vault = {"vault": tmp_path / "vaults" / "alice.sqlite", "passphrase": passphrase}
        alice, team = await world.alice(**vault), await world.team()
        page = await world.client(vault=tmp_path / "vaults" / "page.sqlite", passphrase=passphrase)
        lsp = await page.create_lsp(world.app, world.wallet)
        await lsp.send(team.name, "hello")
        await team.sync()
        await team.send(lsp.name, "answer")
        await lsp.request_link(alice.name, world.wallet, hand_over_after_accept=True)
        await alice.sync()
        await alice.approve(lsp.name)
        await lsp.sync()
        await alice.sync()
        await alice.send_as(lsp.name, team.name, "as the profile")
        text = login(world.wallet.address, context_of(page).now())
        signature = await world.wallet.sign_message(text)
        fields: dict[str, Any] = {
            "auth_message": text,
            "owner_address": world.wallet.address,
            "auth_sig": signature,
        }
        embedded = await page.embed_lsp(world.app, entropy=host_entropy, **fields)
        await embedded.request_link(alice.name, world.wallet)
        await alice.sync()
        await alice.approve(embedded.name)
        device = await world.client(vault=tmp_path / "vaults" / "device.sqlite", passphrase=passphrase)
        asking = await device.recoveries.begin(world.app, embedded.name, alice.name, world.wallet)
        await alice.sync()
        await asking.sync()
        assert await asking.finish() is not None
        await context_of(page).vault.put(WALLETS, "w", StoredWallet("w", WalletKey(os.urandom(32))))
        for account in (alice, team, lsp, embedded, asking):
            shown += [repr(account), repr(identity_of(account)), str(identity_of(account))]
            shown += [str(await parts_of(account).outgoing.waiting()), str(account.errors)]
        for account in (alice, team, lsp, embedded):
            shown.append(str(await account.refused()))
        record_types: tuple[RecordType[Any], ...] = (IDENTITIES, LINKS)
        for record_type in record_types:
            shown.append(str(await context_of(alice).vault.entries(record_type)))
        shown += [str(await lsp.link_status()), str(await alice.link_requests()), str(await alice.links())]
        for wrong in ({"passphrase": passphrase + "x"}, {"passphrase": None}):
            with pytest.raises(Dm3Error) as refused:
                await world.client(**{**vault, **wrong})
            shown += [str(refused.value), repr(refused.value)]
        live = files_below(tmp_path)  # with the -wal of every database
    said = capsys.readouterr()

    kinds = {name.partition(" ")[0] for name in overheard.secrets}
    assert kinds >= {"Seed", "WalletKey", "SigningPrivateKey", "EncryptionPrivateKey", "Entropy", "Token"}
    assert kinds >= {"OwnedSignature", "Passphrase", "StorageKey"}
    contents = {f"live {name}": content for name, content in live.items()}
    contents |= files_below(tmp_path)
    kept_passphrases = {place for place in contents if place.endswith("service-keys.pass")}
    assert len(kept_passphrases) == 4  # the one file whose purpose it is to hold a secret
    searched = {place: content for place, content in contents.items() if place not in kept_passphrases}
    searched |= {
        "log": overheard.logged.getvalue().encode(),
        "stdout": said.out.encode(),
        "stderr": said.err.encode(),
        "shown": "\n".join(shown).encode(),
        "URLs": b"\n".join(sent),
    }
    assert len(searched["URLs"]) > 1000
    assert any(place.endswith("-wal") for place in searched)
    secrets = {**overheard.unique, "host entropy": host_entropy}
    assert places_of(secrets, searched) == []


@pytest.mark.parametrize("kind", Secret.__subclasses__())
def test_no_secret_shows_itself(kind):
    value = os.urandom(kind.length or 32)
    secret = kind(value)
    for text in (repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s" % secret):  # noqa: UP031
        assert places_of({"it": value}, {"text": text.encode()}) == []


def test_the_program_shows_no_secret(tmp_path):
    operator = Person(tmp_path / "operator")
    with up(operator, "up", "--resolver-port", "0", "--delivery-port", "0") as running:
        person = Person(tmp_path / "person", resolver=f"{DOMAIN}={running.announced['resolver']}")
        key = os.urandom(32)
        said: list[Any] = [person.run("wallet", "import", "--key-file", "-", given=key.hex())]
        said.append(person.run_here("profile", "create", "--json"))
        said.append(person.run_here("lsp", "create", "--uri", PAGE))
        main = said[1].data["name"]
        said.append(person.run_here("link", "request", main, "--json"))
        said.append(person.run_here("link", "list", "--json"))
        lsp = said[-1].data["requests"][0]["profile"]
        said.append(person.run_here("link", "approve", lsp))
        said.append(person.run_here("profile", "show", lsp, "--json"))
        said.append(person.run_here("inbox", "--profile", main, "--json"))
        assert [answer.code for answer in said] == [0] * len(said)
        said.append(person.run_here("wallet", "import", "w", "--key-file", "-", given=key.hex() + "00"))
        said.append(person.run_here("wallet", "list", "--print-config"))
        stopped = running.stop()
    vault = person.home / "data" / "dm3" / "vault.sqlite"
    secrets = {"key": key, "passphrase": person.passphrase.read_bytes().strip()}
    secrets |= seeds_of(vault, person)
    assert len(secrets) >= 6
    contents = {f"answer {number}": str(answer).encode() for number, answer in enumerate(said)}
    contents |= {"up": str(stopped).encode()}
    kept = files_below(tmp_path)
    holders = {str(person.passphrase.relative_to(tmp_path)), str(operator.passphrase.relative_to(tmp_path))}
    contents |= {name: data for name, data in kept.items() if name not in holders}
    assert places_of(secrets, contents) == []


def seeds_of(vault: Path, person: Person) -> dict[str, bytes]:
    """The keys in somebody's vault."""

    async def read() -> dict[str, bytes]:
        opened = await Vault.open(vault, Passphrase(person.passphrase.read_bytes().strip()))
        found: dict[str, bytes] = {}
        for number, kept in enumerate(await opened.entries(IDENTITIES)):
            identity = kept.record
            found[f"seed {number}"] = identity.seed.reveal()
            found[f"signing key {number}"] = identity.keys.signing_private.reveal()[:32]
            if identity.wallet_key:
                found[f"wallet {number}"] = identity.wallet_key.reveal()
        await opened.close()
        return found

    return asyncio.run(read())
