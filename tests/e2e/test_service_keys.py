"""A service's keys belong to its data: what is lost or mistyped is told, never replaced without a word."""

import shutil

import pytest

from dm3.base.errors import ConfigurationError, VaultLocked
from dm3.crypto import Passphrase
from dm3.delivery import DeliverySettings
from dm3.hosting import DeliveryHost, read_service_keys
from dm3.hosting.service_past import own_keys
from dm3.store import Database
from dm3.store.delivery.profiles import NewProfile, register

SETTINGS = DeliverySettings(name="ds.eth")


async def started(folder, **options):
    """Start a service in the folder and stop it again; returns its public keys."""
    host = DeliveryHost(SETTINGS, folder, **options)
    try:
        await host.start({})
        profile = await host.profile()
        return profile.signing_key, profile.encryption_key
    finally:
        await host.stop()


async def somebody_registers(folder):
    database = Database.open(f"sqlite:///{folder / 'delivery.sqlite'}", "delivery")
    new = NewProfile("bob.eth", "hash", "{}", "box", None, "page", 1_800_000_000)
    await database.write(lambda connection: register(connection, new))
    await database.close()


@pytest.fixture
async def served(tmp_path):
    """A folder with a service's keys and data, and its keys."""
    keys = await started(tmp_path)
    await somebody_registers(tmp_path)
    return tmp_path, keys


async def test_the_keys_of_a_service_stay(served):
    folder, keys = served
    assert await started(folder) == keys


@pytest.mark.parametrize("lost", ["service-keys.vault", "service-keys.pass"])
@pytest.mark.parametrize("how", ["gone", "empty"])
async def test_lost_and_empty_keys_beside_data_are_not_replaced(served, lost, how):
    folder, keys = served
    kept = (folder / lost).read_bytes()
    (folder / lost).write_bytes(b"") if how == "empty" else (folder / lost).unlink()
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=lost) as refused:
            await started(folder)
        assert "--new-keys" in refused.value.hint
    (folder / lost).write_bytes(kept)
    assert await started(folder) == keys, "the refusal has changed nothing"


async def test_new_keys_are_made_on_demand_and_stay(served):
    folder, keys = served
    (folder / "service-keys.pass").unlink()
    new = await started(folder, new_keys=True)
    assert new != keys
    assert (folder / "service-keys.vault.lost-1").exists(), "the passphrase may be found again"
    assert await started(folder) == new


async def test_keys_of_another_service_beside_the_data_are_refused(served, tmp_path_factory):
    folder, _ = served
    other = tmp_path_factory.mktemp("other")
    others = await started(other)
    for name in ("service-keys.vault", "service-keys.pass"):
        shutil.copy(other / name, folder / name)
    with pytest.raises(ConfigurationError, match="others than those"):
        await started(folder)
    assert await started(folder, new_keys=True) == others
    assert await started(folder) == others


async def test_a_folder_without_data_gets_keys_by_starting(tmp_path):
    keys = await started(tmp_path)
    (tmp_path / "service-keys.vault").unlink()
    assert await started(tmp_path) != keys, "nobody had registered, so nobody is hurt"


async def test_with_a_passphrase_of_ones_own_no_other_file_is_missed(tmp_path):
    secret = Passphrase(b"correct horse battery staple")
    database = Database.open(f"sqlite:///{tmp_path / 'delivery.sqlite'}", "delivery")
    keys = await own_keys(tmp_path, secret, database)
    await database.close()
    await somebody_registers(tmp_path)
    database = Database.open(f"sqlite:///{tmp_path / 'delivery.sqlite'}", "delivery")
    again = await own_keys(tmp_path, secret, database)
    assert again.signing_public == keys.signing_public
    await database.close()


async def test_keys_under_a_passphrase_of_ones_own_are_not_told_as_missing(tmp_path):
    secret = Passphrase(b"correct horse battery staple")
    keys = await started(tmp_path, passphrase=secret)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(VaultLocked, match="a passphrase that was not given") as refused:
        await read_service_keys(tmp_path)
    assert "--passphrase-file" in refused.value.hint
    assert sorted(tmp_path.iterdir()) == before, "reading makes no files"
    assert (await read_service_keys(tmp_path, secret)).signing_public == keys[0]
