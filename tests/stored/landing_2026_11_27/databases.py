"""Fills the databases of the services by what the services themselves call, every table of them.

What then stood in each row is in ``delivery.json``, ``resolver.json`` and ``widget.json``, so that later
builds are compared with what was, not with what they would write.
"""

from __future__ import annotations

from dm3.protocol.names import FIRST, AliasChange
from dm3.store import Database
from dm3.store.delivery import moves
from dm3.store.delivery.escrow import Escrowed, keep_escrow
from dm3.store.delivery.escrow_releases import Login, release_to_login
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, StoreResult, deposit
from dm3.store.delivery.state import remember
from dm3.store.resolver.names import NameStore, Outcome
from dm3.store.resolver.state import STATE
from dm3.store.widget.wrapping_keys import WrappingKeys

from ..landing_2026_11 import databases as before
from .records import HASH, LIMITED, OTHER, OWNER

NOW = before.NOW


async def fill_delivery(database: Database) -> None:
    """As before, and a name with mail that is being moved, a release to a login, and the service's past."""
    await before.fill_delivery(database)

    async def run(work, *arguments, **options):
        return await database.write(lambda connection: work(connection, *arguments, **options))

    for number in range(moves.MOVED_AT_ONCE + 1):
        stamped = StampedEnvelope(
            "1" * 32, HASH, "alice.eth", f"0x{number:064x}", "cd" * 32, NOW + 90_000, f'{{"moved":{number}}}'
        )
        (done,) = await run(deposit, [stamped], Quota(moves.MOVED_AT_ONCE + 10, 10**9))
        assert done is StoreResult.STORED
    await run(moves.start_moving, moves.Move("1" * 32, "alice.eth"), "2" * 32)
    await run(keep_escrow, "shop.eth", OTHER, Escrowed(LIMITED, b"\x01sealed", '["login"]'))
    login = Login(app="shop.eth", owner=OTHER, nonce="login-nonce", at=NOW, page="https://shop.example")
    released = await run(release_to_login, login, 3, lambda _: True)
    assert released.fresh
    assert released.found is not None
    await run(remember, {"clock": str(NOW), "name": "ds.eth"})


async def fill_resolver(database: Database) -> None:
    """As before, and an alias whose last change is known, its signature used, and the resolver's past."""
    await before.fill_resolver(database)
    store = NameStore(database)
    name = f"{OWNER}.addr.dm3.eth"
    dated = AliasChange(text_hash="0x" + "6a" * 32, after=FIRST, signer="0x" + "6b" * 32)
    undated = AliasChange(text_hash="0x" + "6c" * 32, after=None, signer="0x" + "6d" * 32)
    for alias, change in (("bob.user.dm3.eth", dated), ("bobby.user.dm3.eth", undated)):
        done = await store.claim_alias(alias, name, now=NOW, at_most=5, change=change)
        assert done is Outcome.STORED
    await database.write(lambda connection: STATE.remember(connection, {"clock": str(NOW)}))


async def fill_widget(database: Database) -> None:
    """Two visitors' wrapping keys."""
    keys = WrappingKeys(database)
    await keys.put("myapp.eth", b"\x01" * 32, b"locked\x00\xff", 20_700)
    await keys.put("shop.eth", b"\x02" * 32, b"locked too", 20_701)
