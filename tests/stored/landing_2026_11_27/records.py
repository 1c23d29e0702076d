"""What lies in this landing's vaults: the records of the one before, and of each form since then a full one.

Rename here what is renamed in memory. The vaults beside this file are never made anew: whoever opens them
has to find these records, every value of them.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from dm3.client.state import own_records
from dm3.client.state import records as kept
from dm3.client.state.kept_records import (
    DomainPause,
    KeptEnvelope,
    KeptState,
    RoomTally,
    SealedEnvelope,
    SeenKeys,
    SeenProfile,
)
from dm3.client.state.outbox_entry import OutboxEntry
from dm3.crypto import PairingCode
from dm3.protocol.linking import (
    Asked,
    Link,
    LinkMoment,
    Moment,
    OutgoingLink,
    Recovery,
    RecoveryMode,
    Request,
)
from dm3.protocol.linking.pairing import PairingOffer, PairingProofs

from ..landing_2026_11 import records as before
from ..landing_2026_11.records import (
    EXPORT_PASSPHRASE,
    HASH,
    HASH_2,
    HASH_3,
    LIMITED,
    MAIN,
    OTHER,
    OWNER,
    SERVICE_RECORDS,
    SIGNED,
    TEMPORARY,
    TEXT_2,
    VAULT_PASSPHRASE,
    Kept,
)

__all__ = [
    "EXPORT_PASSPHRASE",
    "HASH",
    "HASH_2",
    "HASH_3",
    "LIMITED",
    "OTHER",
    "OWNER",
    "RECORDS",
    "SERVICE_RECORDS",
    "SIGNED",
    "VAULT_PASSPHRASE",
]

THIRD = "0x5555555555555555555555555555555555555555.addr.myapp.eth"
PROOFS: Final = PairingProofs("cHJvb2Y=", "YWNjZXB0ZWQ=")


def _full(kind: type[Any]) -> Kept:
    """The first record of this type in the landing before: it has every field that there was."""
    return next(one for one in before.RECORDS if isinstance(one.record, kind))


def _asking() -> Kept:
    one = _full(OutgoingLink)
    grown = replace(
        one.record,
        earlier=(Asked(TEXT_2, "0x" + "18" * 65, 1_790_000_010, True, PROOFS),),
        pairing=PROOFS,
        main_owner=OWNER,
        other_owner=True,
        reads_ours=True,
    )
    return one._replace(key=THIRD, record=grown)


def _request() -> Kept:
    one = _full(Request)
    grown = replace(
        one.record,
        profile_name=THIRD,
        payload=replace(one.record.payload, pairing="cHJvb2Y=", code="declined"),
        link_uri="https://other.example",
        opaque=True,
        paired="YWNjZXB0ZWQ=",
        signed_until=1_820_000_002,
    )
    return one._replace(key=kept.link_key(MAIN, THIRD), record=grown)


def _link() -> Kept:
    one = _full(Link)
    moment = LinkMoment(
        at=1_790_000_020,
        what=Moment.RECOVERED,
        until=1_820_000_003,
        page="https://myapp.example",
        to=TEMPORARY,
    )
    grown = replace(
        one.record,
        profile_name=THIRD,
        recovery=RecoveryMode.UNATTENDED,
        paired=True,
        uncovered=True,
        history=(moment,),
    )
    return one._replace(key=kept.link_key(MAIN, THIRD), record=grown)


RECORDS: Final = (
    *before.RECORDS,
    _asking(),
    _request(),
    _link(),
    (lambda one: one._replace(key=THIRD, record=replace(one.record, pairing=PROOFS)))(_full(Recovery)),
    (
        lambda one: one._replace(
            key="outbox-3", record=replace(one.record, id="outbox-3", receiver_owner=OTHER)
        )
    )(_full(OutboxEntry)),
    Kept(
        kept.KEPT,
        "kept-1",
        MAIN,
        KeptEnvelope(
            account=MAIN,
            mailbox="alice.eth",
            hash=HASH_2,
            sender="dave.eth",
            type="NEW",
            at=1_790_000_021_000,
            kept_at=1_790_000_022,
            until=1_792_592_022,
            size=1_234,
            state=KeptState.UNVERIFIED,
            reason="unreachable",
            sentence="the resolver of dave.eth is away",
            attempts=4,
            next_at=1_790_000_322,
        ),
    ),
    Kept(kept.SEALED, "kept-1", MAIN, SealedEnvelope('{"message":"sealed"}', b"\x01\x02service key")),
    Kept(kept.TALLIES, MAIN, "", RoomTally(1, 1_234, {"dave.eth": (1, 1_234)})),
    Kept(kept.PAUSES, "dave.eth", "", DomainPause(2, 1_790_000_400)),
    Kept(
        kept.SEEN,
        "dave.eth",
        "",
        SeenProfile(
            "dave.eth",
            (SeenKeys(HASH, b"\x11" * 32, 1_790_000_001), SeenKeys(HASH_2, b"\x12" * 32, 1_790_000_023)),
        ),
    ),
    Kept(kept.TOLD, "told-1", MAIN, own_records.ToldRequest(HASH_3, 1_790_000_024)),
    Kept(kept.OFFERS, MAIN, "", PairingOffer(code=PairingCode(b"ABCDE23456"), until=1_790_000_025, wrong=2)),
    Kept(kept.CODES, LIMITED, "", own_records.RecoveryCodeMade(1_790_000_026)),
)
"""In the order in which they were put."""
