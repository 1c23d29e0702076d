"""The escrow of a delivery service: sealed copies of profiles' keys (specification 3.8)."""

from __future__ import annotations

from dm3.base import Members, from_base64, owner_alias, to_base64
from dm3.crypto import Token
from dm3.protocol.escrow import MAX_BLOB_CHARS, MAX_CHARS, sealing_of

from ..http.service_call import expecting
from .service_line import ServiceLine, part


class EscrowClient:
    """The escrow at one delivery service. Every method raises `Unreachable` when it is away."""

    def __init__(self, line: ServiceLine) -> None:
        self._line = line

    async def keep(self, name: str, token: Token, app: str, owner: str, blob: bytes) -> None:
        """Have the service keep a sealed copy of the profile's keys (specification 3.8).

        ``app`` in normal form. The owner alias is the proof that the profile is the owner's.
        """
        sealing = sealing_of(blob)
        body = {
            "app": app,
            "owner": owner,
            "ownerProof": owner_alias(owner, app),
            "blob": to_base64(blob),
            **({} if sealing is None else sealing.members()),
        }
        await self._line.done("PUT", f"/escrow/{part(name)}", token, body)

    async def remove(self, name: str, token: Token) -> None:
        """Have the service forget its sealed copy."""
        await self._line.done("DELETE", f"/escrow/{part(name)}", token)

    async def challenge(self, app: str, owner: str) -> str:
        """A text that the owner has to sign for the sealed copy; check it before the wallet sees it.

        Raises `NotFound` when the service keeps no copies.
        """
        answer = await self._line.call("GET", f"/escrow/{part(app)}/{part(owner)}/challenge")
        with expecting(self._line.base_url):
            return Members(answer, "the escrow's answer").text("challenge", max_length=MAX_CHARS)

    async def release(self, app: str, owner: str, challenge: str, signature: str) -> tuple[str, bytes]:
        """The profile's name and its sealed copy. Raises `NotFound` when there is none."""
        return await self._released(app, owner, "", {"challenge": challenge, "signature": signature})

    async def release_to_login(self, app: str, owner: str, message: str, signature: str) -> tuple[str, bytes]:
        """As `release`, for a fresh sign-in at a site whose entropy has sealed it.

        Specification 3.8.
        """
        return await self._released(app, owner, "/login", {"authMessage": message, "authSig": signature})

    async def releases(self, name: str, token: Token) -> list[tuple[int, str]]:
        """When logins were given the copy of a profile (UNIX seconds), and of which page they were."""
        answer = await self._line.call("GET", f"/escrow/{part(name)}/releases", token=token)
        with expecting(self._line.base_url):
            told = [Members(one, "a release") for one in Members(answer, "the releases").items("releases")]
            return [(one.whole("at"), one.text("page", max_length=2_000)) for one in told]

    async def _released(self, app: str, owner: str, way: str, body: dict[str, str]) -> tuple[str, bytes]:
        answer = await self._line.call("POST", f"/escrow/{part(app)}/{part(owner)}{way}", body=body)
        with expecting(self._line.base_url):
            members = Members(answer, "the escrow's answer")
            blob = members.text("blob", max_length=MAX_BLOB_CHARS)
            return members.text("name", max_length=255), from_base64(blob, what="the escrow")
