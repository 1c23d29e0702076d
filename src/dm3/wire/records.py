"""Text records: a JSON object in a ``data:`` URI, or a link to one (specification 2.2)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from msgspec import Struct

from dm3.base import canonical_json, to_base64
from dm3.base.errors import MalformedData

MAX_RECORD_CHARS: Final = 128 * 1024

# Blanks are taken between the parts, as browsers do; a parameter's value may stand in quotes.
_DATA_URI = re.compile(
    r"data:[ \t]*(?P<mime>[\w+.-]+/[\w+.-]+)[ \t]*"
    r"(?P<options>(?:;[ \t]*[\w-]+(?:=(?:[\w.+-]+|\"[^\",;]*\"))?[ \t]*)*),(?P<data>.*)",
    re.DOTALL | re.IGNORECASE,
)
_IPFS = re.compile(r"ipfs://(?:ipfs/)?(?P<path>[A-Za-z0-9]+(?:/[\w./-]{0,200})?)(?:\?.*)?", re.IGNORECASE)
_JSON_OBJECT = re.compile(r"\s*\{\s*[\"}]")
_BLANKS = re.compile(r"[ \t\n\f\r]+")
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class InlineRecord(Struct, frozen=True):
    """The JSON text stands in the record itself."""

    text: str


class UrlRecord(Struct, frozen=True):
    """The JSON text is at an https URL and must have the hash ``dm3_hash``."""

    url: str
    dm3_hash: str


class IpfsRecord(Struct, frozen=True):
    """The JSON text is on IPFS; ``dm3_hash`` is given where the CID alone cannot be checked."""

    path: str
    dm3_hash: str | None = None


TextRecord = InlineRecord | UrlRecord | IpfsRecord


def data_uri(value: Any) -> str:
    """Write a JSON value as ``data:application/json,`` and its canonical JSON.

    Text beyond ASCII is written as base64: the reference garbles it in the plain form.
    """
    text = canonical_json(value)
    if text.isascii():
        return f"data:application/json,{text}"
    return f"data:application/json;base64,{to_base64(text.encode('utf-8'))}"


def read_text_record(text: str) -> TextRecord:
    """Tell what a text record holds: ``data:`` (plain, percent-encoded or base64), https or IPFS.

    Blanks around it are not part of it, and schemes may be written in capitals. Raises `MalformedData` for
    anything else.
    """
    if len(text) > MAX_RECORD_CHARS:
        raise MalformedData(f"the text record has more than {MAX_RECORD_CHARS} characters")
    text = text.strip()
    scheme = text[:8].lower()
    if scheme.startswith("data:"):
        return InlineRecord(_inline(text))
    if scheme.startswith(("https://", "http://")):
        return _url(text)
    found = _IPFS.fullmatch(text)
    if found:
        return IpfsRecord(found["path"], _query_hash(text))
    raise MalformedData("the text record is neither a data: nor an https: nor an ipfs: URI")


def _inline(text: str) -> str:
    found = _DATA_URI.fullmatch(text)
    if not found or found["mime"].lower() != "application/json":
        raise MalformedData("the text record is not a data URI of type application/json")
    options = [option.strip(" \t").lower() for option in found["options"].split(";")]
    data: str = found["data"]
    for option in options:
        name, _, value = option.partition("=")
        if name == "charset" and value.strip('"') not in _CHARSETS:
            raise MalformedData("the text record's data URI is not in UTF-8, as JSON is")
    try:
        if "base64" in options:
            padded = _BLANKS.sub("", unquote_to_bytes(data).decode("ascii")).rstrip("=")
            return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode("utf-8")
        # JSON text begins with a brace and a quote, a percent-encoded one with "%7B" or "{%22". A "%"
        # inside of plain JSON (in a URL, say) is the author's own and must stay.
        return data if _JSON_OBJECT.match(data) else unquote_to_bytes(data).decode("utf-8")
    except (binascii.Error, ValueError):
        raise MalformedData("the text record's data URI cannot be decoded") from None


def _query_hash(text: str) -> str | None:
    try:
        values = parse_qs(urlsplit(text).query).get("dm3Hash", [])
    except ValueError:
        raise MalformedData("the text record is not a valid URL") from None
    return values[0].lower() if values else None


def _url(text: str) -> UrlRecord:
    dm3_hash = _query_hash(text)
    if not text.lower().startswith("https://"):
        raise MalformedData("the text record's URL must be https")
    if dm3_hash is None or not re.fullmatch(r"0x[0-9a-f]{64}", dm3_hash):
        raise MalformedData("the text record's URL carries no dm3Hash to check the profile against")
    return UrlRecord(text, dm3_hash)
