"""Carrying out `dm3.protocol.delivery.accepting`: its questions are answered, what it accepts is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from dm3.base.errors import Dm3Error, StoreError
from dm3.crypto import ProfileKeys, RandomBytes
from dm3.net import conclude
from dm3.protocol.delivery import (
    Accepted,
    LimitExceeded,
    Question,
    ReceiverQuestion,
    RoomQuestion,
    SenderQuestion,
    accept,
)
from dm3.store.delivery import StampedEnvelope, StoreResult

from .lookups import ReceiverLookup, SenderKeyLookup
from .metrics import Metrics
from .origin import Origin
from .settings import DeliverySettings
from .store_room import StoreRoom
from .submission_rates import SubmissionRates
from .write_batcher import WriteBatcher

ATTEMPTS: Final = 3
"""The receiver's profile may change between stamping and storing; then it is stamped anew."""


class Submissions:
    """Takes envelopes in. ``clock`` gives UNIX seconds, ``kept_from`` those from which messages are kept."""

    def __init__(
        self,
        settings: DeliverySettings,
        keys: ProfileKeys,
        receivers: ReceiverLookup,
        senders: SenderKeyLookup,
        batcher: WriteBatcher,
        metrics: Metrics,
        room: StoreRoom,
        *,
        clock: Callable[[], float],
        kept_from: Callable[[], int],
        random: RandomBytes,
    ) -> None:
        self._rules = settings.rules()
        self._ttl = settings.message_ttl
        self._keys = keys
        self._receivers = receivers
        self._senders = senders
        self._batcher = batcher
        self._metrics = metrics
        self._clock = clock
        self._kept_from = kept_from
        self._random = random
        self._rates = SubmissionRates(settings, time.monotonic)
        self._room = room

    async def submit(self, given: Any, origin: Origin) -> None:
        """Take in the envelope ``given`` (JSON text or object), which came as ``origin`` says.

        When this returns, it is stored durably, now or by an earlier submission. Raises as `accept`
        does, `StoreError` when the store takes nothing now and `LimitExceeded` for a full mailbox.
        """
        started = time.perf_counter()
        try:
            outcome = await self._submit(given, origin)
        except Dm3Error as error:
            self._metrics.submitted(error.code)
            raise
        self._metrics.submitted(outcome.value)
        self._metrics.submit_seconds.observe(time.perf_counter() - started)

    async def _submit(self, given: Any, origin: Origin) -> StoreResult:
        for _ in range(ATTEMPTS):
            accepted = await self._accept(given, origin, int(self._clock() * 1000))
            outcome = await self._batcher.put(self._stamped(accepted))
            if outcome is StoreResult.FULL:
                raise LimitExceeded("the receiver's mailbox is full")
            if outcome is not StoreResult.STALE:
                return outcome
            self._receivers.forget(accepted.name)
        raise StoreError("the receiver's profile is changing", hint="Try again in a few seconds.")

    async def _accept(self, given: Any, origin: Origin, now_ms: int) -> Accepted:
        deciding = accept(
            given, self._rules, self._keys, at_most=origin.size, now_ms=now_ms, random=self._random
        )
        return await conclude(deciding, lambda question: self._answer(question, origin))

    async def _answer(self, question: Question, origin: Origin) -> Any:
        match question:
            case ReceiverQuestion(name):
                return await self._receivers.find(name)
            case SenderQuestion(name, fresh):
                return await self._senders.key(name, fresh=fresh)
            case RoomQuestion(box, sender):
                return self._has_room(box, sender, origin)

    def _has_room(self, box: str, sender: str | None, origin: Origin) -> bool:
        if not self._room.takes(verified=sender is not None):
            raise StoreError("the store of this service is full", hint="Try again later.")
        is_allowed = self._rates.allow(box, sender, origin)
        if is_allowed:
            self._room.count(origin.share)
        return is_allowed

    def _stamped(self, accepted: Accepted) -> StampedEnvelope:
        return StampedEnvelope(
            accepted.receiver.mailbox,
            accepted.receiver.profile_hash,
            accepted.name,
            accepted.hash,
            accepted.origin,
            self._kept_from() + self._ttl,
            accepted.envelope,
        )
