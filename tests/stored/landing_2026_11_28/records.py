"""What lies in this landing's vaults: the records of the one before, and of each form since then a full one.

Rename here what is renamed in memory. The vaults beside this file are never made anew: whoever opens them
has to find these records, every value of them.
"""

from __future__ import annotations

from typing import Final

from dm3.client.state import records as kept
from dm3.client.state.device_records import (
    DEVICES,
    HELD_SYNCS,
    JOININGS,
    OWN_DEVICES,
    TOLD_ITEMS,
    UNTOLD_ITEMS,
    HeldSync,
    Joining,
    OwnDevice,
    ToldItem,
)
from dm3.client.state.marks import MARKS, Marks
from dm3.client.state.outline_records import BLOCKS, MENTIONS, OUTLINES, Block, Mention, Outline
from dm3.crypto import JoinSecret
from dm3.protocol.devices import Device, Standing

from ..landing_2026_11.records import MAIN, TEMPORARY, Kept, seed
from ..landing_2026_11_27 import records as before
from ..landing_2026_11_27.records import (
    EXPORT_PASSPHRASE,
    HASH,
    HASH_2,
    HASH_3,
    LIMITED,
    OTHER,
    OWNER,
    SERVICE_RECORDS,
    SIGNED,
    VAULT_PASSPHRASE,
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

PHONE, LAPTOP, UNKNOWN = "1a" * 16, "2b" * 16, "3c" * 16
BLOCKED: Final = (
    '{"at":1790000000030,"kind":"blocked","on":true,"peer":"mallory.eth","profile":"' + MAIN + '"}'
)
READ: Final = '{"at":1790000000031,"kind":"read","peer":"bob.eth","profile":"' + MAIN + '"}'

RECORDS: Final = (
    *before.RECORDS,
    Kept(
        MARKS,
        f"{MAIN}|bob.eth",
        MAIN,
        Marks(
            profile=MAIN,
            peer="bob.eth",
            blocked=True,
            allowed=True,
            archived=True,
            pinned=True,
            muted=True,
            read_up_to=1_790_000_000_027,
            draft="half written, Grüße",
            changed_at=1_790_000_000_028,
        ),
    ),
    Kept(MARKS, f"{MAIN}|carol.eth", MAIN, Marks(profile=MAIN, peer="carol.eth")),
    Kept(OUTLINES, "conversation", "", Outline(2, (0, 1_790_000_000_001))),
    Kept(BLOCKS, "conversation|0", "", Block(((0, HASH_2),))),
    Kept(BLOCKS, "conversation|1790000000001", "", Block(((1_790_000_000_001, HASH),))),
    Kept(MENTIONS, f"conversation|{HASH}|0", "", Mention(HASH_2)),
    Kept(
        OWN_DEVICES,
        MAIN,
        "",
        OwnDevice(
            id=PHONE, seed=seed(13), label="phone", reader="main-fedcba9876543210", seq=29, removed=True
        ),
    ),
    Kept(
        DEVICES,
        f"{MAIN}|{LAPTOP}",
        MAIN,
        Device(
            id=LAPTOP,
            key=b"\x0e" * 32,
            label="laptop",
            standing=Standing.REMOVED,
            seen=12,
            missing=(7, 9),
            through=11,
            heard_at=1_790_000_032,
            asked_at=1_790_000_033,
        ),
    ),
    Kept(
        DEVICES,
        f"{MAIN}|{UNKNOWN}",
        MAIN,
        Device(id=UNKNOWN, key=b"\x0f" * 32, label="", standing=Standing.ASKS),
    ),
    Kept(TOLD_ITEMS, f"{MAIN}|blocked|{MAIN}|mallory.eth", f"{MAIN}|blocked", ToldItem(BLOCKED)),
    Kept(UNTOLD_ITEMS, f"{MAIN}|read|{MAIN}|bob.eth", MAIN, ToldItem(READ)),
    Kept(HELD_SYNCS, f"{MAIN}|{UNKNOWN}|1", f"{MAIN}|{UNKNOWN}", HeldSync('{"device":"another"}')),
    Kept(JOININGS, TEMPORARY, "", Joining(TEMPORARY, JoinSecret(b"\x10" * 16), "tablet", 1_790_000_034)),
    Kept(
        kept.REFUSED,
        "refused-2",
        MAIN,
        kept.RefusedMessage(
            account=MAIN,
            hash=HASH_3,
            sender="dave.eth",
            type="NEW",
            reason="former-keys",
            sentence="signed with keys that were replaced",
            at=1_790_000_035,
        ),
    ),
)
"""In the order in which they were put."""
