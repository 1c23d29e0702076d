"""Talking to others: names, services, and whatever they point to."""

from .directory import Directory, KeyWalletVerifier, Links, Names, WalletVerifier

__all__ = ["Directory", "KeyWalletVerifier", "Links", "Names", "WalletVerifier"]
