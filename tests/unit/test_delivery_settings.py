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
    ],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ConfigurationError):
        checked(DeliverySettings(**{"name": "ds.eth", **options}))
