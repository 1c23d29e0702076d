"""One hostile delivery service of one linked application, and what it costs everybody else: nothing."""

import os

import pytest
import pytest_asyncio

from dm3.base.errors import Dm3Error
from dm3.client import App
from dm3.client.reading.inbox import Inbox
from dm3.client.reading.mailbox import Mailbox
from dm3.client.reading.mailbox_turn import Budget, Source
from dm3.crypto import KeyWallet, ProfileKeys, Seed, WalletKey
from dm3.model import Profile
from dm3.net import Timeouts
from dm3.wire import with_signature
from tests.e2e.sdk_scene import APP, PAGE, link, listening, texts
from tests.kit import eventually
from tests.kit.hostile import (
    HostileDelivery,
    drips,
    endless,
    hangs,
    junk,
    names_file,
    page_of,
    refuses,
    says,
    stands_still,
)
from tests.kit.inside import context_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def evil():
    async with HostileDelivery() as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def linked(world, evil, tmp_path):
    """Alice, to whom a profile is linked whose delivery service is the hostile one."""
    names = names_file(tmp_path / "names.json", evil)
    world.app = App(APP, PAGE, delivery_services=(evil.name,))
    alice = await world.alice(names_file=names)
    await link(alice, await world.lsp(names_file=names), world.wallet)
    assert [profile.profile_name for profile in await alice.links()]
    return alice


HOSTILE = {
    "hangs": hangs,
    "drips": drips(),
    "junk without end": endless(junk),
    "a cursor that stands still": stands_still(junk),
    "no page": page_of(cursor="x" * 1_000),
    "refuses": refuses(500),
}


@pytest.mark.parametrize("behaviour", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_comes_elsewhere_is_told_at_once(world, evil, linked, behaviour):
    evil.page = behaviour
    before = len(evil.fetched())
    team = await world.team()
    async with listening(linked) as heard:
        await team.send(linked.name, "hello")
        assert await eventually(heard.get()) == "hello"
        if behaviour in (hangs, HOSTILE["drips"]):
            assert linked.errors == [], "it hangs still"
        await team.send(linked.name, "and again")
        assert await eventually(heard.get()) == "and again"
    assert len(evil.fetched()) > before


@pytest.mark.parametrize("behaviour", [endless(junk), stands_still(junk)])
async def test_a_sync_ends_however_much_a_service_sends(world, evil, linked, behaviour):
    evil.page = behaviour
    before = len(evil.fetched())
    await (await world.team()).send(linked.name, "hello")
    assert texts(await linked.sync()) == ["hello"]
    assert 1 <= len(evil.fetched()) - before <= 4
    assert [evil.name in str(trouble) for trouble in linked.errors] == [True]
    assert len(await linked.refused()) == 1, "the list of refusals is not flushed by it"


@pytest.mark.parametrize("behaviour", [hangs, HOSTILE["drips"]], ids=["hangs", "drips"])
async def test_what_takes_time_is_left_alone_for_a_while(world, evil, linked, behaviour):
    context_of(linked).http.timeout = 1
    object.__setattr__(context_of(linked).directory, "timeouts", Timeouts(step=1))
    evil.page = behaviour
    team = await world.team()
    await linked.sync()
    [trouble] = linked.errors
    before = len(evil.fetched())
    await team.send(linked.name, "hello")
    assert texts(await linked.sync()) == ["hello"]
    assert (len(evil.fetched()), list(map(str, linked.errors))) == (before, [str(trouble)])


# --- several mailboxes of one service ------------------------------------------------------------------


def mailboxes(context, services, count):
    """Mailboxes of ``count`` profiles that nobody has to know, each at one of these services."""
    for number in range(count):
        keys, wallet = ProfileKeys.from_seed(Seed(os.urandom(32))), KeyWallet(WalletKey(os.urandom(32)))
        service = services[number % len(services)]
        profile = Profile(keys.signing_public, keys.encryption_public, (service.name,))
        signed = with_signature(profile, wallet.sign_now("whatever"))
        yield Mailbox(context, f"p{number}.{APP}", signed, keys, f"reader{number}")


class Taker:
    def __init__(self):
        self.got = []

    async def __call__(self, incoming):
        self.got.append(incoming)
        return incoming.envelope is not None


@pytest_asyncio.fixture(loop_scope="module")
async def ten(world, tmp_path):
    """Ten services, and a client that finds them."""
    services = [HostileDelivery(f"ds.s{number}.eth") for number in range(10)]
    for service in services:
        await world.stack.enter_async_context(service)
    client = await world.client(names_file=names_file(tmp_path / "names.json", *services))
    return services, context_of(client)


async def test_a_hundred_profiles_at_ten_services_are_one_request_for_each_service(ten):
    services, context = ten
    inbox, take = Inbox(context), Taker()
    sources = [Source(mailbox, take) for mailbox in mailboxes(context, services, 100)]
    troubles: list[Dm3Error] = []
    await inbox.fetch(sources, 0, troubles)
    for service in services:
        service.heard.clear()
    await inbox.fetch(sources, 0, troubles)
    assert troubles == []
    for service in services:
        [asked] = service.heard
        assert (asked.method, asked.path, len(asked.body["mailboxes"])) == ("POST", "/mailboxes/fetch", 10)


@pytest.mark.parametrize("status", [404, 405, 400, 501])
async def test_a_service_that_reads_one_at_a_time_is_read_one_at_a_time(ten, status):
    [service, *_], context = ten
    service.several, service.page = refuses(status), page_of(junk(1))
    inbox, take = Inbox(context), Taker()
    troubles: list[Dm3Error] = []
    sources = [Source(mailbox, take) for mailbox in mailboxes(context, [service], 3)]
    for _ in range(2):
        await inbox.fetch(sources, 0, troubles)
    assert [heard.method for heard in service.fetched() if heard.path == "/mailboxes/fetch"] == ["POST"]
    assert sorted(incoming.mailbox for incoming in take.got) == sorted(
        2 * [source.mailbox.name for source in sources]
    )


async def test_one_mailbox_that_is_refused_is_no_others_trouble(ten):
    [service, *_], context = ten
    inbox, take = Inbox(context, Budget(junk=1_000)), Taker()
    troubles: list[Dm3Error] = []
    first, second = (Source(mailbox, take) for mailbox in mailboxes(context, [service], 2))
    good = {"messages": [junk(1)], "cursor": 1, "more": False}

    told = {"error": "no", "code": "too-many-readers"}
    service.several = says({"pages": {first.mailbox.name: told, second.mailbox.name: good}})
    service.page = refuses(429)
    await inbox.fetch([first, second], 0, troubles)
    assert [incoming.mailbox for incoming in take.got] == [second.mailbox.name]
    assert list(map(str, troubles)) == ["no"]


@pytest.mark.parametrize("count", [1, 2])
async def test_a_token_that_no_longer_holds_is_renewed_again_and_again(ten, count):
    """A program that runs for days outlives its tokens, and what it has renewed once."""
    [service, *_], context = ten
    inbox, take = Inbox(context), Taker()
    troubles: list[Dm3Error] = []
    sources = [Source(mailbox, take) for mailbox in mailboxes(context, [service], count)]
    names = [source.mailbox.name for source in sources]
    told = {"error": "the access token has expired", "code": "unauthorized"}
    good = page_of(junk(1), more=False)

    def logins(name):
        asked = [heard for heard in service.heard if heard.path == f"/auth/{name}"]
        return sum(heard.method == "POST" for heard in asked)

    def expired(wanted):
        async def answer(heard, writer):
            name = heard.path.rpartition("/")[2]
            await (good if logins(name) == wanted else refuses(401, "unauthorized"))(heard, writer)

        return answer

    service.several = says({"pages": dict.fromkeys(names, told)})
    already = 0 if count == 1 else 1  # the call for several is made with a first token
    for round_ in range(1, 4):
        service.page = expired(already + round_)
        await inbox.fetch(sources, 0, troubles)
        assert (len(take.got), troubles) == (round_ * count, [])
