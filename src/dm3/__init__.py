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
        EnsProfiles,
        HasSignature,
        IdentityKind,
        IdentityView,
        InboxEntry,
        InboxTimeline,
        InTransit,
        JoiningDevice,
        KeyRenewal,
        KeysWereRenewed,
        LimitedScopeProfile,
        LinkView,
        ListedConversation,
        Marks,
        Messenger,
        NoReaders,
        Notice,
        OutboxEntryView,
        OutgoingLinkView,
        PeerProfiles,
        ProfileExists,
        ProfileSettings,
        PublishedProfile,
        Recoveries,
        RecoveringDevice,
        RecoveryView,
        RefusedMessage,
        Removal,
        RequestView,
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
    from dm3.client.state import Stage as ProfileStage
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
    from dm3.model import Attachment, LinkKind, LinkRecord, MessageType, Profile, SignedProfile
    from dm3.net import Timeouts, WalletVerifier
    from dm3.protocol.devices import JoinCode, MistypedJoinCode
    from dm3.protocol.devices import Standing as DeviceStanding
    from dm3.protocol.ens import Authority, CannotPublish, PreparedTransaction, Publication
    from dm3.protocol.escrow import EscrowLocked, EscrowMismatch
    from dm3.protocol.linking import (
        Disclosure,
        Doubt,
        LinkMoment,
        LinkPolicy,
        LinkRefused,
        LinkState,
        Moment,
        NothingKnown,
        Notices,
        OutgoingLinkState,
        PairingOffer,
        Reason,
        RecoveryMode,
        RecoveryState,
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
                "Devices", "Direction", "EarlierProfile", "EnsProfiles", "HasSignature", "IdentityKind",
                "IdentityView", "InTransit", "InboxEntry", "InboxTimeline", "JoiningDevice", "KeyRenewal",
                "KeysWereRenewed", "LimitedScopeProfile", "LinkView", "ListedConversation", "Marks",
                "Messenger", "NoReaders", "Notice", "OutboxEntryView", "OutgoingLinkView", "PeerProfiles",
                "ProfileExists", "ProfileSettings", "PublishedProfile", "Recoveries", "RecoveringDevice",
                "RecoveryView", "RefusedMessage",
                "Removal", "RequestView", "StoredMessage", "Unverified", "Wallet", "attach", "connect",
                "development_wallet", "import_vault", "save_attachments", "widget_parameters",
            ),
            "dm3.client.linking": ("AnotherOwner", "KeysChanged", "WrongClock"),
            "dm3.client.messaging": ("NobodyThere",),
            "dm3.client.profiles": (
                "NotAKeyWallet", "NotFoundByService", "NotPublished", "NotYourName", "OtherKeys",
            ),
            "dm3.client.state": ("OutboxState", "ProfileStage=Stage"),
            "dm3.crypto": (
                "JoinSecret", "KeyWallet", "MistypedCode", "MistypedPairingCode", "PairingCode", "Passphrase",
                "RecoveryCode", "WalletKey", "print_pairing_code", "print_recovery_code",
                "passphrase_weakness=weakness",
            ),
            "dm3.lazy": ("MissingExtra",),
            "dm3.model": (
                "Attachment", "LinkKind", "LinkRecord", "MessageType", "Profile", "SignedProfile",
            ),
            "dm3.net": ("Timeouts", "WalletVerifier"),
            "dm3.protocol.devices": ("DeviceStanding=Standing", "JoinCode", "MistypedJoinCode"),
            "dm3.protocol.ens": ("Authority", "CannotPublish", "PreparedTransaction", "Publication"),
            "dm3.protocol.escrow": ("EscrowLocked", "EscrowMismatch"),
            "dm3.protocol.linking": (
                "Disclosure", "Doubt", "LinkMoment", "LinkPolicy", "LinkRefused", "LinkState", "Moment",
                "NothingKnown", "Notices", "OutgoingLinkState", "PairingOffer", "Reason", "RecoveryMode",
                "RecoveryState", "VerifiedRecord", "WhoMayAsk",
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
    "AlreadyTaken", "AnotherOwner", "App", "Attachment", "Authority", "BadSignature", "CannotOpen",
    "CannotPublish", "CannotTell", "Client", "ConfigurationError", "Conflict", "Conversation",
    "ConversationView", "DeletedProfile", "Delivery", "DeviceStanding", "DeviceView", "Devices",
    "Direction", "Disclosure", "Dm3Error", "Doubt", "EarlierProfile", "EnsProfiles", "Entry",
    "EscrowLocked", "EscrowMismatch", "Fault", "ForbiddenAddress", "HasSignature", "IdentityKind",
    "IdentityView", "Imported", "InTransit", "InboxEntry", "InboxTimeline", "InvalidInput", "InvalidName",
    "JoinCode", "JoinSecret", "JoiningDevice", "KeyRenewal", "KeyRuleViolation", "KeyWallet", "KeysChanged",
    "KeysWereRenewed", "LimitedScopeProfile", "LinkKind", "LinkMoment", "LinkPolicy", "LinkRecord",
    "LinkRefused", "LinkState", "LinkView", "ListedConversation", "LocalProtocolError", "MalformedData",
    "Marks", "MessageType", "Messenger", "MissingExtra", "MistypedCode", "MistypedJoinCode",
    "MistypedPairingCode", "Moment", "NoReaders", "NobodyAsked", "NobodyThere", "NotAKeyWallet",
    "NotAuthentic", "NotFound", "NotFoundByService", "NotPublished", "NotYourName", "NothingKnown",
    "Notice", "Notices", "OtherKeys", "OutboxEntryView", "OutboxState", "OutgoingLinkState",
    "OutgoingLinkView", "PairingCode", "PairingOffer", "Passphrase", "PeerProfiles", "PreparedTransaction",
    "Profile", "ProfileExists", "ProfileSettings", "ProfileStage", "Publication", "PublishedProfile",
    "Reaction", "Reason", "Recoveries", "RecoveringDevice", "RecoveryCode", "RecoveryMode", "RecoveryState",
    "RecoveryView", "RefusedMessage", "Remark", "RemoteProtocolError", "Removal", "RequestView", "Resend",
    "ResolvedProfile", "ServiceRefused", "SignedProfile", "SiweRefused", "StoreError", "StoredMessage",
    "Timeline", "TimelineMessage", "Timeouts", "TooLarge", "Unreachable", "UnsupportedByPeer", "Unverified",
    "VaultLocked", "VerifiedRecord", "Version", "Wallet", "WalletKey", "WalletVerifier", "WhoMayAsk",
    "WrongClock", "__version__", "attach", "attachment_bytes", "connect", "development_wallet",
    "fingerprint", "import_vault", "passphrase_weakness", "print_pairing_code", "print_recovery_code",
    "save_attachments", "widget_parameters",
]
# fmt: on
