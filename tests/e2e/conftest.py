"""Fixtures for tests with real services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
import pytest_asyncio

from dm3.client import Messenger
from tests.e2e.ens_scene import EnsScene, scene_or_skip
from tests.e2e.linking_cast import Cast
from tests.e2e.linking_parties import Ground
from tests.e2e.sdk_scene import Place, World, place_in, world_on

cast_numbers = count()


@pytest.fixture(scope="module")
def ens() -> Iterator[EnsScene]:
    """ENS on a development chain, one for all tests of a module."""
    yield from scene_or_skip()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """Two sites, for all tests of a module; its ``PLACE`` are their settings."""
    settings = getattr(request.module, "PLACE", {})
    async with place_in(tmp_path_factory.mktemp("sites"), **settings) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def world(place: Place) -> AsyncIterator[World]:
    """New people on the module's sites."""
    async with world_on(place) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def pair(world: World) -> tuple[Messenger, Messenger]:
    """Alice, and the team that she writes with."""
    return await world.alice(), await world.team()


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Services in this process for linking stories, on which a test plays one after the other."""
    opened = Ground()
    yield opened
    opened.close()


@pytest.fixture
def cast(ground: Ground) -> Iterator[Cast]:
    """The people of one linking story."""
    ground.network.reset()
    people = Cast(ground.network, ground.vaults, next(cast_numbers))
    yield people
    people.leave()
