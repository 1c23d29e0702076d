"""Wallets: sign-in messages, contracts that sign, and what is asked of a chain (EIP-4361, ERC-1271)."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .abi import encode
    from .chain import CallQuestion, CallReverted, ChainInquiry, ChainQuestion, CodeQuestion, chain_named_in
    from .contract_wallets import MAX_SIGNATURE_BYTES, contract_signed
    from .pages import is_page
    from .siwe import MAX_AGE, MAX_SIWE_BYTES, SiweMessage, parse_siwe, print_siwe
    from .siwe_check import CLOCK_SKEW, SiweDomain, SiweRefused, check_siwe
    from .times import time_text, unix_time
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".abi": ("encode",),
            ".chain": (
                "CallQuestion",
                "CallReverted",
                "ChainInquiry",
                "ChainQuestion",
                "CodeQuestion",
                "chain_named_in",
            ),
            ".contract_wallets": (
                "MAX_SIGNATURE_BYTES",
                "contract_signed",
            ),
            ".pages": ("is_page",),
            ".siwe": (
                "MAX_AGE",
                "MAX_SIWE_BYTES",
                "SiweMessage",
                "parse_siwe",
                "print_siwe",
            ),
            ".siwe_check": (
                "CLOCK_SKEW",
                "SiweDomain",
                "SiweRefused",
                "check_siwe",
            ),
            ".times": (
                "time_text",
                "unix_time",
            ),
        },
    )

__all__ = [
    "CLOCK_SKEW",
    "MAX_AGE",
    "MAX_SIGNATURE_BYTES",
    "MAX_SIWE_BYTES",
    "CallQuestion",
    "CallReverted",
    "ChainInquiry",
    "ChainQuestion",
    "CodeQuestion",
    "SiweDomain",
    "SiweMessage",
    "SiweRefused",
    "chain_named_in",
    "check_siwe",
    "contract_signed",
    "encode",
    "is_page",
    "parse_siwe",
    "print_siwe",
    "time_text",
    "unix_time",
]
