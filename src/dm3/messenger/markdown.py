"""Messages as pages show them: a small part of Markdown, and never a sender's HTML or address to load."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup

from dm3.base import without_piles

LONGEST: Final = 20_000
"""Characters of a message that are shown; the export has all."""

_RULES: Final = ("emphasis", "backticks", "strikethrough", "link", "newline", "escape", "fence", "list")
_RULES_OF_BLOCKS: Final = ("blockquote",)


def _make() -> MarkdownIt:
    # "zero" knows nothing: what is not enabled here stays text, HTML and images among it.
    made = MarkdownIt("zero", {"html": False, "breaks": True, "linkify": False}).enable(
        [*_RULES, *_RULES_OF_BLOCKS, "balance_pairs"]
    )
    made.validateLink = is_harmless  # type: ignore[method-assign]
    made.add_render_rule("link_open", _open_link)
    return made


def is_harmless(url: str) -> bool:
    """Whether a link may lead there: a page of the web, told by its full address."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _open_link(renderer: object, tokens: list, index: int, options: object, env: object) -> str:  # type: ignore[type-arg]
    # Where it leads stands beside what it is called: no sender may call one page by the name of another.
    url = str(tokens[index].attrGet("href") or "")
    shown = Markup.escape(url)
    return f'<a href="{shown}" title="{shown}" rel="noopener noreferrer nofollow" target="_blank">'


_MARKDOWN: Final = _make()


def shown_text(text: str) -> str:
    """``text`` without what would turn other text around, is not to be seen, or reaches over other lines."""
    text = without_piles(text)
    if text.isprintable():
        return text
    kept = (sign for sign in text if sign in "\n\t\u200d" or unicodedata.category(sign) not in _HIDDEN)
    return "".join(kept)


_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def shown_message(content: str | None) -> Markup:
    """A message's text as HTML of our own making."""
    text = shown_text(content or "")
    cut = text[:LONGEST] + (" …" if len(text) > LONGEST else "")
    return Markup(_MARKDOWN.render(cut))  # noqa: S704  # from a parser that knows no HTML
