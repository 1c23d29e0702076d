"""Counters of the resolver. They name kinds and outcomes, never a person's name or address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter

from dm3.base.errors import Dm3Error


class Metrics:
    """What ``/metrics`` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._claims = Counter(
            "dm3_resolver_claims",
            "Claims by kind, and what became of them: ok or the error's code",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._lookups = Counter("dm3_resolver_lookups", "Names asked for", ["found"], registry=self.registry)
        self._asked = Counter(
            "dm3_resolver_ccip",
            "Questions of ENS clients, and what became of them: ok or the error's code",
            ["outcome"],
            registry=self.registry,
        )

    @contextmanager
    def claim(self, kind: str) -> Iterator[None]:
        """Count a claim of ``kind`` with what becomes of it."""
        try:
            yield
        except Dm3Error as error:
            self._claims.labels(kind, error.code).inc()
            raise
        self._claims.labels(kind, "ok").inc()

    def looked_up(self, found: bool) -> None:
        """Count a look-up."""
        self._lookups.labels("yes" if found else "no").inc()

    def gateway_asked(self, outcome: str) -> None:
        """Count a question of an ENS client with what became of it."""
        self._asked.labels(outcome).inc()
