"""A page that embeds the chat and means harm: it floods, forges, listens, and frames what is not its own."""

from __future__ import annotations

import pytest

from tests.browser.scene import Scene
from tests.browser.wallet import IN_FRAMES, InjectedWallet
from tests.e2e.sdk_scene import APP
from tests.kit.hostile import floods, learned, listens

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_that_listens_forges_and_floods_learns_no_text_and_changes_nothing(scene: Scene):
    visitor = await scene.visitor()
    await listens(visitor.page)
    await visitor.page.reload()
    await visitor.open()
    await visitor.write("a secret of the visitor")
    name = await scene.heard("a secret of the visitor")
    await scene.desk.send(name, "a secret of the desk")
    await scene.desk.deliver()
    await visitor.bubble("a secret of the desk").wait_for()
    await floods(visitor.page)
    await visitor.write("still here")
    assert await scene.heard("still here") == name
    told = await learned(visitor.page)
    for secret in ("secret of the visitor", "secret of the desk", "still here", "profilePrivateKey", "seed"):
        assert secret not in told
    frame = "document.querySelector('dm3-chat').shadowRoot.querySelector('iframe')"
    assert await visitor.page.evaluate(f"{frame}.contentDocument") is None
    assert visitor.errors == []


async def test_another_application_than_the_page_s_own_is_not_shown(scene: Scene):
    visitor = await scene.visitor(scene.show("/wrong", app="other.eth"))
    await visitor.button.click()
    await visitor.page.locator("dm3-chat iframe").wait_for(state="attached")
    assert await visitor.frame.locator("textarea").count() == 0


async def test_a_page_that_frames_the_chat_without_its_loader_is_shown_nothing_to_click(scene: Scene):
    """Neither a conversation nor the signing window: they wait for a word of the loader's page."""
    path = scene.show("/bare")
    frames = "".join(f'<iframe src="{scene.widget}/{APP}/{part}"></iframe>' for part in ("", "#sign=en"))
    scene.pages[path] = f"<!doctype html><title>Bait</title>{frames}"
    visitor = await scene.visitor(path)
    for frame in visitor.page.frames[1:]:
        await frame.wait_for_load_state("networkidle")
        assert frame.url.startswith(scene.widget)
        assert await frame.locator("textarea, button, .link").count() == 0


async def test_clicks_that_a_page_steals_by_making_the_chat_invisible_link_nothing(scene: Scene):
    visitor, wallet = await scene.visitor(), InjectedWallet(scene.world.wallet)
    await wallet.into(visitor, IN_FRAMES)
    await visitor.write("what a nice game")
    await scene.desk.send(await scene.heard("what a nice game"), "an answer")
    await visitor.bubble("an answer").wait_for()
    await visitor.page.evaluate(
        """() => { const chat = document.querySelector('dm3-chat'), bait = document.createElement('p');
          chat.style.opacity = 0.01; bait.textContent = 'Click the ducks!';
          bait.style = 'position:fixed;inset:0;pointer-events:none;z-index:100000';
          document.body.append(bait); }"""
    )
    await visitor.frame.get_by_role("button", name="Link it").click()
    await visitor.frame.get_by_label("With Ethereum", exact=True).check()
    await visitor.frame.get_by_role("button", name="Ask").click()
    # Whom to link to is typed, and the wallet shows the text outside of what a page can cover.
    await visitor.frame.locator("input:invalid").first.wait_for()
    assert wallet.asked == []
    assert await visitor.frame.locator(".link [data-state]").count() == 0
    assert visitor.errors == []


async def test_after_forgetting_a_new_conversation_survives_a_reload(scene: Scene):
    """Both halves are made anew: the key at the widget host, too."""
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("to be forgotten soon")
    for _ in range(2):
        await visitor.forget()
        await visitor.frame.locator(".bubble .delivery").wait_for(state="detached")
        await visitor.write("written afterwards")
    await visitor.page.reload()
    await visitor.open()
    await visitor.bubble("written afterwards").wait_for()
    await visitor.write("after the reload")
    name = await scene.heard("after the reload")
    said = [message.content for message in await scene.desk.messages(name)]
    assert "written afterwards" in said
    assert "to be forgotten soon" not in said
    assert visitor.errors == []
