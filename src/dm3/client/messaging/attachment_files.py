"""Files as attachments, and attachments as files."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import stat
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from dm3.base import checked
from dm3.base.errors import InvalidInput, TooLarge
from dm3.model import Attachment
from dm3.protocol.messages import MAX_MESSAGE, PLAIN_BYTES, attachment_of, content_of, describe_attachments

MOST_NAMES = 1_000


@checked
def attach(source: Path | str | bytes, *, name: str | None = None, mime: str | None = None) -> Attachment:
    """Make an attachment of a file, given by its path, or of bytes.

    Without ``mime`` it is guessed from the name. Raises `InvalidInput` or `TooLarge`.
    """
    if isinstance(source, bytes):
        data, called = source, name or "attachment"
    else:
        path = Path(source)
        data, called = _read(path), name or path.name
    return attachment_of(data, name=called, mime=mime or mimetypes.guess_type(called)[0] or PLAIN_BYTES)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MESSAGE + 1)
    except OSError as error:
        raise InvalidInput(f"the file {path} cannot be attached: {error.strerror}") from None
    if len(data) > MAX_MESSAGE:
        raise TooLarge(f"{path.name} has more than {MAX_MESSAGE} bytes, which no message can carry")
    return data


@checked
async def save_attachments(
    attachments: Sequence[Attachment], folder: Path | str, *, max_bytes: int = MAX_MESSAGE
) -> list[Path]:
    """Write the attachments that hold their bytes into ``folder``; returns the new files, in order.

    Names are made safe, nothing is overwritten or followed, and the files may not be run. What was saved
    before is not saved again. Raises
    `MalformedData`, `TooLarge`, or `InvalidInput` when the folder cannot be used; links to files elsewhere
    are left out.
    """
    return await asyncio.to_thread(_save, list(attachments), Path(folder), max_bytes)


def _save(attachments: list[Attachment], folder: Path, max_bytes: int) -> list[Path]:
    saved = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for attachment, told in zip(attachments, describe_attachments(attachments), strict=True):
            if told.url is None:
                saved.append(_write(folder, told.name, content_of(attachment, max_bytes=max_bytes)))
    except OSError as error:
        raise InvalidInput(f"attachments cannot be saved in {folder}: {error.strerror}") from None
    return saved


def _write(folder: Path, name: str, data: bytes) -> Path:
    stem, ending = Path(name).stem, Path(name).suffix
    for number in count(1):
        path = folder / (name if number == 1 else f"{stem} ({number}){ending}")
        try:
            # With O_EXCL, neither a file nor a symbolic link that is there already is written to.
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if _is_already(path, data):
                return path  # saved before
            if number < MOST_NAMES:
                continue
            raise
        with os.fdopen(opened, "wb") as file:
            file.write(data)
        return path
    raise AssertionError("unreachable")


def _is_already(path: Path, data: bytes) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size == len(data) and path.read_bytes() == data
