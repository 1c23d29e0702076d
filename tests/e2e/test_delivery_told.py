"""What a delivery service answers, word for word: refusals above all, and the names of its metrics."""

import json
from typing import Any

import dm3
from tests.e2e.delivery_scene import APP, Person, envelope, serving
from tests.kit.transcripts import Labels, compare

ALICE, BOB, EVE = Person("alice"), Person("bob"), Person("eve")
CALL = {"jsonrpc": "2.0", "id": 1}
TOLD = ("content-type", "allow", "cache-control", "retry-after", "location")
LONGEST = 400


class Talk:
    """Asks one service, and writes down what was asked and answered."""

    def __init__(self, http, known=None) -> None:
        self._http, self._known, self._labels = http, known or {}, Labels(known)
        self._told: list[str] = []

    async def ask(self, method, path, body=None, *, what=None, **headers):
        """One request; ``what`` stands for a body that is another each time."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = await self._http.request(method, path, content=content, headers=headers)
        given = "" if content is None else content.decode("utf-8", "replace")
        for secret, label in self._known.items():
            given = given.replace(secret, label)
        found = {name: answer.headers[name] for name in TOLD if name in answer.headers}
        if "allow" in found:
            found["allow"] = ", ".join(sorted(found["allow"].split(", ")))  # a set, in any order
        head = [f"{name}: {value}" for name, value in found.items()]
        asked = " ".join(filter(None, (method, shortened(path), what or shortened(given))))
        lines = (asked, f"{answer.status_code} {'; '.join(head)}")
        self._told.append("\n".join((*lines, answer.text[:LONGEST], "")))

    def end(self, name):
        compare(name, self._labels.put("\n".join(self._told)))


def shortened(text):
    return text if len(text) < 160 else f"{text[:120]} … ({len(text)} characters)"


async def test_calls_are_answered_in_these_words(tmp_path):
    body: Any
    params: Any
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", size_limit=20_000) as scene:
        token = await scene.arrive(BOB)
        talk = Talk(scene.client.http)
        for body in (b"", b"{", b"\xff", b"1", [], {}, {"jsonrpc": "1.0"}, {**CALL, "id": {}}, [CALL, 1]):
            await talk.ask("POST", "/rpc", body)
        for method in (None, 7, "", "eth_chainId", "dm3_unknown"):
            await talk.ask("POST", "/rpc", {**CALL, "method": method})
        for method in ("dm3_submitMessage", "dm3_getProfileExtension", "dm3_getDeliveryServiceProperties"):
            for params in (None, 7, [], [7], ["x"], {}, {"name": "a..b"}, [EVE.name], {"envelope": {}}):
                await talk.ask("POST", "/rpc", {**CALL, "method": method, "params": params})
        for name in (BOB.name, BOB.name.upper()):
            await talk.ask("POST", "/rpc", {**CALL, "method": "dm3_getProfileExtension", "params": [name]})
        sent = envelope(ALICE, BOB.name, scene.service.profile, "hello")
        for what, given in {
            "a message": sent,
            "the same again": sent,
            "of another version": {**sent, "metadata": {**sent["metadata"], "version": "9"}},
            "with a further member": {**sent, "more": 1},
            "to nobody": envelope(ALICE, EVE.name, scene.service.profile, "to nobody"),
            "sealed for somebody else": envelope(ALICE, BOB.name, EVE.signed.profile, "astray"),
            "too large": envelope(ALICE, BOB.name, scene.service.profile, "x" * 30_000),
        }.items():
            submit = {"jsonrpc": "2.0", "method": "dm3_submitMessage", "params": [given]}
            await talk.ask("POST", "/rpc", {**submit, "id": 1}, what=what)
            await talk.ask("POST", "/rpc", submit, what=f"{what}, without an id")
        for method in ("GET", "OPTIONS", "PUT", "HEAD"):
            await talk.ask(method, "/rpc")
        talk.end("delivery_calls")
        assert len((await scene.client.fetch(BOB, token))["messages"]) == 1


async def test_routes_are_answered_in_these_words(tmp_path):
    body: Any
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", max_readers=2) as scene:
        token = await scene.arrive(BOB)
        secret = token["Authorization"].removeprefix("Bearer ")
        talk = Talk(
            scene.client.http, {secret: "TOKEN", f'"version":"{dm3.__version__}"': '"version":"VERSION"'}
        )
        bob, eve = BOB.name, EVE.name
        for method, path in (
            ("GET", "/"), ("GET", "/nothing"), ("POST", "/health"), ("GET", "/health"), ("HEAD", "/health"),
            ("GET", f"/profile/{eve}"), ("GET", f"/profile/{bob}"), ("GET", "/profile/a..b"),
            ("GET", f"/auth/{eve}"), ("GET", "/auth/a..b"), ("DELETE", f"/auth/{bob}"),
            ("GET", f"/mailbox/{bob}"), ("GET", f"/mailbox/{eve}"),
            ("PUT", f"/escrow/{bob}"), ("DELETE", f"/escrow/{bob}"), ("GET", f"/escrow/{bob}/releases"),
            ("GET", f"/escrow/{APP}/nobody/challenge"),
            ("PATCH", f"/mailbox/{bob}"),
        ):  # fmt: skip
            await talk.ask(method, path)
        for given in ("", "Bearer", "Bearer x", "Basic x", f"Bearer {secret[:-2]}", f"bearer {secret}"):
            await talk.ask("GET", f"/mailbox/{bob}", Authorization=given)
        await talk.ask("GET", f"/mailbox/{eve}", **token)
        for query in (
            "after=x", "after=-1", "after=99999999999999999999", "after=0",
            "limit=0", "limit=x", "limit=100000",
            "wait=-1", "wait=x", "wait=0", "reader=", "reader=a b", f"reader={'r' * 200}", "reader=phone",
            "unheard-of=1",
        ):  # fmt: skip
            await talk.ask("GET", f"/mailbox/{bob}?{query}", **token)
        for name in ("two", "three", "two", "a b", "r" * 200):
            await talk.ask("PUT", f"/mailbox/{bob}/readers/{name}", **token)
        await talk.ask("DELETE", f"/mailbox/{bob}/readers/two", **token)
        await talk.ask("DELETE", f"/mailbox/{bob}/readers/unknown", **token)
        for body in (
            b"",
            b"{",
            [],
            {},
            {"signature": 7},
            {"challenge": "x"},
            {"challenge": "x", "signature": "y"},
        ):
            await talk.ask("POST", f"/auth/{bob}", body)
        for body in (b"", b"{", [], {}, {"profile": 7}, json.loads(EVE.signed.text)):
            await talk.ask("POST", f"/profile/{bob}", body)
        one = {"name": bob, "token": secret}
        for body in (
            b"", [], {}, {"mailboxes": 7}, {"mailboxes": [7]}, {"mailboxes": [{}]}, {"mailboxes": []},
            {"mailboxes": [one, one]},
            {"mailboxes": [{**one, "token": "x"}]}, {"mailboxes": [{**one, "name": eve}]},
            {"mailboxes": [{**one, "after": "x"}]}, {"mailboxes": [{**one, "reader": "a b"}]},
            {"mailboxes": [one], "reader": 7}, {"mailboxes": [one], "reader": "common"},
            {"mailboxes": [one], "limit": 0}, {"mailboxes": [one], "limit": 201},
            {"mailboxes": [one], "limit": 1.5}, {"mailboxes": [one], "limit": True},
            {"mailboxes": [one], "wait": -1}, {"mailboxes": [one], "wait": "1"},
            {"mailboxes": [one], "wait": True}, {"mailboxes": [one], "limit": 200, "wait": 0.0},
            {"mailboxes": [{"name": f"{at}.eth", "token": "x"} for at in range(201)]},
        ):  # fmt: skip
            await talk.ask("POST", "/mailboxes/fetch", body)
        acknowledge = f"/delivery/messages/{bob}/syncAcknowledgements"
        for body in (
            b"", [], {}, {"acknowledgements": 7}, {"acknowledgements": [7]}, {"acknowledgements": [{}]},
            {"acknowledgements": [{"messageHash": "x"}]}, {"acknowledgements": [], "reader": "a b"},
            {"acknowledgements": []},
        ):  # fmt: skip
            await talk.ask("POST", acknowledge, body, **token)
        for body in (b"", b"{", [], {}, {"messageTypes": 7}):
            await talk.ask("PUT", f"/profile/{bob}/extension", body, **token)
        for body in (b"", b"{", [], {}, {"sealed": 7}):
            await talk.ask("PUT", f"/escrow/{bob}", body, **token)
        owner = BOB.wallet.address
        for path in (f"/escrow/{APP}/{owner}", f"/escrow/{APP}/{owner}/login"):
            for body in (
                b"",
                [],
                {},
                {"challenge": "x", "signature": "y"},
                {"authMessage": "x", "authSig": "y"},
            ):
                await talk.ask("POST", path, body)
        told = await scene.client.http.get("/metrics")
        described = [
            line for line in told.text.splitlines() if line.startswith("#") and "_created" not in line
        ]
        talk.end("delivery_routes")
        compare("delivery_metrics", "\n".join(described))
