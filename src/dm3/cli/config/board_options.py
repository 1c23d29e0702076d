"""The options of a board: rows of `dm3.cli.config.options`."""

from __future__ import annotations

from typing import Final

from dm3.base import normalize
from dm3.board import BoardSettings, Moderation

from .option import Option, as_number, one_of

BOARD_PORT: Final = 8406
_DEFAULTS: Final = BoardSettings(name="x.eth")

BOARD_ROWS: Final = (
    Option(
        name="board-port",
        help="Port of the board; 0 takes a free one.",
        default=BOARD_PORT,
        read=as_number,
    ),
    Option(
        name="board-name",
        help="ENS name of the board, which statements are written to; of the sample site by default "
        "board.user.<domain>.",
        default=None,
        read=normalize,
        sets=(BoardSettings, "name"),
    ),
    Option(
        name="board-moderation",
        help="What becomes of a statement that comes: hold (it waits for dm3 board publish) or publish.",
        default=_DEFAULTS.moderation,
        read=one_of(Moderation),
        sets=(BoardSettings, "moderation"),
    ),
    Option(
        name="board-chars",
        help="Longest text of a statement, in characters; at most 4000.",
        default=_DEFAULTS.chars,
        read=as_number,
        sets=(BoardSettings, "chars"),
    ),
    Option(
        name="board-per-author",
        help="Statements an hour that the board takes of one author; 0: none.",
        default=_DEFAULTS.per_author,
        read=as_number,
        sets=(BoardSettings, "per_author"),
    ),
    Option(
        name="board-in-all",
        help="Statements an hour that the board takes of all authors together; 0: none.",
        default=_DEFAULTS.in_all,
        read=as_number,
        sets=(BoardSettings, "in_all"),
    ),
    Option(
        name="board-waiting",
        help="Statements that may wait to be published; what comes beyond is refused.",
        default=_DEFAULTS.most_waiting,
        read=as_number,
        sets=(BoardSettings, "most_waiting"),
    ),
    Option(
        name="board-published",
        help="Statements that the board shows; the oldest ones go.",
        default=_DEFAULTS.most_published,
        read=as_number,
        sets=(BoardSettings, "most_published"),
    ),
)
