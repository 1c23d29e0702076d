"""What is known of others before something is sent to them: what services take, what profiles read.

Asked of the delivery service that is about to get the message, and remembered for some minutes. A no that
was only remembered is asked for again: it would end the message's way.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from dm3.base import read_json
from dm3.base.errors import (
    MalformedData,
    NotFound,
    RemoteProtocolError,
    ServiceRefused,
    TooLarge,
    UnsupportedByPeer,
)
from dm3.crypto import SCHEME
from dm3.model import DEVICE_SYNC, LinkKind, ProfileExtension
from dm3.net.cache import TimedCache
from dm3.net.clients import DeliveryClient
from dm3.protocol.messages import MAX_MESSAGE
from dm3.wire import TYPE_TO_LINK

REMEMBERED_SECONDS: Final = 300.0
ENTRIES: Final = 2_000
SMALLEST_LIMIT: Final = 10_000
"""Below this, no delivery service of any use refuses a message for its size; nobody is asked."""

PADDING: Final = 2_048
_ENDINGS: Final = frozenset({LinkKind.REJECT, LinkKind.REVOKE})
"""Our own extensions: sent only to a profile that lists them (specification 3.9)."""


class ServiceFacts(Struct, frozen=True):
    """What a delivery service has said of itself.

    ``limit`` is the largest envelope that it takes, in bytes; None when it does not say.
    ``plain``: it answers a submission with a word, as the reference's services do.
    """

    limit: int | None = None
    plain: bool = False


class Peers:
    """Remembers services' limits and profiles' extensions. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._known: TimedCache[tuple[str, str], Any] = TimedCache(clock, max_entries=ENTRIES)
        self._encrypted_hash: TimedCache[str, bool] = TimedCache(clock, max_entries=ENTRIES)

    async def facts(self, service: str, client: DeliveryClient) -> ServiceFacts:
        """What a service says of itself. Raises `Unreachable`."""
        known = self._recall(service, "")
        if known is not None:
            return known[0]  # type: ignore[no-any-return]
        try:
            told = await client.properties()
        except (RemoteProtocolError, ServiceRefused, NotFound):
            found = ServiceFacts()  # of another make, or none of these methods
        else:
            found = ServiceFacts(told.size_limit if told.size_limit > 0 else None, told.plain)
        return self._keep(service, "", found)  # type: ignore[no-any-return]

    def wants_encrypted_hash(self, service: str) -> bool:
        """Whether a service has taken envelopes only in the form of npm 1.7.1."""
        return self._encrypted_hash.get(service) is not None

    def note_hash(self, service: str, *, encrypted: bool) -> None:
        """Remember in which form a service has taken an envelope."""
        self._encrypted_hash.drop(service)
        if encrypted:
            self._encrypted_hash.put_until(service, True, inf)

    async def require_support(
        self, service: str, client: DeliveryClient, receiver: str, message_type: str
    ) -> None:
        """Raise `UnsupportedByPeer` when ``receiver`` says it does not read this type or our sealing.

        Raises `Unreachable` as well. Where nothing is known, everything is allowed but LINK_REJECT and
        LINK_REVOKE.
        """
        known = self._recall(service, receiver)
        if known is not None and unsupported_reason(known[0], receiver, message_type) is None:
            return
        extension = self._keep(service, receiver, await client.extension(receiver))
        found = unsupported_reason(extension, receiver, message_type)
        if found is not None:
            raise found

    def _recall(self, service: str, receiver: str) -> tuple[Any] | None:
        return self._known.get((service, receiver))

    def _keep(self, service: str, receiver: str, value: Any) -> Any:
        self._known.put((service, receiver), value, seconds=REMEMBERED_SECONDS)
        return value


def unsupported_reason(
    extension: ProfileExtension | None, receiver: str, message_type: str
) -> UnsupportedByPeer | None:
    """Why a profile with this extension cannot read a message of ours, as the error to raise."""
    if message_type == DEVICE_SYNC:
        return None  # it goes to the profile's own devices, and is listed for nobody else
    linking = TYPE_TO_LINK.get(message_type)
    kind = None if linking is None else linking[1]
    supported = None if extension is None else extension.supports(message_type)
    if kind in _ENDINGS and supported is not True:
        return UnsupportedByPeer(
            f"{receiver} does not say that it reads {message_type[:60]}",
            hint="Nothing was sent: the specification has no such answer, and others may take it for a text.",
        )
    if extension is None:
        return None
    schemes = tuple(scheme.lower() for scheme in extension.encryption_schemes)
    if schemes and SCHEME not in schemes:
        listed = ", ".join(schemes)[:200]
        return UnsupportedByPeer(
            f"{receiver} reads {listed} only, and we seal with {SCHEME}",
            hint="Nothing was sent. Ask them for an address that reads this sealing.",
        )
    # Who asked to be linked reads the acceptance, whatever its profile lists.
    if kind is LinkKind.ACCEPT or supported is not False:
        return None
    return UnsupportedByPeer(
        f"{receiver} does not read messages of type {message_type[:60]}",
        hint="Nothing was sent. Write it as an ordinary message instead.",
    )


def message_type(text: str) -> str:
    """The type that a message (canonical JSON) names, as it stands on the wire."""
    try:
        return str(read_json(text, what="the message")["metadata"]["type"])
    except (KeyError, TypeError):
        raise MalformedData("the message has no type") from None


FILES_APART: Final = 4 * PADDING
"""Bytes of an envelope that are not of its files: names, text, signatures, padding."""


def least_sealed_size(text: str) -> int:
    """How many bytes an envelope around this message has at least: padded and in base64."""
    size = len(text.encode("utf-8", "surrogatepass"))
    return (size // PADDING + 1) * PADDING * 4 // 3


def require_protocol_size(text: str) -> None:
    """Raise `TooLarge` for a message beyond what the protocol allows (specification 4)."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_MESSAGE:
        raise TooLarge(
            f"the message has {size} bytes with its attachments; {MAX_MESSAGE} are allowed",
            hint="Nothing was sent. Leave something out, or send a link to it.",
        )


def too_large(size: int, limits: dict[str, int]) -> TooLarge:
    """The error for a message of ``size`` sealed bytes that none of these services takes."""
    told = ", ".join(f"{service} takes {limit}" for service, limit in limits.items())
    files = largest_files(max(limits.values()))
    return TooLarge(
        f"the message takes {size} bytes when it is sealed; {told}",
        hint=f"Nothing was sent. Files of about {files // 1000} kB together fit, or send a link to them.",
    )


def largest_files(limit: int) -> int:
    """How many bytes the files of one message have at most where a service takes ``limit`` sealed bytes.

    Base64 in the message and around the envelope makes 16 of 9 bytes, beside what else stands there.
    """
    return max(0, (limit - FILES_APART) * 9 // 16)
