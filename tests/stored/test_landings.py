"""Every build opens what every landing has stored: vault, exported file, databases, every value of them."""

import asyncio
import importlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import dm3
import dm3.store.engine.migrate
from dm3.client.state.identity import Stage
from dm3.client.state.records import IDENTITIES
from dm3.crypto import Passphrase, ProfileKeys
from dm3.hosting.service_keys import load_service_keys
from dm3.store import Database
from dm3.store.vault.vault import Vault

from .forms import LANDINGS, record_types
from .make import tables

SERVICES = ("board", "delivery", "resolver", "widget")


@pytest.fixture(params=LANDINGS, ids=lambda path: path.name)
def landing(request, tmp_path):
    """A copy of a landing's files, for opening them changes them."""
    return Path(shutil.copytree(request.param, tmp_path / request.param.name))


def records_of(landing: Path) -> Any:
    return importlib.import_module(f"{__package__}.{landing.name}.records")


async def require(vault: Vault, expected, counts: dict[str, int]) -> None:
    """Require that exactly the ``expected`` records are in the vault."""
    for record_type, key, section, record in expected:
        found = await vault.get(record_type, key)
        assert found == record, f"{record_type.name} {key}"
        listed = await vault.entries(record_type, section=section)
        assert record in [kept.record for kept in listed]
    for name, count in counts.items():
        assert await vault.count(record_types()[name]) == count


def counted(expected) -> dict[str, int]:
    names = [record_type.name for record_type, *_ in expected]
    return {name: names.count(name) for name in names}


async def test_the_vault_opens_with_every_value(landing):
    sample = records_of(landing)
    for _ in range(2):  # after an upgrade, and again
        vault = await Vault.open(landing / "vault.db", sample.VAULT_PASSPHRASE)
        await require(vault, sample.RECORDS, counted(sample.RECORDS))
        await vault.close()


async def test_a_record_that_is_kept_anew_is_the_same(landing):
    sample = records_of(landing)
    vault = await Vault.open(landing / "vault.db", sample.VAULT_PASSPHRASE)
    for record_type, key, section, record in sample.RECORDS:
        await vault.put(record_type, key, record, section=section)
    await require(vault, sample.RECORDS, counted(sample.RECORDS))
    await vault.close()


async def test_the_exported_file_is_taken_in_with_every_value(landing, tmp_path):
    sample, into = records_of(landing), tmp_path / "new.sqlite"
    await dm3.import_vault(
        landing / "exported.vault",
        sample.EXPORT_PASSPHRASE,
        into=into,
        into_passphrase=sample.VAULT_PASSPHRASE,
    )
    vault = await Vault.open(into, sample.VAULT_PASSPHRASE)
    profiles = [kept for kept in sample.RECORDS if kept.shelf is IDENTITIES]
    others = [kept for kept in sample.RECORDS if kept.shelf is not IDENTITIES]
    await require(vault, others, counted(sample.RECORDS))
    for _, key, _, record in profiles:  # it becomes a reader of its own here
        found = await vault.get(IDENTITIES, key)
        assert found is not None
        stage = Stage.TAKEN_OVER if record.stage is Stage.READY else record.stage
        assert found == replace(record, reader=found.reader, stage=stage)
    await vault.close()


async def test_the_service_s_keys_are_the_same(landing):
    sample = records_of(landing)
    passphrase = Passphrase((landing / "service-keys.pass").read_bytes())
    vault = await Vault.open(landing / "service-keys.vault", passphrase)
    await require(vault, sample.SERVICE_RECORDS, counted(sample.SERVICE_RECORDS))
    await vault.close()
    seed = sample.SERVICE_RECORDS[0].record.seed
    assert await load_service_keys(landing) == ProfileKeys.from_seed(seed)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_s_database_keeps_every_row(landing, service):
    path = _of(landing, service)
    before = json.loads((landing / f"{service}.json").read_text())
    assert tables(path) == before
    asyncio.run(Database.open(f"sqlite:///{path}", service).close())
    after = tables(path)
    for table in set(before) - {"alembic_version"}:
        assert len(after[table]) == len(before[table]), table
        for was in before[table]:
            assert any(was.items() <= now.items() for now in after[table]), (table, was)


@pytest.mark.parametrize("schema", [*SERVICES, "vault"])
def test_a_landed_revision_still_makes_the_same_tables(landing, schema, tmp_path, monkeypatch):
    revision = _revision(_of(landing, schema))
    real, versions = (
        dm3.store.engine.migrate._MIGRATIONS / schema / "versions",
        tmp_path / "then" / schema / "versions",
    )
    versions.mkdir(parents=True)
    for path in sorted(real.glob("[0-9]*.py")):
        if f"{schema}_{path.name[:4]}" <= revision:
            shutil.copy(path, versions)
    monkeypatch.setattr(dm3.store.engine.migrate, "_MIGRATIONS", tmp_path / "then")
    asyncio.run(Database.open(f"sqlite:///{tmp_path / 'fresh.db'}", schema).close())
    assert _structure(tmp_path / "fresh.db") == _structure(landing / f"{schema}.db")


def _of(landing: Path, schema: str) -> Path:
    path = landing / f"{schema}.db"
    if not path.exists():
        pytest.skip(f"{landing.name} had no {schema} yet")
    return path


def _revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        return found


def _structure(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {(name, " ".join(sql.split())) for name, sql in rows}


def test_every_record_type_with_every_field_is_in_the_newest_landing():
    """Of those that the landing knows: one record of each type has no field at its default."""
    sample, landed = records_of(LANDINGS[-1]), json.loads((LANDINGS[-1] / "forms.json").read_text())
    kept = (*sample.RECORDS, *sample.SERVICE_RECORDS)
    for name, versions in landed.items():
        if name.startswith("("):
            continue
        fields = {field.split(" = ")[0] for field in list(versions.values())[-1]}
        records = [record for record_type, _, _, record in kept if record_type.name == name]
        assert any(fields <= _said(record) for record in records), name


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_has_a_row_in_the_newest_landing(service):
    rows = json.loads((LANDINGS[-1] / f"{service}.json").read_text())
    assert [table for table, found in rows.items() if not found] == []


def _said(record: Any) -> set[str]:
    """The stored names of the fields that are not at their defaults."""
    stored = {
        record_type.schema.record: record_type.schema.versions[-1] for record_type in record_types().values()
    }[type(record)]
    by_default = dict(zip(stored.__struct_fields__[::-1], stored.__struct_defaults__[::-1], strict=False))
    names = dict(zip(stored.__struct_fields__, stored.__struct_encode_fields__, strict=True))
    return {
        names[field]
        for field in stored.__struct_fields__
        if field not in by_default or getattr(record, field) != by_default[field]
    }
