"""Talking to others: names, services, chains, and whatever they point to."""

from .directory import Directory, KeyWalletVerifier, Links, Names, WalletVerifier
from .json_rpc_chain import Chain, JsonRpcChain
from .wallets import ChainWalletVerifier

__all__ = [
    "Chain",
    "ChainWalletVerifier",
    "Directory",
    "JsonRpcChain",
    "KeyWalletVerifier",
    "Links",
    "Names",
    "WalletVerifier",
]
