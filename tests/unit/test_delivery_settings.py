"""The options of a delivery service."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.delivery import DeliverySettings, describe
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
        {"url": "ftp://ds.example"},
        {"url": "ds.example"},
        {"url": "https://"},
        {"url": "https://[ds.example"},
        {"url": "https://ds.example/?to=here"},
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigurationError):
        checked(DeliverySettings(**{"name": "ds.eth", **options}))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"message_ttl": -5}, "message-ttl must be >= 60"),
        ({"size_limit": 20_000_001}, "size-limit must be <= 20000000"),
        ({"sender_seconds": 0.0}, "sender-seconds must be > 0.0"),
        ({"url": "ftp://ds.example"}, "public-url is not an http or https URL"),
    ],
)
def test_what_is_impossible_is_said_as_the_operator_writes_it(options, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        checked(DeliverySettings(**{"name": "ds.eth", **options}))
