"""An operator's own words: those that would stand nowhere are told when the host starts."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.widget import WidgetApp
from dm3.widget.pages import Assets
from dm3.widget.texts import check_texts

ASSETS = Assets()


def check(texts: dict[str, dict[str, str]]) -> None:
    app = WidgetApp(name="myapp.eth", to="desk.user.myapp.eth", texts=texts)
    check_texts([app], ASSETS.texts, ASSETS.languages)


def test_texts_of_each_part_and_language_are_taken():
    check({"en": {"placeholder": "Ask us", "link.linkWhat": "…"}, "de": {"board.say": "…"}, "ar": {}})


@pytest.mark.parametrize(
    ("texts", "said", "hint"),
    [
        ({"fr": {"placeholder": "Écrivez"}}, "'fr'", "ar, de, en"),
        ({"en": {"placholder": "Ask us"}}, "'placholder'", "Is placeholder meant?"),
        ({"en": {"linkWhat": "…"}}, "'linkWhat'", "Is link.linkWhat meant?"),
        ({"de": {"xyzzy": "…"}}, "'xyzzy'", "docs/operating.md"),
    ],
)
def test_a_text_that_stands_nowhere_is_told_with_what_may_be_meant(texts, said, hint):
    with pytest.raises(ConfigurationError, match=said) as raised:
        check(texts)
    assert hint in (raised.value.hint or "")
