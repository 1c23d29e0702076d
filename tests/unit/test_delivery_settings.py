"""The options of a delivery service, and how it counts what happens too often."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.delivery import DeliverySettings, describe
from dm3.delivery.limits import MAX_KEYS, Allowance
from dm3.delivery.settings import checked


def test_every_option_is_described():
    described = describe()
    assert set(described) == set(DeliverySettings.__struct_fields__)
    assert all(text.endswith(".") for text in described.values())


def test_names_are_brought_to_normal_form():
    settings = checked(DeliverySettings(name="DS.eth", blocked_senders=("Spam.ETH",)))
    assert (settings.name, settings.blocked_senders) == ("ds.eth", ("spam.eth",))


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a..b"},
        {"size_limit": 20_000_001},
        {"message_ttl": 0},
        {"unknown_senders": "perhaps"},
        {"max_readers": 0},
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigurationError):
        checked(DeliverySettings(**{"name": "ds.eth", **options}))


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
