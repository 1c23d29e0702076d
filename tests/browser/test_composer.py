"""Writing in the browser: what is said of messages, files, and what is not sent yet. One scene for all."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, expect

import dm3
from dm3.protocol.messages import Entry
from tests.browser.scene import PATIENCE, Scene, Visitor, scene_in
from tests.e2e.sdk_scene import Place
from tests.kit import eventually

LIMIT: Final = 2_000_000
"""Bytes that the files of one message may have, in this application."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Talk:
    """A visitor and the desk, in the middle of a conversation."""

    def __init__(self, scene: Scene, visitor: Visitor, name: str) -> None:
        self.scene, self.visitor, self.name = scene, visitor, name

    async def answer(self, text: str) -> str:
        """The desk says ``text``; returns the message's hash once the visitor sees it."""
        sent = await self.scene.desk.send(self.name, text)
        await self.scene.desk.deliver()
        await self.visitor.bubble(text).wait_for()
        return sent.hash

    async def entry(self, fits: Callable[[Entry], bool], what: str) -> Entry:
        """Wait until the desk's timeline has such an entry."""

        async def find() -> Entry:
            while True:
                timeline = await self.scene.desk.timeline(self.name)
                for entry in timeline.entries:
                    if fits(entry):
                        return entry
                await self.scene.desk.sync(wait=1)

        return await eventually(find(), what)

    async def menu(self, text: str) -> Locator:
        """Open the menu of the message that says ``text``, with the keyboard."""
        button = self.visitor.bubble(text).get_by_role("button", name="Actions for this message")
        await button.focus()
        await button.press("Enter")
        menu = self.visitor.frame.get_by_role("dialog", name="Actions for this message")
        await menu.wait_for()
        return menu

    async def act(self, text: str, name: str) -> None:
        """Do what the menu of a message offers under ``name``."""
        menu = await self.menu(text)
        await menu.get_by_role("button", name=name, exact=True).click()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(
    browser: Browser, place: Place, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Talk]:
    async with scene_in(browser, place, tmp_path_factory.mktemp("composer"), attachment_bytes=LIMIT) as scene:
        visitor = await scene.visitor()
        await visitor.open()
        await visitor.write("Good morning")
        name = await scene.heard("Good morning")
        yield Talk(scene, visitor, name)
        assert visitor.errors == []


async def test_a_reaction_is_put_under_a_message_and_taken_away_again(talk: Talk):
    said = await talk.answer("Do you like it?")
    await talk.act("Do you like it?", "React with 👍")
    await talk.visitor.bubble("Do you like it?").locator(".reactions", has_text="👍").wait_for()
    await talk.entry(lambda one: one.hash == said and bool(one.reactions), "the desk sees the reaction")
    await talk.visitor.bubble("Do you like it?").get_by_role("button", name="👍").click()
    await talk.visitor.bubble("Do you like it?").locator(".reactions").wait_for(state="detached")
    await talk.entry(lambda one: one.hash == said and not one.reactions, "it is gone there, too")


async def test_an_answer_shows_what_it_answers_and_leads_there(talk: Talk):
    said = await talk.answer("Which colour?")
    await talk.visitor.write("something in between")
    await talk.act("Which colour?", "Reply")
    await talk.visitor.frame.locator("textarea:focus").wait_for()
    await talk.visitor.frame.locator(".about", has_text="Which colour?").wait_for()
    await talk.visitor.write("Green")
    entry = await talk.entry(lambda one: one.content == "Green", "the desk reads the answer")
    assert entry.reply_to == said
    quote = talk.visitor.frame.locator(".bubble", has_text="Green").locator(".quote")
    assert "Which colour?" in await quote.inner_text()
    await quote.click()
    await talk.visitor.frame.locator(f'.bubble[data-hash="{said}"]:focus').wait_for()
    await expect(talk.visitor.frame.locator(".about")).to_have_count(0)


async def test_ones_own_message_is_edited_and_the_unsent_text_comes_back(talk: Talk):
    await talk.visitor.write("I want tow")
    await talk.visitor.field.fill("half a thought")
    await talk.act("I want tow", "Edit")
    await talk.visitor.frame.locator(".about", has_text="Editing").wait_for()
    await expect(talk.visitor.field).to_have_value("I want tow", timeout=PATIENCE)
    await talk.visitor.field.fill("I want two")
    await talk.visitor.field.press("Enter")
    await talk.visitor.bubble("I want two").get_by_text("edited").wait_for()
    await talk.visitor.frame.locator('textarea[data-kept="half a thought"]').wait_for()
    await expect(talk.visitor.field).to_have_value("half a thought", timeout=PATIENCE)
    entry = await talk.entry(lambda one: one.content == "I want two", "the desk reads the edit")
    assert entry.edited_at is not None
    await talk.act("I want two", "Edit")
    await talk.visitor.frame.locator(".about", has_text="Editing").wait_for()
    await talk.visitor.field.press("Escape")
    await expect(talk.visitor.field).to_have_value("half a thought", timeout=PATIENCE)
    await talk.visitor.field.fill("")


async def test_ones_own_message_is_deleted_after_a_question_and_others_are_not(talk: Talk):
    await talk.visitor.write("a slip of the tongue")
    await talk.act("a slip of the tongue", "Delete")
    await talk.visitor.frame.get_by_role("button", name="Cancel").press("Enter")
    await talk.visitor.bubble("a slip of the tongue").locator(".more:focus").wait_for()
    await talk.act("a slip of the tongue", "Delete")
    await talk.visitor.frame.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await talk.visitor.bubble("This message was deleted.").wait_for()
    await talk.entry(lambda one: one.deleted_at is not None, "the desk is asked to delete it")
    await talk.answer("ours stays")
    menu = await talk.menu("ours stays")
    assert await menu.get_by_role("button", name="Delete").count() == 0
    assert await menu.get_by_role("button", name="Edit").count() == 0
    await menu.press("Escape")
    await menu.wait_for(state="detached")
    await talk.visitor.field.wait_for()  # the chat is still open


async def test_what_the_desk_makes_of_its_messages_is_shown(talk: Talk):
    said = await talk.answer("We open at eihgt")
    await talk.visitor.write("when?")
    asked = await talk.entry(lambda one: one.content == "when?", "the desk is asked")
    await talk.scene.desk.edit(said, "We open at eight")
    await talk.scene.desk.react(asked, "🙏")
    await talk.scene.desk.deliver()
    await talk.visitor.bubble("We open at eight").get_by_text("edited").wait_for()
    await talk.visitor.bubble("when?").locator(".reactions", has_text="🙏").wait_for()
    await talk.scene.desk.delete(said)
    await talk.scene.desk.deliver()
    await talk.visitor.bubble("We open at").wait_for(state="detached")


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAE0lEQVR4nGP8z4APMOGVHbHSAEEsAROxCnMTAAAAAElFTkSuQmCC"
)
PICTURE = FilePayload(name="tree.png", mimeType="image/png", buffer=PNG)


async def choose(talk: Talk, *files: FilePayload) -> None:
    await talk.visitor.frame.locator("input[type=file]").set_input_files(list(files))


def chosen(talk: Talk, name: str) -> Locator:
    return talk.visitor.frame.get_by_role("list", name="Files of this message").get_by_text(name)


async def test_pictures_and_files_are_sealed_in_a_worker_and_arrive_as_they_are(talk: Talk):
    page = b"<script>alert(1)</script>" * 40_000
    await choose(talk, PICTURE, FilePayload(name="../a\u202epage.html", mimeType="text/html", buffer=page))
    await chosen(talk, "tree.png").wait_for()
    await chosen(talk, "apage.html").wait_for()
    assert [worker.url for worker in talk.visitor.page.workers if talk.scene.widget in worker.url]
    await talk.visitor.write("a picture and a page")
    entry = await talk.entry(lambda one: one.content == "a picture and a page", "the files arrive")
    assert [one.name for one in entry.attachments] == ["tree.png", "apage.html"]
    assert [dm3.attachment_bytes(one) for one in entry.attachments] == [PNG, page]
    bubble = talk.visitor.bubble("a picture and a page")
    await bubble.locator("img[alt='tree.png']").wait_for()
    link = bubble.get_by_role("link", name="apage.html")
    assert (await link.get_attribute("href") or "").startswith("data:application/octet-stream;base64,")
    async with talk.visitor.page.expect_download() as download:
        await link.click()
    assert (await download.value).suggested_filename == "apage.html"


async def test_files_of_the_desk_are_shown_or_offered_and_never_interpreted(talk: Talk):
    drawing = dm3.attach(
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", name="drawing.svg", mime="image/svg+xml"
    )
    big = dm3.attach(bytes(300_000), name="big.bin")
    await talk.scene.desk.send(
        talk.name, "ours", attachments=(dm3.attach(PNG, name="o.png", mime="image/png"), drawing, big)
    )
    await talk.scene.desk.deliver()
    bubble = talk.visitor.bubble("ours").last
    await bubble.locator("img[alt='o.png']").wait_for()
    assert await bubble.locator("img").count() == 1
    await bubble.get_by_role("link", name="Download drawing.svg").wait_for()
    await bubble.get_by_role("link", name="Download big.bin").wait_for()


async def test_what_does_not_fit_is_told_before_sending_and_files_can_be_taken_out(talk: Talk):
    await choose(talk, FilePayload(name="film.mp4", mimeType="video/mp4", buffer=bytes(LIMIT + 1)))
    told = talk.visitor.frame.get_by_role("alert").filter(has_text="film.mp4 does not fit")
    await told.filter(has_text="2.0 MB").wait_for()
    await choose(talk, PICTURE)
    await chosen(talk, "tree.png").wait_for()
    await told.wait_for(state="detached")
    await talk.visitor.frame.get_by_role("button", name="Remove tree.png").click()
    await chosen(talk, "tree.png").wait_for(state="detached")
    await talk.visitor.frame.locator("textarea:focus").wait_for()


GIVEN = """(target, [kind, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(['some words'], name, {type: 'text/plain'}));
  const said = {clipboardData: data, dataTransfer: data, bubbles: true, cancelable: true};
  target.dispatchEvent(kind === 'paste' ? new ClipboardEvent(kind, said) : new DragEvent(kind, said));
}"""


async def test_files_are_pasted_and_dropped_and_wait_through_a_reload(talk: Talk):
    await talk.visitor.field.evaluate(GIVEN, ["paste", "pasted.txt"])
    await chosen(talk, "pasted.txt").wait_for()
    await talk.visitor.frame.locator("main").evaluate(GIVEN, ["drop", "dropped.txt"])
    await chosen(talk, "dropped.txt").wait_for()
    await talk.visitor.field.fill("with words")
    await talk.visitor.frame.locator('textarea[data-kept="with words"]').wait_for()
    await talk.visitor.page.reload()
    await talk.visitor.open()
    await chosen(talk, "pasted.txt").wait_for()
    await chosen(talk, "dropped.txt").wait_for()
    await talk.visitor.field.press("Enter")
    await talk.visitor.bubble("with words").locator(".delivery.sent").wait_for()
    entry = await talk.entry(lambda one: one.content == "with words", "it arrives after the reload")
    assert [dm3.attachment_bytes(one) for one in entry.attachments] == [b"some words"] * 2
    await expect(talk.visitor.field).to_have_value("", timeout=PATIENCE)


async def test_offline_is_told_and_what_waits_survives_a_reload_and_goes_out_at_once(talk: Talk):
    await talk.visitor.context.set_offline(True)
    await talk.visitor.frame.get_by_role("status").filter(has_text="You are offline").wait_for()
    await choose(talk, PICTURE)
    await chosen(talk, "tree.png").wait_for()
    await talk.visitor.field.fill("from the mountains")
    await talk.visitor.field.press("Enter")
    bubble = talk.visitor.bubble("from the mountains")
    await bubble.locator(".delivery.waiting").wait_for()
    await bubble.get_by_role("button", name="Try again").wait_for()
    await talk.visitor.context.set_offline(False)
    await bubble.locator(".delivery.sent").wait_for()
    await (
        talk.visitor.frame.get_by_role("status").filter(has_text="You are offline").wait_for(state="detached")
    )
    await talk.entry(
        lambda one: one.content == "from the mountains" and len(one.attachments) == 1, "it arrives"
    )


HOSTILE = "\n".join(
    [
        "<b>bold</b> &lt;i&gt; <svg onload=alert(1)>",
        "[here](javascript:alert(1)) javascript:alert(2) data:text/html,<script>alert(3)</script>",
        'https://bank.example@evil.example/ and https://shop.example/a?b="onmouseover=alert(4)',
        "https://\u0430pple.example/ and https://good.example/\u202egpj.exe",
        "**`not *closed **" + "*" * 5_000,
    ]
)


async def test_hostile_text_is_text_and_links_read_as_where_they_lead(talk: Talk):
    await talk.scene.desk.send(talk.name, HOSTILE)
    await talk.scene.desk.deliver()
    bubble = talk.visitor.bubble("onload=alert(1)")
    await bubble.get_by_role("button", name="Show all").click()
    assert await bubble.locator("svg, script, b, i, img").count() == 0
    links = await bubble.locator("a").evaluate_all(
        "links => links.map(({href, textContent}) => [href, textContent])"
    )
    assert links == [
        ["https://shop.example/a?b=", "https://shop.example/a?b="],
        ["https://xn--pple-43d.example/", "https://xn--pple-43d.example/"],
        ["https://good.example/", "https://good.example/"],
    ]


async def test_a_long_message_is_folded_until_somebody_wants_all(talk: Talk):
    text = "\n".join(f"line {number}" for number in range(60))
    await talk.visitor.write(text, shown="line 3")
    bubble = talk.visitor.bubble("line 3").last
    assert "line 59" not in await bubble.inner_text()
    await bubble.get_by_role("button", name="Show all").press("Enter")
    await expect(bubble).to_contain_text("line 59")
