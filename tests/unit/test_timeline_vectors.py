"""The vectors of `vectors/messages/` are what the rules of a timeline give today."""

from tests.vectors_messages.generate import generated


def test_the_committed_vectors_are_those_that_are_generated():
    for path, text in generated().items():
        assert path.read_text(encoding="ascii") == text, "run `make vectors`"
