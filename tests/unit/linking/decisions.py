"""What the main profile decides of a request, and what a decision must have."""

from __future__ import annotations

from dataclasses import replace as replaced
from typing import Any

from msgspec.structs import replace

from dm3.protocol.linking import Decision, Link, Request, Waiting, decide
from tests.unit.linking.scene import NOBODY, POLICY, Ask


def take(
    ask: Ask,
    request: Request | None = None,
    link: Link | None = None,
    waiting: Waiting = NOBODY,
    **policy: Any,
) -> Decision:
    """What is decided of ``ask``, beside what is held and under a policy with these fields."""
    checked = replaced(ask, link=link).check()
    return decide(checked, request, link, waiting, replace(POLICY, **policy), ask.now)


def pending(ask: Ask | None = None, link: Link | None = None) -> Request:
    """The request that then waits for the user."""
    asked = take(ask or Ask(), link=link).request
    assert asked is not None
    return asked


def link_of(decision: Decision) -> Link:
    """The link that is then held."""
    assert decision.link is not None
    return decision.link
