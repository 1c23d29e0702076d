"""The SDK: profiles that send, receive, link and recover (``protocol.md`` 3)."""

from .account import Account
from .client import Client
from .context import Context, Wallet
from .creation import App
from .development import development_wallet
from .embedding import ProfileExists
from .linked import LimitedScopeProfile, LinkableProfile
from .messenger import Messenger
from .opening import connect
from .page_login import widget_parameters
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
    "LinkableProfile",
    "Messenger",
    "Notice",
    "OutboxEntry",
    "ProfileExists",
    "RecoveringDevice",
    "RefusedMessage",
    "StoredMessage",
    "Wallet",
    "connect",
    "development_wallet",
    "widget_parameters",
]
