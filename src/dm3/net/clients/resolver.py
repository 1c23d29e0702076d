"""Off-chain resolvers over HTTP: looking names up, and claiming them (specification 2.5, 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from time import monotonic
from typing import Any, Final
from urllib.parse import quote

import httpx
from msgspec import Struct

from dm3.base import Members, address_name, normalize, read_json
from dm3.base.errors import CannotTell, InvalidInput, MalformedData, NobodyAsked, NotFound, ServiceRefused
from dm3.crypto import ProfileKeys, SigningPrivateKey, checksum_address, sign
from dm3.model import SignedProfile
from dm3.protocol.names import Dating, claim_text, consent_text, give_up_text, owner_alias_for, record_text
from dm3.protocol.services import read_service_answer
from dm3.wire import signed_profile_from

from ..cache.bounded_cache import BoundedCache, size_of
from ..http.freshness import told_seconds
from ..http.service_call import ask, call, expecting

MAX_ANSWER: Final = 1024 * 1024
CACHE_SECONDS: Final = 2.0
CACHE_BYTES: Final = 8 * 1024 * 1024
NO_SUCH_PAGE: Final = 404
ACCEPTED: Final = b"OK"
"""How the reference's resolver answers a claim: no JSON (specification 2.5.6)."""


class _NameAnswer(Struct, frozen=True):
    address: str | None
    texts: Mapping[str, str]


class _Kept(Struct, frozen=True):
    """An answer, until when it is given again, and until when it holds; as ``clock`` counts."""

    answer: _NameAnswer
    again_until: float
    holds_until: float


class ResolverNames:
    """`Names` over the resolvers of known applications; names of others have nothing here.

    ``resolvers`` are base URLs by domain; the longest domain that a name stands below wins. One request
    serves the text and the address of a name: what was found is remembered for 2 seconds, or for less where
    the resolver says so; what it says bounds how long others remember it (`ttl`).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        resolvers: Mapping[str, str],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._http = http
        self._resolvers = {normalize(name): url.rstrip("/") for name, url in resolvers.items()}
        self._clock = clock
        self._cache: BoundedCache[str, _Kept] = BoundedCache(max_bytes=CACHE_BYTES)

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None.

        Raises `InvalidName`, and `Unreachable` where the resolver itself says nothing of the name:
        `CannotTell` for other answers, `NobodyAsked` for names of no configured domain.
        """
        found = await self._find(normalize(name))
        return None if found is None else found.texts.get(key)

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to (EIP-55), or None; raises as `text`."""
        found = await self._find(normalize(name))
        return None if found is None else found.address

    def ttl(self, name: str, key: str | None) -> float:
        """For how many seconds what was just found of ``name`` holds, as its resolver says."""
        kept = self._cache.get(normalize(name))
        return inf if kept is None else max(0.0, kept.holds_until - self._clock())

    def serves(self, name: str) -> bool:
        """Whether ``name`` stands below one of the domains. Raises `InvalidName`."""
        return self._resolver_of(normalize(name)) is not None

    def forget(self, name: str) -> None:
        """Ask anew the next time."""
        self._cache.drop(normalize(name))

    async def _find(self, name: str) -> _NameAnswer | None:
        base = self._resolver_of(name)
        if base is None:
            raise NobodyAsked(f"no resolver is configured for {name}")
        kept = self._cache.get(name)
        if kept is not None and self._clock() < kept.again_until:
            return kept.answer
        self._cache.drop(name)
        url = f"{base}/names/{quote(name, safe='')}"
        given = await ask(self._http, "GET", url, max_bytes=MAX_ANSWER)
        try:
            value = read_service_answer(given, max_bytes=MAX_ANSWER)
        except NotFound:
            # Not remembered: whoever claims a name wants to see it at once.
            return None
        except ServiceRefused as error:  # a look-up is answered or not found; the rest says nothing of it
            raise CannotTell(error.detail, verbatim=True, status=error.status) from None
        with expecting(base):
            answer = _name_answer(value)
        told, now = told_seconds(given.cache_control), self._clock()
        ttl = inf if told is None else told
        self._cache.put(name, _Kept(answer, now + min(CACHE_SECONDS, ttl), now + ttl), size_of(answer))
        return answer

    def _resolver_of(self, name: str) -> str | None:
        """The base URL for ``name`` (in normal form): of the longest domain above it."""
        domain = name
        while domain and domain not in self._resolvers:
            domain = domain.partition(".")[2]
        return self._resolvers.get(domain)


def _name_answer(value: Any) -> _NameAnswer:
    members = Members(value, "the resolver's answer")
    texts = members.object("texts").raw()
    if not all(isinstance(text, str) for text in texts.values()):
        raise MalformedData("the resolver's answer: texts must hold strings only")
    address = members.optional_text("address", max_length=100)
    try:
        return _NameAnswer(None if address is None else checksum_address(address), texts)
    except InvalidInput as error:
        raise MalformedData(f"the resolver's answer: {error.detail}") from None


def _told(dating: Dating | None) -> dict[str, str]:
    return {} if dating is None else {"issued": dating.issued, "after": dating.after}


class ResolverClient:
    """Claims at one resolver. Every claim is safe to repeat.

    All methods raise `Unreachable`, or the service's refusal with its sentence: `NotFound`,
    `AlreadyTaken` or `ServiceRefused`, whose ``service_code`` names the reason.
    """

    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self._http = http
        self._base = base_url.rstrip("/")

    async def claim_address(
        self, signed: SignedProfile, address: str, domain: str, authorization: str | None = None
    ) -> str:
        """Register ``signed`` under the address name of ``address`` below ``domain``; returns the name.

        ``authorization``: the wallet's signature over `profile_update_message`, to replace another one.
        """
        body = {
            "signedUserProfile": read_json(signed.text, what="the signed profile"),
            "address": address,
            "subdomain": f"addr.{normalize(domain)}",
        }
        if authorization is not None:
            body["authorization"] = authorization
        name = address_name(address, domain)
        return await self._named("POST", "/profile/address", body, name)

    async def claim_alias(self, alias: str, name: str, signing_key: SigningPrivateKey) -> str:
        """Point ``alias`` to ``name``, whose profile has ``signing_key``; returns the alias."""
        normal = normalize(alias)
        dating = await self._dating(normal)
        signature = sign(signing_key, claim_text(normal, dating))
        body = {"alias": normal, "name": name, "signature": signature, **_told(dating)}
        return await self._named("POST", "/profile/name", body, normal)

    async def remove_alias(self, alias: str, signing_key: SigningPrivateKey) -> str:
        """Give ``alias`` up, with the signing key of the profile that it points to; returns the alias."""
        normal = normalize(alias)
        dating = await self._dating(normal)
        body = {"name": normal, "signature": sign(signing_key, give_up_text(normal, dating)), **_told(dating)}
        return await self._named("POST", "/profile/deleteName", body, normal)

    async def _dating(self, alias: str) -> Dating | None:
        """What a change of ``alias`` has to follow; None at a resolver that does not say it (the reference).

        The time is the resolver's, by whose clock it counts.
        """
        try:
            value = await call(self._http, "GET", f"{self._base}/aliases/{quote(alias, safe='')}/last")
            answer = Members(value, "the last change")
            return Dating(answer.text("time", max_length=60), answer.text("last", max_length=66))
        except (NotFound, ServiceRefused, MalformedData):
            return None
        except CannotTell as error:
            if error.status != NO_SUCH_PAGE:
                raise
            return None

    async def claim_owner_alias(
        self, name: str, owner: str, message: str, signature: str, keys: ProfileKeys
    ) -> str:
        """Tie the LSP ``name`` (with ``keys``) to ``owner`` in public; returns the alias.

        ``message`` and the owner's ``signature``: `owner_alias_message`, or a sign-in message (EIP-4361).
        """
        consent = sign(keys.signing_private, consent_text(owner_alias_for(name, owner)))
        body = {
            "name": name,
            "owner": owner,
            "message": message,
            "signature": signature,
            "consent": consent,
        }
        return await self._named("POST", "/profile/owner-alias", body, owner_alias_for(name, owner))

    async def publish_record(
        self, name: str, key: str, value: str | None, signing_key: SigningPrivateKey, now_ms: int
    ) -> str:
        """Publish a text record of ``name`` (None removes it); ``now_ms`` in UNIX milliseconds.

        Returns the name. A later record needs a later time.
        """
        normal = normalize(name)
        signature = sign(signing_key, record_text(normal, key, now_ms, value))
        path = f"/records/{quote(normal, safe='')}/{quote(key, safe='')}"
        body = {"value": value, "issuedAt": now_ms, "signature": signature}
        return await self._named("PUT", path, body, normal)

    async def profile_of(self, address: str, domain: str | None = None) -> SignedProfile:
        """The profile of ``address``: as served, its signature unchecked. Raises `NotFound` for none."""
        value = await self._get(f"/profile/{checksum_address(address)}", domain)
        with expecting(self._base):
            return signed_profile_from(value)

    async def name_of(self, address: str, domain: str | None = None) -> str:
        """The alias of ``address``, else its address name. Raises `NotFound` for none."""
        found = await self._get(f"/profile/name/{checksum_address(address)}", domain)
        with expecting(self._base):
            return _name_in(found)

    async def delivery_services(self, domain: str) -> tuple[str, ...]:
        """The delivery services that the application ``domain`` uses, in normal form; none if it says none.

        Raises `NotFound` also at resolvers of others, which do not tell.
        """
        value = await call(
            self._http,
            "GET",
            f"{self._base}/domains/{quote(normalize(domain), safe='')}",
            max_bytes=MAX_ANSWER,
        )
        with expecting(self._base):
            return tuple(map(normalize, Members(value, "the resolver's answer").texts("deliveryServices")))

    async def _get(self, path: str, domain: str | None) -> Any:
        params = None if domain is None else {"domain": domain}
        return await call(self._http, "GET", self._base + path, params=params, max_bytes=MAX_ANSWER)

    async def _named(self, method: str, path: str, body: dict[str, Any], name: str) -> str:
        """Make a claim; returns the name that the resolver answers with, ``name`` where it says only OK."""
        answer = await ask(self._http, method, self._base + path, body=body, max_bytes=MAX_ANSWER)
        if answer.status == 200 and answer.body.strip() == ACCEPTED:
            return name
        value = read_service_answer(answer, max_bytes=MAX_ANSWER)
        with expecting(self._base):
            return _name_in(value)


def _name_in(value: Any) -> str:
    return normalize(Members(value, "the resolver's answer").text("name", max_length=255))
