"""Decisions on links, as devices tell them: an end beats an approval of the same Link Message."""

from __future__ import annotations

from collections.abc import Iterable

from dm3.base import Members, from_base64, sha256_hex, to_base64
from dm3.crypto import Seed, WalletKey

from ..linking import Link, LinkState
from .items import Item, ItemKind, LinkWord, beats, read_item


def link_item(link: Link) -> Item:
    """That a link was approved, with all that another device needs for it, its keys among it."""
    members: dict[str, object] = {
        "profileHash": link.profile_hash,
        "mainName": link.main_name,
        "owner": link.owner,
        "uri": link.uri,
        "validUntil": link.valid_until,
        "linkedAt": link.linked_at,
        "askedAt": link.asked_at,
        "linkMessage": link.link_message,
        "earlierMessages": list(link.earlier_messages),
        "renewals": list(link.renewals),
        "recoveries": list(link.recoveries),
        "vocabulary": link.vocabulary,
        "uncovered": link.uncovered,
        "paired": link.paired,
    }
    if link.profile_key is not None:
        members["profileKey"] = to_base64(link.profile_key.reveal())
    if link.wallet_key is not None:
        members["walletKey"] = to_base64(link.wallet_key.reveal())
    if link.nonce is not None:
        members["nonce"] = link.nonce
    texts = (link.link_message, *link.earlier_messages, *link.renewals)
    return read_item(
        {
            "kind": ItemKind.LINK.value,
            "profile": link.profile_name,
            "message": sha256_hex(link.link_message),
            "is": LinkWord.APPROVED.value,
            "messages": sorted(set(map(sha256_hex, texts))),
            "link": members,
        }
    )


def rejected_item(profile: str, link_message: str) -> Item:
    """That the request with this Link Message was rejected."""
    return _word(profile, sha256_hex(link_message), LinkWord.REJECTED)


def ended_items(approved: Item) -> list[Item]:
    """That the link which was ``approved`` has ended: one item for each Link Message that stands for it."""
    members = approved.members()
    profile = members.text("profile")
    return [_word(profile, message, LinkWord.ENDED) for message in members.texts("messages")]


def _word(profile: str, message: str, word: LinkWord) -> Item:
    return read_item({"kind": ItemKind.LINK.value, "profile": profile, "message": message, "is": word.value})


def standing_link(items: Iterable[Item]) -> Item | None:
    """The approval that counts of all that is known about the links of one profile; None where none does."""
    items = list(items)
    words = [(item, item.members()) for item in items]
    ended = {told.text("message") for _, told in words if told.text("is") == LinkWord.ENDED}
    chosen: Item | None = None
    for item, told in words:
        if told.text("is") != LinkWord.APPROVED or ended & set(told.texts("messages")):
            continue
        chosen = item if beats(item, chosen) else chosen
    return chosen


def linked_by(approved: Item, now: int) -> Link:
    """The link as another device has approved it; ``now`` in UNIX seconds. Raises `MalformedData`."""
    told = approved.members()
    link = told.object("link")
    key, raw = link.optional_text("profileKey"), link.optional_text("walletKey")
    seed = Seed(from_base64(key, what="the profile key", length=32)) if key else None
    until = link.whole("validUntil")
    state = LinkState.AWAITING_KEYS if seed is None else LinkState.LINKED
    return Link(
        state=LinkState.EXPIRED if until < now else state,
        profile_name=told.text("profile"),
        profile_hash=link.text("profileHash", max_length=100),
        main_name=link.text("mainName", max_length=1_000),
        owner=link.text("owner", max_length=100),
        uri=link.text("uri", max_length=2_000),
        valid_until=until,
        linked_at=link.whole("linkedAt"),
        asked_at=link.whole("askedAt"),
        link_message=link.text("linkMessage", max_length=10_000),
        earlier_messages=link.texts("earlierMessages", max_length=10_000),
        renewals=link.texts("renewals", max_length=10_000),
        recoveries=_times(link),
        vocabulary=link.text("vocabulary", max_length=100),
        profile_key=seed,
        wallet_key=None if raw is None else WalletKey(from_base64(raw, what="the wallet key", length=32)),
        nonce=link.optional_text("nonce", max_length=200),
        uncovered=link.raw().get("uncovered") is True,
        paired=link.raw().get("paired") is True,
    )


def _times(link: Members) -> tuple[int, ...]:
    return tuple(time for time in link.items("recoveries") if type(time) is int)


def decides(items: Iterable[Item], link_message: str, *, with_keys: bool) -> bool:
    """Whether what is known of a profile's links decides on a request with this Link Message already.

    One that brings keys (``with_keys``) is still wanted where the link waits for them.
    """
    wanted = sha256_hex(link_message)
    for item in items:
        told = item.members()
        if told.text("is") != LinkWord.APPROVED:
            if told.text("message") == wanted:
                return True
        elif wanted in told.texts("messages"):
            return not with_keys or told.object("link").optional_text("profileKey") is not None
    return False
