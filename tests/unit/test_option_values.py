"""How the text of an option is read, whichever option it is."""

import pytest

from dm3.cli.config.option import as_days, as_factor, as_flag, as_network, as_number, as_seconds, as_url


@pytest.mark.parametrize("word", ["yes", "true", "1", "Yes", "TRUE"])
def test_what_says_yes(word):
    assert as_flag(word) is True


@pytest.mark.parametrize("word", ["no", "false", "0", "No", "FALSE"])
def test_what_says_no(word):
    assert as_flag(word) is False


@pytest.mark.parametrize("word", ["", "y", "on", "2", " yes"])
def test_what_says_neither(word):
    with pytest.raises(KeyError):
        as_flag(word)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (as_number, "-3", -3),
        (as_number, "0", 0),
        (as_seconds, "0.5", 0.5),
        (as_days, "1", 1),
        (as_factor, "0.1", 0.1),
        (as_factor, "100", 100.0),
        (as_url, "http://a.example", "http://a.example"),
        (as_url, "https://a.example", "https://a.example"),
        (as_network, "10.0.0.0/8", "10.0.0.0/8"),
        (as_network, "::1", "::1"),
    ],
)
def test_what_is_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "told"),
    [
        (as_number, "1.5", "it is a whole number"),
        (as_seconds, "soon", "it is a number of seconds"),
        (as_days, "0", "it is a whole number from 1"),
        (as_factor, "0.09", "it is a number from 0.1 to 100"),
        (as_factor, "100.1", "it is a number from 0.1 to 100"),
        (as_factor, "nan", "it is a number from 0.1 to 100"),
        (as_factor, "fast", "it is a number from 0.1 to 100"),
        (as_url, "ftp://a.example", "it has the form https://…"),
    ],
)
def test_what_is_not_read_is_told_in_one_form(read, text, told):
    with pytest.raises(ValueError, match=f"^{told}$"):
        read(text)
