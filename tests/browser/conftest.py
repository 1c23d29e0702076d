"""Fixtures for scenes in a real browser: one Chromium for each worker, one context for each device."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.messenger_window import opened
from tests.browser.scene import PATIENCE, Scene, scene_in
from tests.e2e.messenger_scene import MessengerScene, messenger_in
from tests.e2e.sdk_scene import Place, World, place_in
from tests.interop.conftest import reference as reference

expect.set_options(timeout=PATIENCE)


def chromium() -> str:
    """The browser's path; where there is none these tests are skipped, or fail in CI."""
    found = chromium_path()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: apt-get install chromium")
    return str(found)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        try:
            opened = await playwright.chromium.launch(
                executable_path=chromium(), args=ARGUMENTS, timeout=PATIENCE
            )
        except Error as error:
            pytest.fail(f"Chromium does not start: {error}")
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """Two sites, for all scenes of a module."""
    async with place_in(tmp_path_factory.mktemp("sites")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def scene(browser: Browser, place: Place, tmp_path) -> AsyncIterator[Scene]:
    """A shop with a chat, a support desk, and browsers for visitors."""
    async with scene_in(browser, place, tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def messenger(place: Place, tmp_path: Path) -> AsyncIterator[MessengerScene]:
    """A messenger with a main profile in it."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(messenger_in(World(place, stack), tmp_path))


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, messenger: MessengerScene) -> AsyncIterator[Page]:
    """A window with its inbox."""
    async with opened(browser, messenger) as shown:
        await shown.get_by_role("heading", name="Inbox").wait_for()
        yield shown
