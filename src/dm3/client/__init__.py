"""The SDK: profiles that send, receive, link and recover (``protocol.md`` 3)."""

from .account import Account
from .client import Client, ProfileExists, connect
from .context import Context, Wallet
from .creation import App
from .linked import LimitedScopeProfile
from .messenger import Messenger
from .records import (
    Conversation,
    Direction,
    Identity,
    IdentityKind,
    Notice,
    OutboxEntry,
    RefusedMessage,
    StoredMessage,
)
from .recovering import RecoveringDevice

__all__ = [
    "Account",
    "App",
    "Client",
    "Context",
    "Conversation",
    "Direction",
    "Identity",
    "IdentityKind",
    "LimitedScopeProfile",
    "Messenger",
    "Notice",
    "OutboxEntry",
    "ProfileExists",
    "RecoveringDevice",
    "RefusedMessage",
    "StoredMessage",
    "Wallet",
    "connect",
]
