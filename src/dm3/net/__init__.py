"""Talking to others: names, services, chains, and whatever they point to."""

from .chain.chains import Chains, split_rpc_url
from .chain.json_rpc import Chain, JsonRpcChain
from .chain.wallets import ChainWalletVerifier, KeyWalletVerifier, WalletVerifier
from .http.timeouts import Timeouts
from .inquiry import conclude
from .names.directory import Directory, Links, Names
from .network import Network, NetworkSettings

__all__ = [
    "Chain",
    "ChainWalletVerifier",
    "Chains",
    "Directory",
    "JsonRpcChain",
    "KeyWalletVerifier",
    "Links",
    "Names",
    "Network",
    "NetworkSettings",
    "Timeouts",
    "WalletVerifier",
    "conclude",
    "split_rpc_url",
]
