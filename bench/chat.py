"""The chat in a real Chromium, over real services: the first message, and a file.

Frames are what a person notices: at 60 a second one lasts 16.7 ms. The times in these rows are those of
frames (p50, p99) while the work is done; in ``chat-open`` they are the visitor's own.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any, Final

from playwright.async_api import FilePayload, async_playwright

from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.scene import Scene, Visitor, scene_in
from tests.e2e.sdk_scene import place_in

from .measuring import Measurement
from .reference import ReferenceRates

FILE_BYTES: Final = 1_000_000
FEWEST_ROUNDS: Final = 3

# A frame's length is the time between two of the browser's calls before painting.
_WATCH: Final = """() => { const frames = []; let last = performance.now(), goes = true;
  const step = (now) => { frames.push(now - last); last = now; if (goes) requestAnimationFrame(step); };
  requestAnimationFrame(step); window.framesUntilNow = () => { goes = false; return frames.slice(1); }; }"""


def chat_open(seconds: float, _: ReferenceRates | None) -> Measurement:
    """From the click on the button until a delivery service has the first message of a new visitor."""

    async def measure(scene: Scene) -> Measurement:
        times = []
        for _ in range(_rounds(seconds)):
            visitor = await scene.visitor()
            start = perf_counter()
            await visitor.open()
            await visitor.write("the first message")
            times.append(perf_counter() - start)
            await visitor.context.close()
        return _measured("chat: open and first message", times, times)

    return _in_browser(measure)


def chat_seal(seconds: float, _: ReferenceRates | None) -> Measurement:
    """A file of 1 MB, from sending it until a delivery service has it; the frames meanwhile."""

    async def measure(scene: Scene) -> Measurement:
        visitor = await _talking(scene)
        times: list[float] = []
        frames: list[float] = []
        for count in range(_rounds(seconds)):
            file = FilePayload(
                name=f"{count}.bin", mimeType="application/octet-stream", buffer=bytes(FILE_BYTES)
            )
            await visitor.frame.locator("input[type=file]").set_input_files([file])
            await visitor.frame.get_by_role("button", name=f"Remove {count}.bin").wait_for()
            frames += await _frames(visitor, _timed(times, visitor.write(f"file {count}")))
        return _measured("chat: 1 MB sealed and sent; frames", times, frames)

    return _in_browser(measure)


def _in_browser(measure: Callable[[Scene], Awaitable[Measurement]]) -> Measurement:
    async def run() -> Measurement:
        async with _scene() as scene:
            return await measure(scene)

    return asyncio.run(run())


@asynccontextmanager
async def _scene() -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            async_playwright() as playwright,
            place_in(Path(folder)) as place,
        ):
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
            async with scene_in(browser, place, Path(folder)) as scene:
                yield scene
            await browser.close()


async def _talking(scene: Scene) -> Visitor:
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("hello")
    return visitor


async def _frames(visitor: Visitor, work: Awaitable[object]) -> list[float]:
    """How long the chat's frames were (s) while ``work`` was done."""
    frame = _frame(visitor)
    await frame.evaluate(_WATCH)
    await work
    return [each / 1_000 for each in await frame.evaluate("framesUntilNow()")]


async def _timed(times: list[float], work: Awaitable[object]) -> None:
    start = perf_counter()
    await work
    times.append(perf_counter() - start)


def _frame(visitor: Visitor) -> Any:
    return next(frame for frame in visitor.page.frames if "myapp.eth" in frame.url)


def _rounds(seconds: float) -> int:
    return max(FEWEST_ROUNDS, int(seconds))


def _measured(work: str, times: list[float], spread: list[float]) -> Measurement:
    cuts = quantiles(spread, n=100, method="inclusive")
    return Measurement(work=work, ours=len(times) / sum(times), p50=cuts[49], p99=cuts[98])
