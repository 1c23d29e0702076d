"""Talking to others: names, services, chains, and whatever they point to."""

from .chains import Chains, split_rpc_url
from .directory import Directory, Links, Names
from .json_rpc_chain import Chain, JsonRpcChain
from .network import Network, NetworkSettings
from .timeouts import Timeouts
from .wallets import ChainWalletVerifier, KeyWalletVerifier, WalletVerifier

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
    "split_rpc_url",
]
