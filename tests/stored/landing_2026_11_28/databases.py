"""Fills the databases of the services by what the services themselves call, every table of them.

What then stood in each row is in ``delivery.json``, ``resolver.json`` and ``widget.json``, so that later
builds are compared with what was, not with what they would write.
"""

from __future__ import annotations

from dm3.store import Database
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, StoreResult, deposit
from dm3.store.delivery.profiles import NewProfile, register
from dm3.store.delivery.readers import Readers, acknowledge, admit_reader
from dm3.store.resolver import release_alias

from ..landing_2026_11_27 import databases as before
from .records import HASH_3, LIMITED, OTHER, SIGNED

NOW = before.NOW

__all__ = ["fill_delivery", "fill_resolver", "fill_widget"]

fill_widget = before.fill_widget


async def fill_delivery(database: Database) -> None:
    """As before, and a mailbox of which one of two readers has taken what the other still lacks."""
    await before.fill_delivery(database)

    async def run(work, *arguments, **options):
        return await database.write(lambda connection: work(connection, *arguments, **options))

    rules, box = Readers(keep=86_400, most=4), "3" * 32
    quota = Quota(1_000, 10**9)
    await run(register, NewProfile("carol.user.dm3.eth", HASH_3, SIGNED, box, None, "carol-one", NOW))
    for reader in ("carol-one", "carol-two"):
        await run(admit_reader, box, reader, rules, NOW)
    for number in range(3):
        stamped = StampedEnvelope(
            box,
            HASH_3,
            "carol.user.dm3.eth",
            f"0x{number + 200:064x}",
            "ef" * 32,
            NOW + 91_000,
            f'{{"carol":{number}}}',
        )
        (done,) = await run(deposit, [stamped], quota)
        assert done is StoreResult.STORED
    assert await run(acknowledge, box, "carol-one", [f"0x{202:064x}"], rules, NOW + 2) == 1


async def fill_resolver(database: Database) -> None:
    """As before, and a reserved alias that the operator gives to one profile."""
    await before.fill_resolver(database)
    released = await database.write(
        lambda connection: release_alias(connection, "support.user.dm3.eth", f"{OTHER}.addr.dm3.eth")
    )
    assert released is None
    assert await database.write(lambda connection: release_alias(connection, "help.dm3.eth", LIMITED)) is None
