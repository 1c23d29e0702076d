"""All conversations of several profiles at one moment, with what was decided about each."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dm3.protocol.messages import name_groups
from dm3.store.vault import Vault, Within

from ..state.marks import MARKS, Marks
from ..state.records import CONVERSATIONS, PEER_NAMES, Conversation
from .conversations import joined_heads
from .kept_marks import marks_by_name, wrote_after


class ListedConversation(Struct, frozen=True, kw_only=True):
    """A conversation as a list shows it.

    ``head``: whose it is with whom, and how much is unread.
    ``marks``: what was decided about it.
    ``is_request``: whether the other side began it, and the user has neither answered nor allowed it.
    """

    head: Conversation
    marks: Marks
    is_request: bool


async def conversations_of(vault: Vault, profiles: Sequence[str]) -> list[tuple[Conversation, Marks]]:
    """The conversations of ``profiles`` that are not blocked, the latest first."""

    def read(within: Within) -> list[tuple[Conversation, Marks]]:
        names = within.sections(PEER_NAMES, profiles)
        marks = within.sections(MARKS, profiles)
        heads = within.sections(CONVERSATIONS, profiles)
        found: list[tuple[Conversation, Marks]] = []
        for profile in profiles:
            groups = name_groups(names[profile])
            by_name = marks_by_name(profile, marks[profile], groups)
            found += [
                (head, by_name.get(head.peer) or Marks(profile=profile, peer=head.peer))
                for head in joined_heads(heads[profile], groups)
            ]
        return found

    found = await vault.read(read)
    return sorted((one for one in found if not one[1].blocked), key=lambda one: -one[0].last_at)


class Unanswered:
    """Who of those that began a conversation was never written to; what was looked at is not read again."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._looked: dict[tuple[str, str], int] = {}

    async def is_answered(self, head: Conversation) -> bool:
        """Whether the user has ever written in this conversation."""
        for name in head.names:
            place = (head.profile, name)
            upto = await wrote_after(self._vault, head.profile, name, self._looked.get(place, 0))
            if upto is None:
                return True
            self._looked[place] = upto
        return False
