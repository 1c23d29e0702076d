"""A vault as one file: all of it comes along, and nothing that is not whole is taken in."""

import asyncio
import os
import shutil
import stat
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack

import dm3
import dm3.client.state.records
from dm3.base.errors import InvalidInput, LocalProtocolError, StoreError, VaultLocked
from dm3.client.state.identity import Identity, IdentityKind, Stage
from dm3.client.state.own_records import StoredWallet
from dm3.client.state.records import IDENTITIES, MESSAGES, NOTICES, WALLETS, Notice
from dm3.crypto import Passphrase, Seed, WalletKey
from dm3.store.vault.export import export_vault
from dm3.store.vault.export_rows import SCHEMAS
from dm3.store.vault.record_types import RecordType
from dm3.store.vault.stream import CHUNK, MAGIC, VERSION, StreamWriter, read_records
from dm3.store.vault.vault import Vault
from tests.unit.people import ALICE

PASS, OTHER, FILE = Passphrase(b"correct horse"), Passphrase(b"battery staple"), Passphrase(b"for the road")
LONG = "x" * 300_000


def identity(name: str = "alice.eth", **fields) -> Identity:
    fields = {"kind": IdentityKind.MAIN, "stage": Stage.READY, "reader": "main-0123", **fields}
    return Identity(
        name=name,
        aliases=(),
        app="dm3.eth",
        uri="https://dm3.chat",
        address=ALICE.wallet.address,
        owner=ALICE.wallet.address,
        seed=Seed(bytes(range(32))),
        nonce="1",
        signed=ALICE.signed_profile.text,
        **fields,
    )


async def fill(vault: Vault) -> None:
    await vault.put(IDENTITIES, "alice.eth", identity())
    await vault.put(IDENTITIES, "new.eth", identity("new.eth", stage=Stage.KEYS_MADE, reader="main-4567"))
    change = vault.change()
    for number in range(450):
        change.put(NOTICES, f"n{number}", notice(str(number)), section="alice.eth")
    await vault.commit(change)
    await vault.put(NOTICES, "n7", notice(LONG), section="alice.eth")
    await vault.put(WALLETS, "default", StoredWallet("default", WalletKey(b"k" * 32)))


def notice(sentence: str) -> Notice:
    return Notice("alice.eth", "test", sentence, 1_800_000_000)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A vault and its export, made once."""
    folder = tmp_path_factory.mktemp("made")

    async def make() -> None:
        vault = await Vault.open(folder / "old.sqlite", PASS)
        await fill(vault)
        assert await export_vault(vault, folder / "moved.vault", FILE, os.urandom) == 453
        await vault.close()

    asyncio.run(make())
    return folder


@pytest.fixture
def old(made, tmp_path):
    """A copy of the vault that was exported."""
    return Path(shutil.copy(made / "old.sqlite", tmp_path))


@pytest.fixture
def exported(made, tmp_path):
    """A copy of the file that it was exported to."""
    return Path(shutil.copy2(made / "moved.vault", tmp_path))


@pytest.fixture
def new(tmp_path):
    """A file that is not there yet."""
    return tmp_path / "new.vault"


async def take(file, into, passphrase=FILE, into_passphrase=OTHER):
    return await dm3.import_vault(file, passphrase, into=into, into_passphrase=into_passphrase)


# --- there and back -------------------------------------------------------------------------------------


async def test_everything_comes_along(exported, old, tmp_path):
    taken = await take(exported, tmp_path / "new.sqlite")
    assert (taken.items, taken.already) == (453, False)
    before, after = await Vault.open(old, PASS), await Vault.open(tmp_path / "new.sqlite", OTHER)
    record_types: list[RecordType[Any]] = [NOTICES, WALLETS]
    for record_type in record_types:
        was, now = await before.entries(record_type), await after.entries(record_type)
        assert [kept.record for kept in now] == [kept.record for kept in was]
        assert [kept.revision for kept in now] == [kept.revision for kept in was]
    assert len(await after.entries(NOTICES, section="alice.eth")) == 450
    found = await after.find(NOTICES, "n7")
    assert found is not None
    assert (found.record.sentence, found.revision) == (LONG, 2)
    assert await after.count(MESSAGES) == 0
    await before.close()
    await after.close()


async def test_profiles_become_readers_of_their_own(exported, tmp_path):
    await take(exported, tmp_path / "new.sqlite")
    await take(exported, tmp_path / "other.sqlite")
    readers = set()
    for name in ("new", "other"):
        vault = await Vault.open(tmp_path / f"{name}.sqlite", OTHER)
        ready, begun = [kept.record for kept in await vault.entries(IDENTITIES)]
        assert ready.stage is Stage.TAKEN_OVER, "opening it registers the reader"
        assert begun.stage is Stage.KEYS_MADE, "what was begun goes on where it was"
        assert ready.seed == Seed(bytes(range(32)))
        readers |= {ready.reader, begun.reader}
        await vault.close()
    assert len(readers) == 4
    assert not readers & {"main-0123", "main-4567"}
    assert all(len(bytes.fromhex(reader)) == 16 for reader in readers), "names of devices tell nothing"


async def test_a_vault_in_memory_is_exported_as_well(new, tmp_path):
    vault = Vault.in_memory()
    await vault.put(NOTICES, "a", notice("hello"))
    await export_vault(vault, new, FILE, os.urandom)
    await vault.close()
    assert (await take(new, tmp_path / "new.sqlite")).items == 1


async def test_exporting_sees_one_state_while_others_write(old, new, tmp_path):
    vault = await Vault.open(old, PASS)

    async def write() -> None:
        for number in range(200):
            await vault.put(NOTICES, f"late{number}", notice("late"))

    count, _ = await asyncio.gather(export_vault(vault, new, FILE, os.urandom), write())
    await vault.close()
    assert 453 <= count <= 653
    assert (await take(new, tmp_path / "new.sqlite")).items == count


async def test_the_schema_of_today_can_be_taken_in(exported):
    with exported.open("rb") as opened:
        manifest = msgpack.decode(next(read_records(opened, FILE)))
    assert manifest["schema"] == SCHEMAS[-1], "say in SCHEMAS which schemas' rows can be read"


# --- the file -------------------------------------------------------------------------------------------


async def test_the_file_is_its_owners_and_tells_nothing(exported):
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    data = exported.read_bytes()
    for told in (b"alice", b"notice", b"identity", b"dm3.chat", bytes(range(32)), b"k" * 32, b"x" * 100):
        assert told not in data
    assert [path.name for path in exported.parent.iterdir() if "partial" in path.name] == []


async def test_nothing_is_overwritten(exported, old, tmp_path):
    before = exported.read_bytes()
    vault = await Vault.open(old, PASS)
    with pytest.raises(StoreError, match="there already"):
        await export_vault(vault, exported, FILE, os.urandom)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="there already"):
        await export_vault(vault, tmp_path / "link", FILE, os.urandom)
    with pytest.raises(StoreError, match="cannot be exported"):
        await export_vault(vault, tmp_path / "missing" / "file", FILE, os.urandom)
    await vault.close()
    assert exported.read_bytes() == before
    assert not (tmp_path / "elsewhere").exists()


async def test_an_export_that_breaks_off_leaves_nothing(old, new, tmp_path):
    vault = await Vault.open(old, PASS)
    calls = []

    def failing(count: int) -> bytes:
        calls.append(count)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return os.urandom(count)

    with pytest.raises(StoreError, match="No space left"):
        await export_vault(vault, new, FILE, failing)
    await vault.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.sqlite"]


async def test_a_place_without_links_gets_the_file_as_well(old, new, tmp_path, monkeypatch):
    """As on a memory stick."""

    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    vault = await Vault.open(old, PASS)
    await export_vault(vault, new, FILE, os.urandom)
    with pytest.raises(StoreError, match="there already"):
        await export_vault(vault, new, FILE, os.urandom)
    await vault.close()
    assert (await take(new, tmp_path / "new.sqlite")).items == 453
    assert sorted(path.name for path in tmp_path.iterdir() if "partial" in path.name) == []


async def test_an_empty_passphrase_is_refused(exported, tmp_path):
    with pytest.raises(InvalidInput, match="empty passphrase"):
        await take(exported, tmp_path / "new.sqlite", passphrase="")
    client = await dm3.connect({})
    with pytest.raises(InvalidInput, match="empty passphrase"):
        await client.export_vault(tmp_path / "x", "")
    await client.close()


# --- what is not taken in -------------------------------------------------------------------------------


async def refused(file, into, error, match, **options):
    with pytest.raises(error, match=match):
        await take(file, into, **options)
    assert not into.exists(), "nothing is left of it"


async def test_a_wrong_passphrase_is_refused(exported, tmp_path):
    await refused(exported, tmp_path / "new.sqlite", VaultLocked, "passphrase is wrong", passphrase=PASS)


async def test_a_file_that_is_something_else_is_refused(tmp_path):
    for name, data in (("empty", b""), ("text", b"hello world" * 100), ("sqlite", b"SQLite format 3\0" * 9)):
        (tmp_path / name).write_bytes(data)
        await refused(tmp_path / name, tmp_path / "new.sqlite", StoreError, "not an exported vault")
    await refused(tmp_path / "missing", tmp_path / "new.sqlite", StoreError, "cannot be read")
    await refused(tmp_path, tmp_path / "new.sqlite", StoreError, "cannot be read")


async def test_a_newer_file_is_refused(exported, tmp_path):
    data = bytearray(exported.read_bytes())
    data[len(MAGIC)] = VERSION + 1
    exported.write_bytes(data)
    await refused(exported, tmp_path / "new.sqlite", StoreError, "has format 2, and this program knows 1")


async def test_rows_of_a_newer_schema_are_refused(new, tmp_path):
    with new.open("wb") as opened:
        writer = StreamWriter(opened, FILE, os.urandom)
        writer.write(msgpack.encode({"schema": "vault_9999", "items": 0, "data_key": bytes(32)}))
        writer.finish()
    await refused(new, tmp_path / "new.sqlite", StoreError, "schema 'vault_9999', which this version")


@pytest.mark.parametrize(
    ("keep", "match"),
    [
        (len(MAGIC), "incomplete"),
        (20, "incomplete"),
        (80, "incomplete"),
        (-1, "incomplete"),
        (-CHUNK, "incomplete"),
    ],
)
async def test_a_file_that_was_cut_off_is_refused(exported, tmp_path, keep, match):
    exported.write_bytes(exported.read_bytes()[:keep])
    await refused(exported, tmp_path / "new.sqlite", StoreError, match)


async def test_a_file_that_ends_after_a_whole_frame_is_refused(exported, tmp_path):
    """Cut where a reader that looks at frames only would notice nothing."""
    whole = exported.read_bytes()
    places = list(_frames(whole))
    for start, _ in places[1:]:
        exported.write_bytes(whole[:start])
        await refused(exported, tmp_path / "new.sqlite", StoreError, "incomplete")


async def test_frames_that_were_moved_doubled_or_left_out_are_refused(exported, tmp_path):
    whole = exported.read_bytes()
    (a, b), (c, d), (e, _) = list(_frames(whole))[1:4]
    for data in (
        whole[:a] + whole[c:d] + whole[a:b] + whole[e:],
        whole[:b] + whole[a:],
        whole[:a] + whole[c:],
    ):
        exported.write_bytes(data)
        await refused(exported, tmp_path / "new.sqlite", StoreError, "altered or damaged")
    exported.write_bytes(whole + b"\0")
    await refused(exported, tmp_path / "new.sqlite", StoreError, "something was added")


def _frames(data: bytes):
    """Where each frame begins and ends."""
    size = int.from_bytes(data[len(MAGIC) + 1 : len(MAGIC) + 3])
    start = len(MAGIC) + 3 + size + 16 + 24
    while start < len(data):
        end = start + 4 + int.from_bytes(data[start : start + 4])
        yield start, end
        start = end


async def test_every_altered_place_is_noticed(exported, tmp_path):
    whole = exported.read_bytes()
    places = [*range(len(MAGIC) + 1, 140, 9), *range(140, len(whole), len(whole) // 9), len(whole) - 1]
    for place in places:
        data = bytearray(whole)
        data[place] ^= 1
        exported.write_bytes(data)
        await refused(exported, tmp_path / "new.sqlite", (StoreError, VaultLocked), "vault")


# --- where it may go ------------------------------------------------------------------------------------


async def test_a_vault_that_holds_the_same_is_left_as_it_is(exported, tmp_path):
    into = tmp_path / "new.sqlite"
    await take(exported, into)
    vault = await Vault.open(into, OTHER)
    was = [kept.record.reader for kept in await vault.entries(IDENTITIES)]
    await vault.put(NOTICES, "later", notice("it has gone on"))
    await vault.close()
    taken = await take(exported, into)
    assert (taken.items, taken.already) == (453, True)
    vault = await Vault.open(into, OTHER)
    assert [kept.record.reader for kept in await vault.entries(IDENTITIES)] == was
    assert await vault.get(NOTICES, "later") is not None
    await vault.close()


async def test_the_vault_that_it_comes_from_is_left_as_it_is(exported, old):
    assert (await take(exported, old, into_passphrase=PASS)).already
    vault = await Vault.open(old, PASS)
    first = (await vault.entries(IDENTITIES))[0].record
    assert (first.reader, first.stage) == ("main-0123", Stage.READY)
    await vault.close()


async def test_an_empty_vault_is_filled(exported, tmp_path):
    into = tmp_path / "new.sqlite"
    await (await Vault.open(into, OTHER)).close()
    with pytest.raises(VaultLocked):
        await take(exported, into, into_passphrase=PASS)
    assert (await take(exported, into)).items == 453
    vault = await Vault.open(into, OTHER)
    assert await vault.get(WALLETS, "default") == StoredWallet("default", WalletKey(b"k" * 32))
    await vault.close()


async def test_a_vault_that_holds_something_else_is_not_touched(exported, tmp_path):
    into = tmp_path / "mine.sqlite"
    vault = await Vault.open(into, OTHER)
    await vault.put(NOTICES, "mine", notice("precious"))
    await vault.close()
    with pytest.raises(StoreError, match="holds other profiles"):
        await take(exported, into)
    vault = await Vault.open(into, OTHER)
    assert [kept.record.sentence for kept in await vault.entries(NOTICES)] == ["precious"]
    assert await vault.count(IDENTITIES) == 0
    await vault.close()


async def test_an_earlier_state_of_the_same_vault_is_not_mixed_with_a_later_one(exported, old, tmp_path):
    into = tmp_path / "new.sqlite"
    await take(exported, into)
    vault = await Vault.open(old, PASS)
    await vault.put(NOTICES, "more", notice("more"))
    await export_vault(vault, tmp_path / "later.vault", FILE, os.urandom)
    await vault.close()
    with pytest.raises(StoreError, match="another state of the same vault, without 1 of its records"):
        await take(tmp_path / "later.vault", into)


async def test_an_import_that_is_killed_leaves_an_empty_vault(exported, tmp_path):
    """All in one transaction: after `kill -9` in its middle it can simply be done again."""
    into = tmp_path / "new.sqlite"
    script = f"""
import asyncio, os, sys
import dm3
from dm3.client import vault_transfer as moving
from dm3.store.vault import vault_import
count = 0
encode = vault_import.decode
def decode(data, kind):
    global count
    count += 1
    if count == 300:
        os.kill(os.getpid(), 9)
    return encode(data, kind)
vault_import.decode = decode
options = {{"into": {str(into)!r}, "into_passphrase": "battery staple"}}
asyncio.run(dm3.import_vault({str(exported)!r}, "for the road", **options))
"""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=subprocess.PIPE)
    _, said = await killed.communicate()
    assert killed.returncode == -9, said
    assert (await take(exported, into)).items == 453


# --- the passphrase -------------------------------------------------------------------------------------


async def test_a_changed_passphrase_opens_and_the_former_does_not(old):
    vault = await Vault.open(old, PASS)
    with pytest.raises(VaultLocked):
        await vault.change_passphrase(OTHER, FILE)
    await vault.change_passphrase(PASS, OTHER)
    await vault.put(NOTICES, "after", notice("after"))
    await vault.close()
    with pytest.raises(VaultLocked):
        await Vault.open(old, PASS)
    vault = await Vault.open(old, OTHER)
    assert await vault.get(NOTICES, "after") == notice("after")
    assert await vault.count(NOTICES) == 451
    await vault.close()


async def test_a_vault_in_memory_has_no_passphrase_to_change():
    vault = Vault.in_memory()
    with pytest.raises(LocalProtocolError, match="in memory"):
        await vault.change_passphrase(PASS, OTHER)
    await vault.close()


# --- the stream -----------------------------------------------------------------------------------------


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 3 * CHUNK) | st.sampled_from([0, CHUNK - 4, CHUNK]), max_size=5), st.booleans()
)
def test_records_of_any_length_come_back(lengths, flushed):
    records = [bytes([number % 256]) * length for number, length in enumerate(lengths)]
    file = BytesIO()
    writer = StreamWriter(file, FILE, os.urandom)
    for record in records:
        writer.write(record)
        if flushed:
            writer.flush()
    writer.finish()
    file.seek(0)
    assert list(read_records(file, FILE)) == records


@settings(max_examples=60)
@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda rest: MAGIC + bytes([VERSION]) + rest))
def test_what_is_no_exported_vault_is_refused(data):
    with pytest.raises((StoreError, VaultLocked)):
        list(read_records(BytesIO(data), FILE))


def test_every_shelf_of_the_client_is_in_the_one_table_that_is_exported():
    names = [
        record_type.name
        for record_type in vars(dm3.client.state.records).values()
        if isinstance(record_type, RecordType)
    ]
    assert len(names) == len(set(names))
