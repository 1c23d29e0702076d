"""The options of the services: rows of `dm3.cli.config.options`, and which service has which."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dm3.base import normalize
from dm3.delivery import DeliverySettings, describe
from dm3.service import CONNECTIONS, CONNECTIONS_PER_ADDRESS, ConnectionLimits

from .board_options import BOARD_ROWS
from .option import (
    Option,
    as_flag,
    as_network,
    as_number,
    as_seconds,
    as_text,
    one_of,
)
from .resolver_options import RESOLVER_ROWS
from .widget_options import WIDGET_ROWS


class LogLevel(StrEnum):
    """How grave something is at least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


RESOLVER_PORT: Final = 8402
DELIVERY_PORT: Final = 8401
SAMPLE_PORT: Final = 8404

_LISTENING: Final = (
    Option(name="host", help="Address to listen on.", default="127.0.0.1", read=as_text),
    Option(
        name="resolver-port",
        help="Port of the resolver; 0 takes a free one.",
        default=RESOLVER_PORT,
        read=as_number,
    ),
    Option(
        name="delivery-port",
        help="Port of the delivery service; 0 takes a free one.",
        default=DELIVERY_PORT,
        read=as_number,
    ),
    Option(
        name="log-level",
        help="From which level on a service logs, on stderr: debug, info, warning or error.",
        default=LogLevel.WARNING,
        read=one_of(LogLevel),
    ),
    Option(
        name="connections",
        help="Connections that a service may have at the same time; the system's limit of open files is "
        "another bound.",
        default=CONNECTIONS,
        read=as_number,
        sets=(ConnectionLimits, "in_all"),
    ),
    Option(
        name="connections-per-address",
        help="Connections at the same time from one IP address (IPv6: from one /64); of a trusted proxy's "
        "clients, requests at the same time.",
        default=CONNECTIONS_PER_ADDRESS,
        read=as_number,
        sets=(ConnectionLimits, "per_address"),
    ),
    Option(
        name="trusted-proxy",
        help="Address or network of a proxy in front of the service, such as 127.0.0.1: the address that it "
        "tells in X-Forwarded-For is taken for the client's. May be repeated.",
        default=(),
        read=as_network,
        many=True,
    ),
)


def _delivery(field: str, name: str = "") -> Option:
    """The option that sets a field of `DeliverySettings`; its description and default are the field's."""
    default = getattr(DeliverySettings(name="x.eth"), field)
    kind = type(default)
    readers = {bool: as_flag, int: as_number, float: as_seconds, tuple: normalize}
    return Option(
        name=name or field.replace("_", "-"),
        help=describe()[field] + (" May be repeated." if kind is tuple else ""),
        default=default,
        read=one_of(kind) if issubclass(kind, StrEnum) else readers[kind],
        many=kind is tuple,
        sets=(DeliverySettings, field),
    )


def as_app_site(value: str) -> tuple[str, str]:
    """``application=site``. Raises `ValueError` or `InvalidName`."""
    app, _, site = value.partition("=")
    if not site or "/" in site:
        raise ValueError("it has the form myapp.eth=myapp.example")
    return normalize(app), site


_WORDED: Final = ("name", "url", "escrow_logins")
"""Settings of a delivery service whose options are spelt out below."""

_DELIVERING: Final = (
    Option(
        name="name",
        help="ENS name of the delivery service; of `dm3 up` by default ds.<domain>.",
        default=None,
        read=normalize,
        sets=(DeliverySettings, "name"),
    ),
    Option(
        name="public-url",
        help="URL under which clients reach the delivery service, if it is not the local one.",
        default="",
        read=as_text,
        sets=(DeliverySettings, "url"),
    ),
    _delivery("blocked_senders", "blocked-sender"),
    *(
        _delivery(field)
        for field in DeliverySettings.__struct_fields__
        if field not in (*_WORDED, "blocked_senders")
    ),
    Option(
        name="escrow-login",
        help="Application and site, as myapp.eth=myapp.example: a fresh sign-in at the site releases what "
        "its own entropy has sealed. `dm3 up` takes the sites of siwe-domain as well. May be repeated.",
        default=(),
        read=as_app_site,
        many=True,
        sets=(DeliverySettings, "escrow_logins"),
    ),
    Option(
        name="new-keys",
        help="Whether the service may start with other keys than those that its data were served with: "
        "yes or no. After their loss, for one start.",
        default=False,
        read=as_flag,
    ),
)

_SAMPLE: Final = (
    Option(
        name="sample",
        help="Whether a sample site is started, too, with a chat whose support answers by itself: yes or no.",
        default=False,
        read=as_flag,
    ),
    Option(
        name="sample-port",
        help="Port of the sample site; 0 takes a free one.",
        default=SAMPLE_PORT,
        read=as_number,
    ),
)

SERVICE_OPTIONS: Final = (*RESOLVER_ROWS, *_DELIVERING, *WIDGET_ROWS, *BOARD_ROWS, *_SAMPLE, *_LISTENING)
LISTENING: Final = ("host", "trusted-proxy", "connections", "connections-per-address", "log-level")
RESOLVER_OPTIONS: Final = tuple(option.name for option in RESOLVER_ROWS)
DELIVERY_OPTIONS: Final = tuple(option.name for option in _DELIVERING)
WIDGET_OPTIONS: Final = tuple(option.name for option in WIDGET_ROWS)
BOARD_OPTIONS: Final = tuple(option.name for option in BOARD_ROWS)
SAMPLE_OPTIONS: Final = tuple(option.name for option in _SAMPLE)
