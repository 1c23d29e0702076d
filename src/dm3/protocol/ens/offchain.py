"""CCIP-Read (ERC-3668): what a contract says of where its answer is to be had, and how to bring it back.

Everything here was chosen by a contract that anybody may have deployed: sizes and numbers are bounded, and
which URLs may be contacted is for `dm3.net` to judge.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from dm3.base import Members, canonical_json, from_hex, to_hex
from dm3.base.errors import MalformedData, RemoteProtocolError
from dm3.crypto import checksum_address
from dm3.protocol.services import HttpAnswer, cannot_tell, read_gateway_answer

from .abi import WORD, read_bytes, read_list, read_word, write_bytes, write_list, write_tail, write_word

OFFCHAIN_LOOKUP: Final = bytes.fromhex("556f1830")
"""The selector of ``OffchainLookup(address,string[],bytes,bytes4,bytes)``."""
MAX_HOPS: Final = 4
"""How often one lookup may be sent elsewhere, as the ERC recommends."""
MAX_GATEWAYS: Final = 16
MAX_TEMPLATE: Final = 2000
"""The longest URL of a gateway, in characters, before it is filled in."""
MAX_LOOKUP: Final = 32 * 1024
"""The longest revert that is taken for a lookup, in bytes."""
MAX_ANSWER: Final = 64 * 1024
"""The longest answer of a gateway, in bytes of its JSON (specification 4)."""

_URL = re.compile(r"[!#-;=?-\[\]_a-z{}~%]+", re.ASCII)
"""What a template may be written in: no blanks, quotes, backslashes or letters beyond ASCII."""


class BadLookup(RemoteProtocolError):
    """The name's resolver contract asks for a lookup that is not allowed."""

    code = "bad-lookup"
    hint = "The owner of the name has to correct its resolver contract."


class AnswerRefused(RemoteProtocolError):
    """The name's resolver contract does not accept what its gateway answers."""

    code = "answer-refused"
    hint = "The gateway's operator has to correct its signing key, its resolver's address, or its clock."


class OffchainLookup(Struct, frozen=True):
    """What the contract ``sender`` wants asked, and where: ``call_data`` at one of ``urls``.

    The answer goes to its function ``callback`` (4 bytes), together with ``extra_data``.
    """

    sender: str
    urls: tuple[str, ...]
    call_data: bytes
    callback: bytes
    extra_data: bytes


class GatewayRequest(Struct, frozen=True):
    """One request to a gateway: POST where there is a ``body``, else GET."""

    url: str
    body: str | None = None


class GatewayQuestion(Struct, frozen=True):
    """What does a gateway answer to ``request``? Answer: `GatewayReply`, whatever its status."""

    request: GatewayRequest


class GatewayReply(Struct, frozen=True):
    """The HTTP answer of the gateway on ``host``."""

    host: str
    status: int
    body: bytes


def is_lookup(revert: bytes) -> bool:
    """Whether a contract's revert sends the asker elsewhere."""
    return revert[:4] == OFFCHAIN_LOOKUP


def decode_lookup(revert: bytes) -> OffchainLookup:
    """Read the data of an ``OffchainLookup`` revert. Raises `BadLookup`."""
    if not is_lookup(revert):
        raise BadLookup("it is no OffchainLookup at all")
    if len(revert) > MAX_LOOKUP:
        raise BadLookup(f"it has more than {MAX_LOOKUP} bytes")
    data = revert[4:]
    try:
        sender, callback = read_word(data, 0), data[3 * WORD : 4 * WORD]
        urls = tuple(url.decode("utf-8") for url in read_list(data, WORD, at_most=MAX_GATEWAYS))
        call_data, extra_data = read_bytes(data, 2 * WORD), read_bytes(data, 4 * WORD)
    except (MalformedData, UnicodeDecodeError) as error:
        raise BadLookup(error.detail if isinstance(error, MalformedData) else "a URL is not UTF-8") from None
    if sender >> 160 or any(callback[4:]):
        raise BadLookup("it is not encoded as ERC-3668 has it")
    if not urls:
        raise BadLookup("it names no gateway")
    return OffchainLookup(_address(sender), urls, call_data, callback[:4], extra_data)


def encode_lookup(lookup: OffchainLookup) -> bytes:
    """The data of the revert that says ``lookup``."""
    urls = write_list([url.encode("utf-8") for url in lookup.urls])[WORD:]
    call_data, extra_data = write_tail(lookup.call_data), write_tail(lookup.extra_data)
    first = 5 * WORD
    heads = (
        from_hex(lookup.sender, length=20).rjust(WORD, b"\0"),
        write_word(first),
        write_word(first + len(urls)),
        lookup.callback.ljust(WORD, b"\0"),
        write_word(first + len(urls) + len(call_data)),
    )
    return OFFCHAIN_LOOKUP + b"".join(heads) + urls + call_data + extra_data


def gateway_request(lookup: OffchainLookup, template: str) -> GatewayRequest:
    """The request that ``template``, one of the lookup's URLs, stands for.

    With ``{data}`` in it a GET of the URL that is filled in, else a POST of both as JSON. Raises `BadLookup`.
    """
    if len(template) > MAX_TEMPLATE or not _URL.fullmatch(template):
        raise BadLookup("the URL of a gateway is too long, or not written as URLs are")
    sender, data = lookup.sender.lower(), to_hex(lookup.call_data)
    url = template.replace("{sender}", sender)
    if "{data}" in template:
        return GatewayRequest(url.replace("{data}", data))
    return GatewayRequest(url, canonical_json({"data": data, "sender": sender}))


def read_reply(reply: GatewayReply) -> bytes:
    """The bytes in a gateway's JSON answer ``{"data": "0x…"}``.

    Raises `NotFound` or `ServiceRefused` with the gateway's sentence for a refusal (4xx in ERC-3668's form),
    and `CannotTell` for everything else, be it of a proxy before it.
    """
    origin = f"the gateway {reply.host}"
    answer = HttpAnswer(origin, reply.status, reply.body)
    try:
        return from_hex(
            Members(read_gateway_answer(answer, max_bytes=MAX_ANSWER), "the answer").text("data"),
            what="the answer",
        )
    except MalformedData:
        raise cannot_tell(answer) from None


def callback_call(lookup: OffchainLookup, answer: bytes) -> bytes:
    """The calldata that hands a gateway's answer to the contract."""
    return lookup.callback + write_bytes(answer, lookup.extra_data)


def _address(number: int) -> str:
    return checksum_address(to_hex(number.to_bytes(20)))
