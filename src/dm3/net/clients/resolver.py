"""Off-chain resolvers over HTTP: claiming names, and what they know of profiles (specification 2.5, 3.1)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import httpx

from dm3.base import Members, address_name, normalize, read_json
from dm3.base.errors import CannotTell, MalformedData, NotFound, ServiceRefused
from dm3.crypto import ProfileKeys, SigningPrivateKey, checksum_address, sign
from dm3.model import SignedProfile
from dm3.protocol.names import Dating, claim_text, consent_text, give_up_text, owner_alias_for, record_text
from dm3.protocol.services import read_service_answer
from dm3.wire import signed_profile_from

from ..http.service_call import ask, call, expecting
from .resolver_names import MAX_ANSWER

NO_SUCH_PAGE: Final = 404
ACCEPTED: Final = b"OK"
"""How the reference's resolver answers a claim: no JSON (specification 2.5.6)."""


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
