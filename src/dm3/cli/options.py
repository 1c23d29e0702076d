"""The one table of options: each has a name, a type, a default, and one line that says what it is for.

A value comes from the defaults, then the configuration file, then the environment, then the flags; the
later wins. Flag ``--some-option`` is ``DM3_SOME_OPTION`` in the environment and ``some-option`` in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import platformdirs
from msgspec import Struct

from dm3.base import normalize
from dm3.base.errors import ConfigurationError, InvalidName
from dm3.delivery import DeliverySettings, describe
from dm3.protocol.linking import LinkPolicy, WhoMayAsk

LOCAL_DOMAIN: Final = "dm3.localhost"
RESOLVER_PORT: Final = 8402
DELIVERY_PORT: Final = 8401
DAY: Final = 86_400


class Option(Struct, frozen=True, kw_only=True):
    """One row of the table. ``many`` options may be repeated; the environment separates them by commas."""

    name: str
    help: str
    default: Any
    read: Callable[[str], Any]
    many: bool = False

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "DM3_" + self.name.upper().replace("-", "_")


def _text(value: str) -> str:
    return value


def _number(value: str) -> int:
    return int(value)


def _flag(value: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    return known[value.lower()]


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _pair(value: str) -> tuple[str, str]:
    domain, _, url = value.partition("=")
    if not url.startswith(("http://", "https://")):
        raise ValueError("it has the form domain=https://…")
    return normalize(domain), url.rstrip("/")


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("it has the form https://…")
    return value


def _delivery(name: str) -> Option:
    field = name.replace("-", "_")
    default = getattr(DeliverySettings(name="x.eth"), field)
    read = {bool: _flag, int: _number}.get(type(default), type(default))
    return Option(name=name, help=describe()[field], default=default, read=read)


TABLE: Final[dict[str, Option]] = {
    option.name: option
    for option in (
        Option(
            name="data-dir",
            help="Folder that keeps databases, keys and the vault.",
            default=Path(platformdirs.user_data_dir("dm3", appauthor=False)),
            read=_path,
        ),
        Option(
            name="vault",
            help="File of the encrypted vault; by default vault.sqlite in the data folder.",
            default=None,
            read=_path,
        ),
        Option(
            name="passphrase-file",
            help="File with the passphrase of the vault, instead of a prompt.",
            default=None,
            read=_path,
        ),
        Option(
            name="resolver",
            help="Off-chain resolver of a domain, as domain=URL; may be repeated.",
            default=((LOCAL_DOMAIN, f"http://127.0.0.1:{RESOLVER_PORT}"),),
            read=_pair,
            many=True,
        ),
        Option(
            name="allow-private-addresses",
            help="Whether names may lead to loopback and private addresses: yes, no, or auto (yes when "
            "a configured resolver has such an address itself).",
            default="auto",
            read=lambda value: value if value == "auto" else _flag(value),
        ),
        Option(
            name="rpc-url",
            help="JSON-RPC URL of a chain's node, by which contract wallets are verified; without one only "
            "wallets that are plain keys are.",
            default=None,
            read=_url,
        ),
        Option(
            name="domain",
            help="Domain that the resolver serves; may be repeated, the first is the default.",
            default=(LOCAL_DOMAIN,),
            read=normalize,
            many=True,
        ),
        Option(
            name="alias-parent",
            help="Name below which aliases may be claimed; by default user.<domain>. May be repeated.",
            default=(),
            read=normalize,
            many=True,
        ),
        Option(
            name="siwe-domain",
            help="Site whose sign-in messages authorise owner aliases, such as myapp.example.",
            default=(),
            read=_text,
            many=True,
        ),
        Option(
            name="static-names",
            help='JSON file of fixed names: {"name": {"address": …, "texts": {…}}}.',
            default=None,
            read=_path,
        ),
        Option(
            name="name",
            help="ENS name of the delivery service; by default ds.<domain>.",
            default=None,
            read=normalize,
        ),
        Option(
            name="public-url",
            help="URL under which clients reach the delivery service, if it is not the local one.",
            default="",
            read=_text,
        ),
        Option(name="host", help="Address to listen on.", default="127.0.0.1", read=_text),
        Option(
            name="resolver-port",
            help="Port of the resolver; 0 takes a free one.",
            default=RESOLVER_PORT,
            read=_number,
        ),
        Option(
            name="delivery-port",
            help="Port of the delivery service; 0 takes a free one.",
            default=DELIVERY_PORT,
            read=_number,
        ),
        *map(
            _delivery,
            (
                "message-ttl",
                "size-limit",
                "unknown-senders",
                "token-seconds",
                "rate-per-address",
                "rate-per-sender",
                "rate-of-strangers",
                "rate-per-receiver",
                "escrow",
            ),
        ),
        Option(
            name="who-may-ask",
            help="Whose profiles may ask to be linked: own-wallet or anyone.",
            default=WhoMayAsk.OWN_WALLET,
            read=WhoMayAsk,
        ),
        Option(
            name="link-term-days",
            help="Longest validity of a link, in days.",
            default=LinkPolicy().term_limit // DAY,
            read=_number,
        ),
        Option(
            name="always-ask-for-recovery",
            help="Whether the user is asked before keys are handed back: yes or no.",
            default=False,
            read=_flag,
        ),
        Option(
            name="send-receipts",
            help="Whether senders are told that their messages have come and were read: yes or no.",
            default=False,
            read=_flag,
        ),
    )
}

VAULT: Final = ("data-dir", "vault", "passphrase-file")
CLIENT: Final = (
    *VAULT,
    "resolver",
    "allow-private-addresses",
    "rpc-url",
    "who-may-ask",
    "link-term-days",
    "always-ask-for-recovery",
    "send-receipts",
)
RESOLVING: Final = (
    "data-dir",
    "host",
    "resolver-port",
    "domain",
    "alias-parent",
    "siwe-domain",
    "static-names",
    "rpc-url",
)
DELIVERING: Final = (
    "data-dir",
    "passphrase-file",
    "host",
    "delivery-port",
    "name",
    "public-url",
    "message-ttl",
    "size-limit",
    "unknown-senders",
    "token-seconds",
    "rate-per-address",
    "rate-per-sender",
    "rate-of-strangers",
    "rate-per-receiver",
    "escrow",
    "rpc-url",
)
NAMES: Final = ("resolver", "allow-private-addresses")


def read_value(option: Option, value: Any, source: str) -> Any:
    """Read an option's value as given by ``source``. Raises `ConfigurationError`."""
    try:
        if option.many:
            items = value if isinstance(value, list | tuple) else str(value).split(",")
            return tuple(option.read(str(item).strip()) for item in items if str(item).strip())
        if isinstance(value, bool):
            value = "yes" if value else "no"
        return option.read(str(value))
    except (ValueError, KeyError, InvalidName) as error:
        detail = f": {error}" if isinstance(error, ValueError | InvalidName) else ""
        raise ConfigurationError(
            f"{option.name} from {source} cannot be {str(value)[:80]!r}{detail}"
        ) from None
