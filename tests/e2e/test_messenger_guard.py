"""Nobody but the user's own pages gets anything of the messenger: not another host, port, page or program."""

import re
from hashlib import sha256

import pytest
import pytest_asyncio

from dm3.client import connect
from dm3.messenger import MessengerServer, MessengerSettings
from tests.e2e.messenger_scene import SECRET, MessengerScene, messenger_in, signed_in
from tests.e2e.sdk_scene import MAIN
from tests.kit import open_client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def opened(world, tmp_path):
    async with messenger_in(world, tmp_path) as scene, open_client() as http:
        yield scene, http, await signed_in(scene, http)


def form_token(page: str) -> str:
    found = re.search(r'name="form-token" content="([0-9a-f]{64})"', page)
    assert found
    return found[1]


async def test_the_user_s_own_pages_are_served_under_a_strict_policy(opened):
    scene, http, own = opened
    answer = await http.get(scene.local + "/", headers=own)
    assert answer.status_code == 200
    assert "Inbox" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=", answer.text)
    loaded = re.findall(r'"(/assets/[^"]+)"', answer.text)
    assert len(loaded) == 4
    for address in loaded:
        file = await http.get(scene.local + address, headers=own)
        assert "immutable" in file.headers["cache-control"], "kept by the browser: no page waits for it again"
        assert sha256(file.content).hexdigest().startswith(address.partition("?")[2])


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Host": "messenger.localhost"}, 421),
        ({"Host": "messenger.localhost:1"}, 421),
        ({"Host": "rebound.example"}, 421),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Cookie": "session=guessed"}, 401),
        ({"Cookie": ""}, 401),
    ],
)
async def test_what_comes_from_elsewhere_is_shown_nothing(opened, changed, status):
    scene, http, own = opened
    answer = await http.get(scene.local + "/", headers={**own, **changed})
    assert answer.status_code == status
    assert scene.alice.name not in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"Origin": "http://messenger.localhost:1"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"X-Dm3-Form": "0" * 64},
        {"X-Dm3-Form": ""},
        {"X-Dm3-Form": "ä".encode("latin-1")},
    ],
)
async def test_what_another_page_sends_changes_nothing(opened, changed):
    scene, http, own = opened
    page = await http.get(scene.local + "/", headers=own)
    good = {**own, "X-Dm3-Form": form_token(page.text)}
    for path in ("/lock", "/mark", "/c/send", "/links/approve", "/settings/export"):
        answer = await http.post(scene.local + path, headers={**good, **changed})
        assert answer.status_code == 403, path
    assert not scene.server.desk.is_locked
    assert (await http.post(scene.local + "/lock", headers=good)).status_code == 200
    assert scene.server.desk.is_locked


async def test_a_passphrase_that_is_easily_guessed_is_remarked_on(opened):
    scene, http, own = opened
    page = await http.get(scene.local + "/", headers=own)
    good = {**own, "X-Dm3-Form": form_token(page.text)}
    for new, remarked in (("password1", True), ("seven walnuts under grey ice", False)):
        form = {"new": new, "again": new}
        answer = await http.post(scene.local + "/settings/export", data=form, headers=good)
        assert ("x-dm3-remark" in answer.headers) is remarked
        form["current"] = SECRET.reveal().decode()
        answer = await http.post(scene.local + "/settings/passphrase", data=form, headers=good)
        assert ("It is weak" in answer.text) is remarked
        form = {"current": new, **dict.fromkeys(("new", "again"), SECRET.reveal().decode())}
        assert (await http.post(scene.local + "/settings/passphrase", data=form, headers=good)).is_success


async def test_the_one_time_address_opens_once_and_wrong_tokens_open_nothing(opened):
    scene, http, own = opened
    used = scene.address.partition("#")[2]
    plain = {name: value for name, value in own.items() if name != "Cookie"}
    for token in (used, "", "guessed", "x" * 10_000):
        answer = await http.post(scene.local + "/session", content=token, headers=plain)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert scene.told
    assert scene.told[-1] != scene.address
    await signed_in(scene, http)


async def test_the_cookie_is_for_this_instance_and_no_script(opened):
    scene, http, _ = opened
    plain = {"Host": scene.host, "Sec-Fetch-Site": "same-origin", "Origin": scene.server.origin}
    token = scene.server.new_address().partition("#")[2]
    answer = await http.post(scene.local + "/session", content=token, headers=plain)
    told = answer.headers["set-cookie"]
    assert re.match(r"dm3-messenger-[0-9a-f]{12}=", told)
    assert "HttpOnly" in told
    assert "SameSite=Strict" in told


async def test_a_locked_vault_shows_nothing_until_its_passphrase_is_there(opened):
    scene, http, own = opened
    page = await http.get(scene.local + "/", headers=own)
    good = {**own, "X-Dm3-Form": form_token(page.text), "HX-Request": "true"}
    await scene.server.desk.lock()
    for path in ("/", "/list", "/links", "/settings", "/c?peer=a.eth", "/c/file?message=1", "/events"):
        answer = await http.get(scene.local + path, headers=own)
        assert answer.status_code == 403, path
        assert scene.world.alice_name not in answer.text
    wrong = await http.post(scene.local + "/unlock", data={"passphrase": "guessed"}, headers=good)
    assert wrong.status_code == 403
    right = await http.post(
        scene.local + "/unlock", data={"passphrase": "of the messenger's vault"}, headers=good
    )
    assert right.headers["hx-redirect"] == "/"
    assert scene.alice.name == scene.world.alice_name


async def test_an_empty_vault_leads_to_the_first_page_which_makes_a_profile(world, tmp_path):
    async def open_vault(passphrase):
        return await connect(
            world.resolvers, vault=tmp_path / "empty.sqlite", passphrase=passphrase, allow_private=True
        )

    async with (
        MessengerServer(MessengerSettings(open_client=open_vault)) as server,
        open_client() as http,
    ):
        scene = MessengerScene(world, server, await server.start(SECRET))
        own = await signed_in(scene, http)
        answer = await http.get(scene.local + "/", headers=own)
        assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
        page = await http.get(scene.local + "/welcome", headers=own)
        good = {**own, "X-Dm3-Form": form_token(page.text), "HX-Request": "true"}
        dotted = {"domain": MAIN, "name": "two.labels"}
        assert (await http.post(scene.local + "/welcome", data=dotted, headers=good)).status_code == 400
        name = f"first{world.number}"
        chosen = {"domain": MAIN, "name": name}
        shown = await http.post(scene.local + "/welcome/code", data=chosen, headers=good)
        code = re.search(r'id="code">([0-9A-Z-]{39})<', shown.text)
        assert code
        unread = await http.post(scene.local + "/welcome", data={**chosen, "check": "0"}, headers=good)
        assert unread.status_code == 400
        chosen["check"] = code[1][-9:]
        made = await http.post(scene.local + "/welcome", data=chosen, headers=good)
        assert made.headers["hx-redirect"] == "/settings#backup"
        assert scene.alice.name == f"{name}.user.{MAIN}"
        assert (await http.get(scene.local + "/settings", headers=own)).status_code == 200
