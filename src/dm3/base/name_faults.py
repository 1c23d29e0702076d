"""What is wrong with a name that ENSIP-15 does not allow, as a sentence, and which name would be right.

The sentences are plain ASCII: a name is refused for signs that do not show, turn the direction of writing
round or look like others, and whoever reads the refusal must not see those again.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from .errors import InvalidName

if TYPE_CHECKING:
    from ens_normalize import CurableSequence

SHOWN_LENGTH: Final = 60
SIGNS_NAMED: Final = 3
MOST_FAULTS: Final = 4

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def shown_name(name: str) -> str:
    """A name in quotes for a sentence: what is not ASCII as escapes, and not longer than 60 characters."""
    return f"'{ascii(name)[1:-1][:SHOWN_LENGTH]}'"


def refused_name(name: str, fault: Exception) -> InvalidName:
    """The refusal of ``name``, in which ens-normalize has found ``fault``.

    Its hint is a similar name that is valid, where leaving something out is all it takes: signs that may be
    confused with others are not replaced by a guess.
    """
    # Imported when needed: its tables take as much memory as all the rest of a service.
    from ens_normalize import CurableSequence, DisallowedSequence

    if not isinstance(fault, DisallowedSequence):
        return InvalidName(f"{shown_name(name)} is not well-formed text")
    told = f"{shown_name(name)} {fault.general_info[:1].lower()}{fault.general_info[1:]}"
    if not isinstance(fault, CurableSequence):
        return InvalidName(told)
    signs, similar = _signs(fault.sequence), _similar(name, fault)
    hint = None if similar is None else f"This would be a valid one: {similar}"
    return InvalidName(f"{told}, {signs}" if signs else told, hint=hint)


def _signs(sequence: str) -> str:
    """The signs at fault by number and name; nothing for those that a sentence names anyway."""
    if sequence.strip("-._") == "":
        return ""
    named = [f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".strip() for sign in sequence[:SIGNS_NAMED]]
    return " and ".join(named) + (" and more" if len(sequence) > SIGNS_NAMED else "")


def _similar(name: str, fault: CurableSequence) -> str | None:
    """The name that is left when what is at fault is left out; None where there is none to show.

    Of short names with few faults only: each takes looking at the whole name again, and anybody may send
    such names.
    """
    if len(name) > SHOWN_LENGTH:
        return None
    from ens_normalize import CurableSequence as AnotherFault
    from ens_normalize import CurableSequenceType, DisallowedSequence, ens_normalize

    labels = sum(map(bool, name.split(".")))
    for _ in range(MOST_FAULTS):
        if fault.code == CurableSequenceType.CONF_MIXED.code:
            return None
        name = name[: fault.index] + fault.suggested + name[fault.index + len(fault.sequence) :]
        try:
            normal = ens_normalize(name)
        except AnotherFault as another:
            fault = another
        except (DisallowedSequence, ValueError, UnicodeError):
            return None
        else:
            # A label that had nothing else in it was not a slip.
            return normal if normal.count(".") + 1 == labels and _may_be_shown(normal) else None
    return None


def _may_be_shown(name: str) -> bool:
    return name.isprintable() and not _RIGHT_TO_LEFT.intersection(map(unicodedata.bidirectional, name))
