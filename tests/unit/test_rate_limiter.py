"""How often something may happen."""

from dm3.service import RateLimiter
from dm3.service.rate_limiter import MAX_KEYS


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_used_up_and_comes_back():
    clock = Clock()
    limiter = RateLimiter(6, clock)
    assert [limiter.allow("a") for _ in range(7)] == [True] * 6 + [False]
    assert limiter.allow("b")
    clock.now = 9.9
    assert not limiter.allow("a")
    clock.now = 20.1
    assert [limiter.allow("a") for _ in range(3)] == [True, True, False]
    clock.now = 10_000
    assert [limiter.allow("a") for _ in range(7)] == [True] * 6 + [False]


def test_zero_is_no_limit():
    limiter = RateLimiter(0, Clock())
    assert all(limiter.allow("a") for _ in range(10_000))


def test_an_allowance_does_not_remember_everybody():
    limiter = RateLimiter(1, Clock())
    for n in range(MAX_KEYS + 1):
        assert limiter.allow(str(n))
    assert limiter.allow("0")
    assert not limiter.allow(str(MAX_KEYS))
