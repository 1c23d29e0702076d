"""When a linked profile's keys leave without asking, and what the user is shown else (specification 3.5).

Only what the wallet's owner can have read ties a recovery to a page and to the device that gets the keys.
"""

from __future__ import annotations

from enum import StrEnum

from .checks import CheckedRequest
from .pages import same_page
from .policy import LinkPolicy, RecoveryMode
from .records import Link, Request


class Doubt(StrEnum):
    """What a recovery, or a request to be linked, lacks: the user is asked, and told it."""

    OPAQUE = "opaque"
    UNBOUND = "unbound"
    OTHER_PAGE = "other-page"
    UNCOVERED_TERM = "uncovered-term"


def recovery_mode(link: Link, policy: LinkPolicy) -> RecoveryMode:
    """What the user wants for this link: the switch of the link, else the policy."""
    return link.recovery or policy.recovery


def is_unasked(checked: CheckedRequest, link: Link, policy: LinkPolicy) -> bool:
    """Whether a recovery that passed every check is answered without asking the user.

    The readable text was signed, it binds everything, its page is the link's page, and the user wants it so.
    """
    return (
        recovery_mode(link, policy) is RecoveryMode.UNATTENDED
        and checked.bound
        and same_page(checked.link_message.uri, link.uri)
    )


def doubts_of(request: Request) -> tuple[Doubt, ...]:
    """What the user is to be warned of, in the order of its weight."""
    found: list[Doubt] = []
    if request.link_uri and not same_page(request.uri, request.link_uri):
        found.append(Doubt.OTHER_PAGE)
    if request.opaque:
        found.append(Doubt.OPAQUE)
    elif not request.bound:
        found.append(Doubt.UNBOUND)
    if request.is_uncovered:
        found.append(Doubt.UNCOVERED_TERM)
    return tuple(found)
