"""Askers that may know it are told what was refused: once for each Link Message, and few an hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from dm3.base import normalize, sha256_hex
from dm3.base.errors import Dm3Error
from dm3.model import LinkKind, Message
from dm3.protocol.linking import (
    HOUR,
    MOST_AN_HOUR,
    Link,
    LinkRefused,
    MainProfile,
    ToldRefusal,
    refusal_to_tell,
)

from ..state.open_profile import OpenProfile
from ..state.own_records import ToldRequest
from ..state.records import TOLD
from .replies import Answer, LinkReplies


class RefusedRequests:
    """Tells askers of refusals, in the name of one main profile."""

    def __init__(self, own: OpenProfile, answers: LinkReplies) -> None:
        self._own = own
        self._context = own.context
        self._answers = answers

    async def tell(
        self,
        message: Message,
        main: MainProfile,
        refused: LinkRefused,
        link: Link | None,
        answer: Callable[[Any], Awaitable[Any]],
    ) -> None:
        """Tell the asker, where the rule of specification 3.3 allows it.

        Trouble on the way is nobody's: then nothing is told. ``link`` is held for the profile.
        """
        with suppress(Dm3Error):
            inquiry = refusal_to_tell(message, main, refused, self._context.seconds())
            told = await self._context.directory.ask(inquiry, answer)
            if told is not None and await self._is_allowed(told):
                await self._send(message, told, link)

    async def _is_allowed(self, told: ToldRefusal) -> bool:
        account, now = self._own.account, self._context.seconds()
        earlier = [kept.record for kept in await self._context.vault.entries(TOLD, section=account)]
        text = sha256_hex(told.payload.link_message)
        recent = [one for one in earlier if one.at > now - HOUR]
        return len(recent) < MOST_AN_HOUR and all(one.text_hash != text for one in earlier)

    async def _send(self, message: Message, told: ToldRefusal, link: Link | None) -> None:
        names, text = self._own.identity.names, sha256_hex(told.payload.link_message)
        # By the name that was asked: by another one it would not be taken for the answer.
        asked = normalize(message.to) if normalize(message.to) in names else self._own.identity.shown_name
        about = link if told.payload.kind is LinkKind.REQUEST else None
        answer = Answer(told.payload, told.sender.name, told.sender.signed.hash, code=told.code)
        change = self._context.vault.change()
        account = self._own.account
        record = ToldRequest(text_hash=text, at=self._context.seconds())
        change.put(TOLD, f"{account}|{text}", record, section=account, expect=0)
        await self._answers.reject(change, asked, answer, about)
        await self._context.vault.commit(change)
