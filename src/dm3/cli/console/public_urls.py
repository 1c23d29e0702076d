"""URLs that are put where everybody sees them: on a chain, in a record."""

from __future__ import annotations

from urllib.parse import urlsplit

from dm3.base.errors import InvalidInput
from dm3.net.http import is_private


def public_url(given: str, what: str, *, template: bool = False) -> str:
    """``given`` where clients can use it as the URL of a service; with ``template`` also ERC-3668's.

    Raises `InvalidInput` saying what is wrong with it: http is for this machine and private networks only.
    """
    shown = repr(given[:80])
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(f"{what}: {shown} is not an http or https URL") from None
    if parts.scheme not in ("http", "https"):
        raise InvalidInput(
            f"{what}: {shown} is not an http or https URL", hint="Such as https://names.myapp.example"
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidInput(
            f"{what}: there is a login in the URL, which everybody would read",
            hint="Leave it out: what is published must be reachable without one.",
        )
    if not host:
        raise InvalidInput(f"{what}: {shown} names no host", hint="Such as https://names.myapp.example")
    if any(sign.isspace() or not sign.isprintable() for sign in given):
        raise InvalidInput(f"{what}: there is a blank or control character in {shown}")
    if parts.fragment or (parts.query and not (template and "{data}" in parts.query)):
        raise InvalidInput(f"{what}: {shown} must end with its path, without ? and #")
    if parts.scheme == "http" and not is_private(host):
        raise InvalidInput(
            f"{what}: {shown} is an http URL, and clients follow https ones only",
            hint="Serve it by https; http is for this machine and private networks.",
        )
    return given
