"""Fills the databases of both services by what the services themselves call, every table of them.

What then stood in each row is in ``delivery.json`` and ``resolver.json``, so that later builds are compared
with what was, not with what they would write.
"""

from __future__ import annotations

from dm3.store import Database
from dm3.store.delivery.escrow import Escrowed, keep_escrow
from dm3.store.delivery.mailboxes import Quota, StampedEnvelope, StoreResult, deposit
from dm3.store.delivery.profiles import NewProfile, raise_epoch, register, set_extension
from dm3.store.delivery.readers import Readers, acknowledge, admit_reader
from dm3.store.delivery.tokens import use_nonce
from dm3.store.resolver.names import NameStore, Outcome, OwnerAliasClaim, ProfileRow

from .records import HASH, HASH_2, HASH_3, LIMITED, OTHER, OWNER, SIGNED

NOW = 1_790_000_000


async def fill_delivery(database: Database) -> None:
    """Two mailboxes, one with two names and two readers that are not equally far; an escrow and a nonce."""
    rules, quota = Readers(keep=86_400, most=4), Quota(1_000, 10**9)

    async def run(work, *arguments, **options):
        return await database.write(lambda connection: work(connection, *arguments, **options))

    await run(register, NewProfile("alice.user.dm3.eth", HASH, SIGNED, "1" * 32, None, "main-one", NOW))
    await run(register, NewProfile("alice.eth", HASH, SIGNED, "1" * 32, None, "main-one", NOW))
    await run(register, NewProfile(LIMITED, HASH_2, SIGNED, "2" * 32, None, "limited-one", NOW))
    await run(set_extension, "1" * 32, '{"supportedMessageTypes":["NEW"]}')
    await run(raise_epoch, "2" * 32)
    for reader in ("main-one", "main-two"):
        await run(admit_reader, "1" * 32, reader, rules, NOW)
    for number in range(4):
        hash_ = "0x" + f"{number:02x}" * 32
        stamped = StampedEnvelope(
            "1" * 32, HASH, "alice.eth", hash_, "ab" * 32, NOW + 86_400 + number, f'{{"envelope":{number}}}'
        )
        (done,) = await run(deposit, [stamped], quota)
        assert done is StoreResult.STORED
    acknowledged = ["0x" + "00" * 32, "0x" + "02" * 32]
    await run(acknowledge, "1" * 32, "main-one", acknowledged, rules, NOW + 1)
    await run(use_nonce, "1" * 32, "invented-nonce", NOW + 60)
    await run(keep_escrow, "myapp.eth", OWNER, Escrowed(LIMITED, b"\x01sealed\x00\xff"))


async def fill_resolver(database: Database) -> None:
    """Two profiles, a chosen alias, an owner alias with its nonce, a record and a removed one."""
    store = NameStore(database)
    profiles = [
        ProfileRow(LIMITED, OTHER, SIGNED, HASH, HASH_2, b"\x21" * 32),
        ProfileRow(f"{OWNER}.addr.dm3.eth", OWNER, SIGNED, HASH_2, HASH_3, b"\x22" * 32),
    ]
    claim = OwnerAliasClaim(
        f"{OWNER}.owner.myapp.eth", LIMITED, OWNER, "owner-nonce", NOW + 3_600, NOW, replaces=None
    )
    done = [
        *[await store.claim_profile(profile) for profile in profiles],
        await store.claim_alias("alice.user.dm3.eth", profiles[1].name, now=NOW, at_most=5),
        await store.claim_owner_alias(claim),
        await store.publish(LIMITED, "network.dm3.link", '{"v":1}', issued_at=NOW * 1000, profile_hash=HASH),
        await store.publish(LIMITED, "network.dm3.other", None, issued_at=NOW * 1000 + 1, profile_hash=HASH),
    ]
    assert set(done) == {Outcome.STORED}
