"""The SDK: profiles that send, receive, link and recover (specification 3)."""

from .account import Account
from .attaching import attach, save_attachments
from .client import Client
from .context import Context, Wallet
from .creation import App
from .development import development_wallet
from .embedding import ProfileExists
from .limited import LimitedScopeProfile
from .linked import LinkableProfile
from .messenger import Messenger
from .moving import import_vault
from .opening import connect
from .outbox_entry import OutboxEntry
from .page_login import widget_parameters
from .records import (
    Conversation,
    Direction,
    Identity,
    IdentityKind,
    Notice,
    RefusedMessage,
    StoredMessage,
)
from .recovering import RecoveringDevice
from .seen_profiles import EarlierProfile, PublishedProfile
from .timelines import ConversationView, InboxEntry, InboxTimeline, attachments_of
from .unverified import Unverified

__all__ = [
    "Account",
    "App",
    "Client",
    "Context",
    "Conversation",
    "ConversationView",
    "Direction",
    "EarlierProfile",
    "Identity",
    "IdentityKind",
    "InboxEntry",
    "InboxTimeline",
    "LimitedScopeProfile",
    "LinkableProfile",
    "Messenger",
    "Notice",
    "OutboxEntry",
    "ProfileExists",
    "PublishedProfile",
    "RecoveringDevice",
    "RefusedMessage",
    "StoredMessage",
    "Unverified",
    "Wallet",
    "attach",
    "attachments_of",
    "connect",
    "development_wallet",
    "import_vault",
    "save_attachments",
    "widget_parameters",
]
