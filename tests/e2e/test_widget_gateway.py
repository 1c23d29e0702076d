"""The widget host without a browser: pages and their policy, look-ups, forwarding, handing in, half keys."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from dm3.base import from_base64
from dm3.base.errors import CannotTell, ConfigurationError, InvalidName
from dm3.base.version import __version__
from dm3.net.clients.delivery import DeliveryClient
from dm3.widget import Mode, WidgetApp, WidgetSettings, check_apps
from dm3.wire import InlineRecord, envelope_text, read_delivery_service, read_signed_profile, read_text_record
from tests.e2e.sdk_scene import APP, MAIN, World, sealed_for, texts
from tests.e2e.widget_scene import SHOP, widget_app, widget_host
from tests.kit import eventually, metric, open_client
from tests.kit.hostile import ANSWERS, Proxy
from tests.kit.inside import context_of, identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("widget")
    app = widget_app(f"desk.user.{APP}", title='Support "of" <MyApp>')
    async with widget_host(place, folder, app) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def http(host):
    async with open_client(base_url=host.url) as client:
        yield client


# --- pages ------------------------------------------------------------------------------------------


async def test_the_frame_lets_nothing_in_but_its_own_files_and_only_the_named_pages_around_it(http):
    answer = await http.get(f"/{APP}/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert policy.endswith(f"frame-ancestors 'self' {SHOP}")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in answer.headers


async def test_the_frame_s_texts_are_data_and_never_markup(http):
    page = (await http.get(f"/{APP}/")).text
    assert "<MyApp>" not in page
    found = re.search(r'data-settings="([^"]*)"', page)
    assert found
    settings = json.loads(html.unescape(found[1]))
    assert settings["title"] == 'Support "of" <MyApp>'
    assert settings["to"] == f"desk.user.{APP}"
    for file in re.findall(r"/assets/[\w.-]+", page):
        assert (await http.get(file)).status_code == 200


async def test_the_loader_is_served_under_its_version_with_the_hash_that_pages_may_check(http):
    described = (await http.get("/loader")).json()
    assert described["src"] == f"/dm3-{__version__}.js"
    file = await http.get(described["src"])
    digest = base64.b64encode(hashlib.sha384(file.content).digest()).decode()
    assert described["integrity"] == f"sha384-{digest}"
    assert "immutable" in file.headers["cache-control"]
    latest = await http.get("/dm3.js")
    assert latest.content == file.content
    assert latest.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/other.eth/", "/..%2f..%2fetc/", "/assets/..%2fmanifest.json", "/a%00b/"])
async def test_what_is_not_served_is_not_found(http, path):
    answer = await http.get(path)
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("path", "around", "status"),
    [
        (f"/{APP}/", SHOP + "/", 200),
        (f"/{APP}/", f"{SHOP}.evil.example/", 403),
        (f"/{APP}/", "null", 200),
        (f"/{APP}/", "http://[", 200),
        ("/<b>.eth/", SHOP + "/", 404),
    ],
)
async def test_a_page_that_may_not_show_the_chat_is_told_so_in_its_frame(http, path, around, status):
    """It is no markup, has no settings, is never kept. Of whom nothing is known the policy decides."""
    answer = await http.get(path, headers={"Referer": around, "Sec-Fetch-Dest": "iframe"})
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    if status == 200:
        assert "frame-ancestors" in policy
        return
    assert "frame-ancestors" not in policy
    assert "data-settings" not in answer.text
    assert "<b>" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    for file in re.findall(r"/assets/[\w.-]+", answer.text):
        assert (await http.get(file)).status_code == 200


# --- look-ups ---------------------------------------------------------------------------------------


async def test_a_name_is_answered_with_records_that_the_asker_verifies(http, world: World):
    alice = await world.alice()
    found = (await http.get(f"/{APP}/names/{world.alice_name}")).json()
    assert found["address"] == world.wallet.address
    profile = read_text_record(found["profile"])
    assert isinstance(profile, InlineRecord)
    assert read_signed_profile(profile.text) == alice.identity.signed
    record = read_text_record(found["deliveryServices"][f"ds.{MAIN}"])
    assert isinstance(record, InlineRecord)
    assert read_delivery_service(record.text).url == world.place.sites[MAIN].delivery.url


async def test_with_what_a_profile_reads_the_clocks_are_told(http, world: World):
    await world.alice()
    path = f"/{APP}/names/{world.alice_name}"
    assert "times" not in (await http.get(path)).json()
    told = (await http.get(path, params={"extension": "1"})).json()
    assert "LINK" in told["extension"]["supportedMessageTypes"]
    assert len(told["times"]) == 2  # this host and the profile's delivery service
    assert all(abs(at - time.time()) < 120 for at in told["times"])


@pytest.mark.parametrize("control", ["\n", "\r\n", "\x01", "\x85", "\u2028"])
async def test_a_control_character_makes_no_name_at_any_door(http, world: World, control):
    """Even at the end, where many a program cuts it off: it would be another name for each of them."""
    name = world.alice_name + control
    resolver, delivery = world.resolvers[MAIN], world.place.sites[MAIN].delivery.url
    call = {"jsonrpc": "2.0", "id": 1, "method": "dm3_getProfileExtension", "params": [name]}
    quoted = quote(name)
    async with open_client() as anybody:
        answers = [
            await http.get(f"/{APP}/names/{quoted}"),
            await anybody.get(f"{resolver}/names/{quoted}"),
            await anybody.post(
                f"{resolver}/profile/name", json={"alias": name, "name": name, "signature": "AAAA"}
            ),
            await anybody.get(f"{delivery}/auth/{quoted}"),
        ]
        refused = (await anybody.post(f"{delivery}/rpc", json=call)).json()["error"]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "invalid-name")] * 4
    assert (refused["code"], refused["data"]["code"]) == (-32000, "invalid-name")
    lsp = await world.lsp()
    with pytest.raises(InvalidName):
        await lsp.send(name, "hello")
    with pytest.raises(InvalidName):
        await lsp.request_link(name, world.wallet)
    with pytest.raises(InvalidName):
        await lsp.block(name)


async def test_nobody_under_a_name_is_a_definite_no(http):
    answer = await http.get(f"/{APP}/names/nobody.user.{APP}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_look_ups_of_one_address_are_bounded(place, tmp_path):
    async with (
        widget_host(place, tmp_path, widget_app(f"desk.user.{APP}"), lookups_per_address=2) as server,
        open_client(base_url=server.url) as http,
    ):
        codes = [(await http.get(f"/{APP}/names/x.{APP}")).status_code for _ in range(3)]
    assert codes == [404, 404, 429]


async def test_an_application_s_own_limit_counts_in_place_of_the_host_s(place, tmp_path):
    app = widget_app(f"desk.user.{APP}", lookups_per_visitor=1, keys_per_visitor=0)
    async with (
        widget_host(place, tmp_path, app, lookups_per_address=9, wraps_per_address=1) as server,
        open_client(base_url=server.url) as http,
    ):
        frame = {"Sec-Fetch-Site": "same-origin"}
        looked = [(await http.get(f"/{APP}/names/x.{APP}")).status_code for _ in range(2)]
        made = [(await http.post(f"/{APP}/wrap", json={}, headers=frame)).status_code for _ in range(3)]
    assert (looked, made) == ([404, 429], [204] * 3)


# --- forwarding -------------------------------------------------------------------------------------


async def test_a_profile_is_claimed_registered_and_read_through_the_gateway_alone(host, http, world: World):
    lsp = await world.lsp()
    gateway = DeliveryClient(http, f"/{APP}/ds/ds.{APP}", f"ds.{APP}")
    token = await gateway.authenticate(lsp.name, identity_of(lsp).keys.signing_private)
    team = await world.team()
    await team.send(lsp.name, "hello")
    await team.deliver()
    page = await gateway.fetch(lsp.name, token, reader=identity_of(lsp).reader)
    assert len(page.messages) == 1
    await gateway.acknowledge(lsp.name, token, list(page.messages), reader=identity_of(lsp).reader)
    assert not (await gateway.fetch(lsp.name, token, reader=identity_of(lsp).reader)).messages
    told = await http.get(f"/{APP}/resolver/domains/{APP}")
    assert told.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/{APP}/ds/ds.{MAIN}/rpc",  # somebody else's service: this is no open relay
        f"/{APP}/ds/ds.{APP}/metrics",
        f"/{APP}/ds/ds.{APP}/mailbox/..%2f..%2fmetrics",
        f"/{APP}/resolver/metrics",
        f"/{APP}/resolver/..%2fmetrics",
        f"/{APP}/escrow",
    ],
)
async def test_nothing_else_is_forwarded(http, path):
    answer = await http.get(path)
    assert answer.status_code in (400, 404, 405)


async def test_a_service_that_is_away_is_no_definite_answer(place, tmp_path, world: World):
    async with (
        widget_host(
            place, tmp_path, widget_app(f"desk.user.{APP}"), resolvers={APP: "http://127.0.0.1:9"}
        ) as server,
        open_client(base_url=server.url) as http,
    ):
        answer = await http.get(f"/{APP}/resolver/domains/{APP}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unreachable")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def misled(place, tmp_path_factory):
    """A host whose way to the application's resolver leads over a proxy."""
    async with Proxy(place.resolvers[APP]) as proxy:
        proxy.only = lambda path: path.startswith("/domains/")
        folder, app = tmp_path_factory.mktemp("misled"), widget_app(f"desk.user.{APP}")
        async with (
            widget_host(place, folder, app, resolvers={APP: proxy.url}) as server,
            open_client(base_url=server.url) as http,
        ):
            yield proxy, http


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_a_proxy_says_in_the_resolvers_place_is_no_definite_no_to_a_browser(misled, kind):
    proxy, http = misled
    proxy.instead = None
    asked = f"/{APP}/ds/ds.{MAIN}/profile/nobody.user.{MAIN}"
    assert (await http.get(asked)).status_code == 404
    proxy.instead = ANSWERS[kind]
    answer = await http.get(asked)
    assert (answer.status_code, answer.json()["code"]) in [(503, "cannot-tell"), (503, "unreachable")]


# --- handing in -------------------------------------------------------------------------------------


async def handed_in(http, world: World, **changes: Any):
    """An LSP's envelope for Alice, handed in through the gateway; her messages afterwards."""
    lsp, alice = await world.lsp(), await world.alice()
    keys = identity_of(lsp).keys
    token = await DeliveryClient(http, f"/{APP}/ds/ds.{APP}", f"ds.{APP}").authenticate(
        lsp.name, keys.signing_private
    )
    envelope = await sealed_for(lsp, context_of(alice), world.alice_name)
    body = {
        "from": lsp.name,
        "to": world.alice_name,
        "envelope": json.loads(envelope_text(envelope)),
        "service": f"ds.{MAIN}",
        **changes,
    }
    bearer = {"Authorization": f"Bearer {changes.pop('token', token.reveal().decode())}"}
    answer = await http.post(f"/{APP}/send", json=body, headers=bearer)
    await alice.sync()
    return answer, texts(await alice.messages(lsp.name))


async def test_an_envelope_reaches_the_service_of_its_receiver(http, world: World):
    answer, received = await handed_in(http, world)
    assert answer.json() == {"status": "accepted"}
    assert received == ["hello"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"service": f"ds.{APP}"}, 400),  # not one that the receiver lists
        ({"from": f"somebody.{MAIN}"}, 401),
        ({"from": f"other.user.{APP}"}, 401),  # the token is another profile's
        ({"token": "none"}, 401),
        ({"envelope": {"message": "x"}}, 400),
        ({"envelope": None}, 400),
    ],
)
async def test_nobody_else_hands_anything_in(http, world: World, changes, status):
    answer, received = await handed_in(http, world, **changes)
    assert answer.status_code == status
    assert received == []


async def test_a_refusal_of_the_receiver_s_service_comes_with_its_own_code(http, world: World):
    lsp, alice = await world.lsp(), await world.alice()
    envelope = json.loads(envelope_text(await sealed_for(lsp, context_of(alice), world.alice_name)))
    envelope["metadata"]["signature"] = "A" * 86 + "=="
    answer, _ = await handed_in(http, world, envelope=envelope)
    assert answer.status_code == 422
    assert re.fullmatch(r"-32\d+", answer.json()["code"])


# --- half keys --------------------------------------------------------------------------------------


async def test_a_half_of_a_key_is_made_given_to_its_browser_and_forgotten(place, tmp_path):
    async with (
        widget_host(place, tmp_path, widget_app(f"desk.user.{APP}")) as server,
        open_client(base_url=server.url) as http,
    ):
        made = await http.post(f"/{APP}/wrap", headers=SAME)
        cookie = made.headers["set-cookie"]
        for flag in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", f"Path=/{APP}/"):
            assert flag in cookie
        value = re.match(r"dm3-wrap=([0-9a-f]{64});", cookie)[1]  # type: ignore[index]
        its = {**SAME, "Cookie": f"dm3-wrap={value}"}
        key = (await http.get(f"/{APP}/wrap", headers=its)).json()["key"]
        assert len(from_base64(key)) == 32
        assert (await http.get(f"/{APP}/wrap", headers=its)).json()["key"] == key
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("widget.sqlite*"))
        assert from_base64(key) not in stored
        assert bytes.fromhex(value) not in stored
        assert (await http.delete(f"/{APP}/wrap", headers=its)).status_code == 204
        assert (await http.get(f"/{APP}/wrap", headers=its)).status_code == 404


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_half_is_for_the_frame_alone(http, site, method):
    headers = {"Cookie": f"dm3-wrap={'0' * 64}"} | ({} if site is None else {"Sec-Fetch-Site": site})
    answer = await http.request(method, f"/{APP}/wrap", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "not-from-the-frame")


async def test_keys_made_for_one_address_are_bounded(place, tmp_path):
    async with (
        widget_host(place, tmp_path, widget_app(f"desk.user.{APP}"), wraps_per_address=1) as server,
        open_client(base_url=server.url) as http,
    ):
        codes = [(await http.post(f"/{APP}/wrap", headers=SAME)).status_code for _ in range(2)]
    assert codes == [204, 429]


# --- settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "app",
    [
        WidgetApp(name="a..b"),
        WidgetApp(name=APP),  # nobody to write to
        WidgetApp(name=APP, to=f"desk.{APP}", origins=("shop.example",)),
        WidgetApp(name=APP, to=f"desk.{APP}", origins=("https://shop.example/path",)),
        WidgetApp(name=APP, to=f"desk.{APP}", origins=("https://shop.example; script-src *",)),
        WidgetApp(name=APP, to=f"desk.{APP}", welcome="x" * 501),
    ],
)
async def test_settings_that_cannot_be_are_refused(app):
    with pytest.raises(ConfigurationError):
        check_apps(WidgetSettings(apps=(app,)))


async def test_in_app_chats_need_nobody_to_write_to():
    assert check_apps(WidgetSettings(apps=(WidgetApp(name="MyApp.eth", modes=(Mode.IN_APP,)),))).keys() == {
        APP
    }


async def test_browsers_that_wait_are_answered_when_the_host_stops(place, tmp_path, world: World):
    lsp = await world.lsp()
    async with (
        widget_host(place, tmp_path, widget_app(f"desk.user.{APP}")) as server,
        open_client(base_url=server.url) as http,
    ):
        gateway = DeliveryClient(http, f"/{APP}/ds/ds.{APP}", f"ds.{APP}")
        token = await gateway.authenticate(lsp.name, identity_of(lsp).keys.signing_private)
        waiting = asyncio.create_task(gateway.fetch(lsp.name, token, reader=identity_of(lsp).reader, wait=25))
        delivery = place.sites[APP].delivery.url
        await eventually(_somebody_waits_at(delivery), "the fetch waits at the service")
        await server.stop()
        with pytest.raises(CannotTell, match="stopping"):
            await waiting


async def _somebody_waits_at(url: str) -> None:
    while not await metric(url, "dm3_delivery_waiting_fetches"):  # noqa: ASYNC110  # a service's metric
        await asyncio.sleep(0.05)
