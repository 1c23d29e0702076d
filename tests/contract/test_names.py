"""What a resolver's store promises (dm3.store.resolver.names)."""

import asyncio
from functools import partial

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from msgspec.structs import replace

from dm3.base import address_name, sha256_hex
from dm3.protocol.names.alias_changes import AliasChange
from dm3.store import Database
from dm3.store.resolver.names import (
    NONCE_GRACE,
    NameStore,
    Outcome,
    OwnerAliasClaim,
    ProfileRow,
    remove_used_nonces,
)
from dm3.store.resolver.released_aliases import release_alias, withhold_alias
from dm3.store.resolver.tables import metadata
from tests.unit.people import ALICE, BOB, Person

NOW = 1_700_000_000
LINK = "network.dm3.link"


@pytest.fixture(params=["file", "memory"])
async def database(request, tmp_path):
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'names.db'}"
    opened = Database.open(url, "resolver")
    yield opened
    await opened.close()


@pytest.fixture
def store(database):
    return NameStore(database)


def row(person: Person) -> ProfileRow:
    signed = person.signed_profile
    return ProfileRow(
        address_name(person.wallet.address, "myapp.eth"),
        person.wallet.address,
        signed.text,
        signed.hash,
        sha256_hex(signed.profile_text),
        person.keys.signing_public,
    )


ALICES, BOBS = row(ALICE), row(BOB)
OTHER = replace(ALICES, signed_profile="{}", profile_hash="0x" + "1" * 64, content_hash="0x" + "2" * 64)
THIRD = replace(OTHER, profile_hash="0x" + "3" * 64, content_hash="0x" + "4" * 64)


def test_the_migrated_schema_is_the_declared_one(tmp_path):
    url = f"sqlite:///{tmp_path / 'names.db'}"
    asyncio.run(Database.open(url, "resolver").close())
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_a_profile_is_registered_once_and_again(store):
    assert await store.profile(ALICES.name) is None
    assert await store.claim_profile(ALICES) is Outcome.STORED
    assert await store.claim_profile(ALICES) is Outcome.UNCHANGED
    assert await store.profile(ALICES.name) == ALICES


async def test_a_reserved_alias_is_released_to_one_profile_at_a_time(store, database):
    alias = "support.user.myapp.eth"

    async def run(work, *arguments):
        return await database.write(lambda connection: work(connection, *arguments))

    assert await store.released_for(alias) is None
    assert await run(withhold_alias, alias) is False
    assert await run(release_alias, alias, ALICES.name) is None
    assert await store.released_for(alias) == ALICES.name
    assert await store.released_for("help.user.myapp.eth") is None
    assert await run(release_alias, alias, BOBS.name) is None
    assert await store.released_for(alias) == BOBS.name
    assert await run(withhold_alias, alias) is True
    assert await store.released_for(alias) is None


async def test_an_alias_that_somebody_has_is_released_to_nobody_else(store, database):
    alias = "support.user.myapp.eth"
    await store.claim_profile(ALICES)
    assert await store.claim_alias(alias, ALICES.name, now=NOW, at_most=3) is Outcome.STORED
    for name, holder in ((BOBS.name, ALICES.name), (ALICES.name, None)):
        assert (
            await database.write(lambda connection, name=name: release_alias(connection, alias, name))
            == holder
        )
        assert await store.released_for(alias) == (name if holder is None else None)


async def test_the_same_profile_signed_anew_changes_nothing(store):
    await store.claim_profile(ALICES)
    again = replace(ALICES, signed_profile="[]", profile_hash="0x" + "9" * 64)
    assert await store.claim_profile(again) is Outcome.UNCHANGED
    assert await store.profile(ALICES.name) == ALICES


async def test_another_profile_takes_the_place_of_the_named_one_only(store):
    await store.claim_profile(ALICES)
    assert await store.claim_profile(OTHER) is Outcome.TAKEN
    assert await store.claim_profile(OTHER, replaces=THIRD.profile_hash) is Outcome.TAKEN
    assert await store.claim_profile(OTHER, replaces=ALICES.profile_hash) is Outcome.STORED
    assert await store.profile(ALICES.name) == OTHER
    # The same authorisation again, and the older profile as everybody could send it.
    assert await store.claim_profile(OTHER, replaces=ALICES.profile_hash) is Outcome.UNCHANGED
    assert await store.claim_profile(ALICES) is Outcome.TAKEN
    assert await store.claim_profile(THIRD, replaces=ALICES.profile_hash) is Outcome.TAKEN


async def test_claims_at_the_same_time_have_one_winner(store):
    rows = [replace(ALICES, content_hash=f"0x{number:064x}") for number in range(50)]
    outcomes = await asyncio.gather(*map(store.claim_profile, rows))
    assert outcomes.count(Outcome.STORED) == 1
    assert outcomes.count(Outcome.TAKEN) == 49


async def test_what_is_stored_is_there_after_a_restart(tmp_path):
    url = f"sqlite:///{tmp_path / 'names.db'}"
    for outcome in (Outcome.STORED, Outcome.UNCHANGED):
        database = Database.open(url, "resolver")
        assert await NameStore(database).claim_profile(ALICES) is outcome
        await database.close()


async def claim(
    store: NameStore,
    alias: str,
    name: str = ALICES.name,
    now: int = NOW,
    change: AliasChange | None = None,
) -> Outcome:
    return await store.claim_alias(alias, name, now=now, at_most=3, change=change)


async def test_an_alias_has_one_holder(store):
    assert await claim(store, "a.eth") is Outcome.STORED
    assert await claim(store, "a.eth") is Outcome.UNCHANGED
    assert await claim(store, "a.eth", BOBS.name) is Outcome.TAKEN


async def test_a_name_has_a_bounded_number_of_aliases(store):
    for alias in ("a.eth", "b.eth", "c.eth"):
        assert await claim(store, alias) is Outcome.STORED
    assert await claim(store, "d.eth") is Outcome.TOO_MANY
    assert await claim(store, "a.eth") is Outcome.UNCHANGED
    assert await claim(store, "d.eth", BOBS.name) is Outcome.STORED


async def test_the_first_alias_is_the_one_that_is_shown(store):
    assert await store.chosen_alias(ALICES.name) is None
    await owner_claim(store)
    assert await store.chosen_alias(ALICES.name) is None
    await claim(store, "z.eth", now=NOW)
    await claim(store, "a.eth", now=NOW + 1)
    assert await store.chosen_alias(ALICES.name) == "z.eth"


async def test_an_alias_leads_to_profile_and_records(store):
    await store.claim_profile(ALICES)
    await claim(store, "a.eth")
    await publish(store, "data:x", NOW)
    found = await store.find("a.eth")
    assert (found.profile, found.records) == (ALICES, {LINK: "data:x"})
    assert await store.profile("a.eth") == ALICES
    assert await store.find("b.eth") is None


async def test_an_alias_is_removed_by_its_holder_only(store):
    await claim(store, "a.eth")
    assert await store.remove_alias("a.eth", BOBS.name) is Outcome.MISSING
    assert await store.remove_alias("a.eth", ALICES.name) is Outcome.STORED
    assert await store.remove_alias("a.eth", ALICES.name) is Outcome.MISSING
    assert await claim(store, "a.eth", BOBS.name) is Outcome.STORED


def dated(text: str, after: str) -> AliasChange:
    return AliasChange(sha256_hex(text), after, "unused")


async def test_a_change_follows_the_last_one_or_is_refused(store):
    assert await store.last_change("a.eth") == "none"
    claimed, removed = dated("claim", "none"), dated("remove", sha256_hex("claim"))
    assert await claim(store, "a.eth", change=dated("claim", sha256_hex("x"))) is Outcome.OUTDATED
    assert await claim(store, "a.eth", change=claimed) is Outcome.STORED
    assert await store.last_change("a.eth") == sha256_hex("claim")
    assert await claim(store, "a.eth", change=claimed) is Outcome.UNCHANGED
    assert await store.remove_alias("a.eth", BOBS.name, change=removed) is Outcome.MISSING
    assert await store.last_change("a.eth") == sha256_hex("claim")
    assert await store.remove_alias("a.eth", ALICES.name, change=removed) is Outcome.STORED
    assert await store.last_change("a.eth") == sha256_hex("remove")
    assert await claim(store, "a.eth", change=claimed) is Outcome.OUTDATED
    again = dated("claim again", sha256_hex("remove"))
    assert await claim(store, "a.eth", change=again) is Outcome.STORED
    assert await store.remove_alias("a.eth", ALICES.name, change=removed) is Outcome.OUTDATED
    assert await store.profile("b.eth") is None


async def test_an_undated_change_counts_once(store):
    claimed, removed = AliasChange("0xc", None, "signer-c"), AliasChange("0xr", None, "signer-r")
    assert await claim(store, "a.eth", change=claimed) is Outcome.STORED
    assert await claim(store, "a.eth", change=claimed) is Outcome.UNCHANGED
    assert await store.remove_alias("a.eth", ALICES.name, change=removed) is Outcome.STORED
    assert await claim(store, "a.eth", change=claimed) is Outcome.OUTDATED
    assert await claim(store, "a.eth", change=dated("claim", "0xr")) is Outcome.STORED
    assert await store.remove_alias("a.eth", ALICES.name, change=removed) is Outcome.OUTDATED


async def test_an_alias_from_before_changes_were_kept_has_a_last_one(store):
    await claim(store, "a.eth")
    last = await store.last_change("a.eth")
    assert last == sha256_hex("alias: a.eth")
    assert await store.remove_alias("a.eth", ALICES.name, change=dated("r", last)) is Outcome.STORED


OWNERS = OwnerAliasClaim("lsp.owner.eth", ALICES.name, BOB.wallet.address, "nonce-1", NOW + 600, NOW, None)


async def owner_claim(store: NameStore, **changes) -> Outcome:
    return await store.claim_owner_alias(replace(OWNERS, **changes))


async def test_an_owner_alias_is_claimed_once_and_again(store):
    assert await owner_claim(store) is Outcome.STORED
    assert await owner_claim(store) is Outcome.UNCHANGED
    assert await store.remove_alias("lsp.owner.eth", ALICES.name) is Outcome.MISSING


async def test_an_owners_nonce_counts_once(store):
    await owner_claim(store)
    assert await owner_claim(store, alias="lsp.owner.other.eth") is Outcome.REPLAYED
    assert await owner_claim(store, name=BOBS.name, replaces=ALICES.name) is Outcome.REPLAYED
    # Another owner may happen to have the same one.
    mine = {"alias": "lsp.me.eth", "owner": ALICE.wallet.address}
    assert await owner_claim(store, **mine) is Outcome.STORED


async def test_a_refused_claim_leaves_the_nonce_unused(store):
    await owner_claim(store)
    assert await owner_claim(store, nonce="nonce-2", name=BOBS.name) is Outcome.TAKEN
    assert await owner_claim(store, nonce="nonce-2", alias="lsp.owner.two.eth") is Outcome.STORED


async def test_an_owner_alias_moves_only_away_from_the_named_one(store):
    await owner_claim(store)
    other = {"name": BOBS.name, "nonce": "nonce-2"}
    assert await owner_claim(store, **other) is Outcome.TAKEN
    assert await owner_claim(store, **other, replaces="c.eth") is Outcome.TAKEN
    assert await owner_claim(store, **other, replaces=ALICES.name) is Outcome.STORED
    # The first authorisation again would bring the replaced one back.
    assert await owner_claim(store) is Outcome.REPLAYED


async def test_nonces_are_kept_until_they_cannot_count_any_more(store, database):
    async def kept():
        return await database.read(
            lambda connection: connection.execute(sa.text("SELECT count(*) FROM used_nonce")).scalar()
        )

    await owner_claim(store)
    later = NOW + 600 + NONCE_GRACE
    await owner_claim(store, alias="x.eth", nonce="nonce-2", now=later, expires_at=later + 600)
    assert await kept() == 2
    await owner_claim(store, alias="y.eth", nonce="nonce-3", now=later + 1)
    assert await kept() == 3, "a claim removes nothing: that is the clean-up's"
    for now, most, removed in ((later, 10, 0), (later + 1, 1, 1), (later + 1, 10, 1)):
        work = partial(remove_used_nonces, now=now, most=most)
        assert await database.write(work) == removed
    assert await kept() == 1


async def publish(store: NameStore, value: str | None, at: int, profile=ALICES) -> Outcome:
    return await store.publish(ALICES.name, LINK, value, issued_at=at, profile_hash=profile.profile_hash)


async def records(store: NameStore) -> dict[str, str]:
    found = await store.find(ALICES.name)
    assert found is not None
    return dict(found.records)


async def test_a_later_record_replaces_an_earlier_one(store):
    await store.claim_profile(ALICES)
    assert await publish(store, "one", NOW) is Outcome.STORED
    assert await publish(store, "one", NOW) is Outcome.UNCHANGED
    assert await publish(store, "two", NOW) is Outcome.OUTDATED
    assert await publish(store, "two", NOW + 1) is Outcome.STORED
    assert await publish(store, "one", NOW) is Outcome.OUTDATED
    assert await records(store) == {LINK: "two"}


async def test_a_removed_record_stays_removed(store):
    await store.claim_profile(ALICES)
    await publish(store, "one", NOW)
    assert await publish(store, None, NOW + 1) is Outcome.STORED
    assert await records(store) == {}
    assert await publish(store, "one", NOW) is Outcome.OUTDATED
    assert await records(store) == {}


async def test_a_record_belongs_to_one_profile(store):
    assert await publish(store, "one", NOW) is Outcome.CHANGED
    await store.claim_profile(ALICES)
    await publish(store, "one", NOW)
    await store.claim_profile(OTHER, replaces=ALICES.profile_hash)
    assert await records(store) == {}
    assert await publish(store, "one", NOW) is Outcome.CHANGED
    assert await publish(store, "one", NOW, OTHER) is Outcome.OUTDATED
    assert await publish(store, "three", NOW + 1, OTHER) is Outcome.STORED
