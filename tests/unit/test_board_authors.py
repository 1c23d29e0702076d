"""Authors of statements are looked up side by side, with pauses; nobody waits for another's resolver."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from dm3.base.errors import NotFound, Unreachable
from dm3.board import authors as looked_up
from dm3.board.authors import AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE, Authors
from dm3.board.rules import MOST_OF_AUTHOR, MOST_UNTOLD, OLDEST_MS, Refusal, refusal_to_wait
from dm3.model import Draft
from dm3.protocol.messages.composing import compose
from tests.unit.people import ALICE, BOB, MALLORY

NOW = 1_800_000_000_000
HANGS = None


class Directory:
    """Has for each name a profile, an earlier and a newer one, an error, or no answer at all."""

    def __init__(self, **has):
        self.has = {f"{name}.eth": found for name, found in has.items()}
        self.asked = []

    async def profile(self, name, *, fresh=False):
        self.asked.append(name)
        found = self.has[name]
        if found is HANGS:
            await asyncio.Event().wait()
        if isinstance(found, Exception):
            raise found
        cached, newer = found if isinstance(found, tuple) else (found, found)
        return SimpleNamespace(signed=newer.signed_profile if fresh else cached.signed_profile)


class Clock:
    """Seconds that go forward by hand."""

    now = 0.0

    def __call__(self):
        return self.now


def looked_up_at(directory: Any, clock: Any = None) -> Authors:
    return Authors(directory, clock or Clock())


def said(author, person=ALICE, text="Hello"):
    draft = Draft(to="board.eth", from_=f"{author}.eth", timestamp=NOW, content=text, public=True)
    return compose(draft, person.keys.signing_private)


@pytest.fixture(autouse=True)
def _short_rounds(monkeypatch):
    monkeypatch.setattr(looked_up, "ROUND_SECONDS", 0.2)


async def test_each_message_gets_the_profile_whose_key_has_signed_it():
    directory = Directory(alice=(ALICE, BOB), mallory=MALLORY)
    before, since, foreign = said("alice", ALICE), said("alice", BOB), said("mallory", BOB)
    found: dict[str, Any] = await looked_up_at(directory).of([before, since, foreign])
    assert found[before.hash].profile == ALICE.profile
    assert found[since.hash].profile == BOB.profile
    assert found[foreign.hash].profile == MALLORY.profile, "what is wrong with it, the rules say"
    assert directory.asked.count("alice.eth") == 2


async def test_only_a_definite_answer_is_one():
    directory = Directory(alice=NotFound("no profile"), bob=Unreachable("away"))
    gone, away = said("alice"), said("bob")
    found = await looked_up_at(directory).of([gone, away])
    assert isinstance(found[gone.hash], NotFound)
    assert away.hash not in found


async def test_authors_whose_resolver_hangs_hold_up_no_round_after_the_first():
    hanging = [f"h{number}" for number in range(2 * AT_ONCE)]
    directory, clock = Directory(alice=ALICE, **dict.fromkeys(hanging)), Clock()
    authors, statement = looked_up_at(directory, clock), said("alice")
    waiting = [said(name) for name in hanging]
    while not await authors.of([*waiting, statement]):
        assert len(directory.asked) <= len(hanging), "who has had no turn has it next"
    asked = len(directory.asked)
    assert statement.hash in await authors.of([*waiting, statement])
    assert directory.asked[asked:] == ["alice.eth"], "the others have a pause"
    clock.now += FIRST_PAUSE
    await authors.of([*waiting, statement])
    assert directory.asked[asked + 1] == "alice.eth", "who was not in anybody's way is first"


async def test_pauses_grow_and_end_with_an_answer():
    directory, clock = Directory(bob=Unreachable("away")), Clock()
    authors, statement = looked_up_at(directory, clock), said("bob", BOB)
    pause = FIRST_PAUSE
    for _ in range(12):
        tried = len(directory.asked)
        await authors.of([statement])
        assert len(directory.asked) == tried + 1
        clock.now += pause - 0.1
        await authors.of([statement])
        assert len(directory.asked) == tried + 1
        clock.now += 0.1
        pause = min(2 * pause, LONGEST_PAUSE)
    directory.has["bob.eth"] = BOB
    assert statement.hash in await authors.of([statement])
    assert statement.hash in await authors.of([statement])


def test_what_waits_for_its_author_is_bounded():
    message = said("alice")
    assert refusal_to_wait(message, MOST_OF_AUTHOR - 1, MOST_UNTOLD - 1, NOW) is None
    assert refusal_to_wait(message, MOST_OF_AUTHOR, 20, NOW) is Refusal.AUTHOR_LIMIT
    assert refusal_to_wait(message, 0, MOST_UNTOLD, NOW) is Refusal.BOARD_LIMIT
    assert refusal_to_wait(message, 0, 0, NOW + OLDEST_MS + 1) is Refusal.WRONG_TIME
