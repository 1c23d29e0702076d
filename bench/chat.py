"""The chat in a real Chromium, over real services: the first message, a file, and a long conversation.

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

from dm3.model import Draft
from dm3.protocol.messages.composing import compose
from tests.browser.chromium import ARGUMENTS, chromium_path
from tests.browser.scene import Scene, Visitor, scene_in
from tests.e2e.sdk_scene import place_in, sealed_for, submit
from tests.kit.inside import context_of, identity_of

from .measuring import Measurement
from .reference import ReferenceRates

FILE_BYTES: Final = 1_000_000
FEWEST_ROUNDS: Final = 3
MANY: Final = 2_000
AT_ONCE: Final = 10
TYPED: Final = "What I type here has to be seen at once, however much was said before."

# A frame's length is the time between two of the browser's calls before painting.
_WATCH: Final = """() => { const frames = []; let last = performance.now(), goes = true;
  const step = (now) => { frames.push(now - last); last = now; if (goes) requestAnimationFrame(step); };
  requestAnimationFrame(step); window.framesUntilNow = () => { goes = false; return frames.slice(1); }; }"""

# As a wheel does it: some pixels with each frame, until the message is there.
_SCROLL: Final = """async ([to, step]) => { const list = document.querySelector('.timeline');
  const there = () => [...list.querySelectorAll('.bubble')].some((one) => one.innerText.includes(to));
  while (!there()) { list.scrollTop += step; await new Promise(requestAnimationFrame); } }"""

# The first call before painting comes with the letter's frame, the second one when that was painted.
_PAINTED: Final = """() => { window.painted = [];
  document.querySelector('textarea').addEventListener('keydown', () => {
    const start = performance.now(), end = () => painted.push(performance.now() - start);
    requestAnimationFrame(() => requestAnimationFrame(end)); }); }"""


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


def chat_scroll(_: float, __: ReferenceRates | None) -> Measurement:
    """Through 2,000 messages, from the newest to the first and back; the frames meanwhile."""

    async def measure(scene: Scene) -> Measurement:
        visitor = await _long(scene)
        times: list[float] = []
        frames: list[float] = []
        for to, step in (("hello", -400), (f"answer {MANY - 1}.", 400)):
            frames += await _frames(visitor, _timed(times, _frame(visitor).evaluate(_SCROLL, [to, step])))
        return _measured(f"chat: scroll {MANY:,} messages; frames", times, frames)

    return _in_browser(measure, rate_per_sender=0)


def chat_type(_: float, __: ReferenceRates | None) -> Measurement:
    """A letter beside 2,000 messages, from the key until it is painted."""

    async def measure(scene: Scene) -> Measurement:
        visitor = await _long(scene)
        await visitor.field.focus()
        frame = _frame(visitor)
        await frame.evaluate(_PAINTED)
        for letter in TYPED:
            await visitor.page.keyboard.press(letter)
        times = [each / 1_000 for each in await frame.evaluate("window.painted")]
        return _measured(f"chat: type beside {MANY:,} messages", times, times)

    return _in_browser(measure, rate_per_sender=0)


def _in_browser(measure: Callable[[Scene], Awaitable[Measurement]], **delivery: Any) -> Measurement:
    async def run() -> Measurement:
        async with _scene(**delivery) as scene:
            return await measure(scene)

    return asyncio.run(run())


@asynccontextmanager
async def _scene(**delivery: Any) -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            async_playwright() as playwright,
            place_in(Path(folder), **delivery) as place,
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


async def _long(scene: Scene) -> Visitor:
    """A visitor to whom the desk has written a great deal."""
    visitor = await _talking(scene)
    desk, context = scene.desk, context_of(await scene.world.client())
    name = await scene.heard("hello")
    [service, *_] = (await context.directory.profile(name)).signed.profile.delivery_services
    began = context.milliseconds()

    async def answer(number: int) -> None:
        draft = Draft(to=name, from_=desk.name, timestamp=began + number, content=f"answer {number}.")
        text = compose(draft, identity_of(desk).keys.signing_private).text
        await submit(context, await sealed_for(desk, context, name, text), service)

    # In order, and a few at a time: the desk's own outbox would take minutes.
    for first in range(0, MANY, AT_ONCE):
        await asyncio.gather(*map(answer, range(first, first + AT_ONCE)))
    await visitor.bubble(f"answer {MANY - 1}.").wait_for(timeout=600_000)
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
