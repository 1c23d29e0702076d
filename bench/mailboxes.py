"""Mailboxes that hold much: does one with a million messages cost what one with a thousand does?

Both are in one service: one mailbox holds a million, and many hold a thousand each. So a cost that grows
with the mailbox shows in the ratio, which is aimed to be at least a half.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from dm3.base import canonical_json
from dm3.store import Database
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, deposit
from dm3.store.delivery.profiles import registered

from .delivery import PROCESS
from .http_load import Load, load, request_bytes, server_process
from .measuring import Measurement
from .people import PEOPLE, Person, log_in, make_people, register
from .reference import ReferenceRates

MANY: Final = 1_000_000
FEW: Final = 1_000
FULL_SECONDS: Final = 1.0
"""Below this only whether the benchmark runs is of interest, and a mailbox holds less."""
AT_ONCE: Final = 10_000
PAGE: Final = 50
HALF: Final = 0.5

_NO_END: Final = 2**40
_ORIGIN: Final = "0" * 64
_ENVELOPE: Final = canonical_json({"message": "x" * 600})
"""As long as a sealed text is, in order of size; the service looks at none that it has stored."""


class _Box(Struct, frozen=True):
    """A mailbox with what is in it, and its owner's access token."""

    name: str
    token: str
    hashes: list[str]

    def fetching(self) -> bytes:
        after = random.randrange(max(1, len(self.hashes) - PAGE))
        path = f"/mailbox/{self.name}?after={after}&limit={PAGE}"
        return request_bytes("GET", path, token=self.token)

    def acknowledging(self, place: int) -> bytes:
        receipt = {"messageHash": self.hashes[place], "cursor": str(place + 1)}
        body = canonical_json({"acknowledgements": [receipt]})
        path = f"/delivery/messages/{self.name}/syncAcknowledgements"
        return request_bytes("POST", path, body.encode("ascii"), token=self.token)


class _Ground(Struct, frozen=True):
    """A running service: ``large`` holds a million messages, each of ``small`` a thousand."""

    url: str
    large: _Box
    small: list[_Box]


@contextmanager
def _ground(many: int) -> Iterator[_Ground]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        people = make_people(folder, PEOPLE)
        with server_process(PROCESS, str(folder)) as server:
            asyncio.run(register(server.url, people))
            tokens = asyncio.run(log_in(server.url, people))
            boxes = asyncio.run(_fill(folder, people, tokens, many))
            yield _Ground(server.url, boxes[0], boxes[1:])


async def _fill(folder: Path, people: Sequence[Person], tokens: Sequence[str], many: int) -> list[_Box]:
    database = Database.open(f"sqlite:///{folder / 'delivery.sqlite'}", "delivery")
    try:
        return [
            await _filled(database, person, token, many if place == 0 else min(many, FEW))
            for place, (person, token) in enumerate(zip(people, tokens, strict=True))
        ]
    finally:
        await database.close()


async def _filled(database: Database, person: Person, token: str, count: int) -> _Box:
    name = person.name
    box = await database.read(lambda connection: registered(connection, name))
    assert box is not None
    quota = Quota(2 * MANY, 2 * MANY * len(_ENVELOPE))
    # In ascending order, since indices are filled so in a fraction of the time.
    hashes = [f"0x{number:016x}{os.urandom(24).hex()}" for number in range(count)]
    for start in range(0, count, AT_ONCE):
        envelopes = [
            StampedEnvelope(box.mailbox, box.profile_hash, name, hash_, _ORIGIN, _NO_END, _ENVELOPE)
            for hash_ in hashes[start : start + AT_ONCE]
        ]
        await database.write(partial(deposit, envelopes=envelopes, quota=quota))
    return _Box(name, token, hashes)


def _measurement(work: str, large: Load, small: Load) -> Measurement:
    return Measurement(
        work=work,
        ours=large.rate,
        limit=small.rate,
        aim_part_of_limit=HALF,
        p50=large.p50,
        p99=large.p99,
    )


def acknowledged(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Acknowledge one message, any of those that are held, one request after the other."""
    many = MANY if seconds >= FULL_SECONDS else 10 * FEW
    with _ground(many) as ground:
        places = random.sample(range(FEW), FEW // 2)
        small = (box.acknowledging(place) for place in places for box in ground.small)
        large = (ground.large.acknowledging(place) for place in random.sample(range(many), many // 2))
        at_few = load(ground.url, small, seconds, connections=1)
        at_many = load(ground.url, large, seconds, connections=1)
    return _measurement(f"delivery service: acknowledge 1 of {many:,} (limit: of {FEW:,})", at_many, at_few)


def fetched(seconds: float, _: ReferenceRates | None) -> Measurement:
    """Fetch a page of 50 messages from somewhere in the mailbox, one request after the other."""
    many = MANY if seconds >= FULL_SECONDS else 10 * FEW
    with _ground(many) as ground:
        small = (ground.small[number % (PEOPLE - 1)].fetching() for number in range(many))
        large = (ground.large.fetching() for _ in range(many))
        at_few = load(ground.url, small, seconds, connections=1)
        at_many = load(ground.url, large, seconds, connections=1)
    return _measurement(f"delivery service: fetch {PAGE} of {many:,} (limit: of {FEW:,})", at_many, at_few)
