"""What `dm3 up` puts beside its services, and the URLs that commands publish."""

import asyncio
from typing import Any

import pytest

from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.cli.commands.configured_services import resolver_settings
from dm3.cli.commands.resolver_setup import _template
from dm3.cli.commands.sample import FORMS, SampleSite
from dm3.cli.commands.serve import (
    UP,
    _board_beside,
    _listed,
    _read_static_again,
    _sample_beside,
    _widget_beside,
    _with_service,
)
from dm3.cli.commands.trial_messenger import trial_messenger
from dm3.cli.config.config import Config, load
from dm3.cli.console.public_urls import public_url
from dm3.cli.console.widget_snippets import snippets, widget_data
from dm3.resolver import DomainSettings, ResolverSettings
from dm3.widget import Mode, WidgetApp

APP = "a.eth"


@pytest.fixture
def configured(tmp_path):
    """A configuration of `dm3 up` with these flags and nothing else."""
    empty = tmp_path / "config.toml"
    empty.touch()

    def make(**flags: object) -> Config:
        given = {name.replace("_", "-"): value for name, value in flags.items()}
        return load({"data-dir": str(tmp_path), "domain": [APP], "sample-port": "0", **given}, UP, empty)

    return make


@pytest.fixture
def sample(tmp_path):
    """The sample site of an application, on a free port, not started."""
    site = SampleSite(APP, tmp_path, 0)
    yield site
    asyncio.run(site.stop())


def test_the_sample_is_an_application_of_its_own(sample):
    assert sample.url == f"http://{sample.site}"
    assert sample.site.startswith("localhost:")
    assert sample.board_name == "board.user.a.eth"
    sample.shows_board("http://127.0.0.1:6")
    widget = sample.widget
    assert (widget.name, widget.to, widget.board) == (APP, "desk.user.a.eth", "board.user.a.eth")
    assert (widget.origins, widget.board_url) == ((sample.url,), "http://127.0.0.1:6")
    assert widget.modes == (Mode.CHAT, Mode.FORM, Mode.IN_APP, Mode.BOARD)
    assert widget.forms == FORMS
    assert (widget.title, widget.welcome) == ("Support of the sample shop", "Hello! How can we help?")
    assert widget.consent.endswith("Your keys stay in this browser.")


def test_sign_ins_of_the_sample_count_at_its_application_alone(sample):
    served = (DomainSettings(name=APP, siwe_domains=("x.example",)), DomainSettings(name="b.eth"))
    first, second = sample.trusted_by(ResolverSettings(domains=served)).domains
    assert first.siwe_domains == ("x.example", sample.site)
    assert second == served[1]


def test_a_port_that_is_taken_is_told(sample, tmp_path):
    port = int(sample.site.partition(":")[2])
    told = f"the sample site cannot listen at port {port}: "
    with pytest.raises(ConfigurationError, match=told) as refused:
        SampleSite(APP, tmp_path, port)
    assert refused.value.hint == "Name another with --sample-port; 0 takes a free one."


def test_a_sample_is_there_where_it_is_wanted(configured):
    assert _sample_beside(configured(), APP) is None
    made = _sample_beside(configured(sample="yes"), APP)
    assert made is not None
    assert made.board_name == "board.user.a.eth"
    asyncio.run(made.stop())
    with pytest.raises(
        ConfigurationError, match=r"a\.eth has a widget of its own, and the sample"
    ) as refused:
        _sample_beside(configured(sample="yes", widget_to="desk.a.eth"), APP)
    assert refused.value.hint == "Start with --sample no, or without --widget-to."


def test_a_widget_host_is_there_for_whom_it_serves(configured, sample):
    assert _widget_beside(configured()) is None
    own = _widget_beside(configured(widget_to="desk.a.eth", widget_url="https://w.example"))
    assert own is not None
    assert [(app.name, app.to) for app in own.apps] == [(APP, "desk.a.eth")]
    assert own.url == "https://w.example"
    both = _widget_beside(configured(widget_to="desk.a.eth"), sample)
    assert both is not None
    assert [app.to for app in both.apps] == ["desk.a.eth", "desk.user.a.eth"]
    alone = _widget_beside(configured(widget_url="https://w.example"), sample)
    assert alone is not None
    assert alone.apps == (sample.widget,)
    assert alone.url == "https://w.example"


@pytest.mark.parametrize(("given", "records"), [("auto", False), ("yes", True), ("no", False)])
def test_what_is_beside_reaches_this_machine_and_strangers_records_do_not(configured, sample, given, records):
    host = _widget_beside(configured(allow_private_addresses=given), sample)
    assert host is not None
    network = host._network_settings
    assert network is not None
    assert (network.allow_private, network.records_may_be_private) == (True, records)


def test_a_board_is_there_beside_the_sample_under_its_name(configured, sample):
    assert _board_beside(configured(board_port="0"), None, "ds.a.eth") is None
    board = _board_beside(configured(board_port="0"), sample, "ds.a.eth")
    assert board is not None
    try:
        assert (board.name, board._services) == ("board.user.a.eth", ("ds.a.eth",))
        assert sample.widget.board_url == board.url
        assert (board._network.allow_private, board._network.records_may_be_private) == (True, False)
    finally:
        asyncio.run(board.stop())
    with pytest.raises(ConfigurationError, match=r"board is board\.user\.a\.eth, not board\.b\.eth"):
        _board_beside(configured(board_port="0", board_name="board.b.eth"), sample, "ds.a.eth")


def test_every_domain_names_the_service_beside_it_unless_it_names_its_own():
    served = (DomainSettings(name=APP), DomainSettings(name="b.eth", delivery_services=("ds.b.eth",)))
    settings = _with_service(ResolverSettings(domains=served, answer_seconds=7), "ds.a.eth")
    assert [domain.delivery_services for domain in settings.domains] == [("ds.a.eth",), ("ds.b.eth",)]
    assert settings.answer_seconds == 7


def test_what_a_resolver_serves_is_listed():
    domains = {APP: "http://127.0.0.1:1", "b.eth": "http://127.0.0.1:2"}
    told = ["a.eth is served at http://127.0.0.1:1", "b.eth is served at http://127.0.0.1:2"]
    assert _listed(domains, None) == told
    assert _listed(domains, "0x12") == [*told, "answers to ENS clients are signed by 0x12"]


def test_static_names_are_read_again_or_stay(configured, tmp_path, capsys):
    class Host:
        names: Any = None

        def replace_static(self, names):
            self.names = names

    host: Any = Host()
    file = tmp_path / "names.json"
    file.write_text('{"x.a.eth": {}}')
    config = configured(static_names=str(file))
    assert list(resolver_settings(config).static) == ["x.a.eth"]
    _read_static_again(config, host)
    assert list(host.names) == ["x.a.eth"]
    assert capsys.readouterr().err == "Read again: 1 static name(s)\n"
    file.write_text("[")
    _read_static_again(config, host)
    assert list(host.names) == ["x.a.eth"]
    assert capsys.readouterr().err.startswith("The static names stay as they were: ")


def test_a_messenger_to_try_is_there_where_it_is_wanted(configured, tmp_path):
    assert trial_messenger(configured()) is None
    made = trial_messenger(configured(try_messenger="yes", messenger_port="7"), "desk.a.eth", "http://x")
    assert made is not None
    assert made._folder == tmp_path / "try-messenger"
    assert (made._port, made._first_peer, made._first_page) == (7, "desk.a.eth", "http://x")
    assert made.data == {"messenger": "", "messengerName": "", "oneTimeAddress": ""}
    assert made.lines[-2:] == (f"Should you lock it: the passphrase is in {made._folder / 'passphrase'}", "")


def test_what_to_paste_into_a_page():
    apps = (WidgetApp(name=APP, to="desk.a.eth", origins=("https://x", "https://y")), WidgetApp(name="b.eth"))
    assert widget_data("http://w", apps) == {"ok": True, "widget": "http://w", "apps": [APP, "b.eth"]}
    assert snippets("http://w", apps) == [
        "widget host         http://w",
        "for pages of        https://x, https://y",
        '  <script src="http://w/dm3.js" async></script>',
        '  <dm3-chat app="a.eth" to="desk.a.eth"></dm3-chat>',
        "for pages of        no page yet: name its origin with --widget-origin",
        '  <script src="http://w/dm3.js" async></script>',
        '  <dm3-chat app="b.eth"></dm3-chat>',
    ]


# --- URLs that everybody sees ---------------------------------------------------------------------------

GOOD = "https://names.a.example"


@pytest.mark.parametrize(
    "url",
    [GOOD, f"{GOOD}:8443/x", "http://127.0.0.1:1", "http://localhost/x", "http://10.0.0.1", "http://[::1]:1"],
)
def test_what_can_be_published(url):
    assert public_url(url, "public-url") == url


@pytest.mark.parametrize(
    ("url", "told", "hint"),
    [
        ("", "'' is not an http or https URL", "Such as https://names.myapp.example"),
        ("names.a.example", "is not an http or https URL", "Such as https://names.myapp.example"),
        ("ftp://a.example", "is not an http or https URL", "Such as https://names.myapp.example"),
        ("https://a.example:port", "'https://a.example:port' is not an http or https URL", ""),
        ("https://[", "is not an http or https URL", ""),
        ("https://me@a.example", "there is a login in the URL, which everybody would read", "Leave it out"),
        ("https://me:pw@a.example", "there is a login in the URL", "Leave it out"),
        ("https://:pw@a.example", "there is a login in the URL", "Leave it out"),
        ("https://", "'https://' names no host", "Such as https://names.myapp.example"),
        ("https:///x", "names no host", "Such as https://names.myapp.example"),
        ("https://a.example/a b", "there is a blank or control character in", ""),
        ("https://a.example/\u202e", "there is a blank or control character in", ""),
        (f"{GOOD}/#x", "must end with its path, without [?] and #", ""),
        (f"{GOOD}/?x={{data}}", "must end with its path, without [?] and #", ""),
        (
            "http://names.a.example",
            "is an http URL, and clients follow https ones only",
            "Serve it by https;",
        ),
    ],
)
def test_what_cannot_be_published_is_told(url, told, hint):
    with pytest.raises(InvalidInput, match=f"^That value cannot be used: public-url: .*{told}") as refused:
        public_url(url, "public-url")
    assert refused.value.hint.startswith(hint)
    assert bool(hint) == bool(refused.value.hint)


def test_a_template_may_ask_for_its_data():
    assert public_url(f"{GOOD}/?x={{data}}", "gateway", template=True) == f"{GOOD}/?x={{data}}"
    for url in (f"{GOOD}/?x={{sender}}", f"{GOOD}/?x={{data}}#y"):
        with pytest.raises(InvalidInput, match=r"gateway: .* must end with its path"):
            public_url(url, "gateway", template=True)
    with pytest.raises(InvalidInput, match=f"{'x' * 60}'? is"):
        public_url(f"ftp://{'x' * 60}", "gateway")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (GOOD, f"{GOOD}/{{sender}}/{{data}}"),
        (f"{GOOD}/x//", f"{GOOD}/x/{{sender}}/{{data}}"),
        (f"{GOOD}/{{sender}}", f"{GOOD}/{{sender}}"),
        (f"{GOOD}/?{{data}}", f"{GOOD}/?{{data}}"),
    ],
)
def test_a_gateway_as_contracts_keep_it(given, kept):
    assert _template(given) == kept
