"""A visitor's chat in a real browser, over real services."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from dm3.base import to_base64
from tests.browser.scene import PATIENCE, Scene
from tests.e2e.sdk_scene import APP
from tests.kit import happens

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_visitor_writes_at_once_and_reads_the_answer_live(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("My **order** is late", shown="My order is late")
    name = await scene.heard("My **order** is late")
    assert name.endswith(".addr.myapp.eth")
    assert await visitor.bubble("order").locator("strong").inner_text() == "order"
    await scene.desk.send(name, "Which number has it?")
    await scene.desk.deliver()
    await visitor.bubble("Which number has it?").wait_for()
    assert visitor.errors == []


async def test_nothing_is_asked_or_kept_before_the_first_message(scene: Scene):
    visitor = await scene.visitor()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    assert await visitor.page.locator("dm3-chat iframe").count() == 0
    await visitor.open()
    assert not [url for url in asked if "/ds/" in url or "/resolver/" in url]
    assert await visitor.page.evaluate("Object.values(localStorage).join('')") == ""


async def test_a_reload_restores_the_conversation_and_another_site_begins_anew(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("first visit")
    name = await scene.heard("first visit")
    assert await visitor.storage() in ("own", "split")
    await visitor.page.reload()
    await visitor.open()
    await visitor.bubble("first visit").wait_for()
    await visitor.write("second visit")
    assert await scene.heard("second visit") == name


async def test_an_answer_that_came_meanwhile_is_counted_at_the_button(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("I come back later")
    name = await scene.heard("I come back later")
    await visitor.page.goto("about:blank")
    await scene.desk.send(name, "We are here")
    await scene.desk.deliver()
    await visitor.page.goto(scene.origin)
    badge = visitor.page.locator("dm3-chat output")
    await badge.filter(has_text="1").wait_for()
    await visitor.open()
    await visitor.bubble("We are here").wait_for()
    await badge.filter(has_text="1").wait_for(state="detached")


async def test_forgetting_leaves_nothing_behind(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("to be forgotten")
    name = await scene.heard("to be forgotten")
    await visitor.forget()
    await visitor.bubble("to be forgotten").wait_for(state="detached")
    await visitor.page.reload()
    await visitor.open()
    await visitor.write("somebody else")
    assert await scene.heard("somebody else") != name


async def test_what_is_written_offline_is_kept_and_sent_later(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("online")
    await visitor.context.set_offline(True)
    await visitor.field.fill("written in a tunnel")
    await visitor.field.press("Enter")
    await visitor.bubble("written in a tunnel").locator(".delivery.waiting").wait_for()
    await visitor.context.set_offline(False)
    await visitor.bubble("written in a tunnel").locator(".delivery.sent").wait_for()
    await scene.heard("written in a tunnel")


async def test_unsent_text_survives_a_reload(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("hello")
    await visitor.field.fill("not sent yet")
    await visitor.frame.locator('textarea[data-kept="not sent yet"]').wait_for()
    await visitor.page.reload()
    await visitor.open()
    await visitor.frame.locator('textarea[data-kept="not sent yet"]').wait_for()
    assert await visitor.field.input_value() == "not sent yet"


async def test_events_and_methods_are_what_the_page_is_told(scene: Scene):
    visitor = await scene.visitor()
    await visitor.page.evaluate(
        """() => { window.told = []; const chat = document.querySelector('dm3-chat');
        for (const name of ['dm3-ready', 'dm3-open', 'dm3-message', 'dm3-unread', 'dm3-error'])
          chat.addEventListener(name, (event) => window.told.push([name, event.detail])); chat.open(); }"""
    )
    await visitor.write("I listen")
    name = await scene.heard("I listen")
    await scene.desk.send(name, "good")
    await scene.desk.deliver()
    await visitor.bubble("good").wait_for()
    # What is shown in the frame is told to the page a moment later.
    await visitor.page.wait_for_function(
        """() => ["dm3-ready", "dm3-open", "dm3-unread", "dm3-message"].every(
            (wanted) => told.some(([name]) => name === wanted))"""
    )
    told = await visitor.page.evaluate("window.told")
    assert dict(told)["dm3-message"] == {"from": scene.world.team_name}
    assert "I listen" not in str(told)
    assert "good" not in str(told)


async def test_a_page_that_is_not_named_cannot_show_the_chat(scene: Scene):
    visitor = await scene.visitor()
    said: list[str] = []
    visitor.page.on("console", lambda message: said.append(message.text))
    await visitor.page.goto(scene.origin.replace("shop.localhost", "evil.localhost"))
    await visitor.page.evaluate(  # without the loader, and without saying who it is
        """(src) => { const frame = document.createElement('iframe'); frame.referrerPolicy = 'no-referrer';
        frame.src = src; document.body.append(frame); }""",
        f"{scene.widget}/{APP}/",
    )
    await happens(lambda: any("frame-ancestors" in text for text in said), "the browser refuses the frame")
    assert await visitor.page.frame_locator("body > iframe").locator("textarea").count() == 0


async def test_a_page_sets_look_and_language_and_opens_closes_and_resets_by_method(scene: Scene):
    look = 'theme="dark" locale="de" label="Fragen?" style="--dm3-accent: #065f46"'
    path = scene.show("/set", look, lang="en")
    visitor = await scene.visitor(path)
    chat = visitor.page.locator("dm3-chat")
    await visitor.page.get_by_role("button", name="Fragen?").wait_for()
    await chat.evaluate("chat => chat.open()")
    await visitor.frame.get_by_placeholder("Womit können wir helfen?").wait_for()  # the operator's own words
    short = {"authMessage": "", "ownerAddress": "", "authSig": "", "entropy": to_base64(b"too short")}
    await chat.evaluate("(chat, login) => chat.signedIn(login)", short)
    alert = visitor.frame.get_by_role("alert")
    await alert.filter(has_text="Diese Eingabe passt nicht.").wait_for()
    await visitor.write("Ist da jemand?")
    said, body = visitor.bubble("jemand").locator(".text"), visitor.frame.locator("body")
    await expect(said).to_have_css("background-color", "rgb(6, 95, 70)", timeout=PATIENCE)
    await expect(body).to_have_css("background-color", "rgb(23, 23, 28)", timeout=PATIENCE)
    await chat.evaluate("chat => chat.setAttribute('theme', 'light')")
    await expect(body).to_have_css("background-color", "rgb(255, 255, 255)", timeout=PATIENCE)
    await chat.evaluate("chat => chat.close()")
    await visitor.page.locator("dm3-chat div[hidden]").wait_for(state="attached")
    for method in ("signOut", "reset"):
        await chat.evaluate(f"chat => {{ chat.open(); chat.{method}(); }}")
        await visitor.frame.locator(".bubble").wait_for(state="detached")
        await visitor.write(f"nach {method}")
    assert visitor.errors == []


async def test_junk_from_the_page_changes_nothing(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.page.evaluate(
        """() => { const frame = document.querySelector('dm3-chat').shadowRoot.querySelector('iframe');
        const hello = {type: 'hello', version: 1, settings: {style: {}}};
        for (const data of [null, 1, 'x', {}, {type: 'reset'}, hello])
          for (let count = 0; count < 100; count++) frame.contentWindow.postMessage(data, '*'); }"""
    )
    await visitor.write("still here")
    await scene.heard("still here")
    assert visitor.errors == []


async def test_markup_in_a_message_is_shown_as_what_it_is(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("hi")
    name = await scene.heard("hi")
    hostile = '<img src=x onerror=alert(1)> [a](javascript:alert(1)) https://example.com/?a="><script>'
    await scene.desk.send(name, hostile)
    await scene.desk.deliver()
    await visitor.bubble("onerror=alert(1)").wait_for()
    assert await visitor.frame.locator(".bubble img, .bubble script").count() == 0
    links = await visitor.frame.locator(".bubble a").evaluate_all("links => links.map(link => link.href)")
    assert all(link.startswith("https://example.com/") for link in links)


@pytest.mark.parametrize(
    ("lang", "says", "direction"), [("de", "Womit können wir helfen?", "ltr"), ("ar", "اكتب رسالة", "rtl")]
)
async def test_the_chat_speaks_the_page_s_language(scene: Scene, lang, says, direction):
    visitor = await scene.visitor(scene.show(f"/{lang}", 'display="inline"', lang=lang))
    await visitor.frame.get_by_placeholder(says).wait_for()
    assert await visitor.frame.locator("html").get_attribute("dir") == direction


async def test_an_element_that_is_moved_or_mounted_twice_goes_on(scene: Scene):
    visitor = await scene.visitor()
    await visitor.open()
    await visitor.write("before the move")
    await visitor.page.evaluate(
        """() => { const chat = document.querySelector('dm3-chat');
        const aside = document.createElement('aside'); document.body.append(aside); aside.append(chat); }"""
    )
    await visitor.bubble("before the move").wait_for(timeout=PATIENCE)
    await visitor.write("after the move")
    assert await visitor.page.locator("dm3-chat iframe").count() == 1
