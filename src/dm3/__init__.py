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
        DeletedProfile,
        Devices,
        DeviceView,
        Direction,
        EarlierProfile,
        HasSignature,
        Identity,
        IdentityKind,
        InboxEntry,
        InboxTimeline,
        InTransit,
        JoiningDevice,
        KeyRenewal,
        KeysWereRenewed,
        LimitedScopeProfile,
        ListedConversation,
        Marks,
        Messenger,
        NoReaders,
        Notice,
        OutboxEntry,
        ProfileExists,
        ProfileSettings,
        PublishedProfile,
        RecoveringDevice,
        RefusedMessage,
        Removal,
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
    from dm3.client.linking import AnotherOwner, KeysChanged, WrongClock
    from dm3.client.messaging import NobodyThere
    from dm3.client.profiles import NotAKeyWallet, NotFoundByService, NotPublished, NotYourName, OtherKeys
    from dm3.client.state import OutboxState
    from dm3.crypto import (
        JoinSecret,
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
    from dm3.protocol.devices import JoinCode, MistypedJoinCode
    from dm3.protocol.devices import Standing as DeviceStanding
    from dm3.protocol.ens import Authority, CannotPublish, PreparedTransaction, Publication
    from dm3.protocol.escrow import EscrowLocked, EscrowMismatch
    from dm3.protocol.linking import (
        Asked,
        Disclosure,
        Link,
        LinkMoment,
        LinkPolicy,
        LinkRefused,
        LinkState,
        Moment,
        NothingKnown,
        Notices,
        OutgoingLink,
        OutgoingLinkState,
        PairingOffer,
        PairingProofs,
        Reason,
        Recovery,
        RecoveryMode,
        RecoveryState,
        Request,
        RequestState,
        VerifiedRecord,
        WhoMayAsk,
    )
    from dm3.protocol.messages import (
        Delivery,
        Entry,
        Reaction,
        Remark,
        Resend,
        Timeline,
        TimelineMessage,
        Version,
    )
    from dm3.protocol.messages import content_of as attachment_bytes
    from dm3.protocol.names import ResolvedProfile, fingerprint
    from dm3.protocol.wallets import SiweRefused
    from dm3.store.vault import Conflict, Imported
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
                "App", "Client", "Conversation", "ConversationView", "DeletedProfile", "DeviceView",
                "Devices", "Direction", "EarlierProfile", "HasSignature", "Identity", "IdentityKind",
                "InTransit", "InboxEntry",
                "InboxTimeline", "JoiningDevice", "KeyRenewal", "KeysWereRenewed", "LimitedScopeProfile",
                "ListedConversation", "Marks", "Messenger", "NoReaders", "Notice",
                "OutboxEntry", "ProfileExists", "ProfileSettings", "PublishedProfile",
                "RecoveringDevice", "RefusedMessage",
                "Removal", "StoredMessage", "Unverified", "Wallet", "attach", "connect",
                "development_wallet", "import_vault", "save_attachments",
                "widget_parameters",
            ),
            "dm3.client.linking": ("AnotherOwner", "KeysChanged", "WrongClock"),
            "dm3.client.messaging": ("NobodyThere",),
            "dm3.client.profiles": (
                "NotAKeyWallet", "NotFoundByService", "NotPublished", "NotYourName", "OtherKeys",
            ),
            "dm3.client.state": ("OutboxState",),
            "dm3.crypto": (
                "JoinSecret", "KeyWallet", "MistypedCode", "MistypedPairingCode", "PairingCode", "Passphrase",
                "RecoveryCode", "WalletKey", "print_pairing_code", "print_recovery_code",
                "passphrase_weakness=weakness",
            ),
            "dm3.lazy": ("MissingExtra",),
            "dm3.model": (
                "Attachment", "LinkKind", "LinkPayload", "LinkRecord", "MessageType", "Profile",
                "SignedProfile",
            ),
            "dm3.net": ("Timeouts", "WalletVerifier"),
            "dm3.protocol.devices": ("DeviceStanding=Standing", "JoinCode", "MistypedJoinCode"),
            "dm3.protocol.ens": ("Authority", "CannotPublish", "PreparedTransaction", "Publication"),
            "dm3.protocol.escrow": ("EscrowLocked", "EscrowMismatch"),
            "dm3.protocol.linking": (
                "Asked", "Disclosure", "Link", "LinkMoment", "LinkPolicy", "LinkRefused", "LinkState",
                "Moment", "NothingKnown", "Notices", "OutgoingLink", "OutgoingLinkState", "PairingOffer",
                "PairingProofs", "Reason", "Recovery", "RecoveryMode", "RecoveryState", "Request",
                "RequestState", "VerifiedRecord", "WhoMayAsk",
            ),
            "dm3.protocol.messages": (
                "Delivery", "Entry", "Reaction", "Remark", "Resend", "Timeline", "TimelineMessage", "Version",
                "attachment_bytes=content_of",
            ),
            "dm3.protocol.names": ("ResolvedProfile", "fingerprint"),
            "dm3.protocol.wallets": ("SiweRefused",),
            "dm3.store.vault": ("Conflict", "Imported"),
        },
    )
    # fmt: on

# fmt: off
__all__ = [
    "AlreadyTaken", "AnotherOwner", "App", "Asked", "Attachment", "Authority",
    "BadSignature", "CannotOpen", "CannotPublish", "CannotTell", "Client", "ConfigurationError", "Conflict",
    "Conversation", "ConversationView", "DeletedProfile", "Delivery", "DeviceStanding", "DeviceView",
    "Devices", "Direction", "Disclosure", "Dm3Error", "EarlierProfile", "Entry", "EscrowLocked",
    "EscrowMismatch", "Fault",
    "ForbiddenAddress", "HasSignature", "Identity", "IdentityKind", "Imported", "InTransit", "InboxEntry",
    "InboxTimeline", "InvalidInput", "InvalidName", "JoinCode", "JoinSecret", "JoiningDevice",
    "KeyRenewal", "KeyRuleViolation", "KeyWallet", "KeysChanged", "KeysWereRenewed",
    "LimitedScopeProfile", "Link", "LinkKind", "LinkMoment",
    "LinkPayload", "LinkPolicy", "LinkRecord", "LinkRefused", "LinkState", "ListedConversation",
    "LocalProtocolError",
    "MalformedData", "Marks", "MessageType", "Messenger", "MissingExtra", "MistypedCode",
    "MistypedJoinCode", "MistypedPairingCode", "Moment", "NoReaders", "NobodyAsked", "NobodyThere",
    "NotAKeyWallet", "NotAuthentic", "NotFound", "NotFoundByService", "NotPublished", "NotYourName",
    "NothingKnown", "Notice", "Notices", "OtherKeys", "OutboxEntry", "OutboxState",
    "OutgoingLink", "OutgoingLinkState", "PairingCode",
    "PairingOffer", "PairingProofs", "Passphrase", "PreparedTransaction", "Profile", "ProfileExists",
    "ProfileSettings", "Publication", "PublishedProfile", "Reaction", "Reason", "RecoveringDevice",
    "Recovery", "RecoveryCode", "RecoveryMode", "RecoveryState", "RefusedMessage", "Remark",
    "RemoteProtocolError", "Removal",
    "Request", "RequestState", "Resend", "ResolvedProfile", "ServiceRefused", "SignedProfile",
    "SiweRefused", "StoreError", "StoredMessage", "Timeline", "TimelineMessage", "Timeouts", "TooLarge",
    "Unreachable", "UnsupportedByPeer", "Unverified", "VaultLocked", "VerifiedRecord", "Version", "Wallet",
    "WalletKey", "WalletVerifier", "WhoMayAsk", "WrongClock", "__version__", "attach", "attachment_bytes",
    "connect", "development_wallet", "fingerprint", "import_vault", "passphrase_weakness",
    "print_pairing_code", "print_recovery_code", "save_attachments", "widget_parameters",
]
# fmt: on
