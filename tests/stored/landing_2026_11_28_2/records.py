"""What lies in this landing's vaults: the records of the one before, and of each form since then a full one.

Rename here what is renamed in memory. The vaults beside this file are never made anew: whoever opens them
has to find these records, every value of them.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from dm3.client.state.device_records import COMING_KEYS, ComingKeys
from dm3.client.state.records import IDENTITIES
from dm3.client.state.settings_record import SETTINGS, ProfileSettings
from dm3.protocol.linking import Notices, RecoveryMode, WhoMayAsk

from ..landing_2026_11.records import MAIN, Kept, seed
from ..landing_2026_11_28 import records as before
from ..landing_2026_11_28.records import (
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

RENEWED: Final = "0x0000000000000000000000000000000000000abc.addr.dm3.eth"
_LIMITED: Final = next(one.record for one in before.RECORDS if one.shelf is IDENTITIES and one.key == LIMITED)

RECORDS: Final = (
    *before.RECORDS,
    Kept(
        IDENTITIES,
        RENEWED,
        "",
        replace(_LIMITED, name=RENEWED, seed=seed(17), replaces=HASH_3, authorization="0x" + "17" * 65),
    ),
    Kept(COMING_KEYS, MAIN, "", ComingKeys(seed=seed(18), nonce="0x" + "18" * 32, signed=SIGNED)),
    Kept(
        SETTINGS,
        MAIN,
        "",
        ProfileSettings(
            who_may_ask=WhoMayAsk.ANYONE,
            term_limit=90 * 86_400,
            recovery=RecoveryMode.UNATTENDED,
            recoveries_per_day=2,
            notices=Notices.RECOVERIES,
            send_receipts=True,
        ),
    ),
    Kept(SETTINGS, RENEWED, "", ProfileSettings(send_receipts=False)),
)
"""In the order in which they were put."""
