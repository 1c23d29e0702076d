"""Names over resolvers, and the resolver's client: real requests, real refusals."""

import asyncio
import json

import pytest

from dm3.base import address_name, owner_alias
from dm3.base.errors import (
    AlreadyTaken,
    CannotTell,
    ConfigurationError,
    InvalidName,
    NobodyAsked,
    NotFound,
    ServiceRefused,
    Unreachable,
)
from dm3.model import RecordKey
from dm3.net import Directory
from dm3.net.clients.resolver import ResolverClient
from dm3.net.clients.resolver_names import ResolverNames
from dm3.net.names.sources import FileNames, NameSources
from dm3.protocol.names.claims import profile_update_message
from tests.e2e.resolver_scene import (
    APP,
    NAME,
    NOW,
    SECOND,
    link_value,
    own_text,
    resolver_scene,
)
from tests.kit import open_client
from tests.unit.people import ALICE, BOB, MALLORY

ALIAS = "alice.user.myapp.eth"


@pytest.fixture
async def scene(tmp_path):
    async with resolver_scene(tmp_path) as running:
        yield running


class Answers:
    """A server on loopback that answers every request with the same bytes and counts them."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[str] = []

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append((await reader.readuntil(b"\r\n")).decode())
        while (await reader.readline()) not in (b"\r\n", b""):
            pass
        writer.write(self.answer)
        writer.close()


def answer(status: str, body: bytes, cache: str = "") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s" % (
        status.encode(),
        len(body),
        f"Cache-Control: {cache}\r\n".encode() if cache else b"",
        body,
    )


async def test_a_claimed_profile_is_resolved_and_verified(scene):
    await scene.claim(ALICE)
    await scene.client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    directory = Directory(ResolverNames(scene.http, {APP: scene.url}))
    for name in (NAME, ALIAS):
        found = await directory.profile(name)
        assert found.owner == ALICE.wallet.address
        assert found.signed.text == ALICE.signed_profile.text


async def test_one_request_serves_text_and_address_until_forgotten(scene):
    body = b'{"name":"a.eth","canonicalName":"a.eth","address":null,"texts":{"k":"v"}}'
    server, time = Answers(answer("200 OK", body)), [0.0]
    async with server as url:
        names = ResolverNames(scene.http, {"eth": url}, clock=lambda: time[0])
        assert await names.text("A.eth", "k") == "v"
        assert await names.address("a.eth") is None
        assert await names.text("a.eth", "other") is None
        assert server.requests == ["GET /names/a.eth HTTP/1.1\r\n"]
        names.forget("a.eth")
        await names.text("a.eth", "k")
        assert len(server.requests) == 2
        time[0] = 2.0
        await names.text("a.eth", "k")
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("", 60),
        ("public, max-age=30", 30),
        ("max-age=1", 1),
        ("max-age=0", 0),
        ("no-store", 0),
        ("max-age=3600", 60),
    ],
)
async def test_nothing_is_remembered_for_longer_than_its_resolver_says(scene, told, seconds):
    await scene.claim(ALICE)
    records = await scene.records(NAME)
    server, time = Answers(answer("200 OK", json.dumps(records).encode(), told)), [0.0]
    async with server as url:
        names = NameSources(ResolverNames(scene.http, {APP: url}, clock=lambda: time[0]))
        directory = Directory(names, cache_seconds=60, clock=lambda: time[0])
        await directory.profile(NAME)
        asked = len(server.requests)
        time[0] = max(0.0, seconds - 0.5)
        await directory.profile(NAME)
        assert (len(server.requests) == asked) is (seconds > 0)
        asked = len(server.requests)
        time[0] = seconds + 0.5
        await directory.profile(NAME)
        assert len(server.requests) > asked


async def test_a_name_that_was_missing_is_seen_as_soon_as_it_is_claimed(scene):
    names = ResolverNames(scene.http, {APP: scene.url})
    assert await names.text(NAME, RecordKey.PROFILE) is None
    assert await names.address(NAME) is None
    await scene.claim(ALICE)
    assert await names.address(NAME) == ALICE.wallet.address


async def test_the_longest_domain_decides_who_is_asked(scene):
    body = b'{"texts":{"k":"%s"}}'
    short, long = Answers(answer("200 OK", body % b"short")), Answers(answer("200 OK", body % b"long"))
    async with short as one, long as other:
        names = ResolverNames(scene.http, {"dm3.eth": one, "Game.dm3.eth": other + "/"})
        assert await names.text("a.game.dm3.eth", "k") == "long"
        assert await names.text("game.dm3.eth", "k") == "long"
        assert await names.text("a.dm3.eth", "k") == "short"
        with pytest.raises(NobodyAsked):
            await names.text("a.notdm3.eth", "k")
        assert (len(short.requests), len(long.requests)) == (1, 2)


@pytest.mark.parametrize(
    ("bytes_", "error"),
    [
        (answer("500 Internal Server Error", b'{"error":"It broke.","code":"x"}'), CannotTell),
        (answer("400 Bad Request", b"<html>"), CannotTell),
        (answer("200 OK", b"<html>"), CannotTell),
        (answer("200 OK", b"{}"), CannotTell),
        (answer("204 No Content", b""), CannotTell),
        (answer("302 Found", b""), CannotTell),
        (answer("401 Unauthorized", b'{"error":"log in","code":"x"}'), CannotTell),
        (answer("404 Not Found", b"<html>Not Found</html>"), CannotTell),
        (answer("404 Not Found", b'{"error":"no such page","code":"http-404"}'), CannotTell),
        (answer("200 OK", b"[]"), CannotTell),
        (answer("200 OK", b'{"texts":{"k":1}}'), CannotTell),
        (answer("200 OK", b'{"texts":{},"address":"alice"}'), CannotTell),
        (answer("200 OK", b'{"texts":null}'), CannotTell),
        (answer("200 OK", b'"' + b"x" * 1_100_000 + b'"'), CannotTell),
        (b"", Unreachable),
    ],
)
async def test_what_a_resolver_answers_is_read_or_refused(scene, bytes_, error):
    async with Answers(bytes_) as url:
        with pytest.raises(error):
            await ResolverNames(scene.http, {"eth": url}).text("a.eth", "k")


async def test_a_resolver_that_is_away_is_unreachable(scene):
    async with Answers(b"") as url:
        pass
    with pytest.raises(Unreachable):
        await ResolverNames(scene.http, {"eth": url}).text("a.eth", "k")
    with pytest.raises(Unreachable):
        await ResolverClient(scene.http, url).name_of(ALICE.wallet.address)
    with pytest.raises(InvalidName):
        await ResolverNames(scene.http, {"eth": url}).text("a..eth", "k")


async def test_every_name_has_one_source(scene, tmp_path):
    await scene.claim(ALICE)
    pinned = address_name(BOB.wallet.address, APP)
    await scene.claim(BOB)
    file = tmp_path / "names.json"
    written = {"other.eth": {"texts": {"k": "mine"}}, pinned: {"address": MALLORY.wallet.address}}
    file.write_text(json.dumps(written))
    names = NameSources(FileNames.read(file), ResolverNames(scene.http, {APP: scene.url}))
    assert await names.text("Other.eth", "k") == "mine"
    assert await names.address("other.eth") is None
    assert await names.address(NAME) == ALICE.wallet.address
    # What the file lists is the file's: the resolver is not asked for what is not in it.
    assert await names.address(pinned) == MALLORY.wallet.address
    assert await names.text(pinned, RecordKey.PROFILE) is None
    for question in (names.text("x.eth", "k"), names.address("x.eth")):
        with pytest.raises(NobodyAsked):
            await question
    assert (names.serves(NAME), names.serves("x.eth")) == (True, False)


async def test_a_resolver_that_is_away_is_not_stood_in_for(scene):
    """Another source could say something else, and an attacker could choose when it is asked."""
    async with Answers(b"") as url:
        pass
    impostor = NamesOfAnybody(MALLORY.wallet.address)
    names = NameSources(ResolverNames(scene.http, {APP: url}), impostor)
    with pytest.raises(Unreachable):
        await names.address(NAME)
    unclaimed = NameSources(ResolverNames(scene.http, {APP: scene.url}), impostor)
    assert await unclaimed.address(f"nobody.{APP}") is None
    assert await unclaimed.address("elsewhere.eth") == MALLORY.wallet.address


class NamesOfAnybody:
    """A source that answers for every name."""

    def __init__(self, address: str) -> None:
        self._address = address

    def serves(self, name: str) -> bool:
        return True

    async def text(self, name: str, key: str) -> str | None:
        return None

    async def address(self, name: str) -> str | None:
        return self._address

    def forget(self, name: str) -> None:
        pass


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "\xff",
        '{"a..eth": {}}',
        '{"a.eth": []}',
        '{"a.eth": {"address": "0x12"}}',
        '{"a.eth": {"texts": {"k": 1}}}',
        '{"a.eth": {"texts": []}}',
    ],
)
def test_what_is_no_file_of_names(text, tmp_path):
    file = tmp_path / "names.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"names\.json"):
        FileNames.read(file)
    with pytest.raises(ConfigurationError, match="absent"):
        FileNames.read(tmp_path / "absent.json")


async def test_the_client_claims_everything_and_may_repeat_it(scene):
    client, keys, owner = scene.client, ALICE.keys, BOB.wallet
    address, alias = ALICE.wallet.address, owner_alias(owner.address, APP)
    text, value = own_text(BOB, ALICE), link_value(ALICE)
    for _ in range(2):
        assert await client.claim_address(ALICE.signed_profile, address, APP) == NAME
        assert await client.claim_alias(ALIAS, NAME, keys.signing_private) == ALIAS
        claimed = await client.claim_owner_alias(NAME, owner.address, text, owner.sign_now(text), keys)
        assert claimed == alias
        published = await client.publish_record(NAME, RecordKey.LINK, value, keys.signing_private, NOW * 1000)
        assert published == NAME
    assert await client.name_of(address) == ALIAS
    assert await client.profile_of(address) == ALICE.signed_profile
    assert (await client.profile_of(address, APP)).hash == ALICE.signed_profile.hash
    names = ResolverNames(scene.http, {APP: scene.url})
    for name in (NAME, ALIAS, alias):
        assert await names.text(name, RecordKey.LINK) == value
    assert await client.remove_alias(ALIAS, keys.signing_private) == ALIAS
    assert await client.name_of(address) == NAME


async def test_refusals_keep_their_sentence_and_reason(scene):
    client = scene.client
    with pytest.raises(NotFound, match="no profile is registered"):
        await client.profile_of(ALICE.wallet.address)
    with pytest.raises(NotFound):
        await client.name_of(ALICE.wallet.address, SECOND)
    await client.claim_address(ALICE.signed_profile, ALICE.wallet.address, APP)
    await client.claim_address(MALLORY.signed_profile, MALLORY.wallet.address, APP)
    await client.claim_alias(ALIAS, NAME, ALICE.keys.signing_private)
    mallory = address_name(MALLORY.wallet.address, APP)
    with pytest.raises(AlreadyTaken):
        await client.claim_alias(ALIAS, mallory, MALLORY.keys.signing_private)
    with pytest.raises(ServiceRefused, match="not signed by the profile") as refused:
        await client.remove_alias(ALIAS, MALLORY.keys.signing_private)
    assert (refused.value.status, refused.value.service_code) == (403, "bad-signature")
    text = profile_update_message(NAME, "0x" + "0" * 64, "0x" + "1" * 64)
    with pytest.raises(ServiceRefused) as refused:
        await client.claim_address(
            MALLORY.signed_profile, ALICE.wallet.address, APP, ALICE.wallet.sign_now(text)
        )
    assert refused.value.service_code == "bad-signature"


async def test_a_server_that_is_no_resolver_is_told_apart(scene):
    async with Answers(answer("200 OK", b'{"name": 7}')) as url, open_client() as http:
        with pytest.raises(CannotTell):
            await ResolverClient(http, url).name_of(ALICE.wallet.address)
