"""A delivery service as its users see it: register, authenticate, fetch, acknowledge, submit."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from dm3.base import Members
from dm3.base.errors import (
    CannotTell,
    Dm3Error,
    MalformedData,
    NotFound,
    RemoteProtocolError,
    ServiceRefused,
)
from dm3.crypto import SigningPrivateKey, Token, sign
from dm3.model import DeliveryServiceProperties, Envelope, ProfileExtension, SignedProfile
from dm3.protocol.delivery import check_challenge
from dm3.protocol.services import (
    cannot_tell,
    is_plain_acceptance,
    plain_refusal,
)
from dm3.wire import envelope_text, extension_from, properties_from

from ..http.service_call import expecting
from .escrow import EscrowClient
from .mailbox_pages import Delivered, MailboxQuery, Page, page_from, pages_from
from .service_line import ServiceLine, part, result_of


class DeliveryClient:
    """Talks to one delivery service at ``base_url``. Every method raises `Unreachable` when it is away.

    ``service`` is the name under which it is published: what it has signed to open a mailbox must be its own.
    ``escrow`` has the sealed copies that the service keeps.
    """

    def __init__(self, http: httpx.AsyncClient, base_url: str, service: str = "") -> None:
        self._http = http
        self._line = ServiceLine(http, base_url)
        self.service = service
        self.base_url = self._line.base_url
        self.escrow = EscrowClient(self._line)

    async def submit(self, envelope: Envelope, *, plain: bool = False) -> None:
        """Hand an envelope in; it is safely stored when this returns.

        ``plain``: the service has shown to be one that answers with a word (`DeliveryServiceProperties`).
        Raises `NotFound` (no such receiver), `TooLarge` or `ServiceRefused` with the service's sentence.
        """
        answer = await self._line.ask_rpc("dm3_submitMessage", [envelope_text(envelope)])
        if plain and is_plain_acceptance(answer):
            return
        try:
            result_of(answer)
        except CannotTell:
            refused = plain_refusal(answer) if plain else None
            raise refused or cannot_tell(answer) from None

    async def properties(self) -> DeliveryServiceProperties:
        """What the service promises."""
        told = await self._line.rpc("dm3_getDeliveryServiceProperties", [])
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
            return extension_from(await self._line.rpc("dm3_getProfileExtension", [name]))
        except (RemoteProtocolError, ServiceRefused, NotFound):
            return None

    async def register(self, name: str, signed: SignedProfile, *, reader: str | None = None) -> None:
        """Register a published profile. Repeating it changes nothing.

        A new mailbox keeps what comes for ``reader`` from then on, or else for an unnamed one.
        """
        params = None if reader is None else {"reader": reader}
        path = f"/profile/{part(name)}"
        told = await self._line.call("POST", path, content=signed.text.encode("utf-8"), params=params)
        if not isinstance(told, str):  # as the reference's say it
            with expecting(self.base_url):
                Members(told, "the answer").text("name")

    async def authenticate(self, name: str, key: SigningPrivateKey) -> Token:
        """Prove that we hold the profile's signing key; returns a bearer token.

        Raises `MalformedData` when the challenge could be something else that this key signs, or is one of
        another service.
        """
        path = f"/auth/{part(name)}"
        challenge = await self._line.call("GET", path)
        challenge = check_challenge(self._line.text_in(challenge, "challenge"), self.service, name)
        answer = {"challenge": challenge, "signature": sign(key, challenge)}
        token = self._line.text_in(await self._line.call("POST", path, body=answer), "token")
        if not token.isascii() or len(token) > 8_000:
            raise MalformedData("the delivery service sent no usable token")
        return Token(token.encode("ascii"))

    async def fetch(
        self, name: str, token: Token, *, reader: str, after: str = "", wait: float = 0, limit: int = 50
    ) -> Page:
        """What is new for ``reader``; with ``wait`` (seconds) it waits for something to come."""
        params = {"reader": reader, "limit": limit, "wait": int(wait)}
        answer = await self._line.call(
            "GET",
            f"/mailbox/{part(name)}",
            token=token,
            params={**params, "after": after} if after else params,
            timeout=self._line.timeout(wait),
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
        answer = await self._line.call(
            "POST", "/mailboxes/fetch", body=body, timeout=self._line.timeout(wait), waits=wait > 0
        )
        with expecting(self.base_url):
            return pages_from(answer, [one.name for one in asked])

    async def acknowledge(self, name: str, token: Token, taken: list[Delivered], *, reader: str) -> None:
        """Say that ``reader`` has these messages safely."""
        body = {"acknowledgements": [entry.receipt for entry in taken], "reader": reader}
        path = f"/delivery/messages/{part(name)}/syncAcknowledgements"
        told = await self._line.call("POST", path, token=token, body=body)
        with expecting(self.base_url):
            Members(told, "the answer").whole("acknowledged")

    async def add_reader(self, name: str, token: Token, reader: str) -> None:
        """Have the service keep messages until ``reader`` has acknowledged them, too."""
        told = await self._line.call("PUT", f"/mailbox/{part(name)}/readers/{part(reader)}", token=token)
        with expecting(self.base_url):
            Members(told, "the answer").text("reader")

    async def remove_reader(self, name: str, token: Token, reader: str) -> None:
        """Undo `add_reader`."""
        await self._line.done("DELETE", f"/mailbox/{part(name)}/readers/{part(reader)}", token)

    async def set_extension(self, name: str, token: Token, extension: dict[str, Any]) -> None:
        """Publish what the profile supports."""
        told = await self._line.call("PUT", f"/profile/{part(name)}/extension", token=token, body=extension)
        with expecting(self.base_url):
            Members(told, "the answer").items("encryptionScheme")
