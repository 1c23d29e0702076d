"""What is shown of links, conversations, messages on their way and services, word for word."""

import json
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from dm3.base.errors import Dm3Error, InvalidInput, NotFound
from dm3.cli.commands.inspect import explain
from dm3.cli.commands.outbox import _block, _facts, outcome_of
from dm3.cli.commands.serve_banner import announce, browser_url
from dm3.cli.console.link_view import how_to_decide, link_block, link_facts, request_block, request_facts
from dm3.cli.console.output import emit, emit_blocks, remark, report, short
from dm3.cli.console.timeline_view import entry_json, glance, lines_of
from dm3.cli.console.transactions import facts_of, mined_facts, send_options
from dm3.cli.console.transit_view import transit_facts, transit_sentence
from dm3.client import InTransit, LinkView, OutboxEntryView, RequestView
from dm3.client.state import NOBODY_THERE, OutboxState
from dm3.crypto import DEFAULT_NONCE, KeyCreationMessage
from dm3.model import Attachment, LinkKind
from dm3.net.chain import Mined
from dm3.protocol.ens import Authority, Publication
from dm3.protocol.linking import Doubt, LinkMoment, LinkRefused, LinkState, Moment, Reason, RecoveryMode
from dm3.protocol.messages import Delivery, Entry, Reaction, Remark, Timeline, Version
from dm3.resolver import DomainSettings
from dm3.widget import WidgetApp
from tests.kit.transcripts import compare

VECTORS = Path(__file__).parents[2] / "vectors"
LSP, DEVICE = f"0x{'a1' * 20}.addr.myapp.eth", f"0x{'b2' * 20}.addr.myapp.eth"
MAIN, OWNER, HASH = "alice.user.dm3.eth", f"0x{'C3' * 20}", f"0x{'d4' * 32}"
AT = 1_800_000_000
DAY = 86_400


@pytest.fixture(autouse=True)
def in_greenwich(monkeypatch):
    """Times as they are shown there, wherever the tests run."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def shown(capsys):
    """Compares what was printed: data, and below each line of remarks behind a sign."""

    def check(name: str, *more: str) -> None:
        out, err = capsys.readouterr()
        compare(name, "\n".join((out, *(f"! {line}" for line in err.splitlines()), *more)))

    return check


def as_json(value) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


# --- links --------------------------------------------------------------------------------------------

REQUEST = RequestView(
    kind=LinkKind.REQUEST, is_recovery=False, profile_name=LSP, main_name=MAIN, owner=OWNER, own_wallet=True,
    paired=False, uri="https://myapp.example", link_uri="", reply_to=LSP, with_keys=True,
    valid_until=AT + 90 * DAY, signed_until=AT + 60 * DAY, message_hash=HASH, received_at=AT,
    expires_at=AT + DAY, doubts=(),
)  # fmt: skip
REQUESTS = (
    REQUEST,
    replace(REQUEST, own_wallet=False, paired=True, with_keys=False, doubts=tuple(Doubt)),
    replace(
        REQUEST, own_wallet=False, link_uri="https://old.example", signed_until=0, doubts=(Doubt.UNBOUND,)
    ),
    replace(
        REQUEST, kind=LinkKind.RECOVER, is_recovery=True, reply_to=DEVICE, link_uri="https://old.example",
        doubts=(Doubt.OTHER_PAGE, Doubt.OPAQUE),
    ),
)  # fmt: skip
LINK = LinkView(
    state=LinkState.LINKED, profile_name=LSP, profile_hash=HASH, main_name=MAIN, owner=OWNER,
    uri="https://myapp.example", valid_until=AT + 90 * DAY, linked_at=AT, has_keys=True, recovery=None,
    paired=False, uncovered=False,
    history=(
        LinkMoment(at=AT, what=Moment.LINKED, until=AT + DAY, page="https://myapp.example", to=LSP),
        LinkMoment(at=AT + 60, what=Moment.RECOVERED, until=AT + DAY, page="https://x.example", to=DEVICE),
    ),
)  # fmt: skip
LINKS = (
    (LINK, False),
    (replace(LINK, recovery=RecoveryMode.UNATTENDED, history=LINK.history[:1]), True),
    (replace(LINK, state=LinkState.AWAITING_KEYS, history=()), False),
)


def test_requests_and_links(shown):
    emit_blocks({}, False, [request_block(one) for one in REQUESTS], "")
    for one in REQUESTS:
        emit({}, False, how_to_decide(one), as_json(request_facts(one)))
    emit_blocks({}, False, [link_block(link, outdated=outdated) for link, outdated in LINKS], "")
    for link, outdated in LINKS:
        emit({}, False, as_json(link_facts(link, outdated=outdated)))
    assert link_block(LINK) == link_block(LINK, outdated=False)
    assert link_facts(LINK) == link_facts(LINK, outdated=False)
    shown("links")


# --- conversations ------------------------------------------------------------------------------------

ENTRY = Entry(
    hash=HASH, author=MAIN, own=False, type="NEW", at=AT * 1_000, content="Good day", attachments=(),
    thread=HASH, latest=HASH,
)  # fmt: skip


def entry(number: int, **more) -> Entry:
    hash = f"0x{number:02x}{'e5' * 31}"
    return replace(ENTRY, hash=hash, latest=hash, at=(AT + 60 * number) * 1_000, **more)


def data(size: int) -> str:
    return f"data:text/plain,{'x' * size}"


ENTRIES = (
    ENTRY,
    entry(1, own=True, author=LSP, content="two\nlines", delivery=Delivery.WAITING, reply_to=HASH, depth=1),
    entry(2, own=True, author=LSP, delivery=Delivery.FAILED, content=None),
    entry(3, own=True, author=LSP, delivery=Delivery.DISCARDED, content="no\n more  blanks " + "y" * 80),
    entry(4, own=True, author=LSP, delivery=Delivery.RECEIVED, reply_to=f"0x03{'e5' * 31}", depth=9),
    entry(5, own=True, author=LSP, delivery=Delivery.READ, edited_at=AT * 1_000, reply_to=f"0x77{'e5' * 31}"),
    entry(6, delivery=Delivery.READ, unread=True, remark=Remark.FOREIGN, reference=HASH, type="EDIT"),
    entry(7, deleted_at=AT * 1_000, content=None, unread=True, own=True, type="REPLY", reply_to=HASH),
    entry(8, type="UNHEARD_OF" * 9, content="z" * 60, unread=True),
    entry(9, type="UNHEARD_OF", content=None),
    entry(10, own=True, type="RESEND_REQUEST", delivery=Delivery.SENT, reply_to=f"0x08{'e5' * 31}"),
    entry(
        11,
        versions=(Version(HASH, "Go day", (), AT * 1_000), Version(HASH, "Goo day", (), (AT + 1) * 1_000)),
        edited_at=(AT + 2) * 1_000,
        reactions=(Reaction("\N{HEAVY BLACK HEART}", (LSP, MAIN, DEVICE)), Reaction("so  so", (DEVICE,))),
        attachments=(
            Attachment(data(0), "nothing.txt"),
            Attachment(data(999), "a.txt"),
            Attachment(data(1_000), "b.txt"),
            Attachment(data(999_499)),
            Attachment(data(2_600_000), "d.txt"),
            Attachment("https://files.example/e.pdf", "e.pdf"),
            Attachment("data:text/plain;base64,!", "broken.txt"),
        ),
    ),
)


def test_a_timeline(shown):
    emit({}, False, *lines_of(Timeline(ENTRIES), LSP))
    emit({}, False, *map(glance, ENTRIES))
    emit({}, False, *(as_json(entry_json(one)) for one in ENTRIES))
    shown("timeline")


# --- what is on its way -------------------------------------------------------------------------------

WAITING = OutboxEntryView(
    id="0f" * 12, account=LSP, to=MAIN, sender=LSP, type="NEW", message_hash=HASH, created_at=AT,
    next_at=AT + 60, attempts=3, state=OutboxState.WAITING, last_error="It is away.", last_code="unreachable",
)  # fmt: skip
ON_ITS_WAY = (
    WAITING,
    replace(WAITING, last_code=NOBODY_THERE, attempts=0),
    replace(WAITING, last_code=NOBODY_THERE, state=OutboxState.FAILED),
)


def test_what_is_on_its_way(shown):
    emit_blocks({}, False, list(map(_block, ON_ITS_WAY)), "")
    for one in (None, *ON_ITS_WAY):
        outcome = outcome_of(one)
        emit({}, False, f"{outcome.state} {outcome.code}: {outcome.told}. {outcome.hint}")
    emit({}, False, *(as_json(_facts(one)) for one in ON_ITS_WAY))
    for undelivered, unseen in ((1, 0), (0, 1), (2, 3)):
        transit = InTransit(undelivered=undelivered, unseen=unseen)
        emit({}, False, transit_sentence(transit), as_json(transit_facts(transit)))
    shown("on_its_way")


# --- transactions -------------------------------------------------------------------------------------


def test_transactions(shown):
    authority = Authority(name=MAIN, owner=OWNER, wrapper=f"0x{'11' * 20}")
    publication = Publication(
        authority=authority, resolver=f"0x{'22' * 20}", key="network.dm3.profile", value="data:",
        current=None, address=f"0x{'33' * 20}", transactions=(), warning=None,
    )  # fmt: skip
    mined = [Mined(HASH, 17, 21_000, 10**18), Mined(HASH, 18, 42_000, 1)]
    emit({}, False, as_json(facts_of(publication)), as_json(mined_facts(mined)))
    shown("transactions")


@pytest.mark.parametrize(
    ("typed", "wei"), [("0", 0), ("0.01", 10**16), ("1", 10**18), ("1000000000", 10**27), ("1e-18", 1)]
)
def test_the_most_that_a_transaction_may_cost(typed, wei):
    options = send_options(True, False, typed)
    assert (options.dry_run, options.yes, options.max_cost) == (True, False, wei)
    assert send_options(False, True, typed).yes is True


@pytest.mark.parametrize("typed", ["", "much", "-0.01", "nan", "inf", "1000000001", "1e900000", "1,5"])
def test_what_is_no_amount_of_ether(typed):
    with pytest.raises(InvalidInput, match=f"{typed!r} is not an amount of ether") as refused:
        send_options(False, False, typed)
    assert refused.value.hint == "Such as --max-cost 0.01"


# --- services -----------------------------------------------------------------------------------------


def said(**members: Any) -> Any:
    """What is said of a service, a command or its configuration, and nothing behind it."""
    return SimpleNamespace(**members)


def site(resolver: str) -> Any:
    return said(
        resolver=said(url=resolver),
        delivery=said(url="http://127.0.0.1:2", name="ds.a.eth"),
    )


APPS = (
    WidgetApp(name="a.eth", to="desk.a.eth", origins=("https://a.example", "https://b.example")),
    WidgetApp(name="b.eth"),
)
BESIDE = {
    "widget": said(url="http://127.0.0.1:3", apps=APPS),
    "sample": said(url="http://localhost:4"),
    "messenger": said(data={"messenger": "http://127.0.0.1:5"}, lines=("You are me.", "")),
    "board": said(url="http://127.0.0.1:6", name="board.user.a.eth"),
}


def test_what_up_says(shown, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/opt/dm3/bin/dm3"])
    config = {"data-dir": Path("/var/dm3")}
    for number, beside in enumerate([(), *((name,) for name in BESIDE), tuple(BESIDE)]):
        where = None if number else "/bin/dm3"
        monkeypatch.setattr("shutil.which", {"dm3": where}.get)
        domains = (
            DomainSettings(name="a.eth", siwe_domains=("x.example", "y.example") if beside else ()),
            DomainSettings(name="b.eth"),
        )
        emit({}, False, f"# with {', '.join(beside) or 'nothing'} beside", "")
        for in_json in (False, True):
            call = said(config=config, json=in_json)
            announce(call, site("http://127.0.0.1:1"), domains, **{name: BESIDE[name] for name in beside})
        emit({}, False, "")
    shown("up")


def test_up_does_not_ask_for_a_setting_that_is_the_default(capsys):
    call = said(config={"data-dir": Path("/var/dm3")}, json=False)
    announce(call, site("http://127.0.0.1:8402"), [DomainSettings(name="dm3.localhost")])
    assert "export" not in capsys.readouterr().out
    announce(call, site("http://127.0.0.1:8403"), [DomainSettings(name="dm3.localhost")])
    assert "  export DM3_RESOLVER=dm3.localhost=http://127.0.0.1:8403\n" in capsys.readouterr().out


def test_browsers_are_led_to_the_site_of_the_sample():
    assert browser_url("http://127.0.0.1:8080/x") == "http://localhost:8080/x"
    assert browser_url("https://127.0.0.1.example") == "https://127.0.0.1.example"


# --- things that are explained ------------------------------------------------------------------------


def cases(file: str):
    return json.loads((VECTORS / f"{file}.json").read_text("utf-8"))["cases"]


def things():
    """Everything in the vectors that can be explained, with its place."""
    for case in cases("linking/link_messages"):
        yield f"link message, {case['name']}", case["text"]
    for case in cases("linking/records"):
        for name, published in case["names"].items():
            if record := published["texts"].get("network.dm3.link"):
                yield f"record, {case['name']}, of {name}", record
    for case in cases("base/envelopes")[:6]:
        yield f"envelope, {case['name']}", json.dumps(case["envelope"])
    for case in cases("base/profiles")[:3]:
        yield f"profile, {case['name']}", json.dumps(case["signed_profile"])
    for nonce in (DEFAULT_NONCE, "0x" + "ab" * 32):
        yield f"key creation, {nonce[:6]}", KeyCreationMessage("0x" + "11" * 20, nonce).text


def explained(text: str, signature: str = "") -> str:
    facts = explain(text, signature)
    width = max(map(len, facts))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in facts.items())


def test_things_are_explained(shown):
    told = []
    for place, text in things():
        with suppress(Dm3Error):  # which ones are to be refused is said in the vectors' own tests
            told.append(f"# {place}\n{explained(text)}\n")
    [signed] = [case for case in cases("linking/link_messages") if case["name"] == "printed-for-linking"]
    told += [explained(signed["text"], f"0x{digits * 65}") for digits in ("00", "11")]
    shown("explained", *told)


# --- the console itself -------------------------------------------------------------------------------


def test_the_console(shown):
    emit({"a": "\u061c\u2028\x7f\N{SNOWMAN}", "ok": False}, True)
    emit({"path": Path("/x")}, True, "not this")
    emit({}, False, "[bold]as it stands[/]", "tab\tand \x07 bell", "")
    emit_blocks({"rows": []}, False, [], "Nothing.")
    emit_blocks({"rows": []}, True, [], "Nothing.")
    remark("[dim]a remark[/] \x1b[31m")
    for as_json in (False, True):
        report(InvalidInput("no [number]"), as_json)
        report(NotFound("gone", hint="Look [there]."), as_json)
        report(LinkRefused(Reason.EXPIRED, "too late"), as_json)
    for name in (LSP, f"0x{'a1' * 20}", f"0x{'a1' * 19}.eth", MAIN, "0x"):
        emit({}, False, short(name))
    shown("console")
