"""Importing late: what a package shows is imported when it is first used, and what is missing is named.

Most programs need a small part of what is here: a client neither the services' stack nor a chain.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

DISTRIBUTION: Final = "dm3-linked-profiles"

EXTRAS: Final[dict[str, frozenset[str]]] = {
    "services": frozenset(("httptools", "jwt", "litestar", "prometheus_client", "structlog", "uvicorn")),
    "chain": frozenset(("eth_abi", "eth_account")),
}
"""The extras of the package, and what only they install."""


class MissingExtra(ImportError):
    """Packages are needed that come with an ``extra`` of ours which is not installed."""

    def __init__(self, extra: str, package: str) -> None:
        self.extra = extra
        self.sentence = (
            f"this needs the extra '{extra}' of {DISTRIBUTION}, which is not installed ({package})"
        )
        self.hint = f"Install it: pip install '{DISTRIBUTION}[{extra}]'"
        super().__init__(f"{self.sentence}. {self.hint}", name=package)


@contextmanager
def naming_extras() -> Iterator[None]:
    """Around imports: turn what is not installed into `MissingExtra`, where an extra of ours brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        for extra, packages in EXTRAS.items():
            if missing in packages:
                raise MissingExtra(extra, missing) from None
        raise


def lazy_face(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` (PEP 562) of a ``package`` whose names are imported when first used.

    ``homes`` are the names by the module that has them, relative to the package or in full;
    ``shown=theirs`` is a name that goes by another one there. For type checkers the package imports the same
    under ``TYPE_CHECKING``; a habit test compares.
    """
    at: dict[str, tuple[str, str]] = {}
    for module, names in homes.items():
        for name in names:
            shown, _, theirs = name.partition("=")
            at[shown] = module, theirs or shown

    def find(name: str) -> Any:
        if name not in at:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, theirs = at[name]
        with naming_extras():
            value = getattr(import_module(module, package), theirs)
        setattr(sys.modules[package], name, value)
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *at})
