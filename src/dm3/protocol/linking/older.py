"""What the older vocabularies leave out, filled in from what else is known (specification 3.7).

Their payload is a key, a Link Message and a signature. Everything after this room sees complete payloads;
that such a request's text binds nothing shows all the same, and it is for the user to judge.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from dm3.base import sha256_hex
from dm3.model import LinkKind, LinkMessage, LinkPayload, SignedProfile
from dm3.protocol.names import ResolvedProfile
from dm3.wire import VOCABULARIES

from .link_message_reading import parse_link_message
from .pages import same_page
from .policy import LinkPolicy
from .records import Link
from .refusals import LinkRefused, Reason
from .tables import LinkState


def named_payloads(payload: LinkPayload, links: Iterable[Link]) -> tuple[LinkPayload, ...]:
    """Find out which profiles a request without a key may be about: those linked from the same page.

    Where there are several the user is asked which. Raises `LinkRefused` when there is none.
    """
    if payload.kind is not LinkKind.RECOVER or payload.profile_name:
        return (payload,)
    uri = parse_link_message(payload.link_message).uri
    found = [link for link in links if same_page(link.uri, uri) and link.state is LinkState.LINKED]
    if not found:
        raise LinkRefused(Reason.NOT_LINKED, "no profile is linked from that page")
    return tuple(replace(payload, profile_name=link.profile_name) for link in found)


def complete_request(
    payload: LinkPayload,
    text: LinkMessage,
    sender: ResolvedProfile,
    link: Link | None,
    policy: LinkPolicy,
    now: int,
) -> LinkPayload:
    """Fill in the profile's hash and the validity where they were not said.

    Not said, a link is to last as long as the user allows, whatever the text's Expiration Time: that is how
    long the request may wait. A few seconds beyond it are none.
    """
    fields = VOCABULARIES[payload.vocabulary].fields
    if "profile_hash" not in fields:
        recovered = link.profile_hash if link else ""
        own = sender.signed.hash if payload.kind is LinkKind.REQUEST else recovered
        payload = replace(payload, profile_hash=own)
    if payload.kind is LinkKind.REQUEST:
        payload = replace(payload, profile_hash=signed_hash(payload.profile_hash, sender.signed))
    until = payload.valid_until
    if not until and payload.kind is LinkKind.RECOVER:
        until = text.expires_at or now + policy.undated_life
    elif not until:
        until = now + policy.term_limit
    if text.expires_at is not None and text.expires_at < until <= text.expires_at + policy.skew:
        until = text.expires_at
    return replace(payload, valid_until=until)


def signed_hash(given: str, signed: SignedProfile) -> str:
    """The hash of ``signed`` where ``given`` is that of the profile without its signature."""
    return signed.hash if given == sha256_hex(signed.profile_text) else given


def accepted_text(vocabulary: str, link_message: str, profile_name: str) -> str:
    """What an acceptance repeats and signs the hash of: the Link Message, or the profile's name."""
    return profile_name if VOCABULARIES[vocabulary].accepts_by_name else link_message
