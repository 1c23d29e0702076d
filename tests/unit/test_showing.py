"""Messages as they are shown: as much of one as does not drive the others away."""

from hypothesis import given
from hypothesis import strategies as st

from dm3.base import MOST_MARKS
from dm3.cli.commands.watch import message_lines
from dm3.cli.console.output import LONGEST as LONGEST_LINE
from dm3.cli.console.output import emit
from dm3.cli.console.timeline_view import LONGEST, MOST_LINES, cut
from dm3.client import Direction, StoredMessage
from dm3.messenger.markdown import shown_message, shown_text

PILE = "Z" + "\u0301\u0489" * 500 + "algo, n\u0303, \u0e01\u0e34\u0e48, \u2764\ufe0f"


@given(st.text(st.sampled_from("ab\n"), max_size=2_000))
def test_an_ordinary_message_is_shown_whole(text):
    if text.count("\n") < MOST_LINES:
        assert cut(text) == text


def test_a_huge_message_is_cut_and_says_how_much_is_left():
    for text in ("x" * 10**6, "\n" * 10**5, "long\n" * 10**4):
        shown = cut(text)
        assert len(shown) < LONGEST + 60
        assert shown.count("\n") < MOST_LINES
        kept = shown.partition(" … (")[0]
        assert text.startswith(kept)
        assert f"({len(text) - len(kept)} more characters; --json has all)" in shown


def test_piles_of_marks_and_endless_lines_are_cut_wherever_they_are_printed(capsys):
    emit({}, False, PILE)
    out = capsys.readouterr().out
    assert out.count("\u0301") + out.count("\u0489") == MOST_MARKS
    assert out.strip().endswith("algo, n\u0303, \u0e01\u0e34\u0e48, \u2764\ufe0f")
    emit({}, False, "x" * 10**6)
    out = capsys.readouterr().out
    assert len(out) < LONGEST_LINE + 100
    assert f"({10**6 - LONGEST_LINE} more characters; --json has all)" in out
    emit({"text": PILE}, True)
    assert PILE in capsys.readouterr().out


def test_piles_of_marks_are_cut_on_the_messenger_s_pages_too():
    for shown in (shown_text(PILE), str(shown_message(PILE)), shown_text("Z" + "\u0301\u0301\u200d" * 500)):
        assert sum(map(shown.count, ("\u0301", "\u0489"))) == MOST_MARKS
    family = "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468"
    assert shown_text(family) == family


def watched(type: str, content: str | None) -> list[str]:
    message = StoredMessage(
        profile="a.eth", peer="b.eth", direction=Direction.IN, hash="0x", type=type, content=content,
        text="{}", at=0,
    )  # fmt: skip
    head, *lines = message_lines(message)
    assert head.endswith("  b.eth")
    return lines


def test_a_watched_message_is_told_line_by_line_with_all_its_white_space():
    assert watched("NEW", "two words\n\n  and an indented line") == [
        "  two words",
        "  ",
        "    and an indented line",
    ]
    assert watched("NEW", None) == ["  "]


def test_of_a_watched_change_the_type_is_told_too():
    assert watched("REACTION", "\N{HEAVY BLACK HEART}") == ["  [REACTION] \N{HEAVY BLACK HEART}"]
    assert watched("X" * 50, "text") == ["  text"], "what is not known is an entry"
