"""The board: public statements held back or published, seen live, and believed by nobody unverified."""

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio

from dm3.base.errors import BadSignature
from dm3.board import Moderation, live
from dm3.model import Draft, MessageType
from dm3.protocol.board import MAX_ITEM_CHARS, GoneItem
from dm3.protocol.messages.composing import compose
from dm3.service import TooManyRequests
from dm3.store.board import StatementState
from tests.e2e.board_scene import ask, board_of, operator, page, standing, texts, visitor
from tests.e2e.sdk_scene import World, sealed_for, submit, world_on
from tests.kit import happens, open_client
from tests.kit.inside import context_of, identity_of
from tests.unit.board_reader import verified

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet_board(place, tmp_path_factory):
    async with (
        world_on(place) as world,
        board_of(world, tmp_path_factory.mktemp("board")) as board,
    ):
        yield board


async def stands(server: Any, hash: str, state: str) -> None:
    async def there() -> bool:
        return await standing(server, hash) == state

    await happens(there)


async def test_a_statement_waits_is_published_seen_live_withheld_and_removed(world: World, tmp_path):
    async with board_of(world, tmp_path) as board, operator(tmp_path) as statements:
        anna = await visitor(world)
        said = await anna.make_statement(board.name, "Hello <b>everybody</b> \u202egnp")
        await stands(board, said.hash, "waiting")
        assert await texts(board) == []
        start = (await page(board))["next"]

        # A reader waits; the operator publishes in another process.
        waiting = asyncio.create_task(page(board, f"?after={start}&wait=25"))
        await asyncio.sleep(0)
        assert await statements.publish(said.hash)
        seen = await waiting
        statement = verified(seen["items"][0], board.name)
        assert not isinstance(statement, GoneItem)
        assert (statement.text, statement.author) == ("Hello <b>everybody</b> \u202egnp", anna.name)
        assert await texts(board) == [statement.text]

        assert await statements.withhold(said.hash)
        gone = await page(board, f"?after={seen['next']}&wait=25")
        assert gone["items"] == [{"hash": said.hash, "gone": "withheld"}]
        assert await texts(board) == []
        assert await statements.publish(said.hash)
        assert await statements.remove(said.hash, "removed")
        assert (await page(board, f"?after={gone['next']}"))["items"] == [
            {"hash": said.hash, "gone": "removed"}
        ]
        assert await standing(board, said.hash) == "gone"
        kept = await statements.get(said.hash)
        assert kept is not None
        assert (kept.message, kept.profile) == ("", "")


async def test_its_author_withdraws_a_statement_and_nobody_else_can(world: World, tmp_path):
    async with board_of(world, tmp_path, moderation=Moderation.PUBLISH) as board:
        anna, bert = await visitor(world), await visitor(world)
        said = await anna.make_statement(board.name, "I was here")
        await stands(board, said.hash, "published")
        await bert.send(board.name, "", type=MessageType.DELETE_REQUEST, reference=said.hash)
        marker = await bert.make_statement(board.name, "after the attempt")
        await stands(board, marker.hash, "published")
        assert await texts(board) == ["I was here", "after the attempt"]
        await anna.delete(said)
        await stands(board, said.hash, "gone")
        assert await texts(board) == ["after the attempt"]


async def test_forged_replayed_private_and_too_many_messages_are_no_statements(world: World, tmp_path):
    async with board_of(world, tmp_path, moderation=Moderation.PUBLISH, per_author=3, chars=40) as board:
        anna, bert = await visitor(world), await visitor(world)
        said = await anna.make_statement(board.name, "once")
        await stands(board, said.hash, "published")
        context = context_of(await world.client())
        service = (await context.directory.profile(board.name)).signed.profile.delivery_services[0]
        # Bert hands in Anna's statement again, and one in her name that he has signed.
        await submit(context, await sealed_for(bert, context, board.name, said.text), service)
        draft = Draft(
            to=board.name,
            from_=anna.name,
            timestamp=context.milliseconds(),
            content="forged",
            public=True,
        )
        forged = compose(draft, identity_of(bert).keys.signing_private)
        await submit(context, await sealed_for(bert, context, board.name, forged.text), service)
        await bert.send(board.name, "for you alone")
        too_large = await bert.send(board.name, "x" * MAX_ITEM_CHARS)
        long = await bert.make_statement(board.name, "x" * 41)
        floods = [await bert.make_statement(board.name, f"flood {number}") for number in range(5)]
        # All of bert's are dealt with once anna's next one is there.
        last = await anna.make_statement(board.name, "last")
        await stands(board, last.hash, "published")

        async def refused() -> bool:
            told = (await ask(f"{board.url}/metrics")).text
            return all(
                f'dm3_board_refused_total{{code="{code}"}}' in told
                for code in ("author-limit", "too-long", "not-a-statement")
            )

        await happens(refused)
        shown = await texts(board)
        assert shown.count("once") == 1
        assert not {"forged", "for you alone"} & set(shown)
        assert len([text for text in shown if text.startswith("flood")]) == 3
        # Their author is told why.
        assert await why_refused(board, long.hash) == "too-long"
        told = [await why_refused(board, flood.hash) for flood in floods]
        assert sorted(told, key=str) == [None, None, None, "author-limit", "author-limit"]
        assert (await page(board))["chars"] == 40
        # What is too large for any statement is not even kept.
        assert board._host is not None
        profile = board._host._handler._profile
        assert {one.hash: one.reason for one in await profile.refused()}[too_large.hash] == "too-large"
        assert await profile.messages(bert.name) == []
    # What was refused stays refused when the board starts anew and the hour's limit is over.
    async with board_of(world, tmp_path, moderation=Moderation.PUBLISH, chars=100) as board:
        marker = await anna.make_statement(board.name, "after the restart")
        await stands(board, marker.hash, "published")
        assert await texts(board) == [*shown, "after the restart"]
        assert await why_refused(board, long.hash) == "too-long"


async def why_refused(server: Any, hash: str) -> str | None:
    """The board's word for why; None for one that is not refused."""
    answer = await ask(f"{server.url}/board/{server.name}/statements/{hash}")
    told: str | None = answer.json().get("refused")
    return told


async def test_nothing_stays_of_those_who_write_but_what_is_on_the_board(world: World, tmp_path):
    async with board_of(world, tmp_path, moderation=Moderation.PUBLISH) as board:
        anna, bert = await visitor(world), await visitor(world)
        said = await anna.make_statement(board.name, "I stay")
        await stands(board, said.hash, "published")
        # No statements, and no conversations: they are about others alone.
        for number in range(3):
            about = f"0x{number:064x}"
            await bert.send(board.name, "", type=MessageType.REACTION, reference=about)
            await bert.send(board.name, "", type=MessageType.DELETE_REQUEST, reference=about)
        await anna.send(board.name, "for you alone")
        assert board._host is not None
        profile = board._host._handler._profile

        async def all_is_done() -> bool:
            told = (await ask(f"{board.url}/metrics")).text
            # The reactions, and what was for the board alone.
            return (
                'dm3_board_refused_total{code="not-a-statement"} 4.0' in told and await profile.peers() == []
            )

        await happens(all_is_done)
        assert await texts(board) == ["I stay"]
        # The board's store remembers what is there, whoever hands it in again.
        context = context_of(await world.client())
        service = (await context.directory.profile(board.name)).signed.profile.delivery_services[0]
        await submit(context, await sealed_for(bert, context, board.name, said.text), service)
        marker = await bert.make_statement(board.name, "marker")
        await stands(board, marker.hash, "published")
        assert await texts(board) == ["I stay", "marker"]
        # What nobody needs any more in the vault is no reason to forget whose a statement is.
        await anna.delete(said)
        await stands(board, said.hash, "gone")


async def test_a_reader_believes_no_board(world: World, tmp_path):
    async with board_of(world, tmp_path, moderation=Moderation.PUBLISH) as board:
        anna = await visitor(world)
        said = await anna.make_statement(board.name, "what I said")
        await stands(board, said.hash, "published")
        entry = (await page(board))["items"][0]
        message = json.loads(entry["message"])
        message["message"] = "what I never said"
        with pytest.raises(BadSignature):
            verified({**entry, "message": json.dumps(message)}, board.name)


async def test_statements_survive_a_restart_and_what_came_meanwhile_is_taken_in(world: World, tmp_path):
    async with board_of(world, tmp_path) as board:
        anna = await visitor(world)
        first = await anna.make_statement(board.name, "before")
        await stands(board, first.hash, "waiting")
    second = await anna.make_statement(board.name, "meanwhile")
    async with board_of(world, tmp_path) as board, operator(tmp_path) as statements:
        await stands(board, second.hash, "waiting")
        waiting = await statements.of_state(StatementState.WAITING, 10)
        assert [one.hash for one in waiting] == [first.hash, second.hash]
        assert (await ask(f"{board.url}/health")).json()["status"] == "ok"


async def test_events_are_told_in_order_and_end_with_the_service(world: World, tmp_path):
    async with board_of(world, tmp_path, moderation=Moderation.PUBLISH) as board:
        anna = await visitor(world)
        heard: list[dict[str, Any]] = []

        async def listen() -> None:
            async with (
                open_client() as http,
                http.stream("GET", f"{board.url}/board/{board.name}/events") as response,
            ):
                async for line in response.aiter_lines():
                    if line.startswith("data: "):
                        heard.extend(json.loads(line.removeprefix("data: "))["items"])

        listening = asyncio.create_task(listen())
        for number in range(2):
            said = await anna.make_statement(board.name, f"number {number}")
            await stands(board, said.hash, "published")

        async def both() -> bool:
            return len(heard) == 2

        await happens(both)
        assert [verified(entry, board.name).text for entry in heard] == ["number 0", "number 1"]  # type: ignore[union-attr]
    await listening


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?after=-1", 400),
        ("?after=x", 400),
        ("?after=1&before=1", 400),
        ("?limit=0", 400),
        ("?limit=101", 400),
        ("?wait=26&after=0", 400),
        ("?after=99999999999999999999", 400),
        ("/statements/" + "x" * 500, 404),
    ],
)
async def test_what_cannot_be_asked_is_answered_by_a_sentence(quiet_board, query, status):
    answer = await ask(f"{quiet_board.url}/board/{quiet_board.name}{query}")
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_another_board_is_not_here(quiet_board):
    answer = await ask(f"{quiet_board.url}/board/other.eth")
    assert answer.status_code == 404


async def test_a_reader_beyond_those_who_may_wait_is_told_so(quiet_board, monkeypatch):
    monkeypatch.setattr(live, "MOST_WAITING", 0)
    where = f"{quiet_board.url}/board/{quiet_board.name}"
    assert (await ask(f"{where}/events?after=9")).status_code == 429
    assert (await ask(f"{where}?after=9&wait=20")).status_code == 429
    assert (await ask(where)).status_code == 200


async def test_a_listener_whose_place_others_have_taken_is_let_go_in_order(quiet_board, monkeypatch):
    served = quiet_board._host
    monkeypatch.setattr(served._live, "require_place", once_free(served._live.require_place))
    answer = await ask(f"{quiet_board.url}/board/{quiet_board.name}/events?after=9")
    assert (answer.status_code, answer.text) == (200, "retry: 2000\n\n")


def once_free(free):
    """One place is free, then none."""
    asked = []

    def require_place():
        asked.append(free())
        if len(asked) > 1:
            raise TooManyRequests("too many readers wait at this board")

    return require_place
