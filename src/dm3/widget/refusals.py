"""What stands in a page in place of the chat that it may not show: a sentence for whoever sees it.

A page that ``frame-ancestors`` keeps out would be shown an empty box, and its developer nothing. Who the
page is says the request's ``Referer``, which the loader has browsers send. It opens nothing: the chat itself
always comes with the policy that browsers keep.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request

from .settings import WidgetApp

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<title>No chat here</title>
<link rel="stylesheet" href="/assets/{css}">
<script type="module" src="/assets/{js}"></script>
</head>
<body>
<main class="refused" data-code="{code}">
<h1>{sentence}</h1>
<p class="hint">{hint}</p>
<button type="button" hidden>Close</button>
</main>
</body>
</html>
"""
NOT_ALLOWED: Final = "page-not-allowed"
NO_SUCH_APP: Final = "no-such-app"


def page_around(request: Request[Any, Any, Any]) -> str | None:
    """The origin of the page that loads this request's answer into a frame; None where that is not known."""
    if request.headers.get("sec-fetch-dest") != "iframe":
        return None
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else None


def may_embed(app: WidgetApp, origin: str) -> bool:
    """Whether the frame takes a page of ``origin``; ``*`` stands for one label, as in the frame itself."""
    patterns = (re.escape(allowed).replace(r"\*", "[^.:/]+") for allowed in app.origins)
    return any(re.fullmatch(pattern, origin) for pattern in patterns)


def refused_page(app: str, origin: str | None, *, code: str, css: str, js: str) -> bytes:
    """The page that says why there is no chat of ``app`` in a page of ``origin``."""
    if code == NO_SUCH_APP:
        sentence = f"There is no chat of {app[:100]} at this address."
        hint = (
            "For who made this page: compare the attribute app with the name that the chat's operator serves."
        )
    else:
        sentence = f"This page may not show the chat of {app[:100]}."
        hint = (
            f"For who made this page: the chat's operator has to allow {origin} among the widget's origins."
        )
    parts = {"code": code, "sentence": sentence, "hint": hint, "css": css, "js": js}
    return _PAGE.format(**{name: html.escape(part) for name, part in parts.items()}).encode()


def refused_headers(common: dict[str, str]) -> dict[str, str]:
    """Any page may show it: it has no keys, no settings, and nothing to click but to close it."""
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
    return {**common, "Content-Security-Policy": policy, "Cache-Control": "no-store"}
