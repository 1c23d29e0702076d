"""A page that embeds the chat and means harm: it floods, forges, listens, and frames what is not its own."""

from __future__ import annotations

import pytest

from tests.browser.scene import Scene
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


async def test_after_forgetting_a_new_conversation_survives_a_reload(scene: Scene):
    """Both halves are made anew: the key at the widget host, too."""
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("to be forgotten soon")
    for _ in range(2):
        await visitor.frame.get_by_role("button", name="More").click()
        await visitor.frame.get_by_role("button", name="Forget this conversation").click()
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
