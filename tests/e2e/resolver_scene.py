"""A resolver on a port of this machine, over a database file, and what people send to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from msgspec.structs import replace

from dm3.base import address_name, canonical_json, owner_alias, read_json
from dm3.crypto import KeyWallet, sign
from dm3.model import LinkRecord, RecordKey
from dm3.net.clients.resolver import ResolverClient
from dm3.protocol.names.claims import alias_text, record_text
from dm3.protocol.names.owner_alias import consent_text, owner_alias_message
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from dm3.resolver import DomainSettings, Resolver, ResolverSettings, StaticName
from dm3.service import Server
from dm3.store import Database
from dm3.wire import data_uri, record_json, unsigned_record_json
from tests.kit import open_client
from tests.unit.people import ALICE, BOB, Person, digest

NOW = 1_700_000_000
APP = "myapp.eth"
SECOND = "dm3.eth"
CLOSED = "closed.eth"
SERVICE_NAME = "ds1.myapp.eth"
SERVICE_RECORD = 'data:application/json,{"url":"http://127.0.0.1"}'

SETTINGS = ResolverSettings(
    domains=(
        DomainSettings(name=APP, siwe_domains=("app.example",), chain_ids=(1,)),
        DomainSettings(name=SECOND, alias_parents=("user.dm3.eth", "vip.dm3.eth"), max_aliases=2),
        DomainSettings(name=CLOSED, siwe_domains=("app.example",), claims_open=False),
    ),
    static={
        SERVICE_NAME: StaticName(texts={RecordKey.DELIVERY_SERVICE: SERVICE_RECORD}),
        "Team.User.myapp.eth": StaticName(address=BOB.wallet.address.lower()),
    },
    ttl=30,
)


class Scene:
    """A running resolver; ``now`` is its time in UNIX seconds and may be set."""

    def __init__(self) -> None:
        self.now = float(NOW)
        self.url = ""
        self.resolver: Resolver
        self.http: httpx.AsyncClient
        self.client: ResolverClient

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request, its body as it is or as JSON."""
        content = body if isinstance(body, bytes | None) else canonical_json(body).encode()
        return await self.http.request(method, self.url + path, content=content)

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of a refusal, which must have a sentence."""
        answer = await self.send(method, path, body)
        told = answer.json()
        assert isinstance(told["error"], str)
        assert told["error"]
        return answer.status_code, told["code"]

    async def records(self, name: str) -> Any:
        """What ``GET /names`` shows."""
        answer = await self.send("GET", f"/names/{name}")
        assert answer.status_code in (200, 404)
        return answer.json() if answer.status_code == 200 else None

    async def claim(self, person: Person, domain: str = APP) -> str:
        """Register the person's profile."""
        return await self.client.claim_address(person.signed_profile, person.wallet.address, domain)


@asynccontextmanager
async def resolver_scene(
    folder: Any, settings: ResolverSettings = SETTINGS, signer: KeyWallet | None = None
) -> AsyncIterator[Scene]:
    """Start a resolver with its data in ``folder``; with ``signer`` ENS clients get answers, too."""
    scene = Scene()
    database = Database.open(f"sqlite:///{folder / 'resolver.db'}", "resolver")
    try:
        scene.resolver = Resolver(settings, database, signer=signer, clock=lambda: scene.now)
        async with Server(scene.resolver.app) as server, open_client() as scene.http:
            scene.url = server.url
            scene.client = ResolverClient(scene.http, server.url)
            yield scene
    finally:
        await database.close()


def address_claim(person: Person, **changes: Any) -> dict[str, Any]:
    """The body of an address claim, as the reference's client sends it."""
    return {
        "signedUserProfile": read_json(person.signed_profile.text),
        "address": person.wallet.address,
        "subdomain": f".addr.{APP}",
        **changes,
    }


def alias_claim(person: Person, alias: str, **changes: Any) -> dict[str, Any]:
    """The body of an alias claim."""
    return {
        "alias": alias,
        "name": address_name(person.wallet.address, APP),
        "signature": sign(person.keys.signing_private, alias_text(alias)),
        **changes,
    }


def sign_in(owner: Person, **changes: Any) -> str:
    """A sign-in message of the host page at app.example."""
    values: dict[str, Any] = {
        "domain": "app.example",
        "address": owner.wallet.address,
        "uri": "https://app.example",
    }
    values |= {"chain_id": 1, "nonce": "sign1n0nce", "issued_at": NOW}
    return print_siwe(SiweMessage(**{**values, **changes}))


def own_text(owner: Person, lsp: Person, label: str = "nonce", **changes: Any) -> str:
    """Our own text, by which ``owner`` ties ``lsp`` to itself."""
    values: dict[str, Any] = {
        "domain": APP,
        "owner": owner.wallet.address,
        "nonce": "0x" + digest(label).hex(),
    }
    values |= {"address_name": address_name(lsp.wallet.address, values["domain"])}
    values |= {"issued_at": NOW, "expires_at": NOW + 600}
    return owner_alias_message(**{**values, **changes})


def owner_claim(
    owner: Person, lsp: Person, message: str, domain: str = APP, /, **changes: Any
) -> dict[str, Any]:
    """The body of an owner-alias claim."""
    alias = owner_alias(owner.wallet.address, domain)
    return {
        "name": address_name(lsp.wallet.address, domain),
        "owner": owner.wallet.address,
        "message": message,
        "signature": owner.wallet.sign_now(message),
        "consent": sign(lsp.keys.signing_private, consent_text(alias)),
        **changes,
    }


def link_value(person: Person, domain: str = APP, **changes: Any) -> str:
    """A private link record of the person's, signed, as a data URI."""
    record = replace(
        LinkRecord(
            profile_name=address_name(person.wallet.address, domain),
            profile_hash=person.signed_profile.hash,
            valid_until=NOW + 86_400,
            link_message_hash="0x" + "a" * 64,
            signature="",
            signed_text="",
            main_commitment="0x" + "b" * 64,
        ),
        **changes,
    )
    text = canonical_json(unsigned_record_json(record))
    return data_uri(record_json(replace(record, signature=sign(person.keys.signing_private, text))))


def record_update(
    person: Person, value: str | None, at: int = NOW * 1000, /, **changes: Any
) -> dict[str, Any]:
    """The body of a record's publication; ``at`` in UNIX milliseconds."""
    name = address_name(person.wallet.address, APP)
    text = record_text(name, RecordKey.LINK, at, value)
    return {
        "value": value,
        "issuedAt": at,
        "signature": sign(person.keys.signing_private, text),
        **changes,
    }


NAME = address_name(ALICE.wallet.address, APP)
RECORD_PATH = f"/records/{NAME}/{RecordKey.LINK}"
