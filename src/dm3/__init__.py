"""dm3 messaging with Linked Profiles: the public API.

An application opens a `Client` with `connect`, creates or opens profiles, and these send, receive, link
and recover. The protocol itself is below, in the sub-packages, free of I/O.
"""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from dm3.base.errors import Dm3Error
    from dm3.base.version import __version__
    from dm3.client import (
        App,
        Client,
        Conversation,
        Direction,
        EarlierProfile,
        LimitedScopeProfile,
        Messenger,
        PublishedProfile,
        StoredMessage,
        Unverified,
        Wallet,
        attach,
        connect,
        development_wallet,
        import_vault,
        save_attachments,
        widget_parameters,
    )
    from dm3.crypto import KeyWallet, RecoveryCode, WalletKey, print_pairing_code, print_recovery_code
    from dm3.crypto import weakness as passphrase_weakness
    from dm3.model import Attachment, MessageType
    from dm3.net import Timeouts
    from dm3.protocol.linking import (
        Disclosure,
        LinkPolicy,
        LinkRefused,
        Notices,
        Reason,
        RecoveryMode,
        WhoMayAsk,
    )
    from dm3.protocol.messages import Delivery, Entry, Timeline
    from dm3.protocol.messages import content_of as attachment_bytes
    from dm3.protocol.names import fingerprint
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "dm3.base.errors": ("Dm3Error",),
            "dm3.base.version": ("__version__",),
            "dm3.client": (
                "App",
                "Client",
                "Conversation",
                "Direction",
                "EarlierProfile",
                "LimitedScopeProfile",
                "Messenger",
                "PublishedProfile",
                "StoredMessage",
                "Unverified",
                "Wallet",
                "attach",
                "connect",
                "development_wallet",
                "import_vault",
                "save_attachments",
                "widget_parameters",
            ),
            "dm3.crypto": (
                "KeyWallet",
                "RecoveryCode",
                "WalletKey",
                "passphrase_weakness=weakness",
                "print_pairing_code",
                "print_recovery_code",
            ),
            "dm3.model": (
                "Attachment",
                "MessageType",
            ),
            "dm3.net": ("Timeouts",),
            "dm3.protocol.linking": (
                "Disclosure",
                "LinkPolicy",
                "LinkRefused",
                "Notices",
                "Reason",
                "RecoveryMode",
                "WhoMayAsk",
            ),
            "dm3.protocol.messages": (
                "Delivery",
                "Entry",
                "Timeline",
                "attachment_bytes=content_of",
            ),
            "dm3.protocol.names": ("fingerprint",),
        },
    )

__all__ = [
    "App",
    "Attachment",
    "Client",
    "Conversation",
    "Delivery",
    "Direction",
    "Disclosure",
    "Dm3Error",
    "EarlierProfile",
    "Entry",
    "KeyWallet",
    "LimitedScopeProfile",
    "LinkPolicy",
    "LinkRefused",
    "MessageType",
    "Messenger",
    "Notices",
    "PublishedProfile",
    "Reason",
    "RecoveryCode",
    "RecoveryMode",
    "StoredMessage",
    "Timeline",
    "Timeouts",
    "Unverified",
    "Wallet",
    "WalletKey",
    "WhoMayAsk",
    "__version__",
    "attach",
    "attachment_bytes",
    "connect",
    "development_wallet",
    "fingerprint",
    "import_vault",
    "passphrase_weakness",
    "print_pairing_code",
    "print_recovery_code",
    "save_attachments",
    "widget_parameters",
]
