"""The off-chain resolver: names of applications, claimed with signatures and served over HTTP."""

from .app import Resolver
from .settings import ANSWER_SECONDS, DomainSettings, ResolverSettings, StaticName

__all__ = ["ANSWER_SECONDS", "DomainSettings", "Resolver", "ResolverSettings", "StaticName"]
