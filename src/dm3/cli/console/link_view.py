"""Requests and links as `dm3 link` shows them: for people as blocks, for programs as facts."""

from __future__ import annotations

from typing import Any, Final

from msgspec import structs

from dm3.client import LinkView, RequestView
from dm3.protocol.linking import Doubt

from .output import Block, local_time

_WARNINGS: Final = {
    Doubt.OTHER_PAGE: "ANOTHER PAGE than the one that the profile was linked from",
    Doubt.OPAQUE: "OPAQUE: the wallet signed a hash, which nobody can read: for whatever it was told",
    Doubt.UNCOVERED_TERM: "LONGER than the wallet's text says; choose a term with --days",
    Doubt.UNBOUND: "UNBOUND: may have been signed for something else",
}


def request_facts(request: RequestView) -> dict[str, Any]:
    """A request that waits, as JSON members; times in UNIX seconds."""
    return {
        "profile": request.profile_name,
        "kind": request.kind,
        "uri": request.uri,
        "linkUri": request.link_uri or None,
        "owner": request.owner,
        "ownWallet": request.own_wallet,
        "paired": request.paired,
        "bound": not {Doubt.UNBOUND, Doubt.OPAQUE} & set(request.doubts),
        "warnings": list(request.doubts),
        "keysTo": request.reply_to if request.is_recovery else None,
        "withKeys": request.with_keys,
        "validUntil": request.valid_until,
        "signedUntil": request.signed_until or None,
        "expiresAt": request.expires_at,
    }


def request_block(request: RequestView) -> Block:
    """A request that waits, as the user is to judge it."""
    facts = [("asks", "to be linked"), ("page", request.uri)]
    if request.is_recovery:
        facts = [
            ("asks", "FOR ITS KEYS, for a device that has none"),
            ("keys to", request.reply_to),
            ("page", request.uri),
            ("linked from", request.link_uri),
        ]
    elif request.link_uri:
        facts.append(("linked from", request.link_uri))
    facts += [
        ("owner", request.owner),
        ("signed", _signed(request)),
    ]
    facts += [("warning", _WARNINGS[doubt]) for doubt in request.doubts]
    if not request.is_recovery:
        facts.append(("until", local_time(request.valid_until)))
        if Doubt.UNCOVERED_TERM in request.doubts:
            facts.append(("signed until", local_time(request.signed_until)))
    return Block(request.profile_name, tuple(facts))


def _signed(request: RequestView) -> str:
    by = "by your own wallet" if request.own_wallet else "NOT by your wallet"
    return f"{by}, with your pairing code" if request.paired else by


def how_to_decide(request: RequestView) -> str:
    """The commands that decide on it."""
    keys_to = f" --keys-to {request.reply_to}" if request.is_recovery else ""
    return f"dm3 link approve {request.profile_name}{keys_to}"


def link_facts(link: LinkView, *, outdated: bool = False) -> dict[str, Any]:
    """A link, as JSON members; times in UNIX seconds. ``outdated``: the profile has other keys now."""
    return {
        "profile": link.profile_name,
        "state": link.state,
        "uri": link.uri,
        "owner": link.owner,
        "validUntil": link.valid_until,
        "recovery": link.recovery,
        "keysChanged": outdated,
        "history": [structs.asdict(moment) for moment in link.history],
    }


def link_block(link: LinkView, *, outdated: bool = False) -> Block:
    """A link, as its user sees it; ``outdated`` as in `link_facts`."""
    facts = [
        ("state", str(link.state)),
        ("page", link.uri),
        ("owner", link.owner),
        ("until", local_time(link.valid_until)),
    ]
    if outdated:
        facts.append(("keys", "CHANGED: it is read again once it has asked again and you have approved it"))
    if link.history:
        last = link.history[-1]
        facts.append(("last", f"{last.what} at {local_time(last.at)}"))
    if link.recovery is not None:
        facts.append(("recovery", str(link.recovery)))
    return Block(link.profile_name, tuple(facts))
