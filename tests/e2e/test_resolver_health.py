"""A resolver tells what is wrong with it: its store, its clock, its disk, and data of another domain."""

import shutil
from typing import Any

from msgspec.structs import replace

from dm3.resolver import DomainSettings, condition
from tests.e2e.resolver_scene import APP, SETTINGS, Scene, address_claim, resolver_scene
from tests.kit import happens
from tests.unit.people import ALICE, BOB

OTHER = replace(SETTINGS, domains=(DomainSettings(name="other.eth"),), static={})


async def health(scene: Scene) -> Any:
    answer = await scene.send("GET", "/health")
    assert answer.status_code == 200
    return answer.json()


async def codes(scene: Scene) -> list[str]:
    return [trouble["code"] for trouble in (await health(scene)).get("troubles", [])]


async def test_a_resolver_is_well(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        await scene.claim(ALICE)
        assert (await health(scene))["status"] == "ok"


async def test_a_store_that_cannot_be_written_is_told_and_still_read(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        name = await scene.claim(ALICE)
        database = scene.resolver._registry.store._database
        # What SQLite does on a file system that became read-only.
        await database.write(lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON"))
        await scene.resolver._condition.look()
        assert await codes(scene) == ["store-unwritable"]
        assert await scene.records(name) is not None
        claimed = await scene.send("POST", "/profile/address", address_claim(BOB))
        assert claimed.status_code >= 500


async def test_a_clock_that_has_jumped_is_told_at_start(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        assert await codes(scene) == []
        scene.now += 40 * 86_400
        await scene.resolver._condition.look()
        told = (await health(scene))["troubles"]
        assert [one["code"] for one in told] == ["clock-jumped"]
        assert "40 days" in told[0]["error"]
    async with resolver_scene(tmp_path) as scene:
        assert await codes(scene) == [], "the clock is where it was"


async def test_a_full_disk_is_told(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    async with resolver_scene(tmp_path) as scene:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
        await scene.resolver._condition.look()
        assert await codes(scene) == ["store-nearly-full"]
        monkeypatch.undo()
        await scene.resolver._condition.look()
        assert await codes(scene) == []


async def test_names_of_a_domain_that_is_not_served_now_are_remarked_on(tmp_path):
    async with resolver_scene(tmp_path) as scene:
        await scene.claim(ALICE)
    async with resolver_scene(tmp_path, OTHER) as scene:
        assert await codes(scene) == ["another-domain"]
        sentence = (await health(scene))["troubles"][0]["error"]
        assert APP in sentence
        assert ALICE.wallet.address.lower() not in sentence, "it names no user"
    async with resolver_scene(tmp_path) as scene:
        assert await codes(scene) == []


async def test_an_empty_store_may_change_its_domain(tmp_path):
    async with resolver_scene(tmp_path):
        pass
    async with resolver_scene(tmp_path, OTHER) as scene:
        assert await codes(scene) == []


async def test_looking_survives_an_exception(tmp_path, monkeypatch):
    monkeypatch.setattr(condition, "LOOK_SECONDS", 0.01)
    async with resolver_scene(tmp_path) as scene:
        looks: list[int] = []

        def fail() -> None:
            looks.append(1)
            raise RuntimeError("a defect, made by the test")

        monkeypatch.setattr(scene.resolver._condition, "_free", fail)
        await happens(lambda: len(looks) >= 3, "it looks again")
