"""Joining of a device by a code that it shows, and what it is handed over (specification 5.3)."""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import Struct

from dm3.base import Members, canonical_json, from_base64, normalize, read_json, to_base64
from dm3.base.errors import CannotOpen, InvalidInput, InvalidName, MalformedData
from dm3.crypto import JoinSecret, RandomBytes, Seed, join_key_from, lock, unlock
from dm3.wire import read_signed_profile

from .items import Item, read_item

PREFIX: Final = "dm3join:1:"
MAX_HANDOVER: Final = 100_000
"""Characters of what is handed over, sealed and in base64."""
_CODE: Final = re.compile(r"dm3join:1:([^:]{1,1000}):([0-9a-f]{64}):([0-9a-f]{32})")


class MistypedJoinCode(InvalidInput):
    """That is not the code of a device that joins."""

    code = "mistyped-join-code"
    hint = "Copy it whole from the other device: it begins with dm3join:1:"


class JoinCode(Struct, frozen=True):
    """What a device that joins shows.

    ``name``: its temporary profile.
    ``profile_hash``: that profile's hash.
    ``secret``: what proves that the code was read off its screen.
    """

    name: str
    profile_hash: str
    secret: JoinSecret


class Handover(Struct, frozen=True, kw_only=True):
    """What a device that joins gets: the main profile with its keys, and the word of the one that invites.

    ``signed`` is the signed profile's JSON. ``key`` and ``label`` are the inviting device's, ``vouching`` its
    word for the new one.
    """

    name: str
    aliases: tuple[str, ...]
    app: str
    uri: str
    address: str
    owner: str
    seed: Seed
    nonce: str
    signed: str
    key: bytes
    label: str
    vouching: Item


def print_join_code(code: JoinCode) -> str:
    """The code as text, which is what its QR code says. It is a secret until the device has joined."""
    return f"{PREFIX}{code.name}:{code.profile_hash[2:]}:{code.secret.reveal().hex()}"


def is_join_code(text: str) -> bool:
    """Whether a text is meant as such a code."""
    return text.strip().lower().startswith("dm3join:")


def parse_join_code(text: str) -> JoinCode:
    """Read a code. Raises `MistypedJoinCode`, which repeats nothing of it."""
    found = _CODE.fullmatch(text.strip())
    if found is None:
        raise MistypedJoinCode("it has another form")
    try:
        name = normalize(found[1])
    except InvalidName:
        raise MistypedJoinCode("it has no name in it") from None
    return JoinCode(name, f"0x{found[2]}", JoinSecret(bytes.fromhex(found[3])))


def seal_handover(code: JoinCode, handover: Handover, random: RandomBytes) -> str:
    """The text of the message that hands over, sealed under the code's secret besides."""
    members = {
        "name": handover.name,
        "aliases": list(handover.aliases),
        "app": handover.app,
        "uri": handover.uri,
        "address": handover.address,
        "owner": handover.owner,
        "seed": to_base64(handover.seed.reveal()),
        "nonce": handover.nonce,
        "profile": handover.signed,
        "key": to_base64(handover.key),
        "label": handover.label,
        "vouching": read_json(handover.vouching.text, what="the word for a device"),
    }
    key = join_key_from(code.secret, code.name, code.profile_hash)
    sealed = lock(key, canonical_json(members).encode("utf-8"), _place(code), random)
    return canonical_json({"v": 1, "join": to_base64(sealed)})


def open_handover(code: JoinCode, text: str) -> Handover:
    """Open what was handed over to the device that shows ``code``.

    Raises `CannotOpen` for what was sealed without its secret, and `MalformedData`.
    """
    told = Members(read_json(text, what="the handing over"), "the handing over")
    if told.whole("v") != 1:
        raise MalformedData("it is handed over in a version that is not known here")
    sealed = from_base64(told.text("join", max_length=MAX_HANDOVER), what="what is handed over")
    try:
        key = join_key_from(code.secret, code.name, code.profile_hash)
        plain = unlock(key, sealed, _place(code)).decode("utf-8")
    except (CannotOpen, UnicodeDecodeError):
        raise CannotOpen("it was sealed by somebody who has not seen this device's code") from None
    return _handover(read_json(plain, what="what is handed over"))


def _handover(value: Any) -> Handover:
    told = Members(value, "what is handed over")
    signed = told.text("profile", max_length=100_000)
    read_signed_profile(signed)
    return Handover(
        name=normalize(told.text("name", max_length=1_000)),
        aliases=tuple(map(normalize, told.texts("aliases"))),
        app=normalize(told.text("app", max_length=1_000)),
        uri=told.text("uri", max_length=2_000),
        address=told.text("address", max_length=100),
        owner=told.text("owner", max_length=100),
        seed=Seed(from_base64(told.text("seed", max_length=100), what="the seed", length=32)),
        nonce=told.text("nonce", max_length=200),
        signed=signed,
        key=from_base64(told.text("key", max_length=100), what="the device's key", length=32),
        label=told.text("label", max_length=60),
        vouching=read_item(told.object("vouching").raw()),
    )


def _place(code: JoinCode) -> bytes:
    return f"dm3lpp/v1/join/{code.profile_hash}".encode()
