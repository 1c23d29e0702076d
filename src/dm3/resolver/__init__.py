"""The off-chain resolver: names of applications, claimed with signatures and served over HTTP."""

from .app import Resolver
from .settings import DomainSettings, ResolverSettings, StaticName

__all__ = ["DomainSettings", "Resolver", "ResolverSettings", "StaticName"]
