"""dm3 messaging with Linked Profiles: the public API.

An application opens a `Client` with `connect`, creates or opens profiles, and these send, receive, link
and recover. The protocol itself is below, in the sub-packages, free of I/O.
"""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from dm3.base.errors import (
        AlreadyTaken,
        BadSignature,
        CannotOpen,
        CannotTell,
        ConfigurationError,
        Dm3Error,
        Fault,
        ForbiddenAddress,
        InvalidInput,
        InvalidName,
        KeyRuleViolation,
        LocalProtocolError,
        MalformedData,
        NobodyAsked,
        NotAuthentic,
        NotFound,
        RemoteProtocolError,
        ServiceRefused,
        StoreError,
        TooLarge,
        Unreachable,
        UnsupportedByPeer,
        VaultLocked,
    )
    from dm3.base.version import __version__
    from dm3.client import (
        App,
        Client,
        Conversation,
        ConversationView,
        Direction,
        EarlierProfile,
        Identity,
        IdentityKind,
        InboxEntry,
        InboxTimeline,
        LimitedScopeProfile,
        Messenger,
        Notice,
        OutboxEntry,
        ProfileExists,
        PublishedProfile,
        RecoveringDevice,
        RefusedMessage,
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
    from dm3.client.addressee import AnotherOwner
    from dm3.client.by_signing import OtherKeys
    from dm3.client.clock_check import WrongClock
    from dm3.client.completing import NotFoundByService
    from dm3.client.creation import NotAKeyWallet
    from dm3.client.linked_mailboxes import KeysChanged
    from dm3.client.naming import NotPublished, NotYourName
    from dm3.client.outbox_entry import OutboxState
    from dm3.client.receivers import NobodyThere
    from dm3.crypto import (
        KeyWallet,
        MistypedCode,
        MistypedPairingCode,
        PairingCode,
        Passphrase,
        RecoveryCode,
        WalletKey,
        print_pairing_code,
        print_recovery_code,
    )
    from dm3.crypto import weakness as passphrase_weakness
    from dm3.lazy import MissingExtra
    from dm3.model import Attachment, LinkKind, LinkPayload, LinkRecord, MessageType, Profile, SignedProfile
    from dm3.net import Timeouts, WalletVerifier
    from dm3.protocol.attachments import content_of as attachment_bytes
    from dm3.protocol.ens.authority import Authority
    from dm3.protocol.ens.publishing import CannotPublish, Publication
    from dm3.protocol.ens.transactions import PreparedTransaction
    from dm3.protocol.escrow import EscrowLocked, EscrowMismatch
    from dm3.protocol.fingerprints import fingerprint
    from dm3.protocol.linking import (
        Asked,
        Asking,
        AskingState,
        Disclosure,
        Link,
        LinkMoment,
        LinkPolicy,
        LinkRefused,
        LinkState,
        Moment,
        NothingKnown,
        Notices,
        PairingOffer,
        Reason,
        Recovery,
        RecoveryMode,
        RecoveryState,
        Request,
        RequestState,
        VerifiedRecord,
        WhoMayAsk,
    )
    from dm3.protocol.linking.pairing import PairingProofs
    from dm3.protocol.resolving import ResolvedProfile
    from dm3.protocol.siwe import SiweRefused
    from dm3.protocol.timeline import (
        Delivery,
        Entry,
        Reaction,
        Remark,
        Resend,
        Timeline,
        TimelineMessage,
        Version,
    )
    from dm3.store.vault import Conflict
    from dm3.store.vault_export import Imported
else:
    # fmt: off
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "dm3.base.errors": (
                "AlreadyTaken", "BadSignature", "CannotOpen", "CannotTell", "ConfigurationError", "Dm3Error",
                "Fault", "ForbiddenAddress", "InvalidInput", "InvalidName", "KeyRuleViolation",
                "LocalProtocolError", "MalformedData", "NobodyAsked", "NotAuthentic", "NotFound",
                "RemoteProtocolError", "ServiceRefused", "StoreError", "TooLarge", "Unreachable",
                "UnsupportedByPeer", "VaultLocked",
            ),
            "dm3.base.version": ("__version__",),
            "dm3.client": (
                "App", "Client", "Conversation", "ConversationView", "Direction", "EarlierProfile",
                "Identity", "IdentityKind", "InboxEntry", "InboxTimeline", "LimitedScopeProfile", "Messenger",
                "Notice", "OutboxEntry", "ProfileExists", "PublishedProfile", "RecoveringDevice",
                "RefusedMessage", "StoredMessage", "Unverified", "Wallet", "attach", "connect",
                "development_wallet", "import_vault", "save_attachments", "widget_parameters",
            ),
            "dm3.client.addressee": ("AnotherOwner",),
            "dm3.client.by_signing": ("OtherKeys",),
            "dm3.client.clock_check": ("WrongClock",),
            "dm3.client.completing": ("NotFoundByService",),
            "dm3.client.creation": ("NotAKeyWallet",),
            "dm3.client.linked_mailboxes": ("KeysChanged",),
            "dm3.client.naming": ("NotPublished", "NotYourName"),
            "dm3.client.outbox_entry": ("OutboxState",),
            "dm3.client.receivers": ("NobodyThere",),
            "dm3.crypto": (
                "KeyWallet", "MistypedCode", "MistypedPairingCode", "PairingCode", "Passphrase",
                "RecoveryCode", "WalletKey", "print_pairing_code", "print_recovery_code",
                "passphrase_weakness=weakness",
            ),
            "dm3.lazy": ("MissingExtra",),
            "dm3.model": (
                "Attachment", "LinkKind", "LinkPayload", "LinkRecord", "MessageType", "Profile",
                "SignedProfile",
            ),
            "dm3.net": ("Timeouts", "WalletVerifier"),
            "dm3.protocol.attachments": ("attachment_bytes=content_of",),
            "dm3.protocol.ens.authority": ("Authority",),
            "dm3.protocol.ens.publishing": ("CannotPublish", "Publication"),
            "dm3.protocol.ens.transactions": ("PreparedTransaction",),
            "dm3.protocol.escrow": ("EscrowLocked", "EscrowMismatch"),
            "dm3.protocol.fingerprints": ("fingerprint",),
            "dm3.protocol.linking": (
                "Asked", "Asking", "AskingState", "Disclosure", "Link", "LinkMoment", "LinkPolicy",
                "LinkRefused", "LinkState", "Moment", "NothingKnown", "Notices", "PairingOffer", "Reason",
                "Recovery", "RecoveryMode", "RecoveryState", "Request", "RequestState", "VerifiedRecord",
                "WhoMayAsk",
            ),
            "dm3.protocol.linking.pairing": ("PairingProofs",),
            "dm3.protocol.resolving": ("ResolvedProfile",),
            "dm3.protocol.siwe": ("SiweRefused",),
            "dm3.protocol.timeline": (
                "Delivery", "Entry", "Reaction", "Remark", "Resend", "Timeline", "TimelineMessage", "Version",
            ),
            "dm3.store.vault": ("Conflict",),
            "dm3.store.vault_export": ("Imported",),
        },
    )
    # fmt: on

# fmt: off
__all__ = [
    "AlreadyTaken", "AnotherOwner", "App", "Asked", "Asking", "AskingState", "Attachment", "Authority",
    "BadSignature", "CannotOpen", "CannotPublish", "CannotTell", "Client", "ConfigurationError", "Conflict",
    "Conversation", "ConversationView", "Delivery", "Direction", "Disclosure", "Dm3Error", "EarlierProfile",
    "Entry", "EscrowLocked", "EscrowMismatch", "Fault", "ForbiddenAddress", "Identity", "IdentityKind",
    "Imported", "InboxEntry", "InboxTimeline", "InvalidInput", "InvalidName", "KeyRuleViolation", "KeyWallet",
    "KeysChanged", "LimitedScopeProfile", "Link", "LinkKind", "LinkMoment", "LinkPayload", "LinkPolicy",
    "LinkRecord", "LinkRefused", "LinkState", "LocalProtocolError", "MalformedData", "MessageType",
    "Messenger", "MissingExtra", "MistypedCode", "MistypedPairingCode", "Moment", "NobodyAsked",
    "NobodyThere", "NotAKeyWallet", "NotAuthentic", "NotFound", "NotFoundByService", "NotPublished",
    "NotYourName", "NothingKnown", "Notice", "Notices", "OtherKeys", "OutboxEntry", "OutboxState",
    "PairingCode", "PairingOffer", "PairingProofs", "Passphrase", "PreparedTransaction", "Profile",
    "ProfileExists", "Publication", "PublishedProfile", "Reaction", "Reason", "RecoveringDevice", "Recovery",
    "RecoveryCode", "RecoveryMode", "RecoveryState", "RefusedMessage", "Remark", "RemoteProtocolError",
    "Request", "RequestState", "Resend", "ResolvedProfile", "ServiceRefused", "SignedProfile", "SiweRefused",
    "StoreError", "StoredMessage", "Timeline", "TimelineMessage", "Timeouts", "TooLarge", "Unreachable",
    "UnsupportedByPeer", "Unverified", "VaultLocked", "VerifiedRecord", "Version", "Wallet", "WalletKey",
    "WalletVerifier", "WhoMayAsk", "WrongClock", "__version__", "attach", "attachment_bytes", "connect",
    "development_wallet", "fingerprint", "import_vault", "passphrase_weakness", "print_pairing_code",
    "print_recovery_code", "save_attachments", "widget_parameters",
]
# fmt: on
