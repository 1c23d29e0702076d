"""Carrying out `dm3.protocol.accepting`: its questions are answered, what it accepts is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from dm3.base.errors import Dm3Error, StoreError
from dm3.crypto import ProfileKeys, RandomBytes
from dm3.protocol.accepting import (
    Accepted,
    Question,
    ReceiverQuestion,
    RoomQuestion,
    SenderQuestion,
    accept,
)
from dm3.protocol.jsonrpc import LimitExceeded
from dm3.service import Allowance
from dm3.store.mailboxes import Deposit, Parcel

from .intake import Intake
from .metrics import Metrics
from .parties import Receivers, Senders
from .settings import DeliverySettings

ATTEMPTS: Final = 3
"""The receiver's profile may change between stamping and storing; then it is stamped anew."""


class Submissions:
    """Takes envelopes in. ``clock`` gives UNIX seconds."""

    def __init__(
        self,
        settings: DeliverySettings,
        keys: ProfileKeys,
        receivers: Receivers,
        senders: Senders,
        intake: Intake,
        metrics: Metrics,
        *,
        clock: Callable[[], float],
        random: RandomBytes,
    ) -> None:
        self._rules = settings.rules()
        self._ttl = settings.message_ttl
        self._keys = keys
        self._receivers = receivers
        self._senders = senders
        self._intake = intake
        self._metrics = metrics
        self._clock = clock
        self._random = random
        self._from_sender = Allowance(settings.rate_per_sender, time.monotonic)
        self._from_strangers = Allowance(settings.rate_of_strangers, time.monotonic)
        self._to_receiver = Allowance(settings.rate_per_receiver, time.monotonic)

    async def submit(self, given: Any, at_most: int) -> None:
        """Take in the envelope ``given`` (JSON text or object) from a body of ``at_most`` bytes.

        When this returns, it is stored durably, now or by an earlier submission. Raises as `accept`
        does, `StoreError` when the store takes nothing now and `LimitExceeded` for a full mailbox.
        """
        started = time.perf_counter()
        try:
            outcome = await self._submit(given, at_most)
        except Dm3Error as error:
            self._metrics.submitted(error.code)
            raise
        self._metrics.submitted(outcome.value)
        self._metrics.submit_seconds.observe(time.perf_counter() - started)

    async def _submit(self, given: Any, at_most: int) -> Deposit:
        for _ in range(ATTEMPTS):
            now = self._clock()
            accepted = await self._accept(given, at_most, int(now * 1000))
            outcome = await self._intake.put(self._parcel(accepted, int(now)))
            if outcome is Deposit.FULL:
                raise LimitExceeded("the receiver's mailbox is full")
            if outcome is not Deposit.STALE:
                return outcome
            self._receivers.forget(accepted.name)
        raise StoreError("the receiver's profile is changing", hint="Try again in a few seconds.")

    async def _accept(self, given: Any, at_most: int, now_ms: int) -> Accepted:
        deciding = accept(given, self._rules, self._keys, at_most=at_most, now_ms=now_ms, random=self._random)
        try:
            question = next(deciding)
            while True:
                question = deciding.send(await self._answer(question))
        except StopIteration as decided:
            accepted: Accepted = decided.value
            return accepted

    async def _answer(self, question: Question) -> Any:
        match question:
            case ReceiverQuestion(name):
                return await self._receivers.find(name)
            case SenderQuestion(name, fresh):
                return await self._senders.key(name, fresh=fresh)
            case RoomQuestion(box, sender):
                return self._has_room(box, sender)

    def _has_room(self, box: str, sender: str | None) -> bool:
        # A sender's own allowance counts only what he has signed, so nobody else can use it up.
        own = self._from_strangers.take(box) if sender is None else self._from_sender.take(sender)
        return own and self._to_receiver.take(box)

    def _parcel(self, accepted: Accepted, now: int) -> Parcel:
        return Parcel(
            accepted.receiver.mailbox,
            accepted.receiver.profile_hash,
            accepted.name,
            accepted.hash,
            accepted.origin,
            now + self._ttl,
            accepted.envelope,
        )
