"""The one table of options: each has a name, a type, a default, and one line that says what it is for.

A value comes from the defaults, then the configuration file, then the environment, then the flags; the
later wins. Flag ``--some-option`` is ``DM3_SOME_OPTION`` in the environment and ``some-option`` in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs

from dm3.crypto import checksum_address
from dm3.net import NetworkSettings
from dm3.protocol.ens import MAINNET_REGISTRY

from .link_options import LINK_OPTIONS, LINK_ROWS
from .option import (
    Option,
    as_domain_url,
    as_factor,
    as_flag,
    as_node,
    as_number,
    as_path,
    as_url,
)
from .resolver_options import LOCAL_DOMAIN
from .service_options import (
    BOARD_OPTIONS,
    DELIVERY_OPTIONS,
    LISTENING,
    RESOLVER_OPTIONS,
    RESOLVER_PORT,
    SERVICE_OPTIONS,
    WIDGET_OPTIONS,
)

MESSENGER_PORT: Final = 8405


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
            help="File with the passphrase of the vault, instead of a prompt; for a service, of its keys.",
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
            "a configured resolver has such an address itself, save for profile links, ENS gateways "
            "and services of names in ENS, which strangers choose).",
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
            short="rpc",
            sets=(NetworkSettings, "rpc_urls"),
        ),
        Option(
            name="ens-registry",
            help="Address of the ENS registry on the first chain.",
            default=MAINNET_REGISTRY,
            read=checksum_address,
            sets=(NetworkSettings, "ens_registry"),
        ),
        Option(
            name="only-ens",
            help="Whether names of configured resolvers are looked up in ENS as well, so that the contracts "
            "verify what is said of them: yes or no. The resolvers are for claims alone then.",
            default=False,
            read=as_flag,
            sets=(NetworkSettings, "only_ens"),
        ),
        Option(
            name="ipfs-gateway",
            help="URL of an IPFS gateway, by which profile links into IPFS are followed; what it serves is "
            "checked. Without one they are not.",
            default=None,
            read=as_url,
            sets=(NetworkSettings, "ipfs_gateway"),
        ),
        Option(
            name="names-file",
            help="JSON file of names for development, in the form of static-names: they count before all "
            "other sources.",
            default=None,
            read=as_path,
            sets=(NetworkSettings, "names_file"),
        ),
        Option(
            name="timeout-factor",
            help="How many times as long as usual services, nodes and gateways are waited for, from 0.1 to "
            "100; more than 1 is for slow links.",
            default=1.0,
            read=as_factor,
        ),
        *SERVICE_OPTIONS,
        *LINK_ROWS,
        Option(
            name="messenger-port",
            help="Port of the messenger on this machine; 0 takes a free one.",
            default=MESSENGER_PORT,
            read=as_number,
        ),
        Option(
            name="try-messenger",
            help="Whether `dm3 up` starts a messenger, too, with a ready-made main profile: yes or no.",
            default=False,
            read=as_flag,
        ),
        Option(
            name="lock-after-minutes",
            help="Minutes without the user after which the messenger locks the vault; 0 for never.",
            default=15,
            read=as_number,
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
NAMES: Final = ("resolver", "allow-private-addresses")
CHAIN_NAMES: Final = ("rpc-url", "ens-registry", "only-ens", "ipfs-gateway", "names-file", "timeout-factor")
CLIENT: Final = (
    *VAULT,
    *NAMES,
    *CHAIN_NAMES,
    *LINK_OPTIONS,
    "send-receipts",
)
MESSENGER: Final = (*CLIENT, "messenger-port", "lock-after-minutes")
TRIAL_MESSENGER: Final = ("data-dir", "try-messenger", "messenger-port")
RESOLVING: Final = ("data-dir", *LISTENING, "resolver-port", *RESOLVER_OPTIONS, "rpc-url", "timeout-factor")
DELIVERING: Final = (
    "data-dir",
    "passphrase-file",
    *LISTENING,
    "delivery-port",
    *DELIVERY_OPTIONS,
    *CHAIN_NAMES,
)
BOARD: Final = ("data-dir", *LISTENING, *BOARD_OPTIONS, "domain", *NAMES, *CHAIN_NAMES)
WIDGET: Final = (
    "data-dir",
    *LISTENING,
    *WIDGET_OPTIONS,
    "domain",
    "domains-file",
    *NAMES,
    *CHAIN_NAMES,
)
