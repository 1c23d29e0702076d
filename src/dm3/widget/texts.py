"""An operator's own words in place of the chat's: only texts that there are, in languages that it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Set
from difflib import get_close_matches
from typing import Final

from dm3.base.errors import ConfigurationError

from .settings import WidgetApp

_SHOWN: Final = 60
"""Characters of a name that an error repeats."""


def check_texts(apps: Iterable[WidgetApp], names: Set[str], languages: Set[str]) -> None:
    """Raise `ConfigurationError` for an app's ``texts`` that stand nowhere: nobody would read them."""
    for app in apps:
        whose = f"the widget of {app.name} has"
        for language, texts in app.texts.items():
            if language not in languages:
                raise ConfigurationError(
                    f"{whose} texts in {language[:_SHOWN]!r}, which the chat does not speak",
                    hint=f"It speaks {', '.join(sorted(languages))}.",
                )
            for name in texts:
                if name not in names:
                    raise ConfigurationError(
                        f"{whose} a text {name[:_SHOWN]!r}, which stands nowhere in the chat",
                        hint=_meant(name, names),
                    )


def _meant(name: str, names: Set[str]) -> str:
    # A name may be right but for the part before its dot.
    last = name.rpartition(".")[2]
    parts = sorted(known for known in names if known.rpartition(".")[2] == last)
    close = parts or get_close_matches(name, sorted(names), n=1)
    if not close:
        return "Their names are in docs/operating.md, under *Widget host*."
    return f"Is {' or '.join(close)} meant?"
