"""ENS names: normal form, and the names that Linked Profiles have (specification 2.6, 3.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .errors import InvalidInput, InvalidName
from .name_faults import refused_name, shown_name

MAX_NAME_LENGTH: Final = 255
MAX_LABEL_LENGTH: Final = 63

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_OWNER_LABELS: Final = ("lsp", "lp")


def normalize(name: str) -> str:
    """Return ``name`` in ENSIP-15 normal form.

    Raises `InvalidName` for empty names, empty labels, names of more than 255 or labels of more than
    63 characters, and whatever ENSIP-15 disallows.
    """
    if not isinstance(name, str):
        raise InvalidName("a name must be text")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidName(f"it has more than {MAX_NAME_LENGTH} characters")
    return _normalize(name)


# Of these signs every sequence is in ENSIP-15 normal form, once in lower case, save "--" as the third
# and fourth sign of a label. Most names are made of nothing else.
_PLAIN = re.compile(r"(?!..--)[a-z0-9-]+(?:\.(?!..--)[a-z0-9-]+)*")


# No name holds them, whatever a normaliser makes of one at an end: they would break lines of texts that are
# signed, of logs and of headers.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _ensip15(name: str) -> str:
    # Imported when needed: its tables take as much memory as all the rest of a service.
    from ens_normalize import DisallowedSequence, ens_normalize

    try:
        normal: str = ens_normalize(name)
    except (DisallowedSequence, ValueError, UnicodeError) as error:
        raise refused_name(name, error) from None
    if found := _CONTROL.search(name):  # a line feed at the end is overlooked
        raise InvalidName(f"{shown_name(name)} contains a disallowed character, U+{ord(found[0]):04X}")
    return normal


def load_name_tables() -> None:
    """Load the tables for names beyond plain ASCII, which takes seconds, before somebody waits for it."""
    _ensip15("\u00e4.eth")


@lru_cache(maxsize=50_000)
def _normalize(name: str) -> str:
    lowered = name.lower() if name.isascii() else name
    normal = lowered if _PLAIN.fullmatch(lowered) else _ensip15(name)
    labels = normal.split(".")
    if not all(labels):
        raise InvalidName(f"{shown_name(name)} is empty or has an empty label")
    if max(map(len, labels)) > MAX_LABEL_LENGTH:
        raise InvalidName(f"{shown_name(name)} has a label of more than {MAX_LABEL_LENGTH} characters")
    return normal


def whole_name(name: str) -> str:
    """Return ``name`` in normal form. Raises as `normalize`, and `InvalidInput` for a name without a dot."""
    normal = normalize(name)
    if "." not in normal:
        raise InvalidInput(
            f"{normal} is no whole name", hint="ENS names have a dot, such as alice.user.dm3.localhost."
        )
    return normal


def same_name(one: str, other: str) -> bool:
    """Whether two names are one in normal form; names that have none are the same as nothing."""
    try:
        return normalize(one) == normalize(other)
    except InvalidName:
        return False


def domain_of(name: str) -> str:
    """The domain that ``name`` (in normal form) is of, its last two labels: its names come from one place."""
    return ".".join(name.split(".")[-2:])


def address_name(address: str, app: str) -> str:
    """The self-certifying name of ``address`` below application ``app`` (specification 3.1)."""
    lowered = address.lower()
    if not _ADDRESS.fullmatch(lowered):
        raise InvalidName(f"{address[:60]!r} is not an Ethereum address")
    return normalize(f"{lowered}.addr.{app}")


def owner_alias(owner: str, app: str) -> str:
    """The alias that ties an LSP of ``app`` to its owner's address (specification 3.1)."""
    lowered = owner.lower()
    if not _ADDRESS.fullmatch(lowered):
        raise InvalidName(f"{owner[:60]!r} is not an Ethereum address")
    return normalize(f"{_OWNER_LABELS[0]}.{lowered}.{app}")


def spellings_of(name: str) -> tuple[str, ...]:
    """Every spelling of ``name`` in normal form, this one first: of an owner alias there are two.

    ``lsp.<owner>.<app>`` and ``lp.<owner>.<app>`` are one alias (specification 3.1).
    """
    normal = normalize(name)
    if owner_of(normal) is None:
        return (normal,)
    label, _, rest = normal.partition(".")
    return (normal, *(f"{other}.{rest}" for other in _OWNER_LABELS if other != label))


def one_spelling(name: str) -> str:
    """``name`` in normal form, of an owner alias in the spelling ``lsp.<owner>.<app>``."""
    found = owner_of(name)
    return normalize(name) if found is None else owner_alias(*found)


def address_of(name: str) -> tuple[str, str] | None:
    """Split an address name into (lower-case address, application), or None for other names."""
    head, _, rest = normalize(name).partition(".")
    marker, _, app = rest.partition(".")
    return (head, app) if _ADDRESS.fullmatch(head) and marker == "addr" and app else None


def owner_of(name: str) -> tuple[str, str] | None:
    """Split an owner alias, in either spelling, into (lower-case owner address, application); or None."""
    marker, _, rest = normalize(name).partition(".")
    owner, _, app = rest.partition(".")
    return (owner, app) if marker in _OWNER_LABELS and _ADDRESS.fullmatch(owner) and app else None


def is_below(name: str, domain: str) -> bool:
    """Whether ``name`` is ``domain`` or a name below it."""
    normal, root = normalize(name), normalize(domain)
    return normal == root or normal.endswith("." + root)
