"""The JSON-RPC methods of a delivery service (specification 2.5)."""

from __future__ import annotations

from typing import Any

from dm3.base import normalize, read_json
from dm3.model import BASE_TYPES, DeliveryServiceProperties, ProfileExtension
from dm3.protocol.delivery import SCHEMES, Call, InvalidParams, UnknownReceiver
from dm3.store import Database
from dm3.store.delivery import registered
from dm3.wire import TYPE_ALIASES, extension_from, extension_json, properties_json

from ..origin import Origin
from ..settings import DeliverySettings
from ..submission import Submissions
from .rpc import Method

UNSTATED = ProfileExtension(SCHEMES, (*BASE_TYPES, *TYPE_ALIASES), stated=False)
"""The answer for a profile that has never said what it supports (specification 2.5)."""


def rpc_methods(
    settings: DeliverySettings, submissions: Submissions, database: Database
) -> dict[str, Method]:
    """The methods by name."""
    promised = properties_json(DeliveryServiceProperties(settings.message_ttl, settings.size_limit))

    async def submit_message(call: Call, origin: Origin) -> Any:
        envelope = call.argument(0, "envelope")
        if not isinstance(envelope, str | dict):
            raise InvalidParams("the first parameter must be the envelope, as an object or JSON text")
        await submissions.submit(envelope, origin)
        return "success"

    async def properties(call: Call, origin: Origin) -> Any:
        return promised

    async def profile_extension(call: Call, origin: Origin) -> Any:
        name = call.argument(0, "name")
        if not isinstance(name, str):
            raise InvalidParams("the first parameter must be an ENS name")
        return await extension_of(database, normalize(name))

    return {
        "dm3_submitMessage": submit_message,
        "dm3_getDeliveryServiceProperties": properties,
        "dm3_getProfileExtension": profile_extension,
    }


async def extension_of(database: Database, name: str) -> dict[str, Any]:
    """What the profile registered under ``name`` supports. Raises `UnknownReceiver`."""
    found = await database.read(lambda connection: registered(connection, name))
    if found is None:
        raise UnknownReceiver(name)
    if found.extension is None:
        return extension_json(UNSTATED)
    return extension_json(extension_from(read_json(found.extension, what="the extension")))
