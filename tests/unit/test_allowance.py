"""How often something may happen."""

from dm3.service import Allowance
from dm3.service.allowance import MAX_KEYS


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_used_up_and_comes_back():
    clock = Clock()
    allowance = Allowance(6, clock)
    assert [allowance.take("a") for _ in range(7)] == [True] * 6 + [False]
    assert allowance.take("b")
    clock.now = 9.9
    assert not allowance.take("a")
    clock.now = 20.1
    assert [allowance.take("a") for _ in range(3)] == [True, True, False]
    clock.now = 10_000
    assert [allowance.take("a") for _ in range(7)] == [True] * 6 + [False]


def test_zero_is_no_limit():
    allowance = Allowance(0, Clock())
    assert all(allowance.take("a") for _ in range(10_000))


def test_an_allowance_does_not_remember_everybody():
    allowance = Allowance(1, Clock())
    for n in range(MAX_KEYS + 1):
        assert allowance.take(str(n))
    assert allowance.take("0")
    assert not allowance.take(str(MAX_KEYS))
