"""What a main profile's decisions cause, carried out in two phases: with their commit, and after it.

Messages and notices are written in the transaction that keeps the state (specification 3.3). What is done
with services comes after it: a step may begin several times, and nothing but its commit changes anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar, assert_never

from dm3.base import normalize
from dm3.base.errors import Dm3Error
from dm3.protocol.linking import Decision, Effect, Link, parse_link_message
from dm3.store.vault import Change

from .approver_notices import LinkNotices
from .linked_mailboxes import LinkedMailboxes
from .replies import Answer, LinkReplies
from .store import LinkSnapshot

T = TypeVar("T")


class LinkAftermath:
    """What decisions leave to be done with services once they are committed; called, it does that."""

    def __init__(self) -> None:
        self._deeds: list[Callable[[], Awaitable[bool]]] = []

    def add(self, deed: Callable[[], Awaitable[bool]]) -> None:
        """This is left to be done, too; ``deed`` says whether it could be done."""
        self._deeds.append(deed)

    def extend(self, other: LinkAftermath) -> None:
        """What another decision leaves is to be done, too."""
        self._deeds += other._deeds

    async def __call__(self) -> bool:
        """Do it all, side by side; False where services were away. The next `sync` joins by itself."""
        return all(await asyncio.gather(*(deed() for deed in self._deeds)))


class LinkEffects:
    """Carries out every `Effect`, each in one place. ``told`` gets what services could not do."""

    def __init__(
        self,
        answers: LinkReplies,
        notices: LinkNotices,
        mailboxes: LinkedMailboxes,
        told: Callable[[Dm3Error], None],
    ) -> None:
        self._answers = answers
        self._notices = notices
        self._mailboxes = mailboxes
        self._told = told

    async def prepare(
        self, change: Change, held: LinkSnapshot, decision: Decision, answer: Answer | None
    ) -> LinkAftermath:
        """Write into ``change`` what is committed with the decision; returns what comes after the commit.

        ``held`` is what it was made on, ``answer`` whom it answers.
        """
        later = LinkAftermath()
        for effect in decision.effects:
            await self._carry_out(change, effect, held, decision, answer, later)
        return later

    async def _carry_out(
        self,
        change: Change,
        effect: Effect,
        held: LinkSnapshot,
        decision: Decision,
        answer: Answer | None,
        later: LinkAftermath,
    ) -> None:
        profile, link = held.profile, decision.link
        match effect:
            # With the commit: messages and notices.
            case Effect.ASK_USER:
                await self._notices.ask(change, _there(decision.request))
            case Effect.SEND_ACCEPT:
                self._answers.accept(change, _there(link), _there(answer), with_keys=False)
            case Effect.SEND_KEYS:
                self._answers.accept(change, _there(link), _there(answer), with_keys=True)
            case Effect.SEND_REJECT:
                if answer is not None:  # else its message may be approved yet, for another profile
                    # By the name that was asked: by another one it would not be taken for the answer.
                    asked = parse_link_message(answer.payload.link_message).main_name
                    await self._answers.reject(change, normalize(asked), answer, link)
            case Effect.SEND_REVOKE:
                await self._answers.revoke(change, _there(held.link))
            case Effect.FORWARD_HELD:
                await self._answers.forward_held(change, profile)
            case Effect.WIPE_KEYS:
                await self._answers.withhold_keys(change, profile)
            case Effect.NOTIFY_OF_END:
                await self._notices.tell_of_end(change, profile)
            case Effect.NOTIFY_OF_RECOVERY:
                await self._notices.tell_of_recovery(change, profile, _there(answer))
            # After it: services.
            case Effect.JOIN_MAILBOX:
                later.add(partial(self._join, _there(link)))
            case Effect.LEAVE_MAILBOX:
                later.add(partial(self._leave, profile))
            case other:
                assert_never(other)

    async def _join(self, link: Link) -> bool:
        return await self._mailboxes.open(link, self._told)

    async def _leave(self, profile: str) -> bool:
        await self._mailboxes.leave(profile)
        return True


def _there(what: T | None) -> T:
    """What the tables of specification 3.3 promise to be there."""
    assert what is not None  # noqa: S101  # by `protocol.linking.tables`
    return what
