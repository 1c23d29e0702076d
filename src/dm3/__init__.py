"""dm3 messaging with Linked Profiles: the public API.

An application opens a `Client` with `connect`, creates or opens profiles, and these send, receive, link
and recover. The protocol itself is below, in the sub-packages, free of I/O.
"""

from dm3.base.errors import Dm3Error
from dm3.base.version import __version__
from dm3.client import (
    App,
    Client,
    Conversation,
    Direction,
    LimitedScopeProfile,
    Messenger,
    StoredMessage,
    Wallet,
    connect,
    development_wallet,
    widget_parameters,
)
from dm3.crypto import KeyWallet, RecoveryCode, WalletKey, print_recovery_code
from dm3.model import Attachment, MessageType
from dm3.protocol.linking import Disclosure, LinkPolicy, LinkRefused, Reason, WhoMayAsk

__all__ = [
    "App",
    "Attachment",
    "Client",
    "Conversation",
    "Direction",
    "Disclosure",
    "Dm3Error",
    "KeyWallet",
    "LimitedScopeProfile",
    "LinkPolicy",
    "LinkRefused",
    "MessageType",
    "Messenger",
    "Reason",
    "RecoveryCode",
    "StoredMessage",
    "Wallet",
    "WalletKey",
    "WhoMayAsk",
    "__version__",
    "connect",
    "development_wallet",
    "print_recovery_code",
    "widget_parameters",
]
