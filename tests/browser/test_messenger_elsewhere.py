"""What others' pages get of the messenger, in the very browser that has its session: nothing."""

from __future__ import annotations

import pytest
from litestar import Litestar, Response, get
from playwright.async_api import Page, expect
from playwright.async_api import Response as Answer

from dm3.service import Server
from tests.e2e.messenger_scene import MessengerScene

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKS = """async (messenger) => {
  const got = [];
  for (const mode of ["cors", "no-cors"]) for (const method of ["GET", "POST"])
    for (const path of ["/", "/list", "/c/export", "/lock", "/links/approve"])
      try {
        const answer = await fetch(messenger + path, { mode, method, credentials: "include" });
        got.push(await answer.text());
      } catch { got.push("") }
  const frame = document.createElement("iframe");
  const shown = new Promise((loaded) => (frame.onload = loaded));
  frame.src = messenger; document.body.append(frame); await shown;
  try { got.push(frame.contentDocument.body.textContent); } catch { got.push(""); }
  got.push(document.cookie);
  const picture = new Image();
  const done = new Promise((ended) => (picture.onload = picture.onerror = ended));
  picture.src = messenger + "/c/file?message=0x00&place=0"; await done;
  got.push(picture.width ? "a picture" : "");
  return got.join(""); }"""
"""All that a page can ask for with the user's cookies; what of it the page could read."""

FORM = '<form method="post" action="{}/lock"><button>A gift</button></form><a href="{}/">More</a>'


async def test_a_page_on_another_port_or_name_gets_nothing_and_changes_nothing(
    messenger: MessengerScene, page: Page
):
    origin = messenger.server.origin
    answers: list[int] = []

    def note(answer: Answer) -> None:
        if answer.url.startswith(f"{origin}/"):
            answers.append(answer.status)

    @get("/", sync_to_thread=False)
    def gifts() -> Response[str]:
        return Response(FORM.format(origin, origin), media_type="text/html")

    async with Server(Litestar([gifts], logging_config=None)) as shop:
        port = shop.url.rpartition(":")[2]
        for host in ("messenger.localhost", "shop.localhost", "127.0.0.1"):
            elsewhere = f"http://{host}:{port}/"
            other = await page.context.new_page()
            other.on("response", note)
            await other.goto(elsewhere)
            assert await other.evaluate(ASKS, origin) == "", host
            await other.get_by_role("button", name="A gift").click()
            await expect(other.locator("body")).to_contain_text("Another page")
            await other.goto(elsewhere)
            await other.get_by_role("link", name="More").click()
            await expect(other.locator("body")).to_contain_text("Another page")
            assert set(answers) == {403}, host
            answers.clear()
            await other.close()
        own = origin.rpartition(":")[2]
        for host in ("127.0.0.1", "rebound.localhost"):
            answer = await page.context.request.get(f"http://127.0.0.1:{own}/", headers={"Host": host})
            assert answer.status == 421
    assert not messenger.server.desk.is_locked
    await page.reload()
    await page.get_by_role("heading", name="Inbox").wait_for()
