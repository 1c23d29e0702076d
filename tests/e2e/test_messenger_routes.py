"""Every route of the messenger, as the application lists them: none is left out that is added later."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import pytest_asyncio
from msgspec.structs import replace

from dm3.client import Conversation, Direction, Notice, RefusedMessage, StoredMessage, attach
from dm3.client.messaging.conversations import message_key
from dm3.client.messaging.peer_names import conversation_key
from dm3.client.state.kept_records import KeptEnvelope, KeptState
from dm3.client.state.marks import MARKS, Marks
from dm3.client.state.records import CONVERSATIONS, KEPT, LINKS, MESSAGES, NOTICES, REFUSED, REQUESTS
from dm3.messenger.pages import moment
from dm3.model import Draft, LinkKind, LinkPayload, MessageType
from dm3.protocol.linking import Link, LinkMoment, LinkState, Moment, Request, RequestState
from dm3.protocol.messages.composing import compose
from dm3.protocol.names import fingerprint
from tests.e2e.messenger_scene import messenger_in, signed_in
from tests.e2e.sdk_scene import MAIN, sealed_for, submit
from tests.e2e.test_messenger_guard import form_token
from tests.kit import happens, open_client
from tests.kit.inside import context_of, identity_of, routes_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN = {"/open", "/session", "/assets/{name:str}"}
"""What is answered without a session: nothing of the user's is in it."""
UNTIL_TOLD = {"/events", "/welcome/signature", "/keys/signature", "/services/signature"}
"""What goes on for as long as somebody listens."""
EVIL = "\"'><script src=//evil.example/x></script><img src=x onerror=alert(1)>{{7*7}}\u202e"


@pytest_asyncio.fixture(loop_scope="module")
async def opened(world, tmp_path):
    async with messenger_in(world, tmp_path) as scene, open_client() as http:
        yield scene, http, await signed_in(scene, http)


def paths(scene, method: str) -> list[str]:
    found = sorted(path for path, methods in routes_of(scene.server).items() if method in methods)
    assert len(found) > 12
    return found


def asked(path: str) -> str:
    return path.replace("{name:str}", "messenger.css")


async def test_what_comes_from_elsewhere_gets_nothing_of_any_route(opened):
    scene, http, own = opened
    elsewhere = [
        ({"Host": "messenger.localhost"}, 421),
        ({"Host": "messenger.localhost:1"}, 421),
        ({"Host": "rebound.example"}, 421),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Cookie": "session=guessed"}, 401),
    ]
    for method in ("GET", "POST"):
        for path in paths(scene, method):
            for changed, status in elsewhere:
                if status == 401 and path in OPEN:
                    continue
                answer = await http.request(method, scene.local + asked(path), headers={**own, **changed})
                assert answer.status_code == status, (method, path, changed)
                assert scene.world.alice_name not in answer.text
                assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_what_another_page_sends_changes_nothing_at_any_route(opened):
    scene, http, own = opened
    good = {**own, "X-Dm3-Form": form_token((await http.get(scene.local + "/", headers=own)).text)}
    for path in paths(scene, "POST"):
        for changed in (
            {"Origin": "http://messenger.localhost:1"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "none"},
            {"X-Dm3-Form": "0" * 64},
            {"X-Dm3-Form": ""},
        ):
            if path in OPEN and "X-Dm3-Form" in changed:
                continue  # it has the one-time token in its place
            answer = await http.post(scene.local + path, headers={**good, **changed})
            assert answer.status_code == 403, (path, changed)
        bare = {name: value for name, value in good.items() if name != "Origin"}
        assert (await http.post(scene.local + path, headers=bare)).status_code == 403, path
    for path in {*paths(scene, "GET"), *paths(scene, "POST")}:
        for method in ("PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"):
            assert (await http.request(method, scene.local + asked(path), headers=good)).status_code == 405


async def test_a_locked_vault_answers_no_route(opened):
    scene, http, own = opened
    good = {**own, "X-Dm3-Form": form_token((await http.get(scene.local + "/", headers=own)).text)}
    await scene.server.desk.lock()
    for path in set(paths(scene, "GET")) - OPEN - {"/unlock"}:
        answer = await http.get(scene.local + path, headers=own)
        assert answer.status_code == 403 or not answer.content, path
        assert scene.world.alice_name not in answer.text
    for path in set(paths(scene, "POST")) - OPEN - {"/unlock", "/lock"}:
        answer = await http.post(scene.local + path, headers=good)
        assert answer.status_code in (400, 403, 404), (path, answer.text)
        assert scene.world.alice_name not in answer.text
    assert scene.server.desk.is_locked


async def test_nothing_that_others_say_is_more_than_text_on_any_page(opened):
    scene, http, own = opened
    await plant(scene)
    seen, found = "", []
    for path in set(paths(scene, "GET")) - UNTIL_TOLD - {"/assets/{name:str}"}:
        for query in ("", f"?peer=evil.eth&q={'script'}&message=0x01&place=1&show=all"):
            answer = await http.get(scene.local + path + query, headers=own)
            assert answer.status_code in (200, 204, 303, 400, 404), (path, answer.text)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            if answer.headers.get("content-type", "").startswith("text/html"):
                check = Harmless()
                check.feed(answer.text)
                found += [f"{path}: {one}" for one in check.found]
                seen += answer.text
    assert found == []
    assert "{{7*7}}" in seen
    assert seen.count("&lt;script src=//evil.example/x&gt;") > 8, "it was there to be seen"
    evil = await http.get(scene.local + "/c/file?message=0x01&place=0", headers=own)
    assert evil.headers["content-type"] == "application/octet-stream"
    assert evil.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in evil.headers["content-security-policy"]
    await http.get(scene.local + "/c/export?as=text&peer=evil.eth&profile=" + scene.alice.name, headers=own)


async def test_what_cannot_be_verified_is_shown_with_its_text_and_can_be_thrown_away(opened):
    scene, http, own = opened
    alice, lsp = scene.alice, await scene.world.lsp()
    context, former = context_of(scene.server.desk.client), identity_of(lsp).keys
    await lsp.send(alice.name, "before")
    await happens(lambda: come_from(alice, lsp.name), "it has come, and the keys were seen")
    await lsp.rotate_keys()
    context.directory.forget(lsp.name)
    await alice.send(lsp.name, "to the new keys")
    await happens(lambda: is_sent(alice), "the new keys were seen")
    draft = Draft(
        to=alice.name, from_=lsp.name, timestamp=context.milliseconds(), content="<b>by the thief</b>"
    )
    forged = await sealed_for(lsp, context, alice.name, compose(draft, former.signing_private).text)
    await submit(context, forged, f"ds.{MAIN}")
    await happens(lambda: kept_apart(alice), "it is kept apart")

    assert "/unverified" in (await http.get(scene.local + "/settings", headers=own)).text
    shown = (await http.get(scene.local + "/unverified", headers=own)).text
    assert "&lt;b&gt;by the thief&lt;/b&gt;" in shown
    assert "signed with earlier keys of" in shown
    keys = await http.get(scene.local + f"/unverified/keys?name={lsp.name}", headers=own)
    assert fingerprint(lsp.identity.signed.profile) in keys.text
    assert "Nothing is to be decided" in keys.text
    good = {**own, "X-Dm3-Form": form_token(shown)}
    taken = await http.post(scene.local + "/unverified/take-back", headers=good, data={"name": lsp.name})
    assert "in force here already" in taken.text
    [kept] = await alice.unverified()
    await http.post(scene.local + "/unverified/discard", headers=good, data={"message": kept.hash})
    assert "There are none" in (await http.get(scene.local + "/unverified", headers=own)).text


async def test_a_request_is_shown_with_what_is_to_be_doubted_and_both_of_its_times(opened):
    scene, http, own = opened
    account, doubted = scene.alice.identity.name, "asks.eth"
    payload = LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=doubted,
        profile_hash="0x00",
        valid_until=4_000_000_000,
        link_message="",
        signature="",
    )
    request = Request(
        state=RequestState.PENDING,
        profile_name=doubted,
        payload=payload,
        main_name=account,
        owner=account,
        own_wallet=True,
        bound=False,
        uri="https://asks.example",
        nonce="1",
        reply_to=doubted,
        reply_hash="0x00",
        message_hash="0x20",
        received_at=1,
        expires_at=4_000_000_000,
        signed_until=3_900_000_000,
    )
    vault = context_of(scene.server.desk.client).vault
    for opaque, warned in ((False, "does not name this request"), (True, "signed something that nobody can")):
        await vault.put(REQUESTS, f"{account}|asks", replace(request, opaque=opaque), section=account)
        shown = (await http.get(scene.local + "/links", headers=own)).text
        assert warned in shown
        assert "would last longer than the text says" in shown
        assert [moment(at) in shown for at in (4_000_000_000, 3_900_000_000)] == [True, True]
    lasting = replace(request, signed_until=4_000_000_000)
    await vault.put(REQUESTS, f"{account}|asks", lasting, section=account)
    assert "Signed until" not in (await http.get(scene.local + "/links", headers=own)).text


async def come_from(account, peer: str) -> int:
    await account.sync()
    return len(await account.messages(peer))


async def is_sent(account) -> bool:
    return not await account.waiting()


async def kept_apart(account) -> int:
    await account.sync()
    return len(await account.unverified())


class Harmless(HTMLParser):
    """Finds what a browser would run, load from elsewhere, or take for part of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "script" and not (told.get("src") or "").startswith("/assets/"):
            self.found.append(f"a script: {told}")
        if tag in ("iframe", "object", "embed", "base", "style", "svg"):
            self.found.append(tag)
        for name, value in ((name, value or "") for name, value in told.items()):
            if name.startswith(("on", "style", "srcdoc", "hx-on")):
                self.found.append(f"{tag} {name}")
            here = value.startswith(("/", "#", "data:image/svg+xml", "data:,")) and value[:2] != "//"
            leads = name in ("src", "action", "formaction", "hx-get", "hx-post") and not here
            if leads or (name == "href" and not here and value.partition(":")[0] not in ("http", "https")):
                self.found.append(f"{tag} {name}={value}")
            if name in ("title", "alt", "aria-label", "placeholder"):
                self.handle_data(value)

    def handle_data(self, data):
        if "\u202e" in data:
            self.found.append(f"turned text: {data}")


async def plant(scene) -> None:
    """What others could say, in all places in which it is kept."""
    vault, account = context_of(scene.server.desk.client).vault, scene.alice.identity.name
    keys, change = identity_of(scene.alice).keys, vault.change()
    notice = Notice(account, EVIL, EVIL, 1)
    change.put(NOTICES, f"{account}|evil", notice, section=account)
    refused = RefusedMessage(
        account=account, hash="0x02", sender=EVIL, type=EVIL, reason=EVIL, sentence=EVIL, at=1
    )
    change.put(REFUSED, f"{account}|evil", refused, section=account)
    kept = KeptEnvelope(
        account=account,
        mailbox=EVIL,
        hash="0x04",
        sender=EVIL,
        type=EVIL,
        at=1,
        kept_at=1,
        until=4_000_000_000,
        size=1,
        state=KeptState.WAITING,
        reason="earlier-keys",
        sentence=EVIL,
        attempts=0,
        next_at=4_000_000_000,
    )
    change.put(KEPT, f"{account}|evil", kept, section=account)
    payload = LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=EVIL,
        profile_hash=EVIL,
        valid_until=4_000_000_000,
        link_message=EVIL,
        signature=EVIL,
    )
    for number, step in enumerate((LinkKind.REQUEST, LinkKind.RECOVER)):
        request = Request(
            state=RequestState.PENDING,
            profile_name=EVIL,
            payload=replace(payload, kind=step),
            main_name=account,
            owner=EVIL,
            own_wallet=False,
            bound=False,
            uri=EVIL,
            nonce=EVIL,
            reply_to=EVIL,
            reply_hash=EVIL,
            message_hash=f"0x1{number}",
            received_at=1,
            expires_at=4_000_000_000,
            link_uri=EVIL,
        )
        change.put(REQUESTS, f"{account}|evil{number}", request, section=account)
    moments = tuple(LinkMoment(at=1, what=what, until=2, page=EVIL, to=EVIL) for what in Moment)
    link = Link(
        state=LinkState.AWAITING_KEYS,
        profile_name=EVIL,
        profile_hash=EVIL,
        main_name=account,
        owner=EVIL,
        uri=EVIL,
        valid_until=4_000_000_000,
        linked_at=1,
        link_message=EVIL,
        vocabulary="LINK",
        history=moments,
    )
    change.put(LINKS, f"{account}|evil", link, section=account)
    section = conversation_key(account, "evil.eth")
    for number, (kind, reference) in enumerate(
        ((MessageType.NEW, None), (MessageType.REPLY, "0x00"), (MessageType.REACTION, "0x00")), start=0
    ):
        files = (
            attach(b"<svg onload='alert(1)'/>", name=EVIL, mime="image/svg+xml"),
            attach(b"<script>alert(1)</script>", name="../../x.html", mime="text/html"),
        )
        draft = Draft(
            to=account, from_="evil.eth", timestamp=number, type=kind, content=EVIL, attachments=files
        )
        message = StoredMessage(
            profile=account,
            peer="evil.eth",
            direction=Direction.IN,
            hash=f"0x0{number}",
            type=kind,
            content=EVIL,
            text=compose(draft, keys.signing_private).text,
            at=1_700_000_000_000 + number,
            reference=reference,
        )
        change.put(MESSAGES, message_key(account, message.hash), message, section=section)
    head = Conversation(profile=account, peer="evil.eth", last_at=1_700_000_000_002, messages=2, unread=2)
    change.put(CONVERSATIONS, section, head, section=account)
    marks = Marks(profile=account, peer="evil.eth", draft=EVIL.strip("\u202e"), allowed=True)
    change.put(MARKS, section, marks, section=account)
    change.put(
        MARKS,
        conversation_key(account, "blocked.eth"),
        Marks(profile=account, peer=EVIL, blocked=True),
        section=account,
    )
    await vault.commit(change)
