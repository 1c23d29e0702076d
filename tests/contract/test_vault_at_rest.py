"""What stays in a vault's files: nothing that a former passphrase or key opens, nothing that was removed."""

import os
import unicodedata
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec import msgpack

import dm3
from dm3.base.errors import InvalidInput, LocalProtocolError, StoreError, VaultLocked
from dm3.client.state.own_records import StoredWallet
from dm3.client.state.records import NOTICES, WALLETS, Notice
from dm3.crypto import Passphrase, WalletKey
from dm3.store.vault.export import export_vault
from dm3.store.vault.keys import DataKey, RecordCipher, new_parameters, passphrase_key
from dm3.store.vault.rekey import rekey_vault
from dm3.store.vault.tables import header, item
from dm3.store.vault.vault import Vault
from tests.kit.inside import context_of

OLD, NEW = Passphrase(b"correct horse battery"), Passphrase(b"another one altogether")
GRUEN = "gr\u00fcn ist die Hoffnung"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.sqlite"


def notice(sentence: str) -> Notice:
    return Notice("alice.eth", "test", sentence, 1_800_000_000)


def bytes_in(path: Path) -> bytes:
    """Everything in the vault's files."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def raw_key(vault: Vault):
    return vault.database.read(lambda connection: connection.execute(sa.select(header)).one())


def rows(vault: Vault):
    return vault.database.read(lambda connection: connection.execute(sa.select(item)).all())


async def filled(path: Path) -> Vault:
    vault = await Vault.open(path, OLD)
    for number in range(450):
        await vault.put(NOTICES, str(number), notice(f"notice {number}"), section=f"s{number % 3}")
    await vault.put(WALLETS, "default", StoredWallet("default", WalletKey(b"k" * 32)))
    return vault


async def require_all(vault: Vault) -> None:
    for number in (0, 7, 199, 200, 449):
        assert await vault.get(NOTICES, str(number)) == notice(f"notice {number}")
    listed = [kept.record.sentence for kept in await vault.entries(NOTICES, section="s1")]
    assert listed == [f"notice {number}" for number in range(1, 450, 3)]
    assert await vault.get(WALLETS, "default") == StoredWallet("default", WalletKey(b"k" * 32))


# --- passphrase -----------------------------------------------------------------------------------------


async def test_after_a_change_of_the_passphrase_the_former_key_is_in_no_file(path):
    vault = await Vault.open(path, OLD)
    await vault.put(NOTICES, "a", notice("kept"))
    former = (await raw_key(vault)).wrapped_key
    assert former in bytes_in(path)
    assert await vault.change_passphrase(OLD, NEW)
    assert former not in bytes_in(path)  # while it is open: a copy made now does not have it
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    await vault.close()


async def test_where_another_program_reads_it_is_said_that_the_former_key_is_still_there(path, monkeypatch):
    vault = await Vault.open(path, OLD)
    await vault.put(NOTICES, "a", notice("kept"))
    reading = sa.create_engine(f"sqlite:///{path}")
    with reading.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout = 0")
        other.exec_driver_sql("BEGIN")
        other.exec_driver_sql("SELECT * FROM vault_header").all()
        monkeypatch.setattr("dm3.store.engine.opened_engine.BUSY_TIMEOUT_MS", 50)
        beside = await Vault.open(path, OLD)
        assert not await beside.change_passphrase(OLD, NEW)
        await beside.close()
    reading.dispose()
    await vault.close()
    again = await Vault.open(path, NEW)
    assert await again.get(NOTICES, "a") == notice("kept")
    await again.close()


async def test_what_is_removed_is_gone_from_the_file(path):
    vault = await Vault.open(path, OLD)
    await vault.put(NOTICES, "a", notice("x" * 3_000))
    await vault.put(NOTICES, "b", notice("y" * 300))
    sealed = [row.sealed[-200:] for row in await rows(vault)]
    change = vault.change()
    change.remove(NOTICES, "a")
    change.remove(NOTICES, "b")
    await vault.commit(change)
    assert await vault.database.fold_in()
    assert not any(one in bytes_in(path) for one in sealed)
    await vault.close()


@pytest.mark.parametrize("locked_with", ["NFC", "NFD", "mark"])
async def test_a_vault_of_before_opens_however_its_passphrase_was_spelled(path, locked_with):
    await (await Vault.open(path, OLD)).close()
    spelled = b"\xef\xbb\xbf" + GRUEN.encode()
    if locked_with != "mark":
        spelled = unicodedata.normalize(locked_with, GRUEN).encode()
    await _lock_as_before(path, spelled)
    for typed in (spelled, *(unicodedata.normalize(form, GRUEN).encode() for form in ("NFC", "NFD"))):
        if locked_with == "mark" and typed != spelled:
            continue  # only who still has the mark in the file can tell that there was one
        vault = await Vault.open(path, Passphrase(typed))
        await vault.close()
    with pytest.raises(VaultLocked):
        await Vault.open(path, Passphrase(GRUEN.upper().encode()))


async def _lock_as_before(path: Path, passphrase: bytes) -> None:
    """Lock the vault with exactly these bytes, as earlier versions did."""
    vault = await Vault.open(path, OLD)
    parameters = new_parameters(os.urandom)
    cipher = RecordCipher(DataKey(passphrase_key(Passphrase(passphrase), parameters)), os.urandom)
    wrapped = cipher.seal(vault.data_key.reveal(), b"data-key")
    values = {"kdf": msgpack.encode(parameters), "wrapped_key": wrapped}
    await vault.database.write(lambda connection: connection.execute(sa.update(header).values(values)))
    await vault.close()


async def test_a_new_vault_and_its_export_open_with_each_spelling(path, tmp_path):
    composed, decomposed = (unicodedata.normalize(form, GRUEN) for form in ("NFC", "NFD"))
    assert composed != decomposed
    async with await dm3.connect({}, vault=path, passphrase=decomposed) as client:
        await client.export_vault(tmp_path / "moved", decomposed)
    async with await dm3.connect({}, vault=path, passphrase=composed):
        pass
    await dm3.import_vault(tmp_path / "moved", composed, into=tmp_path / "new", into_passphrase=composed)
    async with await dm3.connect({}, vault=tmp_path / "new", passphrase="\ufeff" + decomposed):
        pass


@pytest.mark.parametrize("empty", ["", "\ufeff", Passphrase(b"")])
async def test_the_sdk_makes_no_vault_under_an_empty_passphrase(path, empty):
    with pytest.raises(InvalidInput, match="protects nothing"):
        await dm3.connect({}, vault=path, passphrase=empty)
    assert not path.exists()
    async with await dm3.connect({}, vault=path, passphrase="p") as client:
        with pytest.raises(InvalidInput, match="protects nothing"):
            await client.change_passphrase("p", empty)


async def test_a_vault_of_before_under_an_empty_passphrase_opens_so_that_it_can_get_another(path):
    await (await Vault.open(path, OLD)).close()
    await _lock_as_before(path, b"")
    async with await dm3.connect({}, vault=path, passphrase="") as client:
        await context_of(client).vault.change_passphrase(Passphrase(b""), NEW)
    await (await Vault.open(path, NEW)).close()


async def test_an_empty_file_is_no_vault(path):
    path.touch()
    with pytest.raises(InvalidInput, match="protects nothing"):
        await Vault.open(path, Passphrase(b""))
    assert path.stat().st_size == 0


# --- a new key inside -----------------------------------------------------------------------------------


async def test_a_renewed_key_leaves_every_record_in_its_place_and_the_former_opens_nothing(path):
    vault = await filled(path)
    former, before = vault.data_key, await rows(vault)
    assert await rekey_vault(vault, OLD, os.urandom) == (451, True)
    await require_all(vault)  # in the program that has done it
    await vault.put(NOTICES, "new", notice("new"), section="s1")
    await vault.close()

    again = await Vault.open(path, OLD)
    assert await again.get(NOTICES, "new") == notice("new")
    after = await rows(again)
    assert [(row.seq, row.record_type, row.revision) for row in after[:451]] == [
        (row.seq, row.record_type, row.revision) for row in before
    ]
    for was, now in zip(before, after, strict=False):
        assert was.key != now.key
        assert was.section != now.section
        assert was.sealed not in bytes_in(path)
        with pytest.raises(StoreError):
            RecordCipher(former, os.urandom).open(now.sealed, now.record_type.encode() + now.key)
    await again.close()


async def test_it_can_be_renewed_again_and_again_with_another_passphrase_between(path):
    vault = await filled(path)
    await rekey_vault(vault, OLD, os.urandom)
    await vault.change_passphrase(OLD, NEW)
    await rekey_vault(vault, NEW, os.urandom)
    await vault.close()
    again = await Vault.open(path, NEW)
    await require_all(again)
    assert again.generation == 3
    await again.close()


async def test_a_vault_with_a_renewed_key_goes_into_a_file_and_back(path, tmp_path):
    vault = await filled(path)
    await rekey_vault(vault, OLD, os.urandom)
    await export_vault(vault, tmp_path / "moved", OLD, os.urandom)
    await vault.close()
    taken = await dm3.import_vault(tmp_path / "moved", OLD, into=tmp_path / "new", into_passphrase=NEW)
    assert taken.items == 451
    new = await Vault.open(tmp_path / "new", NEW)
    await require_all(new)
    await new.close()


async def test_who_had_it_open_writes_nothing_that_nobody_could_read_and_is_told(path, tmp_path):
    stale, vault = await filled(path), await Vault.open(path, OLD)
    begun = vault.change()
    begun.put(NOTICES, "begun", notice("before"))
    await rekey_vault(vault, OLD, os.urandom)
    for attempt in (
        stale.put(NOTICES, "late", notice("late")),
        stale.get(WALLETS, "default"),
        stale.entries(NOTICES, section="s1"),
        export_vault(stale, tmp_path / "moved", OLD, os.urandom),
        rekey_vault(stale, OLD, os.urandom),
        vault.commit(begun),
    ):
        with pytest.raises(StoreError, match="renewed by another program") as refused:
            await attempt
        assert "Start this program again" in refused.value.hint
    assert len(await rows(vault)) == 451
    assert not (tmp_path / "moved").exists()
    await require_all(vault)
    await stale.close()
    await vault.close()


async def test_a_wrong_passphrase_or_a_damaged_record_leaves_everything_as_it_was(path):
    vault = await filled(path)
    with pytest.raises(VaultLocked):
        await rekey_vault(vault, NEW, os.urandom)
    damage = sa.update(item).where(item.c.seq == 300).values(sealed=b"damaged")
    await vault.database.write(lambda connection: connection.execute(damage))
    before = await rows(vault)
    with pytest.raises(StoreError, match="altered or damaged"):
        await rekey_vault(vault, OLD, os.urandom)
    assert await rows(vault) == before
    assert await vault.get(NOTICES, "0") == notice("notice 0")
    await vault.close()


async def test_a_vault_in_memory_has_no_key_to_renew():
    vault = Vault.in_memory()
    with pytest.raises(LocalProtocolError, match="in memory"):
        await rekey_vault(vault, OLD, os.urandom)
    await vault.close()
