"""What a face shows of a part is the part's call: its arguments, its description, its answer."""

import inspect

import pytest

from dm3.base import Shown


class Bell:
    def __init__(self) -> None:
        self.rung: list[str] = []

    async def ring(self, how: str, *, times: int = 1) -> list[str]:
        """Ring it."""
        self.rung += [how] * times
        return self.rung

    def count(self) -> int:
        """How often it was rung."""
        return len(self.rung)


from_bell: Shown["Door", Bell] = Shown(lambda door: door._bell)


class Door:
    def __init__(self) -> None:
        self._bell: Bell = Bell()

    ring = from_bell(Bell.ring)
    count = from_bell(Bell.count)
    rung = from_bell.value(Bell.count)


async def test_a_call_of_a_face_is_that_of_its_own_part():
    one, other = Door(), Door()
    assert await one.ring("loud", times=2) == ["loud", "loud"]
    assert (one.count(), one.rung, other.rung) == (2, 2, 0)


def test_it_is_described_as_the_part_describes_it():
    assert inspect.iscoroutinefunction(Door.ring)
    assert not inspect.iscoroutinefunction(Door.count)
    assert inspect.getdoc(Door.ring) == "Ring it."
    assert inspect.signature(Door.ring) == inspect.signature(Bell.ring)
    assert inspect.getdoc(inspect.getattr_static(Door, "rung")) == "How often it was rung."


def test_what_is_shown_as_a_value_cannot_be_set():
    with pytest.raises(AttributeError):
        Door().rung = 3
    assert isinstance(inspect.getattr_static(Door, "rung"), property)
