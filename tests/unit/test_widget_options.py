"""A widget host's configuration: from the file of domains, or from options."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.cli.commands.configured_services import resolver_settings
from dm3.cli.config.config import load
from dm3.cli.config.options import WIDGET
from dm3.cli.config.widget_config import widget_settings
from dm3.widget import FieldKind, Form, FormField, Mode, WidgetApp

FILE = """
["myapp.eth"]
delivery-services = ["ds.myapp.eth"]

["myapp.eth".widget]
to = "desk.user.myapp.eth"
origins = ["https://shop.example", "https://*.shop.example"]
modes = ["chat", "in-app"]
title = "Support"
hours = "Mon-Fri 09:00-17:00, Sat 10:00-13:00 Europe/Berlin"
away = "Asleep."
texts.en.placeholder = "Ask us"
welcome = "Hello!"
consent = "End-to-end encrypted."
attachments = false
attachment-bytes = 1000
sends-per-visitor = 5
lookups-per-visitor = 0
keys-per-visitor = 2

[["myapp.eth".widget.forms]]
name = "feedback"
thanks = "Good."
fields = [{ label = "Liked?", kind = "choice", options = ["Yes", "No"] }]

["other.eth"]
"""


@pytest.fixture
def configured(tmp_path):
    """A configuration of these flags, and of this file of domains."""
    empty = tmp_path / "config.toml"
    empty.touch()

    def make(text: str | None = None, options=WIDGET, **flags: object):
        given = {name.replace("_", "-"): value for name, value in flags.items()}
        if text is not None:
            file = tmp_path / "domains.toml"
            file.write_text(text, encoding="utf-8")
            given["domains-file"] = str(file)
        return load(given, options, empty)

    return make


def test_a_file_says_everything_of_each_widget(configured):
    settings = widget_settings(configured(FILE))
    assert settings is not None
    assert settings.apps == (
        WidgetApp(
            name="myapp.eth",
            to="desk.user.myapp.eth",
            origins=("https://shop.example", "https://*.shop.example"),
            modes=(Mode.CHAT, Mode.IN_APP),
            title="Support",
            hours="Mon-Fri 09:00-17:00, Sat 10:00-13:00 Europe/Berlin",
            away="Asleep.",
            forms=(
                Form(
                    name="feedback",
                    thanks="Good.",
                    fields=(FormField(label="Liked?", kind=FieldKind.CHOICE, options=("Yes", "No")),),
                ),
            ),
            welcome="Hello!",
            consent="End-to-end encrypted.",
            texts={"en": {"placeholder": "Ask us"}},
            attachments=False,
            attachment_bytes=1000,
            sends_per_visitor=5,
            lookups_per_visitor=0,
            keys_per_visitor=2,
        ),
    )


def test_the_resolver_reads_the_same_file(configured):
    from dm3.cli.config.options import RESOLVING

    names = [domain.name for domain in resolver_settings(configured(FILE, RESOLVING)).domains]
    assert names == ["myapp.eth", "other.eth"]


def test_options_say_it_for_the_first_domain(configured):
    settings = widget_settings(
        configured(
            domain=("myapp.eth",),
            widget_to="Desk.user.myapp.eth",
            widget_origin=("https://shop.example",),
            widget_url="https://chat.example",
        )
    )
    assert settings is not None
    assert settings.url == "https://chat.example"
    assert settings.apps == (
        WidgetApp(name="myapp.eth", to="desk.user.myapp.eth", origins=("https://shop.example",)),
    )


def test_without_any_there_is_no_widget_host(configured):
    assert widget_settings(configured()) is None
    assert widget_settings(configured('["myapp.eth"]')) is None


@pytest.mark.parametrize(
    ("text", "flags", "says"),
    [
        (None, {"widget_origin": ("https://shop.example",)}, "whom visitors write to"),
        (FILE, {"widget_to": "a.eth"}, "both given"),
        ('["myapp.eth".widget]\nto = 1', {}, "the widget of myapp.eth"),
        ('["myapp.eth".widget]\nto = "a.eth"\nsends-per-visitor = -1', {}, "below 0"),
        ('["myapp.eth".widget]\ncolour = "red"', {}, "colour"),
        ('["myapp.eth".widget]\nto = "a.eth"\nmodes = ["board"]', {}, "which board"),
        ('["myapp.eth".widget]\nto = "a.eth"\nmodes = ["letters"]', {}, "modes"),
        ('["myapp.eth".widget]\norigins = ["https://shop.example"]', {}, "whom visitors write to"),
        ('["myapp.eth".widget]\nto = "a.eth"\norigins = ["*"]', {}, "origin"),
    ],
)
def test_what_cannot_be_is_said(configured, text, flags, says):
    with pytest.raises(ConfigurationError, match=says):
        widget_settings(configured(text, **flags))
