"""A source of names that is a table in memory: for tests and small, closed installations."""

from __future__ import annotations

from dm3.base import normalize
from dm3.base.errors import Unreachable
from dm3.model import DeliveryServiceProfile, RecordKey, SignedProfile
from dm3.wire import data_uri, delivery_service_json


class StaticNames:
    """`dm3.net.Names` over dicts of text records and addresses.

    ``reachable`` turned off makes every question fail as a resolver does that cannot be reached;
    ``asked`` counts the questions about each name.
    """

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], str] = {}
        self.addresses: dict[str, str] = {}
        self.asked: dict[str, int] = {}
        self.reachable = True

    async def text(self, name: str, key: str) -> str | None:
        """The text record ``key`` of ``name``, or None. Raises `Unreachable` when turned off."""
        self._count(name)
        return self.texts.get((name, key))

    async def address(self, name: str) -> str | None:
        """The address that ``name`` points to, or None. Raises `Unreachable` when turned off."""
        self._count(name)
        return self.addresses.get(name)

    def forget(self, name: str) -> None:
        """Nothing is remembered, so nothing is to be forgotten."""

    def put_profile(self, name: str, signed: SignedProfile, address: str) -> None:
        """Publish a signed profile under ``name``, which points to ``address``."""
        normal = normalize(name)
        self.texts[normal, RecordKey.PROFILE] = "data:application/json," + signed.text
        self.addresses[normal] = address

    def put_delivery_service(self, name: str, profile: DeliveryServiceProfile) -> None:
        """Publish a delivery service's profile under ``name``."""
        record = data_uri(delivery_service_json(profile))
        self.texts[normalize(name), RecordKey.DELIVERY_SERVICE] = record

    def put_text(self, name: str, key: str, record: str) -> None:
        """Publish any other text record."""
        self.texts[normalize(name), key] = record

    def remove(self, name: str) -> None:
        """Forget everything under ``name``."""
        normal = normalize(name)
        self.addresses.pop(normal, None)
        for known in [known for known in self.texts if known[0] == normal]:
            del self.texts[known]

    def _count(self, name: str) -> None:
        self.asked[name] = self.asked.get(name, 0) + 1
        if not self.reachable:
            raise Unreachable("the table of names is turned off")
