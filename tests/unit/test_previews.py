"""Last lines are read once, and anew when something was added or was told to have changed."""

from types import SimpleNamespace

import pytest

from dm3.messenger import previews


class Reader:
    """Says the newest entry of each conversation, and remembers for which it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def last_entries(self, heads):
        self.asked.append([head.peer for head in heads])
        return [None if head.peer == "empty" else f"{head.peer} {head.messages}" for head in heads]


def head(peer, messages=1, profile="alice.eth"):
    return SimpleNamespace(profile=profile, peer=peer, messages=messages, last_at=messages)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(previews, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def kept(clock):
    return previews.Previews()


@pytest.fixture
def reader():
    return Reader()


async def test_only_what_is_new_is_read(kept, reader):
    assert await kept.of(reader, [head("bob"), head("empty")]) == ["bob 1", None]
    assert await kept.of(reader, [head("carol"), head("bob", 2), head("empty")]) == ["carol 1", "bob 2", None]
    kept.forget("alice.eth", "carol")
    assert await kept.of(reader, [head("carol"), head("bob", 2)]) == ["carol 1", "bob 2"]
    assert reader.asked == [["bob", "empty"], ["carol", "bob"], ["carol"]]


async def test_after_its_time_a_line_is_read_anew(kept, reader, clock):
    for _ in range(2):
        await kept.of(reader, [head("bob")])
    clock[0] += previews.LIFE
    await kept.of(reader, [head("bob")])
    assert reader.asked == [["bob"], [], ["bob"]]
