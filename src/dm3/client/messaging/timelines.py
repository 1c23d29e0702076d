"""Timelines of what is kept: one conversation, or the whole inbox of a profile and those linked to it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from dm3.protocol.messages import Delivery, Entry, Timeline
from dm3.store.vault import Vault

from ..state.context import Context
from ..state.context_parts import HasNames
from ..state.outbox_entry import OutboxState
from ..state.records import OUTBOX, Conversation
from .peer_names import kept_name, names_of
from .stored_lines import Progress
from .timeline_pages import last_entries, timeline_page

_PROGRESS = {OutboxState.WAITING: Delivery.WAITING, OutboxState.FAILED: Delivery.FAILED}


class ConversationView(Struct, frozen=True):
    """A conversation as it is shown.

    ``head``: whose it is with whom, and how much is unread.
    ``timeline``: its entries.
    """

    head: Conversation
    timeline: Timeline


class InboxEntry(Struct, frozen=True):
    """An entry, and in whose conversation with whom it stands.

    ``profile``: our profile.
    ``peer``: the peer's name.
    ``entry``: the line itself.
    """

    profile: str
    peer: str
    entry: Entry


class InboxTimeline(Struct, frozen=True):
    """All conversations of a main profile and of the profiles linked to it.

    ``conversations``: each as it is shown, the latest first.
    """

    conversations: tuple[ConversationView, ...]

    @property
    def entries(self) -> list[InboxEntry]:
        """All of them as one timeline, oldest entry first."""
        found = [
            InboxEntry(view.head.profile, view.head.peer, entry)
            for view in self.conversations
            for entry in view.timeline.entries
        ]
        return sorted(found, key=lambda shown: (shown.entry.at, shown.entry.hash, shown.profile))


async def timeline_of(
    context: HasNames,
    account: str,
    profile: str,
    peer: str,
    *,
    newest: int | None = None,
    before: str | None = None,
) -> Timeline:
    """The timeline of the conversation of ``profile``, which ``account`` acts for, with ``peer``.

    ``peer`` may be any name of the peer. ``newest`` and ``before`` and what they raise: as `Timeline.page`.
    """
    names = await names_of(context.vault, profile, await kept_name(context, profile, peer))
    progress = await progress_of(context.vault, account)
    return await timeline_page(context.vault, profile, names, progress, newest=newest, before=before)


async def last_entries_of(vault: Vault, account: str, heads: Iterable[Conversation]) -> list[Entry | None]:
    """The newest entry of each of these conversations, None where there is none."""
    progress = await progress_of(vault, account)
    wanted = [(head.profile, head.names) for head in heads]
    return await last_entries(vault, wanted, progress)


async def inbox_of(
    context: Context, account: str, heads: Iterable[Conversation], newest: int | None
) -> InboxTimeline:
    """The timelines of these conversations, of each the ``newest`` entries; None for all."""
    progress = await progress_of(context.vault, account)
    return InboxTimeline(
        tuple(
            [
                ConversationView(
                    head,
                    await timeline_page(context.vault, head.profile, head.names, progress, newest=newest),
                )
                for head in heads
            ]
        )
    )


async def progress_of(vault: Vault, account: str) -> Progress:
    """How far the messages are that ``account`` still has in its outbox."""
    entries = [kept.record for kept in await vault.entries(OUTBOX, section=account)]
    return {(entry.message_hash, entry.to): _PROGRESS[entry.state] for entry in entries}
