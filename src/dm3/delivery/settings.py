"""What an operator decides about a delivery service: the one table of its options."""

from __future__ import annotations

import re
from typing import Annotated, Final, get_type_hints
from urllib.parse import urlsplit

from msgspec import Meta, Struct, ValidationError, convert, structs, to_builtins

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidName
from dm3.protocol.delivery import AcceptingRules, UnknownSenders

MEGABYTE: Final = 1_000_000
LARGEST_MESSAGE: Final = 20 * MEGABYTE
DAY: Final = 86_400

_BOUND = re.compile(r"Expected `\w+` (?P<bound>[<>]=? [\d.]+) - at `\$\.(?P<option>\w+)`")


class DeliverySettings(Struct, frozen=True, kw_only=True):
    """The options of a delivery service. Each carries its description; `describe` lists them."""

    name: Annotated[str, Meta(description="ENS name of the service, as profiles list it.")]
    url: Annotated[str, Meta(description="Public URL under which clients reach the service.")] = ""
    message_ttl: Annotated[
        int, Meta(ge=60, description="Seconds that a message is kept while it is not fetched.")
    ] = 30 * DAY
    size_limit: Annotated[
        int, Meta(ge=10_000, le=LARGEST_MESSAGE, description="Largest envelope taken, in bytes.")
    ] = 10 * MEGABYTE
    unknown_senders: Annotated[
        UnknownSenders,
        Meta(description="Messages of senders who cannot be resolved: accept or refuse them."),
    ] = UnknownSenders.ACCEPT
    blocked_senders: Annotated[
        tuple[str, ...],
        Meta(description="Names whose messages are refused as spam, with all names below them."),
    ] = ()
    sender_seconds: Annotated[
        float, Meta(gt=0, le=30, description="Seconds to wait for a sender's profile to be resolved.")
    ] = 5.0
    token_seconds: Annotated[int, Meta(ge=1, description="Seconds that an access token is valid.")] = DAY
    challenge_seconds: Annotated[
        int, Meta(ge=1, description="Seconds in which a challenge has to be answered.")
    ] = 300
    wait_seconds: Annotated[
        int, Meta(ge=0, le=300, description="Longest time a fetch may wait for a message, in seconds.")
    ] = 30
    max_waiters: Annotated[
        int, Meta(ge=1, description="Fetches that may wait at one mailbox at the same time.")
    ] = 16
    max_readers: Annotated[int, Meta(ge=1, le=64, description="Readers that a mailbox may have.")] = 16
    mailbox_messages: Annotated[int, Meta(ge=1, description="Messages that one mailbox may hold.")] = (
        2_000_000
    )
    mailbox_bytes: Annotated[int, Meta(ge=1, description="Bytes that one mailbox may hold.")] = (
        4_000 * MEGABYTE
    )
    rate_per_address: Annotated[
        int,
        Meta(ge=0, description="Submissions, registrations and log-ins a minute per IP address; 0: any."),
    ] = 6_000
    rate_per_sender: Annotated[
        int, Meta(ge=0, description="Messages a minute per verified sender; 0: any number.")
    ] = 1_200
    rate_of_strangers: Annotated[
        int,
        Meta(ge=0, description="Messages a minute to one mailbox from unverified senders; 0: any."),
    ] = 600
    rate_per_receiver: Annotated[
        int, Meta(ge=0, description="Messages a minute to one mailbox in all; 0: any number.")
    ] = 6_000

    bytes_per_address: Annotated[
        int,
        Meta(ge=0, description="Bytes of messages a minute per IP address (IPv6: per /64); 0: any."),
    ] = 300 * MEGABYTE
    bytes_per_sender: Annotated[
        int, Meta(ge=0, description="Bytes of messages a minute per verified sender; 0: any.")
    ] = 100 * MEGABYTE
    bytes_of_strangers: Annotated[
        int,
        Meta(ge=0, description="Bytes of messages a minute to one mailbox from unverified senders; 0: any."),
    ] = 60 * MEGABYTE
    stranger_bytes_per_address: Annotated[
        int,
        Meta(
            ge=0,
            description="Bytes of messages of unverified senders a minute per IP address (IPv6: per /64); "
            "0: any. In a day twenty times as many.",
        ),
    ] = 20 * MEGABYTE
    store_bytes: Annotated[
        int,
        Meta(ge=0, description="Bytes that the whole store may hold; 0: as many as the disk has room for."),
    ] = 0
    free_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Bytes of the disk that messages leave free, so that owners can log in, fetch and "
            "acknowledge.",
        ),
    ] = 256 * MEGABYTE

    escrow: Annotated[
        bool,
        Meta(description="Whether sealed copies of profiles' keys are kept for their owners: yes or no."),
    ] = True

    escrow_logins: Annotated[
        tuple[tuple[str, str], ...],
        Meta(
            description="Application and site, as myapp.eth=myapp.example: a fresh sign-in at that site "
            "releases what the site's own entropy has sealed. May be repeated."
        ),
    ] = ()

    def rules(self) -> AcceptingRules:
        """The rules for accepting messages."""
        return AcceptingRules(self.size_limit, self.unknown_senders, self.blocked_senders)


def describe() -> dict[str, str]:
    """The description of every option by its name."""
    hints = get_type_hints(DeliverySettings, include_extras=True)
    return {
        option: hints[option].__metadata__[0].description for option in DeliverySettings.__struct_fields__
    }


def checked(settings: DeliverySettings) -> DeliverySettings:
    """The settings, found possible, with names in normal form. Raises `ConfigurationError`."""
    if settings.url and not _is_base_url(settings.url):
        raise ConfigurationError(
            "public-url is not an http or https URL that clients can append to",
            hint="It looks like https://ds.myapp.example.",
        )
    try:
        convert(to_builtins(settings), DeliverySettings)
        blocked = tuple(normalize(name) for name in settings.blocked_senders)
        return structs.replace(settings, name=normalize(settings.name), blocked_senders=blocked)
    except (InvalidName, ValidationError) as error:
        raise ConfigurationError(f"delivery service: {_in_words(str(error))}") from None


def _is_base_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query + parts.fragment


def _in_words(complaint: str) -> str:
    """What msgspec says of a bound, with the option as the operator writes it."""
    found = _BOUND.fullmatch(complaint)
    return f"{found['option'].replace('_', '-')} must be {found['bound']}" if found else complaint
