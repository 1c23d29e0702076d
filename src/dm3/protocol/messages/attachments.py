"""Attachments: files as ``data:`` URIs, read back with bounds (specification 2.4, 2.6).

Both forms are read: the reference's ``{name, data}`` objects and the published text's bare URI strings.
Nothing is ever fetched: what an ``https:`` or ``ipfs:`` URI leads to is the user's to open, or not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from msgspec import Struct

from dm3.base import checked, from_base64, to_base64, whole_characters
from dm3.base.errors import InvalidInput, MalformedData, TooLarge
from dm3.model import Attachment

MAX_MESSAGE: Final = 20_000_000
"""Bytes of a whole message, attachments included (specification 4)."""

MAX_NAME: Final = 120
LONGEST_ENDING: Final = 16
PLAIN_BYTES: Final = "application/octet-stream"

_MIME: Final = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,63}/[A-Za-z0-9][\w!#$&^.+-]{0,63}", re.ASCII)
_HEAD: Final = re.compile(r"data:(?P<mime>[^,;]{0,200})(?P<options>(?:;[^,;]{0,200}){0,10}),", re.IGNORECASE)
_OUTSIDE: Final = ("https", "http", "ipfs")
# Where a file is opened by its name's ending, the name comes from us and not from the sender.
_ENDINGS: Final = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "audio/mpeg": ".mp3",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
}
_DEVICES: Final = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{d}{n}" for d in ("com", "lpt") for n in range(10)
}


class AttachedFile(Struct, frozen=True):
    """What is said of an attachment without opening it: a name that is safe to show and to save under.

    ``size`` in bytes is what a ``data:`` URI holds; None for one that leads elsewhere, whose address is
    ``url``, and for one that cannot be read.
    """

    name: str
    mime: str
    size: int | None
    url: str | None = None


def attachment_of(data: bytes, *, name: str, mime: str = PLAIN_BYTES) -> Attachment:
    """Make an attachment that carries ``data``. Raises `InvalidInput` or `TooLarge`."""
    if not _MIME.fullmatch(mime):
        raise InvalidInput(f"{mime[:60]!r} is not a media type such as image/png")
    if len(data) > MAX_MESSAGE * 3 // 4:
        raise TooLarge(
            f"{safe_file_name(name)} has {len(data)} bytes; a message carries {MAX_MESSAGE} in all"
        )
    return Attachment(f"data:{mime.lower()};base64,{to_base64(data)}", safe_file_name(name))


@checked
def content_of(attachment: Attachment, *, max_bytes: int = MAX_MESSAGE) -> bytes:
    """The bytes of an attachment that carries them.

    Raises `InvalidInput` for one that leads elsewhere, `MalformedData`, or `TooLarge` above ``max_bytes``.
    """
    if _scheme(attachment.data) in _OUTSIDE:
        raise InvalidInput(
            "the attachment is a link to a file and does not hold it", hint="Open it yourself."
        )
    if len(attachment.data) > 3 * max_bytes + 1_000:  # percent-encoded, each byte takes three characters
        raise TooLarge(f"the attachment has more than {max_bytes} bytes")
    head, body = _parts(attachment.data)
    data = _decoded(body) if _is_base64(head) else _unquoted(body)
    if len(data) > max_bytes:
        raise TooLarge(f"the attachment has more than {max_bytes} bytes")
    return data


def describe_attachments(attachments: Sequence[Attachment]) -> tuple[AttachedFile, ...]:
    """What is attached, in order; never raises, whatever a sender made up."""
    return tuple(_describe(attachment, place) for place, attachment in enumerate(attachments, start=1))


def _describe(attachment: Attachment, place: int) -> AttachedFile:
    if _scheme(attachment.data) in _OUTSIDE:
        url = "".join(sign for sign in attachment.data[:2_000] if sign.isprintable())
        name = safe_file_name(attachment.name or _last_part(url), f"attachment-{place}")
        return AttachedFile(name, PLAIN_BYTES, None, url)
    try:
        head, body = _parts(attachment.data)
    except MalformedData:
        return AttachedFile(safe_file_name(attachment.name, f"attachment-{place}"), PLAIN_BYTES, None)
    mime = head["mime"].lower() if _MIME.fullmatch(head["mime"]) else PLAIN_BYTES
    name = safe_file_name(attachment.name, f"attachment-{place}{_ENDINGS.get(mime, '')}")
    size = _base64_size(body) if _is_base64(head) else len(_unquoted(body))
    return AttachedFile(name, mime, size)


def safe_file_name(name: str | None, otherwise: str = "attachment") -> str:
    """``name`` as one that can do no harm in a folder or a terminal, or ``otherwise``.

    No folders, no control or direction signs, no leading dot, none of the names that Windows keeps for
    devices, at most 120 bytes with the ending kept.
    """
    text = unicodedata.normalize("NFC", (name or "")[:1_000])
    text = re.split(r"[/\\]", text)[-1]
    text = _bare("".join(_harmless(sign) for sign in text))
    stem, dot, ending = text.rpartition(".")
    if not stem or len(ending) > LONGEST_ENDING:
        stem, dot, ending = text, "", ""
    if stem.partition(".")[0].strip().lower() in _DEVICES:
        stem = f"_{stem}"
    # In bytes: file systems count those, and a sign may take four.
    while len(f"{stem}{dot}{ending}".encode()) > MAX_NAME:
        stem = stem[:-1]
    return _bare(f"{stem}{dot}{ending}") or otherwise


def _bare(text: str) -> str:
    return text.strip(" .")


def _harmless(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return ""
    if category == "Zs":
        return " "
    return "_" if sign in '<>:"|?*' else sign


def _last_part(url: str) -> str:
    """The last part of a URL's path, or nothing."""
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def _scheme(uri: str) -> str:
    return uri[:10].partition(":")[0].lower()


def _parts(uri: str) -> tuple[re.Match[str], str]:
    found = _HEAD.match(uri)
    if found is None:
        raise MalformedData("the attachment is not a URI that is known here")
    return found, uri[found.end() :]


def _is_base64(head: re.Match[str]) -> bool:
    return "base64" in (option.strip().lower() for option in head["options"].split(";"))


def _unquoted(body: str) -> bytes:
    return unquote_to_bytes(whole_characters(body))


def _bare_base64(body: str) -> str:
    text = body if "%" not in body else _unquoted(body).decode("ascii", "replace")
    return text.rstrip("=")


def _base64_size(body: str) -> int:
    return len(_bare_base64(body)) * 3 // 4


def _decoded(body: str) -> bytes:
    bare = _bare_base64(body)
    try:
        return from_base64(bare + "=" * (-len(bare) % 4), what="the attachment")
    except MalformedData:
        raise MalformedData("the attachment's base64 cannot be decoded") from None
