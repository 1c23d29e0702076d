"""The one table of options: each has a name, a type, a default, and one line that says what it is for.

A value comes from the defaults, then the configuration file, then the environment, then the flags; the
later wins. Flag ``--some-option`` is ``DM3_SOME_OPTION`` in the environment and ``some-option`` in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs

from dm3.base import normalize
from dm3.crypto import checksum_address
from dm3.delivery import DeliverySettings, describe
from dm3.protocol.ens.lookup import MAINNET_REGISTRY
from dm3.protocol.linking import LinkPolicy, WhoMayAsk
from dm3.resolver import ANSWER_SECONDS

from .option import (
    Option,
    as_domain_contract,
    as_domain_url,
    as_flag,
    as_node,
    as_number,
    as_path,
    as_text,
    as_url,
)

LOCAL_DOMAIN: Final = "dm3.localhost"
RESOLVER_PORT: Final = 8402
DELIVERY_PORT: Final = 8401
DAY: Final = 86_400


def _delivery(name: str) -> Option:
    field = name.replace("-", "_")
    default = getattr(DeliverySettings(name="x.eth"), field)
    read = {bool: as_flag, int: as_number}.get(type(default), type(default))
    return Option(name=name, help=describe()[field], default=default, read=read)


TABLE: Final[dict[str, Option]] = {
    option.name: option
    for option in (
        Option(
            name="data-dir",
            help="Folder that keeps databases, keys and the vault.",
            default=Path(platformdirs.user_data_dir("dm3", appauthor=False)),
            read=as_path,
        ),
        Option(
            name="vault",
            help="File of the encrypted vault; by default vault.sqlite in the data folder.",
            default=None,
            read=as_path,
        ),
        Option(
            name="passphrase-file",
            help="File with the passphrase of the vault, instead of a prompt.",
            default=None,
            read=as_path,
        ),
        Option(
            name="resolver",
            help="Off-chain resolver of a domain, as domain=URL; may be repeated.",
            default=((LOCAL_DOMAIN, f"http://127.0.0.1:{RESOLVER_PORT}"),),
            read=as_domain_url,
            many=True,
        ),
        Option(
            name="allow-private-addresses",
            help="Whether names may lead to loopback and private addresses: yes, no, or auto (yes when "
            "a configured resolver has such an address itself).",
            default="auto",
            read=lambda value: value if value == "auto" else as_flag(value),
        ),
        Option(
            name="rpc-url",
            help="JSON-RPC URL of a chain's node, as [chain-id=]URL; may be repeated. On the first, ENS "
            "names are looked up; by all of them contract wallets are verified. Without one only names of "
            "the configured resolvers and wallets that are plain keys are known.",
            default=(),
            read=as_node,
            many=True,
            private=True,
        ),
        Option(
            name="ens-registry",
            help="Address of the ENS registry on the first chain.",
            default=MAINNET_REGISTRY,
            read=checksum_address,
        ),
        Option(
            name="only-ens",
            help="Whether names of configured resolvers are looked up in ENS as well, so that the contracts "
            "verify what is said of them: yes or no. The resolvers are for claims alone then.",
            default=False,
            read=as_flag,
        ),
        Option(
            name="ipfs-gateway",
            help="URL of an IPFS gateway, by which profile links into IPFS are followed; what it serves is "
            "checked. Without one they are not.",
            default=None,
            read=as_url,
        ),
        Option(
            name="names-file",
            help="JSON file of names for development, in the form of static-names: they count before all "
            "other sources.",
            default=None,
            read=as_path,
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
            read=as_text,
            many=True,
        ),
        Option(
            name="static-names",
            help='JSON file of fixed names: {"name": {"address": …, "texts": {…}}}.',
            default=None,
            read=as_path,
        ),
        Option(
            name="domains-file",
            help="TOML file of the domains that the resolver serves, one table for each, in place of domain, "
            "alias-parent, siwe-domain and resolver-contract.",
            default=None,
            read=as_path,
        ),
        Option(
            name="ccip-signer-file",
            help="File with the private key that signs answers to ENS clients, made if it is not there; "
            "without one they get none.",
            default=None,
            read=as_path,
        ),
        Option(
            name="resolver-contract",
            help="Resolver contract that sends ENS clients of a domain here, as domain=0x…; may be repeated.",
            default=(),
            read=as_domain_contract,
            many=True,
        ),
        Option(
            name="answer-seconds",
            help="Seconds that a signed answer to ENS clients is valid.",
            default=ANSWER_SECONDS,
            read=as_number,
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
            read=as_text,
        ),
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
            read=as_number,
        ),
        Option(
            name="always-ask-for-recovery",
            help="Whether the user is asked before keys are handed back: yes or no.",
            default=False,
            read=as_flag,
        ),
        Option(
            name="send-receipts",
            help="Whether senders are told that their messages have come and were read: yes or no.",
            default=False,
            read=as_flag,
        ),
    )
}

VAULT: Final = ("data-dir", "vault", "passphrase-file")
CHAIN_NAMES: Final = ("rpc-url", "ens-registry", "only-ens", "ipfs-gateway", "names-file")
CLIENT: Final = (
    *VAULT,
    "resolver",
    "allow-private-addresses",
    *CHAIN_NAMES,
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
    "domains-file",
    "ccip-signer-file",
    "resolver-contract",
    "answer-seconds",
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
    *CHAIN_NAMES,
)
NAMES: Final = ("resolver", "allow-private-addresses")
