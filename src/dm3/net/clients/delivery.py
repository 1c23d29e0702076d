"""A delivery service as its users see it: register, authenticate, fetch, acknowledge, submit."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from dm3.base import Members, canonical_json, from_base64, owner_alias, to_base64
from dm3.base.errors import (
    CannotTell,
    Dm3Error,
    MalformedData,
    NotFound,
    RemoteProtocolError,
    ServiceRefused,
    TooLarge,
)
from dm3.crypto import SigningPrivateKey, Token, sign
from dm3.model import DeliveryServiceProperties, Envelope, ProfileExtension, SignedProfile
from dm3.protocol.delivery import check_challenge
from dm3.protocol.escrow import MAX_BLOB_CHARS, MAX_CHARS, sealing_of
from dm3.protocol.services import (
    CANNOT_OPEN,
    HttpAnswer,
    cannot_tell,
    is_plain_acceptance,
    plain_refusal,
    printable,
    read_rpc_answer,
    read_service_answer,
)
from dm3.wire import envelope_text, extension_from, properties_from

from ..http.service_call import MAX_ANSWER, ask, expecting
from .mailbox_pages import Delivered, MailboxQuery, Page, page_from, pages_from

LONG_POLL_STEPS: Final = 2
"""How many of the client's steps an answer may come after the time for which the service waits."""
UNAUTHORIZED: Final = 401
NO_CONTENT: Final = 204


class DeliveryClient:
    """Talks to one delivery service at ``base_url``. Every method raises `Unreachable` when it is away.

    ``service`` is the name under which it is published: what it has signed to open a mailbox must be its own.
    """

    def __init__(self, http: httpx.AsyncClient, base_url: str, service: str = "") -> None:
        self._http = http
        self.service = service
        self.base_url = base_url.rstrip("/")

    async def submit(self, envelope: Envelope, *, plain: bool = False) -> None:
        """Hand an envelope in; it is safely stored when this returns.

        ``plain``: the service has shown to be one that answers with a word (`DeliveryServiceProperties`).
        Raises `NotFound` (no such receiver), `TooLarge` or `ServiceRefused` with the service's sentence.
        """
        answer = await self._ask_rpc("dm3_submitMessage", [envelope_text(envelope)])
        if plain and is_plain_acceptance(answer):
            return
        try:
            _result(answer)
        except CannotTell:
            refused = plain_refusal(answer) if plain else None
            raise refused or cannot_tell(answer) from None

    async def properties(self) -> DeliveryServiceProperties:
        """What the service promises."""
        told = await self._rpc("dm3_getDeliveryServiceProperties", [])
        with expecting(self.base_url):
            return properties_from(told)

    async def time(self) -> float | None:
        """What time it is there in UNIX seconds, by the ``Date`` of an answer; None where it does not say."""
        try:
            async with self._http.stream("GET", f"{self.base_url}/health") as response:
                told = parsedate_to_datetime(response.headers.get("date", ""))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError, ValueError):
            return None
        return told.timestamp() if told.tzinfo is not None else None

    async def extension(self, name: str) -> ProfileExtension | None:
        """What is known of a profile beyond its keys; None when the service does not say."""
        try:
            return extension_from(await self._rpc("dm3_getProfileExtension", [name]))
        except (RemoteProtocolError, ServiceRefused, NotFound):
            return None

    async def register(self, name: str, signed: SignedProfile, *, reader: str | None = None) -> None:
        """Register a published profile. Repeating it changes nothing.

        A new mailbox keeps what comes for ``reader`` from then on, or else for an unnamed one.
        """
        params = None if reader is None else {"reader": reader}
        path = f"/profile/{_part(name)}"
        told = await self._call("POST", path, content=signed.text.encode("utf-8"), params=params)
        if not isinstance(told, str):  # as the reference's say it
            with expecting(self.base_url):
                Members(told, "the answer").text("name")

    async def authenticate(self, name: str, key: SigningPrivateKey) -> Token:
        """Prove that we hold the profile's signing key; returns a bearer token.

        Raises `MalformedData` when the challenge could be something else that this key signs, or is one of
        another service.
        """
        path = f"/auth/{_part(name)}"
        challenge = await self._call("GET", path)
        challenge = check_challenge(self._text_in(challenge, "challenge"), self.service, name)
        answer = {"challenge": challenge, "signature": sign(key, challenge)}
        token = self._text_in(await self._call("POST", path, body=answer), "token")
        if not token.isascii() or len(token) > 8_000:
            raise MalformedData("the delivery service sent no usable token")
        return Token(token.encode("ascii"))

    async def fetch(
        self, name: str, token: Token, *, reader: str, after: str = "", wait: float = 0, limit: int = 50
    ) -> Page:
        """What is new for ``reader``; with ``wait`` (seconds) it waits for something to come."""
        params = {"reader": reader, "limit": limit, "wait": int(wait)}
        answer = await self._call(
            "GET",
            f"/mailbox/{_part(name)}",
            token=token,
            params={**params, "after": after} if after else params,
            timeout=self._timeout(wait),
            waits=wait > 0,
        )
        with expecting(self.base_url):
            return page_from(answer)

    async def fetch_several(
        self, asked: Sequence[MailboxQuery], *, wait: float = 0
    ) -> dict[str, Page | Dm3Error]:
        """As `fetch` for several mailboxes, at most `MOST_MAILBOXES`, by their names (specification 5.4).

        In place of a page is why there is none. Raises `NotFound` or `ServiceRefused` where a service has no
        such call.
        """
        body = {
            "wait": int(wait),
            "mailboxes": [
                {
                    "name": one.name,
                    "token": one.token.reveal().decode("ascii"),
                    "reader": one.reader,
                    **({"after": one.after} if one.after else {}),
                }
                for one in asked
            ],
        }
        answer = await self._call(
            "POST", "/mailboxes/fetch", body=body, timeout=self._timeout(wait), waits=wait > 0
        )
        with expecting(self.base_url):
            return pages_from(answer, [one.name for one in asked])

    async def acknowledge(self, name: str, token: Token, taken: list[Delivered], *, reader: str) -> None:
        """Say that ``reader`` has these messages safely."""
        body = {"acknowledgements": [entry.receipt for entry in taken], "reader": reader}
        path = f"/delivery/messages/{_part(name)}/syncAcknowledgements"
        told = await self._call("POST", path, token=token, body=body)
        with expecting(self.base_url):
            Members(told, "the answer").whole("acknowledged")

    async def add_reader(self, name: str, token: Token, reader: str) -> None:
        """Have the service keep messages until ``reader`` has acknowledged them, too."""
        told = await self._call("PUT", f"/mailbox/{_part(name)}/readers/{_part(reader)}", token=token)
        with expecting(self.base_url):
            Members(told, "the answer").text("reader")

    async def remove_reader(self, name: str, token: Token, reader: str) -> None:
        """Undo `add_reader`."""
        await self._done("DELETE", f"/mailbox/{_part(name)}/readers/{_part(reader)}", token)

    async def set_extension(self, name: str, token: Token, extension: dict[str, Any]) -> None:
        """Publish what the profile supports."""
        told = await self._call("PUT", f"/profile/{_part(name)}/extension", token=token, body=extension)
        with expecting(self.base_url):
            Members(told, "the answer").items("encryptionScheme")

    async def keep_escrow(self, name: str, token: Token, app: str, owner: str, blob: bytes) -> None:
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
        await self._done("PUT", f"/escrow/{_part(name)}", token, body)

    async def remove_escrow(self, name: str, token: Token) -> None:
        """Have the service forget its sealed copy."""
        await self._done("DELETE", f"/escrow/{_part(name)}", token)

    async def escrow_challenge(self, app: str, owner: str) -> str:
        """A text that the owner has to sign for the sealed copy; check it before the wallet sees it.

        Raises `NotFound` when the service keeps no copies.
        """
        answer = await self._call("GET", f"/escrow/{_part(app)}/{_part(owner)}/challenge")
        with expecting(self.base_url):
            return Members(answer, "the escrow's answer").text("challenge", max_length=MAX_CHARS)

    async def release_escrow(self, app: str, owner: str, challenge: str, signature: str) -> tuple[str, bytes]:
        """The profile's name and its sealed copy. Raises `NotFound` when there is none."""
        return await self._released(app, owner, "", {"challenge": challenge, "signature": signature})

    async def release_escrow_to_login(
        self, app: str, owner: str, message: str, signature: str
    ) -> tuple[str, bytes]:
        """As `release_escrow`, for a fresh sign-in at a site whose entropy has sealed it.

        Specification 3.8.
        """
        return await self._released(app, owner, "/login", {"authMessage": message, "authSig": signature})

    async def escrow_releases(self, name: str, token: Token) -> list[tuple[int, str]]:
        """When logins were given the copy of a profile (UNIX seconds), and of which page they were."""
        answer = await self._call("GET", f"/escrow/{_part(name)}/releases", token=token)
        with expecting(self.base_url):
            told = [Members(one, "a release") for one in Members(answer, "the releases").items("releases")]
            return [(one.whole("at"), one.text("page", max_length=2_000)) for one in told]

    async def _released(self, app: str, owner: str, way: str, body: dict[str, str]) -> tuple[str, bytes]:
        answer = await self._call("POST", f"/escrow/{_part(app)}/{_part(owner)}{way}", body=body)
        with expecting(self.base_url):
            members = Members(answer, "the escrow's answer")
            blob = members.text("blob", max_length=MAX_BLOB_CHARS)
            return members.text("name", max_length=255), from_base64(blob, what="the escrow")

    def _timeout(self, wait: float) -> float:
        return wait + LONG_POLL_STEPS * (self._http.timeout.read or 0)

    def _text_in(self, told: Any, key: str) -> str:
        """The text that is told alone, or as the member ``key``."""
        with expecting(self.base_url):
            return told if isinstance(told, str) else Members(told, "the answer").text(key)

    async def _call(self, method: str, path: str, *, token: Token | None = None, **options: Any) -> Any:
        answer = await self._ask(method, path, token=token, **options)
        return read_service_answer(answer, max_bytes=MAX_ANSWER)

    async def _done(self, method: str, path: str, token: Token, body: Any = None) -> None:
        """Make a call that is answered with 204, and nothing else, where it was carried out."""
        answer = await self._ask(method, path, token=token, body=body)
        read_service_answer(answer, max_bytes=MAX_ANSWER)
        if answer.status != NO_CONTENT:
            raise cannot_tell(answer)

    async def _ask(self, method: str, path: str, *, token: Token | None = None, **options: Any) -> HttpAnswer:
        headers = {"Authorization": f"Bearer {token.reveal().decode('ascii')}"} if token else None
        answer = await ask(self._http, method, self.base_url + path, headers=headers, **options)
        if token is not None and answer.status == UNAUTHORIZED:
            # Where a token was shown this belongs, in whatever form: another one is to be had.
            raise ServiceRefused("the token is no longer good", status=UNAUTHORIZED)
        return answer

    async def _rpc(self, method: str, params: list[Any]) -> Any:
        return _result(await self._ask_rpc(method, params))

    async def _ask_rpc(self, method: str, params: list[Any]) -> HttpAnswer:
        request = canonical_json({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return await self._ask("POST", "/rpc", content=request.encode("utf-8"))


def _result(answer: HttpAnswer) -> Any:
    """The result in a JSON-RPC answer. Raises what its error says, or `CannotTell`."""
    told = read_rpc_answer(answer)
    error = told.get("error")
    if isinstance(error, dict):
        raise _rpc_error(error)
    return told["result"]


def _rpc_error(error: dict[str, Any]) -> Dm3Error:
    number, message = error.get("code", ""), error.get("message")
    sentence = printable(message, 500) if isinstance(message, str) and message else "no reason given"
    if number == -32001:
        return NotFound(sentence, verbatim=True)
    if number == -32011:
        return TooLarge(sentence, verbatim=True)
    data = error.get("data")
    named = data.get("code") if isinstance(data, dict) else None
    return ServiceRefused(sentence, verbatim=True, service_code=named if named == CANNOT_OPEN else number)


def _part(text: str) -> str:
    return quote(text, safe="")
