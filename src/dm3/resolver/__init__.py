"""The off-chain resolver: names of applications, claimed with signatures and served over HTTP."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .app import Resolver
    from .settings import (
        ANSWER_SECONDS,
        CLAIMS_A_MINUTE,
        LOOKUPS_A_MINUTE,
        TTL,
        DomainSettings,
        ResolverSettings,
        StaticName,
    )
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".app": ("Resolver",),
            ".settings": (
                "ANSWER_SECONDS",
                "CLAIMS_A_MINUTE",
                "LOOKUPS_A_MINUTE",
                "TTL",
                "DomainSettings",
                "ResolverSettings",
                "StaticName",
            ),
        },
    )

__all__ = [
    "ANSWER_SECONDS",
    "CLAIMS_A_MINUTE",
    "LOOKUPS_A_MINUTE",
    "TTL",
    "DomainSettings",
    "Resolver",
    "ResolverSettings",
    "StaticName",
]
