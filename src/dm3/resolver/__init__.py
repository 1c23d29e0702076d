"""The off-chain resolver: names of applications, claimed with signatures and served over HTTP."""

from .app import Resolver
from .settings import (
    ANSWER_SECONDS,
    CLAIMS_A_MINUTE,
    LOOKUPS_A_MINUTE,
    DomainSettings,
    ResolverSettings,
    StaticName,
)

__all__ = [
    "ANSWER_SECONDS",
    "CLAIMS_A_MINUTE",
    "LOOKUPS_A_MINUTE",
    "DomainSettings",
    "Resolver",
    "ResolverSettings",
    "StaticName",
]
