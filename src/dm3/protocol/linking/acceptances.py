"""What every acceptance is held to, and what one leaves out filled in (specification 3.3, 3.5)."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base import same_name, sha256_hex
from dm3.crypto import is_signed
from dm3.model import LinkKind, LinkPayload, Message, Profile
from dm3.wire import NEWEST

from .pairing import proves
from .records import Asked
from .refusals import LinkRefused, Reason


def accepting_payload(message: Message) -> LinkPayload:
    """What an acceptance says. Raises `LinkRefused` for any other message.

    One in older words is none: it answers a request in them, and nothing is asked in them here. It names the
    profile only, so that its signature could be one for any request (specification 3.7).
    """
    payload = message.link
    if payload is None or payload.kind is not LinkKind.ACCEPT or payload.vocabulary != NEWEST.name:
        raise LinkRefused(Reason.WRONG_TYPE)
    return payload


def filled_in(payload: LinkPayload, requests: tuple[Asked, ...], main: Profile, own_hash: str) -> LinkPayload:
    """An acceptance with what it leaves out: it is about the newest request whose hash was signed."""
    text = payload.link_message
    if not text:
        signed = (
            asked.link_message
            for asked in reversed(requests)
            if is_signed(main.signing_key, sha256_hex(asked.link_message), payload.signature)
        )
        text = next(signed, "")
    asked = next((asked for asked in requests if asked.link_message == text), requests[-1])
    return replace(
        payload,
        link_message=text,
        profile_hash=payload.profile_hash or own_hash,
        valid_until=payload.valid_until or asked.until,
    )


def check_acceptance(
    payload: LinkPayload, senders: tuple[str, ...], main_name: str, main: Profile, link_message: str
) -> None:
    """The checks that linking and recovery share; ``senders`` are all names of whoever has sent it.

    A main profile that is asked by one of its names may answer by another: it signs for both. Raises
    `LinkRefused`.
    """
    if not any(same_name(sender, main_name) for sender in senders):
        raise LinkRefused(Reason.WRONG_SENDER)
    if payload.link_message != link_message:
        raise LinkRefused(Reason.WRONG_LINK_MESSAGE)
    if not is_signed(main.signing_key, sha256_hex(link_message), payload.signature):
        raise LinkRefused(Reason.BAD_MAIN_SIGNATURE)


def check_paired(payload: LinkPayload, expected: str | None) -> None:
    """Raise `LinkRefused` unless an answer proves the code with which was asked, where there was one."""
    if expected is not None and not proves(expected, payload.pairing):
        raise LinkRefused(Reason.WRONG_PAIRING)
