"""Counters of a delivery service. They name outcomes, never a person's name or address."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What ``/metrics`` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._submissions = Counter(
            "dm3_delivery_submissions",
            "Submitted envelopes by outcome: stored, duplicate or the error's code",
            ["outcome"],
            registry=self.registry,
        )
        self.submit_seconds = Histogram(
            "dm3_delivery_submit_seconds",
            "Time from a read envelope to its durable storage",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batch_messages = Histogram(
            "dm3_delivery_commit_messages",
            "Messages that were committed together",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=self.registry,
        )
        self.fetched = self._counter("dm3_delivery_fetched_messages", "Messages handed out")
        self.acknowledged = self._counter(
            "dm3_delivery_acknowledged_messages", "Messages acknowledged by a reader"
        )
        self.expired = self._counter(
            "dm3_delivery_expired_messages", "Messages removed because their time was over"
        )
        self.registered = self._counter("dm3_delivery_registrations", "Profiles registered or replaced")
        self.tokens = self._counter("dm3_delivery_tokens", "Access tokens given out")
        self.escrow_kept = self._counter("dm3_delivery_escrow_kept", "Sealed copies taken into escrow")
        self.escrow_released = self._counter(
            "dm3_delivery_escrow_released", "Sealed copies given out to their owners"
        )
        self.defects = self._counter(
            "dm3_delivery_defects", "Calls that failed by a defect; the log has them"
        )
        self.waiting = Gauge(
            "dm3_delivery_waiting_fetches",
            "Fetches that wait for a message at the moment",
            registry=self.registry,
        )
        self._outcomes: dict[str, Counter] = {}

    def submitted(self, outcome: str) -> None:
        """Count a submitted envelope by what became of it."""
        # Finding a label's counter costs more than counting.
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._outcomes[outcome] = self._submissions.labels(outcome)
        counter.inc()

    def _counter(self, name: str, description: str) -> Counter:
        return Counter(name, description, registry=self.registry)
