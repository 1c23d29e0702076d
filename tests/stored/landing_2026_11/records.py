"""What lies in this landing's vaults: invented records, of each type one with every field and a bare one.

Rename here what is renamed in memory. The vaults beside this file are never made anew: whoever opens them
has to find these records, every value of them.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dm3.client.state import own_records
from dm3.client.state import records as kept
from dm3.client.state.identity import AliasClaim, Identity, IdentityKind, Stage
from dm3.client.state.outbox_entry import OutboxEntry, OutboxState
from dm3.client.state.records import Direction
from dm3.crypto import Passphrase, Seed, WalletKey
from dm3.hosting.service_keys import SEEDS, ServiceSeed
from dm3.model import LinkKind, LinkPayload
from dm3.protocol.linking import (
    Asked,
    Link,
    LinkState,
    OutgoingLink,
    OutgoingLinkState,
    Recovery,
    RecoveryState,
    Request,
    RequestState,
)
from dm3.protocol.messages.peer_names import PeerName
from dm3.store.vault.record_types import RecordType

VAULT_PASSPHRASE: Final = Passphrase(b"invented: of the vault")
EXPORT_PASSPHRASE: Final = Passphrase(b"invented: of the exported file")

MAIN, LIMITED = "alice.user.dm3.eth", "0x1111111111111111111111111111111111111111.addr.myapp.eth"
TEMPORARY = "0x2222222222222222222222222222222222222222.addr.myapp.eth"
OWNER, OTHER = "0x3333333333333333333333333333333333333333", "0x4444444444444444444444444444444444444444"
HASH, HASH_2, HASH_3 = "0x" + "a1" * 32, "0x" + "b2" * 32, "0x" + "c3" * 32
SIGNED: Final = (
    '{"profile":{"deliveryServices":["ds.eth"],'
    '"publicEncryptionKey":"3y+L0Mnxd+cYNIsqK7sDToU/2Cq7ZvFI+X/TbeGvVVI=",'
    '"publicSigningKey":"pLISuXCP81lCxWitBrQUjmYau4QztE/8qzZKd2jPcI0="},'
    '"signature":"0x05c9848bb79ec2a445e1cf8e96ff0bcf6af339fd575515b4637e9725a8306b7b755f6a4c2e16b27301754c6ee07'
    '58ed6fc6fa301694ea37ee616068b01aa1c631b"}'
)
TEXT, TEXT_2 = "myapp.example wants you to sign in\nNonce: 123", "an earlier text"


class Kept(NamedTuple):
    """A record and where it lies."""

    shelf: RecordType[Any]
    key: str
    section: str
    record: Any


def seed(number: int) -> Seed:
    return Seed(bytes([number]) * 32)


PAYLOAD: Final = LinkPayload(
    kind=LinkKind.REQUEST,
    profile_name=LIMITED,
    profile_hash=HASH,
    valid_until=1_900_000_001,
    link_message=TEXT,
    signature="0x" + "d4" * 65,
    profile_key=seed(1),
    wallet_key=WalletKey(b"\x02" * 32),
    nonce="key-creation nonce",
    reason="declined",
    vocabulary="ADD_LINK",
)
BARE_PAYLOAD: Final = LinkPayload(
    kind=LinkKind.RECOVER,
    profile_name="",
    profile_hash="",
    valid_until=0,
    link_message="",
    signature="0x",
)

RECORDS: Final = (
    Kept(
        kept.IDENTITIES,
        LIMITED,
        "",
        Identity(
            kind=IdentityKind.LIMITED,
            name=LIMITED,
            aliases=("visitor.myapp.eth", "0x33.owner.myapp.eth"),
            app="myapp.eth",
            uri="https://myapp.example",
            address=OTHER,
            owner=OWNER,
            seed=seed(3),
            nonce="4d2",
            signed=SIGNED,
            reader="limited-0123456789abcdef",
            stage=Stage.ALIAS_CLAIMED,
            wallet_key=WalletKey(b"\x04" * 32),
            wallet_is_random=True,
            readable_by_site=True,
            claim=AliasClaim("0x33.owner.myapp.eth", OWNER, "I take this alias.", "0x" + "e5" * 65),
            replaces=HASH_2,
            former=(seed(5), seed(6)),
        ),
    ),
    Kept(
        kept.IDENTITIES,
        MAIN,
        "",
        Identity(
            kind=IdentityKind.MAIN,
            name=MAIN,
            aliases=(),
            app="dm3.eth",
            uri="",
            address=OWNER,
            owner=OWNER,
            seed=seed(7),
            nonce="0",
            signed=SIGNED,
            reader="main-fedcba9876543210",
            stage=Stage.READY,
            claim=AliasClaim("alice.user.dm3.eth"),
        ),
    ),
    Kept(
        kept.MESSAGES,
        "message-1",
        "conversation",
        kept.StoredMessage(
            profile=MAIN,
            peer="bob.eth",
            direction=Direction.OUT,
            hash=HASH,
            type="NEW",
            content="Hello Bob, Grüße \N{WAVING HAND SIGN}",
            text='{"message":"Hello Bob"}',
            at=1_790_000_000_001,
            reference=HASH_2,
            unread=True,
            discarded=True,
        ),
    ),
    Kept(
        kept.MESSAGES,
        "message-2",
        "conversation",
        kept.StoredMessage(
            profile=MAIN,
            peer="bob.eth",
            direction=Direction.IN,
            hash=HASH_2,
            type="DELETE_REQUEST",
            content=None,
            text="{}",
            at=0,
        ),
    ),
    Kept(
        kept.CONVERSATIONS,
        "bob.eth",
        MAIN,
        kept.Conversation(
            profile=MAIN,
            peer="bob.eth",
            last_at=1_790_000_000_002,
            messages=2,
            unread=1,
            also=("0xb0.addr.dm3.eth",),
        ),
    ),
    Kept(
        kept.CONVERSATIONS,
        "carol.eth",
        MAIN,
        kept.Conversation(profile=MAIN, peer="carol.eth", last_at=1, messages=0, unread=0),
    ),
    Kept(
        kept.PEER_NAMES,
        "bob.eth",
        MAIN,
        PeerName(
            name="bob.eth",
            met_at=1_790_000_000_003,
            owner=OTHER,
            profile="ab" * 32,
            heard_at=1_790_000_000_004,
            changed_at=1_790_000_000_005,
            checked_at=1_790_000_000_006,
            ask_after=1_790_000_000_007,
            apart=True,
        ),
    ),
    Kept(kept.PEER_NAMES, "carol.eth", MAIN, PeerName(name="carol.eth", met_at=8)),
    Kept(
        kept.OUTBOX,
        "outbox-1",
        "",
        OutboxEntry(
            id="outbox-1",
            account=MAIN,
            to="bob.eth",
            sender="alice.user.dm3.eth",
            text='{"message":"Hello Bob"}',
            message_hash=HASH,
            created_at=1_790_000_001,
            next_at=1_790_000_061,
            attempts=3,
            state=OutboxState.FAILED,
            last_error="the delivery service ds.eth is away",
            receiver_hash=HASH_3,
            seed=seed(8),
            optional=True,
            last_code="unreachable",
        ),
    ),
    Kept(
        kept.OUTBOX,
        "outbox-2",
        "",
        OutboxEntry(
            id="outbox-2",
            account=MAIN,
            to="carol.eth",
            sender=MAIN,
            text="{}",
            message_hash=HASH_2,
            created_at=1,
            next_at=2,
        ),
    ),
    Kept(kept.RESENT, "message-1", MAIN, own_records.ResentMessage(1_790_000_009)),
    Kept(
        kept.ASKINGS,
        LIMITED,
        "",
        OutgoingLink(
            state=OutgoingLinkState.LINKED,
            main_name=MAIN,
            link_message=TEXT,
            wallet_signature="0x" + "f6" * 65,
            requested_until=1_790_086_400,
            after_accept=True,
            public_record=True,
            valid_until=1_820_000_000,
            accepted_message=TEXT_2,
            accepted_signature="0x" + "07" * 65,
            accepted_until=1_790_086_399,
            main_signature="bWFpbg==",
            earlier=(Asked(TEXT_2, "0x" + "18" * 65, 1_790_000_010, True), Asked("other", "0x", 0, False)),
        ),
    ),
    Kept(
        kept.ASKINGS,
        TEMPORARY,
        "",
        OutgoingLink(
            state=OutgoingLinkState.REQUESTED,
            main_name=MAIN,
            link_message="",
            wallet_signature="",
            requested_until=0,
        ),
    ),
    Kept(
        kept.RECOVERIES,
        TEMPORARY,
        "",
        Recovery(
            state=RecoveryState.FAILED,
            profile_name=LIMITED,
            profile_hash=HASH,
            main_name=MAIN,
            temporary_name=TEMPORARY,
            link_message=TEXT,
            wallet_signature="0x" + "29" * 65,
            started_at=1_790_000_011,
            gives_up_at=1_790_000_071,
            rejection="declined",
        ),
    ),
    Kept(
        kept.RECOVERIES,
        "other",
        "",
        Recovery(
            state=RecoveryState.ASKING,
            profile_name=LIMITED,
            profile_hash="",
            main_name="",
            temporary_name="other",
            link_message="",
            wallet_signature="",
            started_at=0,
            gives_up_at=0,
        ),
    ),
    Kept(
        kept.REQUESTS,
        kept.link_key(MAIN, LIMITED),
        MAIN,
        Request(
            state=RequestState.PENDING,
            profile_name=LIMITED,
            payload=PAYLOAD,
            main_name=MAIN,
            owner=OWNER,
            own_wallet=True,
            bound=False,
            uri="https://myapp.example",
            nonce="text nonce",
            reply_to=TEMPORARY,
            reply_hash=HASH_2,
            message_hash=HASH_3,
            received_at=1_790_000_012,
            expires_at=1_790_086_412,
            issued_at=1_790_000_011,
        ),
    ),
    Kept(
        kept.REQUESTS,
        kept.link_key(MAIN, TEMPORARY),
        MAIN,
        Request(
            state=RequestState.REJECTED,
            profile_name=TEMPORARY,
            payload=BARE_PAYLOAD,
            main_name=MAIN,
            owner=OTHER,
            own_wallet=False,
            bound=True,
            uri="",
            nonce="",
            reply_to="",
            reply_hash="",
            message_hash="",
            received_at=0,
            expires_at=0,
        ),
    ),
    Kept(
        kept.LINKS,
        kept.link_key(MAIN, LIMITED),
        MAIN,
        Link(
            state=LinkState.EXPIRED,
            profile_name=LIMITED,
            profile_hash=HASH,
            main_name=MAIN,
            owner=OWNER,
            uri="https://myapp.example",
            valid_until=1_820_000_001,
            linked_at=1_790_000_013,
            link_message=TEXT,
            vocabulary="ADD_LINK",
            profile_key=seed(9),
            wallet_key=WalletKey(b"\x0a" * 32),
            nonce="key-creation nonce",
            recoveries=(1_790_000_014, 1_790_000_015),
            earlier_messages=(TEXT_2,),
            renewals=("a renewal", "another one"),
            asked_at=1_790_000_016,
        ),
    ),
    Kept(
        kept.LINKS,
        kept.link_key(MAIN, TEMPORARY),
        MAIN,
        Link(
            state=LinkState.AWAITING_KEYS,
            profile_name=TEMPORARY,
            profile_hash="",
            main_name=MAIN,
            owner=OTHER,
            uri="",
            valid_until=0,
            linked_at=0,
            link_message="",
            vocabulary="LINK",
        ),
    ),
    Kept(kept.NONCES, "nonce-1", MAIN, own_records.UsedNonce(OWNER, "text nonce", HASH_3, 1_790_086_413)),
    Kept(
        kept.RECORDS, "record-1", LIMITED, own_records.PendingRecord(LIMITED, "network.dm3.link", '{"v":1}')
    ),
    Kept(kept.RECORDS, "record-2", LIMITED, own_records.PendingRecord(LIMITED, "network.dm3.link", None)),
    Kept(
        kept.REFUSED,
        "refused-1",
        MAIN,
        kept.RefusedMessage(
            account=MAIN,
            hash=HASH,
            sender="mallory.eth",
            type="LINK",
            reason="foreign-wallet",
            sentence="another wallet has signed",
            at=1_790_000_017,
        ),
    ),
    Kept(
        kept.NOTICES, "notice-1", MAIN, kept.Notice(MAIN, "link-ended", "The link has ended.", 1_790_000_018)
    ),
    Kept(kept.WINDOWS, MAIN, "", own_records.PairingWindow(1_790_000_019)),
    Kept(kept.DEPOSITS, LIMITED, "", own_records.EscrowDeposit(b"\x01sealed\x00\xff", ("ds.eth", "ds2.eth"))),
    Kept(kept.WALLETS, "default", "", own_records.StoredWallet("default", WalletKey(b"\x0b" * 32))),
)
"""In the order in which they were put."""

SERVICE_RECORDS: Final = (Kept(SEEDS, "delivery", "", ServiceSeed(seed(12))),)
"""What lies in ``service-keys.vault``, locked with what stands in ``service-keys.pass``."""
