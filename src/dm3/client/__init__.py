"""The SDK: profiles that send, receive, link and recover (specification 3)."""

from .client import Client, context_of
from .connection import connect
from .development_wallets import (
    development_wallet,
    find_development_wallet,
    held_wallet,
    held_wallets,
    make_development_wallet,
)
from .devices.devices import Devices, DeviceView, NoReaders, Removal
from .devices.joining import JoiningDevice
from .devices.new_keys import KeysWereRenewed
from .linking.key_renewal import KeyRenewal
from .linking.limited_profile import LimitedScopeProfile
from .linking.messenger import Messenger
from .linking.recoveries import Recoveries
from .linking.recovering_device import RecoveringDevice
from .linking.views import LinkView, OutgoingLinkView, RecoveryView, RequestView
from .messaging.attachment_files import attach, save_attachments
from .messaging.in_transit import InTransit
from .messaging.overview import ListedConversation
from .messaging.parts import parts_of
from .messaging.stored_lines import attachments_of
from .messaging.timelines import ConversationView, InboxEntry, InboxTimeline
from .profile_removal import DeletedProfile
from .profiles.app import App
from .profiles.embedding import ProfileExists
from .profiles.ens_profiles import EnsProfiles
from .profiles.siwe_login import widget_parameters
from .reading.peer_profiles import PeerProfiles
from .reading.seen_profiles import EarlierProfile, PublishedProfile
from .reading.unverified import Unverified
from .state.context import Context
from .state.identity import IdentityKind
from .state.marks import Marks
from .state.records import Conversation, Direction, Notice, RefusedMessage, StoredMessage
from .state.settings_record import ProfileSettings
from .state.views import IdentityView, OutboxEntryView
from .state.wallets import HasSignature, Wallet
from .vault_transfer import import_vault, secret_from

Account = LimitedScopeProfile | Messenger
"""A profile in use, of either kind."""
LinkableProfile = Account
"""A profile that can ask to be linked: either kind can."""

__all__ = [
    "Account",
    "App",
    "Client",
    "Context",
    "Conversation",
    "ConversationView",
    "DeletedProfile",
    "DeviceView",
    "Devices",
    "Direction",
    "EarlierProfile",
    "EnsProfiles",
    "HasSignature",
    "IdentityKind",
    "IdentityView",
    "InTransit",
    "InboxEntry",
    "InboxTimeline",
    "JoiningDevice",
    "KeyRenewal",
    "KeysWereRenewed",
    "LimitedScopeProfile",
    "LinkView",
    "LinkableProfile",
    "ListedConversation",
    "Marks",
    "Messenger",
    "NoReaders",
    "Notice",
    "OutboxEntryView",
    "OutgoingLinkView",
    "PeerProfiles",
    "ProfileExists",
    "ProfileSettings",
    "PublishedProfile",
    "Recoveries",
    "RecoveringDevice",
    "RecoveryView",
    "RefusedMessage",
    "Removal",
    "RequestView",
    "StoredMessage",
    "Unverified",
    "Wallet",
    "attach",
    "attachments_of",
    "connect",
    "context_of",
    "development_wallet",
    "find_development_wallet",
    "held_wallet",
    "held_wallets",
    "import_vault",
    "make_development_wallet",
    "parts_of",
    "save_attachments",
    "secret_from",
    "widget_parameters",
]
