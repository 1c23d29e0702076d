"""What earlier keys have signed is shown as such in the chat, and fingerprints can be compared there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Route, expect

import dm3
from tests.browser.scene import Scene, Visitor
from tests.browser.test_panels import Panels

pytestmark = pytest.mark.asyncio(loop_scope="session")


RECORD = "data:application/json,"
LATER = "const now = Date.now; Date.now = () => now() + 20 * 60 * 1000;"
"""Later than caches of others may still serve the profile before."""


class Gateway:
    """What the gateway says of the desk: the newest at once, or what somebody has put there."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.profile: str | None = None

    async def answer(self, route: Route) -> None:
        here = route.request.url.replace("chat.localhost", "127.0.0.1")  # Node knows no names below localhost
        response = await route.fetch(url=here)
        self.told = await response.json()
        if self.profile is not None:
            self.told["profile"] = self.profile
        await route.fulfill(response=response, json=self.told)


async def test_what_earlier_keys_have_signed_is_shown_apart_until_they_are_taken_back(scene: Scene):
    visitor, gateway = await scene.visitor(), Gateway()
    await visitor.context.route(f"**/names/{scene.world.team_name}*", gateway.answer)
    frame, panels = visitor.frame, Panels(scene, visitor, "earlier")
    await visitor.open()
    await visitor.write("Is anybody there?")
    name = await scene.heard("Is anybody there?")
    await scene.desk.send(name, "Yes!")
    await visitor.bubble("Yes!").wait_for()
    stolen = gateway.told["profile"]
    former = dm3.fingerprint(scene.desk.identity.signed.profile)
    await visitor.page.goto("about:blank")

    await scene.desk.send(name, "This is on its way")
    await scene.desk.deliver()
    await scene.desk.renew_keys(scene.desk_wallet)
    gateway.profile = RECORD + scene.desk.identity.signed.text
    await visitor.page.goto(scene.origin)
    await visitor.open()
    apart = frame.locator("section.apart")
    await expect(apart.locator("li span")).to_have_text("This is on its way")
    await expect(apart).to_contain_text("Signed with earlier keys")
    await expect(visitor.bubble("on its way")).to_have_count(0)
    await panels.look("earlier-keys")
    keys = await keys_in_menu(visitor)
    await expect(keys).to_contain_text(dm3.fingerprint(scene.desk.identity.signed.profile))
    await expect(keys.locator("code")).to_have_count(2)
    await expect(apart).to_have_count(0)  # on a phone there is no room for both
    await panels.look("keys")
    await frame.locator("header button[aria-haspopup]").click()

    gateway.profile = stolen
    await visitor.context.add_init_script(LATER)
    await visitor.page.goto(scene.origin)
    await visitor.open()
    await visitor.field.fill("Are you still there?")
    await visitor.field.press("Enter")
    await expect(apart.get_by_role("alert")).to_contain_text(former)
    await panels.look("earlier-keys-again")
    await expect(visitor.bubble("still there").locator(".delivery.sent")).to_have_count(0)
    await apart.get_by_role("button", name="It is meant").click()
    await visitor.bubble("This is on its way").wait_for()
    await visitor.bubble("still there").locator(".delivery.sent").wait_for()
    await expect(apart).to_have_count(0)
    assert visitor.errors == []


async def keys_in_menu(visitor: Visitor) -> Locator:
    """The fingerprints in the panel with all about the visitor's side, which is open then."""
    await visitor.frame.locator("header button[aria-haspopup]").click()
    keys = visitor.frame.locator(".keys")
    await keys.wait_for()
    return keys
