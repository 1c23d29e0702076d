"""The npm packages as a project has them: packed, checked by a strict compiler, and used in Node for real."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from dm3.base.version import __version__
from dm3.crypto import print_pairing_code
from tests.e2e.sdk_scene import APP, World, place_in
from tests.e2e.widget_scene import widget_app, widget_host
from tests.kit import eventually

ROOT = Path(__file__).parents[2]
PACKAGES = ("dm3-chat-element", "dm3-chat-react", "dm3-chat-client")

SAMPLE = """
import { type ChatElement, loadChat } from "dm3-chat-element";
import { Dm3Chat } from "dm3-chat-react";
import { createClient, Entropy, HostSignature, MemoryStorage } from "dm3-chat-client";
import { createElement, createRef } from "react";

await loadChat("https://chat.example.com", { integrity: "sha384-x" });
const chat: ChatElement = document.querySelector("dm3-chat")!;
chat.addEventListener("dm3-unread", (event) => {
  const count: number = event.detail.count;
  console.log(count);
});
chat.signedIn({ authMessage: "", ownerAddress: "", authSig: "" });
// @ts-expect-error  the wrong type
chat.startConversation(1);

const ref = createRef<ChatElement>();
createElement(Dm3Chat, {
  host: "https://chat.example.com",
  app: "myapp.eth",
  mode: "form",
  ref,
  onUnread: ({ count }) => console.log(count + 1),
});
// @ts-expect-error  no such mode
createElement(Dm3Chat, { host: "", app: "", mode: "letters" });

const where = { app: "myapp.eth", page: "https://a", gateway: "https://b" };
const client = await createClient({ ...where, storage: new MemoryStorage() });
await client.createLsp({ login: new HostSignature("", "", ""), entropy: new Entropy(new Uint8Array(32)) });
const hash: string = await client.send("desk.user.myapp.eth", { text: "hello" });
const { entries } = client.messages("desk.user.myapp.eth");
const texts: (string | undefined)[] = entries.map(({ content }) => content);
console.log(hash, texts);
"""

WRITER = """
import { loadChat } from "dm3-chat-element";
import { Dm3Chat } from "dm3-chat-react";
import { createClient } from "dm3-chat-client";

await loadChat("https://chat.example.com"); // on a server there is nothing to load
if (typeof Dm3Chat !== "function") throw new Error("no component");
const [app, page, gateway, to] = process.argv.slice(2);
const client = await createClient({ app, page, gateway });
await client.send(to, { text: "from Node" });
const theirs = () => client.messages(to).entries.filter(({ own }) => !own);
while (theirs().length === 0) await client.sync(5);
console.log(JSON.stringify({ name: client.profile.name, said: theirs().map(({ content }) => content) }));
"""

LINKER = """
import { createClient } from "dm3-chat-client";

const [app, page, gateway, to, mainName, pairing] = process.argv.slice(2);
const client = await createClient({ app, page, gateway });
await client.send(to, { text: "before linking" });
await client.link({ mainName, pairing });
while (client.linked.state !== "linked" || client.state.outbox.length > 0) await client.sync(1);
console.log(client.profile.name);
"""

RECOVERER = """
import { createClient } from "dm3-chat-client";

const [app, page, gateway, to, mainName, pairing, profileName] = process.argv.slice(2);
const client = await createClient({ app, page, gateway });
await client.recover({ mainName, profileName, pairing });
const said = () => client.messages(to).entries.map(({ content }) => content);
while (!said().includes("before linking")) await client.sync(1);
await client.send(to, { text: "from another device" });
while (client.state.outbox.length > 0) await client.sync(0);
console.log(client.profile.name);
"""


async def node(*arguments: str, cwd: Path = ROOT) -> str:
    """What a program of Node's prints; it has to end well."""
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "web" / "with-node"),
        *arguments,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await eventually(process.communicate())
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def project(tmp_path_factory) -> AsyncIterator[Path]:
    """A project into which the packages were installed as npm packs them, and React; nothing is fetched."""
    folder = tmp_path_factory.mktemp("project")
    built = ROOT / "build" / "npm"
    if not all((built / name / "package.json").exists() for name in PACKAGES):
        await node("node", "packages.mjs")
    modules = ROOT / "web" / "node_modules"
    theirs = [built / name for name in PACKAGES]
    others = [modules / name for name in ("react", "@types/react", "csstype")]
    await node("npm", "pack", "--silent", "--pack-destination", str(folder), *map(str, theirs + others))
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    quietly = ("--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--cache", str(folder / "cache"))
    await node("npm", "--prefix", str(folder), "install", *quietly, *map(str, folder.glob("*.tgz")))
    yield folder


async def test_a_strict_compiler_takes_a_sample_use_and_refuses_wrong_ones(project):
    (project / "sample.ts").write_text(SAMPLE)
    compiler = str(ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc")
    options = {
        "strict": True,
        "noEmit": True,
        "exactOptionalPropertyTypes": True,
        "target": "es2022",
        "module": "nodenext",
        "types": ["react"],
    }
    (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["sample.ts"]}))
    await node("node", compiler, "-p", str(project))


async def test_a_program_in_node_writes_and_reads_the_answer(project, tmp_path):
    (project / "writer.js").write_text(WRITER)
    async with place_in(tmp_path / "sites") as place, AsyncExitStack() as stack:
        world = World(place, stack)
        desk = await world.team()
        host = await stack.enter_async_context(widget_host(place, tmp_path, widget_app(world.team_name)))

        async def answer() -> None:
            async for message in desk.incoming():
                await desk.send(message.peer, f"read: {message.content}")

        answering = asyncio.create_task(answer())
        try:
            arguments = (APP, "https://shop.example", f"{host.url}/{APP}", world.team_name)
            told = json.loads(await node("node", str(project / "writer.js"), *arguments))
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
        assert told["name"].endswith(f".addr.{APP}")
        assert told["said"] == ["read: from Node"]


async def test_programs_in_node_link_and_recover_with_a_messenger_in_python(project, tmp_path):
    for name, program in (("linker.js", LINKER), ("recoverer.js", RECOVERER)):
        (project / name).write_text(program)
    async with place_in(tmp_path / "sites") as place, AsyncExitStack() as stack:
        world = World(place, stack)
        desk, alice = await world.team(), await world.alice()
        host = await stack.enter_async_context(widget_host(place, tmp_path, widget_app(world.team_name)))

        async def decide() -> None:
            while True:
                await alice.sync(wait=1)
                for request in await alice.link_requests():
                    await alice.approve(request)

        async def run(program: str, *more: str) -> str:
            code = print_pairing_code((await alice.open_pairing()).code)
            where = (APP, "https://shop.example", f"{host.url}/{APP}", world.team_name)
            return (await node("node", str(project / program), *where, alice.name, code, *more)).strip()

        deciding = asyncio.create_task(decide())
        try:
            linked = await run("linker.js")
            assert [link.profile_name for link in await alice.links()] == [linked]
            assert await run("recoverer.js", linked) == linked
        finally:
            deciding.cancel()
            await asyncio.gather(deciding, return_exceptions=True)
        await desk.sync()
        assert [m.content for m in await desk.messages(linked)] == ["before linking", "from another device"]


def test_the_packages_say_what_they_are_and_bring_no_sources(project):
    for name in PACKAGES:
        folder = project / "node_modules" / name
        about = json.loads((folder / "package.json").read_text())
        assert (about["license"], about["type"]) == ("Apache-2.0", "module")
        assert about["version"] == __version__
        assert (folder / "README.md").read_text().startswith(f"# {name}\n")
        assert (folder / "LICENSE").exists()
        assert (folder / about["exports"]["."]["types"]).is_file()
        assert not [file for file in folder.rglob("*.ts") if not file.name.endswith(".d.ts")]
