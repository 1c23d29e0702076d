"""The names under which a main profile is known, besides its own."""

from __future__ import annotations

from dm3.base import checked

from ..profiles.ens_names import known_as, no_longer_known_as, take_messages_for
from ..state.open_profile import OpenProfile


@checked
class MainNames:
    """Takes names up and gives them up."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own

    async def use_name(self, name: str) -> None:
        """Be known as ``name``, an ENS name that resolves to this profile; safe to repeat.

        It is checked against what is published now, and the delivery services are told. From then on
        messages come from this name, and come under it. Raises `NotPublished`, `NotYourName`,
        `InvalidInput`, `ConfigurationError`, `MalformedData`, `BadSignature`, and what the delivery services
        answer: `Unreachable` or `ServiceRefused`.
        """
        own = self._own
        wanted = await take_messages_for(own.context, own.identity, name)
        async with own.busy:
            own.identity = await known_as(own.context.vault, own.identity, wanted)

    async def drop_name(self, name: str) -> None:
        """No longer be known as ``name``, which stays published until it is changed. Raises `NotFound`."""
        own = self._own
        async with own.busy:
            own.identity = await no_longer_known_as(own.context.vault, own.identity, name)
