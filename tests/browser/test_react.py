"""The component for React on a page: its events are told as properties, and it hands the site's login on.

Bundled as a site does it, with the React that is here: that of Preact (`preact/compat`).
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.browser.scene import Scene
from tests.e2e.sdk_scene import APP

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEB: Final = Path(__file__).parents[2] / "web"

SITE: Final = """
import { createElement, render } from "preact/compat";
import { Dm3Chat } from "./packages/react/index.ts";

globalThis.told = [];
const tell = (name) => (detail) => told.push([name, detail ?? null]);
const events = Object.fromEntries(
  ["Ready", "Open", "Message", "Unread", "Linked", "Error"].map((name) => [`on${name}`, tell(name)]));
globalThis.show = (more) =>
  render(createElement(Dm3Chat, { ...WHERE, label: "Ask us", ...events, ...more }), document.body);
show({});
"""
ALIASES: Final = {"react": "preact/compat", "dm3-chat-element": "./packages/element/index.ts"}


def bundled(host: str) -> str:
    """A site that shows the component and nothing else, as one script."""
    source = SITE.replace("WHERE", json.dumps({"host": host, "app": APP}))
    aliases = [f"--alias:{name}={place}" for name, place in ALIASES.items()]
    command = [str(WEB / "with-node"), "node", "node_modules/esbuild/bin/esbuild", "--bundle", *aliases]
    made = subprocess.run(command, input=source, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stderr
    return made.stdout


async def test_the_component_tells_its_site_what_happens_and_hands_its_login_on(scene: Scene):
    scene.pages["/react"] = (
        f"<!doctype html><meta charset=utf-8><body><script>{bundled(scene.widget)}</script>"
    )
    visitor = await scene.visitor("/react")
    page = visitor.page
    login = {"authMessage": "", "ownerAddress": "", "authSig": "0x", "entropy": "AAAA"}
    await page.evaluate("(login) => show({ login })", login)
    await page.wait_for_function("told.some(([name]) => name === 'Error')")
    await page.get_by_role("button", name="Ask us").click()
    await visitor.write("through a component")
    name = await scene.heard("through a component")
    await scene.desk.send(name, "an answer")
    await scene.desk.deliver()
    await visitor.bubble("an answer").wait_for()
    await page.wait_for_function("told.some(([name]) => name === 'Message')")
    told = dict(await page.evaluate("told"))
    assert told["Error"] == {"code": "invalid-input", "message": "entropy has at least 32 bytes"}
    assert told["Message"] == {"from": scene.world.team_name}
    assert {"Ready", "Open", "Unread"} <= told.keys()
    await page.evaluate("() => show({ login: null })")  # signed out
    await visitor.frame.locator(".bubble").first.wait_for(state="detached")
    assert visitor.errors == []
