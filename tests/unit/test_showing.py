"""Messages as they are shown: as much of one as does not drive the others away."""

from hypothesis import given
from hypothesis import strategies as st

from dm3.cli.showing import LONGEST, MOST_LINES, cut


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
