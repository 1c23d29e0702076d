"""What each message may do to a timeline: the rules behind `dm3.protocol.messages.timeline_entries`.

Only its author edits or deletes a message; receipts come from the other party; a resend is asked of the
author. References may lead to an edit and then mean what it edits; they may lead nowhere, to themselves or
in circles, and none of that harms more than the message that holds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dm3.model import MessageType, meaning_of

from .timeline_entries import RECEIPTS, Entry, Reaction, Resend, Timeline, Version
from .timeline_messages import Delivery, Remark, TimelineMessage, in_order, is_entry
from .timeline_threads import Threads

LONGEST_REACTION: Final = 64
"""Characters; the longest emoji sequences have about 15."""

_RANK: Final = {Delivery.SENT: 0, Delivery.RECEIVED: 1, Delivery.READ: 2}


def timeline(messages: Iterable[TimelineMessage]) -> Timeline:
    """The timeline of one conversation's messages, given in any order."""
    return _Builder(in_order(messages)).build()


def resend_for(request: TimelineMessage, target: TimelineMessage | None) -> Resend | None:
    """What a RESEND_REQUEST about ``target`` causes: only a message of our own goes out again."""
    if request.own or target is None or not target.own or request.hash == target.hash:
        return None
    return Resend(request.hash, target.hash, request.at)


class _Builder:
    """Works a timeline out in passes: edits, deletions, reactions, receipts, threads."""

    def __init__(self, ordered: list[TimelineMessage]) -> None:
        self._ordered = ordered
        self._by_hash = {message.hash: message for message in ordered}
        self._remarks: dict[str, Remark] = {}
        self._held: list[TimelineMessage] = []
        self._ignored: list[TimelineMessage] = []
        # To which entry a message belongs: itself, or for an edit the one that it edits.
        self._owner = {message.hash: message.hash for message in ordered if is_entry(message.type)}
        self._edits: dict[str, list[TimelineMessage]] = {}
        self._deleted: dict[str, int] = {}
        self._withdrawn: set[str] = set()
        self._reactions: dict[str, dict[str, list[str]]] = {}
        self._receipts: dict[str, Delivery] = {}

    def build(self) -> Timeline:
        self._apply_edits()
        for message in self._of(MessageType.DELETE_REQUEST):
            self._apply_deletion(message)
        for message in self._of(MessageType.REACTION):
            self._apply_reaction(message)
        for message in self._of(*RECEIPTS):
            self._apply_receipt(message)
        resends = [
            found for message in self._of(MessageType.RESEND_REQUEST) if (found := self._resend(message))
        ]
        shown = [
            message for message in self._ordered if is_entry(message.type) or message.hash in self._remarks
        ]
        threads = Threads(shown, self._owner)
        return Timeline(
            tuple(self._entry(message, threads) for message in shown),
            tuple(sorted(self._held, key=lambda message: message.place)),
            tuple(sorted(self._ignored, key=lambda message: message.place)),
            tuple(resends),
        )

    def _of(self, *types: str) -> list[TimelineMessage]:
        return [message for message in self._ordered if message.type in types]

    def _target(self, message: TimelineMessage) -> TimelineMessage | Remark:
        if not message.reference:
            return Remark.NO_REFERENCE
        if message.reference == message.hash:
            return Remark.LOOP
        return self._by_hash.get(message.reference) or Remark.AWAITED

    def _apply_edits(self) -> None:
        edits = self._of(MessageType.EDIT)
        for edit in edits:
            target = self._target(edit)
            if isinstance(target, Remark):
                self._remarks[edit.hash] = target
            elif target.author != edit.author:
                self._remarks[edit.hash] = Remark.FOREIGN
            elif not meaning_of(target.type).editable:
                self._remarks[edit.hash] = Remark.UNFIT
        for edit in edits:
            self._follow(edit)
        for edit in edits:
            owner = self._owner[edit.hash]
            if owner != edit.hash:
                self._edits.setdefault(owner, []).append(edit)

    def _follow(self, edit: TimelineMessage) -> None:
        """Find whose edit this is, through edits of edits."""
        steps: dict[str, None] = {}
        here = edit.hash
        while here not in self._owner and here not in self._remarks and here not in steps:
            steps[here] = None
            here = self._by_hash[here].reference or ""
        way = list(steps)
        if here in steps:  # a circle: its members stand for themselves, what leads to it edits them
            circle = way[way.index(here) :]
            for member in circle:
                self._remarks[member] = Remark.LOOP
                self._owner[member] = member
            way = way[: way.index(here)]
        owner = self._owner.setdefault(here, here)
        for step in way:
            self._owner[step] = owner

    def _apply_deletion(self, message: TimelineMessage) -> None:
        target = self._target(message)
        if isinstance(target, Remark):
            self._refuse_or_hold(message, target)
        elif target.author != message.author:
            self._remarks[message.hash] = Remark.FOREIGN
        elif target.type == MessageType.REACTION:
            self._withdrawn.add(target.hash)
        elif target.hash in self._owner:
            owner = self._owner[target.hash]
            self._deleted[owner] = min(message.at, self._deleted.get(owner, message.at))
        else:
            self._remarks[message.hash] = Remark.UNFIT

    def _apply_reaction(self, message: TimelineMessage) -> None:
        target = self._target(message)
        content = (message.content or "").strip()
        if isinstance(target, Remark):
            self._refuse_or_hold(message, target)
        elif target.hash not in self._owner or len(content) > LONGEST_REACTION:
            self._remarks[message.hash] = Remark.UNFIT
        elif message.hash not in self._withdrawn:
            here = self._reactions.setdefault(self._owner[target.hash], {})
            if not content:
                for authors in here.values():
                    authors[:] = [author for author in authors if author != message.author]
            elif message.author not in here.setdefault(content, []):
                here[content].append(message.author)

    def _refuse_or_hold(self, message: TimelineMessage, remark: Remark) -> None:
        if remark is Remark.AWAITED:
            self._held.append(message)
        else:
            self._remarks[message.hash] = remark

    def _apply_receipt(self, message: TimelineMessage) -> None:
        target = self._target(message)
        if target is Remark.AWAITED:
            self._held.append(message)
        elif isinstance(target, Remark) or target.author == message.author or target.hash not in self._owner:
            self._ignored.append(message)
        else:
            owner = self._owner[target.hash]
            said = Delivery.READ if message.type == MessageType.READ_OPENED else Delivery.RECEIVED
            known = self._receipts.get(owner, Delivery.SENT)
            self._receipts[owner] = max(said, known, key=lambda state: _RANK[state])

    def _resend(self, message: TimelineMessage) -> Resend | None:
        target = self._target(message)
        if target is Remark.AWAITED:
            self._held.append(message)
            return None
        found = None
        if not isinstance(target, Remark) and self._owner.get(target.hash) not in self._deleted:
            found = resend_for(message, target)
        if found is None:
            self._ignored.append(message)
        return found

    def _entry(self, message: TimelineMessage, threads: Threads) -> Entry:
        edits = self._edits.get(message.hash, [])
        latest = edits[-1] if edits else message
        deleted_at = self._deleted.get(message.hash)
        gone = deleted_at is not None
        # An edit speaks of the text; attachments that it does not replace stay.
        attachments = next((m.attachments for m in [*edits[::-1], message] if m.attachments), ())
        delivery = latest.delivery
        if delivery in _RANK:
            delivery = max(
                delivery, self._receipts.get(message.hash, delivery), key=lambda state: _RANK[state]
            )
        return Entry(
            hash=message.hash,
            author=message.author,
            own=message.own,
            type=message.type,
            at=message.at,
            content=None if gone else latest.content,
            attachments=() if gone else attachments,
            thread=threads.first[message.hash],
            latest=latest.hash,
            depth=threads.depth[message.hash],
            reference=message.reference,
            reply_to=threads.above(message),
            versions=() if gone else tuple(map(_version, [message, *edits][:-1])),
            edited_at=latest.at if edits and not gone else None,
            deleted_at=deleted_at,
            reactions=() if gone else self._reactions_to(message.hash),
            delivery=delivery,
            unread=message.unread,
            remark=self._remark_on(message),
        )

    def _reactions_to(self, hash: str) -> tuple[Reaction, ...]:
        found = self._reactions.get(hash, {})
        return tuple(Reaction(content, tuple(authors)) for content, authors in found.items() if authors)

    def _remark_on(self, message: TimelineMessage) -> Remark | None:
        if message.type == MessageType.REPLY and message.reference and message.reference not in self._by_hash:
            return Remark.AWAITED
        return self._remarks.get(message.hash)


def _version(message: TimelineMessage) -> Version:
    return Version(message.hash, message.content, message.attachments, message.at)
