"""What the vault promises: records come back as they were, and nobody else can read or move them."""

import asyncio
import base64
import os
import sqlite3
import stat
import types
import typing
from contextlib import closing
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dm3.client.state.records
import dm3.hosting.service_keys
from dm3.base.errors import InvalidInput, StoreError, VaultLocked
from dm3.client.state.own_records import StoredWallet
from dm3.client.state.records import IDENTITIES, MESSAGES, NOTICES, WALLETS, Direction, Notice, StoredMessage
from dm3.client.state.stored_records import NoticeV1
from dm3.crypto import Passphrase, Secret, Seed, StorageKey, WalletKey
from dm3.hosting.service_keys import ServiceSeed
from dm3.store.vault.change import Conflict
from dm3.store.vault.keys import Argon2id, DataKey, RecordCipher, unwrap, wrap
from dm3.store.vault.record_types import RecordType
from dm3.store.vault.stored_schema import Stored
from dm3.store.vault.vault import Vault

RIGHT, WRONG = Passphrase(b"correct horse"), Passphrase(b"battery staple")
RECORD_TYPES = {
    record_type.name: record_type
    for module in (dm3.client.state.records, dm3.hosting.service_keys)
    for record_type in vars(module).values()
    if isinstance(record_type, RecordType)
}


def notice(sentence: str, account: str = "alice.eth") -> Notice:
    return Notice(account, "test", sentence, 1_800_000_000)


@pytest.fixture
async def vault():
    opened = Vault.in_memory()
    yield opened
    await opened.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.sqlite"


# --- records --------------------------------------------------------------------------------------

WHOLE = st.integers(-(2**63), 2**63 - 1)


def values(kind) -> st.SearchStrategy:
    """Any value that a record's field of this type may have."""
    if kind is str:
        return st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    if kind is bytes:
        return st.binary(max_size=40)
    if kind is int:
        return WHOLE
    if kind is bool:
        return st.booleans()
    if kind is type(None):
        return st.none()
    if isinstance(kind, types.UnionType):
        return st.one_of(*map(values, typing.get_args(kind)))
    parts = typing.get_args(kind)
    if typing.get_origin(kind) is tuple and parts[-1] is not Ellipsis:
        return st.tuples(*map(values, parts))
    if typing.get_origin(kind) is tuple:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    if typing.get_origin(kind) is dict:
        return st.dictionaries(*map(values, parts), max_size=3)
    if issubclass(kind, Secret):
        return st.binary(min_size=kind.length, max_size=kind.length).map(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    return records(kind)


def records(kind: Any) -> st.SearchStrategy:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: values(hints[name]) for name in kind.__struct_fields__})


@pytest.mark.parametrize("name", RECORD_TYPES)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_kind_of_record_comes_back_as_it_was(name, data):
    record_type, record = RECORD_TYPES[name], data.draw(records(RECORD_TYPES[name].schema.record))

    async def there_and_back():
        vault = Vault.in_memory()
        await vault.put(record_type, "key", record, section="section")
        found = await vault.find(record_type, "key")
        listed = await vault.entries(record_type, section="section")
        await vault.close()
        return found, listed

    found, listed = asyncio.run(there_and_back())
    assert found is not None
    assert found.record == record
    assert (found.seq, found.revision) == (1, 1)
    assert listed == [found]


async def test_order_is_that_of_arrival_and_replacing_does_not_change_it(vault):
    for key in "cab":
        await vault.put(NOTICES, key, notice(key), section="one")
    await vault.put(NOTICES, "z", notice("z"), section="other")
    await vault.put(NOTICES, "c", notice("c again"), section="one")
    listed = await vault.entries(NOTICES, section="one")
    assert [kept.record.sentence for kept in listed] == ["c again", "a", "b"]
    assert [kept.revision for kept in listed] == [2, 1, 1]
    assert [kept.seq for kept in listed] == [1, 2, 3]
    later = await vault.entries(NOTICES, section="one", after=listed[0].seq, limit=1)
    assert [kept.record.sentence for kept in later] == ["a"]
    everything = await vault.entries(NOTICES)
    assert [kept.record.sentence for kept in everything] == ["c again", "a", "b", "z"]
    assert await vault.count(NOTICES) == 4
    assert await vault.entries(NOTICES, section="missing") == []


async def test_a_number_of_arrival_is_never_given_twice(vault):
    await vault.put(NOTICES, "a", notice("a"))
    change = vault.change()
    change.remove(NOTICES, "a")
    await vault.commit(change)
    await vault.put(NOTICES, "b", notice("b"))
    found = await vault.find(NOTICES, "b")
    assert found is not None
    assert found.seq == 2


async def test_shelves_do_not_touch_each_other(vault):
    await vault.put(NOTICES, "same", notice("here"))
    await vault.put(WALLETS, "same", StoredWallet("w", WalletKey(b"\1" * 32)))
    change = vault.change()
    change.remove(NOTICES, "same")
    await vault.commit(change)
    assert await vault.get(NOTICES, "same") is None
    assert await vault.get(WALLETS, "same") == StoredWallet("w", WalletKey(b"\1" * 32))


async def test_expected_revisions_decide_who_was_first(vault):
    await vault.put(NOTICES, "a", notice("1"), expect=0)
    with pytest.raises(Conflict):
        await vault.put(NOTICES, "a", notice("again"), expect=0)
    await vault.put(NOTICES, "a", notice("2"), expect=1)
    with pytest.raises(Conflict):
        await vault.put(NOTICES, "a", notice("late"), expect=1)
    with pytest.raises(Conflict):
        await vault.put(NOTICES, "new", notice("?"), expect=3)
    assert await vault.get(NOTICES, "a") == notice("2")
    assert await vault.get(NOTICES, "new") is None


async def test_of_two_at_the_same_time_exactly_one_wins(vault):
    tries = [vault.put(NOTICES, "a", notice(str(n)), expect=0) for n in range(10)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Conflict] * 9
    assert await vault.get(NOTICES, "a") == notice(str(outcomes.index(None)))


async def test_a_change_happens_whole_or_not_at_all(vault):
    await vault.put(NOTICES, "kept", notice("kept"))
    change = vault.change()
    assert not change
    change.put(NOTICES, "new", notice("new"))
    change.remove(NOTICES, "kept")
    change.put(NOTICES, "kept", notice("conflict"), expect=7)
    assert change
    with pytest.raises(Conflict):
        await vault.commit(change)
    assert [kept.record.sentence for kept in await vault.entries(NOTICES)] == ["kept"]


async def test_half_a_character_is_refused_with_a_sentence(vault):
    with pytest.raises(InvalidInput, match="Notice"):
        await vault.put(NOTICES, "a", notice("\ud800"))
    with pytest.raises(InvalidInput, match="Notice"):
        vault.change().put(NOTICES, "a", Notice("a", "b", "c", 2**70))
    assert await vault.count(NOTICES) == 0


class VaultAgainstDict:
    """Steps on a vault and on a plain dict: they must always agree."""

    KEYS = st.sampled_from(["a", "b", "", "ä", "a|b"])
    SECTIONS = st.sampled_from(["", "s", "t"])
    STEP = st.one_of(
        st.tuples(st.just("put"), KEYS, SECTIONS, st.integers(-1, 3)),
        st.tuples(st.just("remove"), KEYS),
    )


@settings(max_examples=60)
@given(st.lists(st.lists(VaultAgainstDict.STEP, max_size=4), max_size=10))
def test_any_sequence_of_changes_does_what_a_dict_does(changes):
    async def play():
        vault = Vault.in_memory()
        model: dict[str, tuple[str, str, int]] = {}  # in the order of arrival
        for number, steps in enumerate(changes):
            change, after, conflict = vault.change(), dict(model), False
            for place, (kind, key, *more) in enumerate(steps):
                if kind == "remove":
                    change.remove(NOTICES, key)
                    after.pop(key, None)
                    continue
                section, expect = more
                text, revision = f"{number}.{place}", after[key][2] if key in after else 0
                change.put(NOTICES, key, notice(text), section=section, expect=expect)
                conflict = conflict or expect not in (-1, revision)
                after[key] = (text, section, revision + 1)
            if conflict:
                with pytest.raises(Conflict):
                    await vault.commit(change)
            else:
                await vault.commit(change)
                model = after
            listed = await vault.entries(NOTICES)
            assert [(k.record.sentence, k.revision) for k in listed] == [
                (text, revision) for text, _, revision in model.values()
            ]
            for section in ("", "s", "t"):
                assert [k.record.sentence for k in await vault.entries(NOTICES, section=section)] == [
                    text for text, in_, _ in model.values() if in_ == section
                ]
            for key in ("a", "b", "", "ä", "a|b"):
                found = await vault.get(NOTICES, key)
                assert (found.sentence if found else None) == (model[key][0] if key in model else None)
        await vault.close()

    asyncio.run(play())


# --- passphrase and file ----------------------------------------------------------------------------


async def test_the_file_opens_again_with_its_passphrase_only(path):
    vault = await Vault.open(path, RIGHT)
    await vault.put(NOTICES, "a", notice("still here"))
    await vault.close()
    with pytest.raises(VaultLocked) as refused:
        await Vault.open(path, WRONG)
    assert b"battery" not in str(refused.value).encode()
    again = await Vault.open(path, RIGHT)
    assert await again.get(NOTICES, "a") == notice("still here")
    await again.close()


async def test_two_that_make_the_vault_at_once_share_it(path):
    one, other = await asyncio.gather(Vault.open(path, RIGHT), Vault.open(path, RIGHT))
    await one.put(NOTICES, "a", notice("hello"))
    assert await other.get(NOTICES, "a") == notice("hello")
    await one.close()
    await other.close()


async def test_only_the_owner_may_read_the_file(path):
    folder = path.parent / "new" / "folder"
    vault = await Vault.open(folder / "vault.sqlite", RIGHT)
    await vault.put(NOTICES, "a", notice("a"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    await vault.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "vault.sqlite-wal" in modes
    assert set(modes.values()) == {0o600}


async def test_nothing_readable_is_in_the_files(path):
    seed, wallet = Seed(bytes(range(100, 132))), WalletKey(bytes(range(200, 232)))
    message = StoredMessage(
        profile="alice.user.dm3.eth",
        peer="support.myapp.eth",
        direction=Direction.IN,
        hash="0x" + "ab" * 32,
        type="NEW",
        content="The treasure lies below the oak.",
        text='{"message":"The treasure lies below the oak."}',
        at=1,
    )
    vault = await Vault.open(path, RIGHT)
    section = "alice.user.dm3.eth|support.myapp.eth"
    await vault.put(MESSAGES, "alice.user.dm3.eth|0xab", message, section=section)
    await vault.put(WALLETS, "money", StoredWallet("money", wallet))
    await vault.put(dm3.hosting.service_keys.SEEDS, "delivery", ServiceSeed(seed))
    live = b"".join(file.read_bytes() for file in path.parent.iterdir())  # the -wal among them
    await vault.close()
    closed = b"".join(file.read_bytes() for file in path.parent.iterdir())
    hidden = [b"treasure", b"oak", b"alice", b"support", b"myapp", b"money", RIGHT.reveal(), b"abab"]
    for secret in (seed.reveal(), wallet.reveal()):
        encoded = [secret.hex().encode(), base64.b64encode(secret), base64.urlsafe_b64encode(secret)]
        hidden += [secret, secret[:16], *encoded]
    for content in (live, closed):
        assert b"vault_item" in content  # this is the place to look in
        assert [word for word in hidden if word.lower() in content.lower()] == []


def rows(path, statement: str, *values) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


@pytest.fixture
async def filled(path):
    vault = await Vault.open(path, RIGHT)
    await vault.put(WALLETS, "mine", StoredWallet("mine", WalletKey(b"\1" * 32)))
    await vault.put(WALLETS, "other", StoredWallet("other", WalletKey(b"\2" * 32)))
    await vault.put(NOTICES, "mine", notice("text"))
    await vault.close()
    return path


async def opens(path, record_type, key: str) -> None:
    vault = await Vault.open(path, RIGHT)
    try:
        await vault.get(record_type, key)
    finally:
        await vault.close()


async def test_a_sealed_item_opens_in_its_own_place_only(filled):
    first, second = (row[0] for row in rows(filled, "SELECT sealed FROM vault_item WHERE shelf='wallet'"))
    rows(filled, "UPDATE vault_item SET sealed = ? WHERE sealed = ?", first, second)
    await opens(filled, WALLETS, "mine")
    with pytest.raises(StoreError, match="altered or damaged"):
        await opens(filled, WALLETS, "other")


async def test_an_item_moved_to_another_shelf_does_not_open(filled):
    rows(filled, "UPDATE vault_item SET shelf = 'wallet', key = x'00' WHERE shelf = 'notice'")
    vault = await Vault.open(filled, RIGHT)
    with pytest.raises(StoreError, match="altered or damaged"):
        await vault.entries(WALLETS)
    await vault.close()


@pytest.mark.parametrize(
    "damage",
    [
        "substr(sealed, 1, length(sealed) - 1)",
        "substr(sealed, 1, 10)",
        "x''",
        "CAST(sealed || x'00' AS BLOB)",
        "zeroblob(length(sealed))",
        "'text'",
        "5",
    ],
)
async def test_a_damaged_item_gives_a_sentence(filled, damage):
    rows(filled, f"UPDATE vault_item SET sealed = {damage} WHERE shelf = 'wallet'")
    with pytest.raises(StoreError, match="altered or damaged"):
        await opens(filled, WALLETS, "mine")
    await opens(filled, NOTICES, "mine")


async def test_every_flipped_bit_of_an_item_is_noticed():
    cipher = RecordCipher(DataKey(StorageKey(b"k" * 32)), lambda count: b"n" * count)
    sealed = cipher.seal(b"plain", b"place")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(StoreError):
            cipher.open(bytes(altered), b"place")
    with pytest.raises(StoreError):
        cipher.open(sealed, b"elsewhere")
    assert cipher.open(sealed, b"place") == b"plain"


def msgpack(**changes) -> bytes:
    return msgspec.msgpack.encode({"salt": b"s" * 16, "passes": 3, "memory": 64 * 1024 * 1024, **changes})


@pytest.mark.parametrize(
    "kdf",
    [
        b"",
        b"\xff\xff",
        msgspec.msgpack.encode([1, 2]),
        msgpack(salt=b"short"),
        msgpack(salt=b"s" * 17),
        msgpack(memory=1),
        msgpack(memory=-5),
        msgpack(memory=2**60),
        msgpack(passes=0),
        msgpack(passes=10**6),
    ],
)
async def test_a_damaged_header_gives_a_sentence_and_no_long_wait(filled, kdf):
    rows(filled, "UPDATE vault_header SET kdf = ?", kdf)
    with pytest.raises(StoreError, match="header"):
        await Vault.open(filled, RIGHT)


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(72)])
async def test_a_damaged_key_locks_the_vault(filled, wrapped):
    rows(filled, "UPDATE vault_header SET wrapped_key = ?", wrapped)
    with pytest.raises(VaultLocked):
        await Vault.open(filled, RIGHT)


def test_the_data_key_is_wrapped_anew_each_time():
    key, random = DataKey(StorageKey(b"k" * 32)), os.urandom
    one, other = wrap(key, RIGHT, random), wrap(key, RIGHT, random)
    assert one[0] != other[0]
    assert one[1] != other[1]
    assert unwrap(*one, RIGHT, random) == unwrap(*other, RIGHT, random) == key
    assert msgspec.msgpack.decode(one[0], type=Argon2id).memory >= 64 * 1024 * 1024


def test_blinded_names_do_not_run_into_each_other():
    cipher = RecordCipher(DataKey(StorageKey(b"k" * 32)), lambda count: b"n" * count)
    assert cipher.blind("ab", "c") != cipher.blind("a", "bc")
    assert cipher.blind("ab") != cipher.blind("ab", "")
    assert cipher.blind("ab") == cipher.blind("ab")
    assert cipher.blind("ab") != RecordCipher(DataKey(StorageKey(b"K" * 32)), lambda _: b"").blind("ab")


async def test_a_record_of_an_older_form_gives_a_sentence(path):
    class Old(msgspec.Struct, frozen=True):
        other: str

    class OldV1(Stored):
        other: str

    vault = await Vault.open(path, RIGHT)
    await vault.put(RecordType(IDENTITIES.name, Old, OldV1), "a", Old("secret content"))
    await vault.put(RecordType(WALLETS.name, Old, OldV1), "a", Old("secret content"))
    record_types: tuple[RecordType[Any], ...] = (IDENTITIES, WALLETS)
    for record_type in record_types:
        with pytest.raises(
            StoreError, match=f"record {record_type.name} of version 1 cannot be read"
        ) as refused:
            await vault.get(record_type, "a")
        assert "secret" not in str(refused.value)
    await vault.close()


async def test_what_was_changed_meanwhile_is_not_removed(vault):
    await vault.put(NOTICES, "a", notice("1"))
    for record_type, key, expected in ((NOTICES, "a", 2), (NOTICES, "a", 0), (NOTICES, "none", 1)):
        change = vault.change()
        change.remove(record_type, key, expect=expected)
        with pytest.raises(Conflict):
            await vault.commit(change)
    assert await vault.get(NOTICES, "a") is not None
    change = vault.change()
    change.remove(NOTICES, "a", expect=1)
    change.remove(NOTICES, "none", expect=0)
    await vault.commit(change)
    assert await vault.get(NOTICES, "a") is None


async def test_a_shelf_may_keep_only_the_newest_of_a_section(vault):
    few = RecordType("few", Notice, NoticeV1, newest=3)
    for number in range(5):
        await vault.put(few, f"a{number}", notice(str(number)), section="a")
    await vault.put(few, "b", notice("of another"), section="b")
    await vault.put(few, "a2", notice("2 again"), section="a")
    assert [kept.record.sentence for kept in await vault.entries(few, section="a")] == ["2 again", "3", "4"]
    assert await vault.count(few) == 4


async def test_a_section_may_keep_fewer_than_its_type(vault):
    for number in range(5):
        change = vault.change()
        change.put(NOTICES, f"a{number}", notice(str(number)), section="a", newest=2)
        change.put(NOTICES, f"b{number}", notice(str(number)), section="b")
        await vault.commit(change)
    assert [kept.record.sentence for kept in await vault.entries(NOTICES, section="a")] == ["3", "4"]
    assert len(await vault.entries(NOTICES, section="b")) == 5
