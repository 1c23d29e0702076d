"""What browsers load: the loader, the frame of each application, and the built files (specification 5.7).

The frame's page holds nothing but its settings as data; every script and style is a file of this origin, and
the policy lets nothing else in. Whether a page may embed the frame stands in ``frame-ancestors``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib import resources
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.params import FromPath
from msgspec import to_builtins

from dm3.base.errors import ConfigurationError, NotFound
from dm3.base.version import __version__

from .applications import Applications
from .hours import read_hours
from .refusals import NO_SUCH_APP, NOT_ALLOWED, may_embed, page_around, refused_headers, refused_page
from .settings import WidgetApp

LOADER: Final = "dm3.js"
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".map": "application/json",
}
_SHORT: Final = "public, max-age=300"
_FOR_EVER: Final = "public, max-age=31536000, immutable"

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="stylesheet" href="/assets/{css}">
<script type="module" src="/assets/{js}"></script>
</head>
<body>
<div id="dm3" data-settings="{settings}"></div>
<noscript>This chat needs JavaScript.</noscript>
</body>
</html>
"""


class Assets:
    """The files that `make web` has built, by name; read once.

    ``texts``: the names of the chat's texts; ``languages``: those that it speaks.
    """

    def __init__(self) -> None:
        folder = resources.files("dm3.widget") / "static"
        try:
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            self.texts = frozenset(map(str, manifest.pop("texts")))
            self.languages = frozenset(map(str, manifest.pop("languages")))
            self.manifest: dict[str, str] = manifest
            self.files = {
                entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name != "manifest.json"
            }
        except (OSError, ValueError, KeyError):
            raise ConfigurationError(
                "the browser's part of the widget has not been built", hint="Build it: make web"
            ) from None

    def integrity(self, name: str) -> str:
        """The file's hash as pages write it (SRI)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.files[name]).digest()).decode("ascii")


def page_routes(applications: Applications, assets: Assets) -> list[Any]:
    """``/dm3.js``, its versioned name, ``/assets/…`` and ``/{app}/``."""
    loader = assets.manifest["loader"]
    versioned = f"dm3-{__version__}.js"

    @get("/dm3.js", summary="The loader", sync_to_thread=False)
    def latest() -> Response[bytes]:
        return _file(assets, loader, _SHORT)

    @get("/assets/{file:str}", summary="A built file", sync_to_thread=False)
    def built(file: FromPath[str]) -> Response[bytes]:
        if file not in assets.files:
            raise NotFound("there is no such file", verbatim=True)
        return _file(assets, file, _FOR_EVER)

    @get("/loader", summary="The loader's versioned address and its hash", sync_to_thread=False)
    def described() -> dict[str, str]:
        return {"src": f"/{versioned}", "integrity": assets.integrity(loader), "version": __version__}

    # The framework knows no difference between a path with a slash at its end and one without.
    @get("/{app:str}", summary="The frame of an application; the loader of one version", sync_to_thread=False)
    def frame(request: Request[Any, Any, Any], app: FromPath[str]) -> Response[bytes]:
        if app == versioned:
            return _file(assets, loader, _FOR_EVER)
        around = page_around(request)

        def refused(code: str, status: int) -> Response[bytes]:
            files = {name: assets.manifest[name] for name in ("css", "refused")}
            page = refused_page(app, around, code=code, css=files["css"], js=files["refused"])
            headers = refused_headers(_COMMON)
            return Response(page, status_code=status, media_type="text/html; charset=utf-8", headers=headers)

        try:
            found = applications.find(app)
        except NotFound:
            if around is None:
                raise
            return refused(NO_SUCH_APP, 404)
        if not request.scope["raw_path"].endswith(b"/"):
            return Response(b"", status_code=308, headers={"Location": f"/{quote(found.name, safe='')}/"})
        if around is not None and not may_embed(found, around):
            return refused(NOT_ALLOWED, 403)
        settings = html.escape(json.dumps(frame_settings(found)), quote=True)
        page = _PAGE.format(
            title=html.escape(found.title or found.name),
            css=assets.manifest["css"],
            js=assets.manifest["js"],
            settings=settings,
        )
        return Response(page.encode(), media_type="text/html; charset=utf-8", headers=frame_headers(found))

    return [latest, described, built, frame]


def frame_settings(app: WidgetApp) -> dict[str, Any]:
    """What the frame needs to know of its application."""
    return {
        "app": app.name,
        "to": app.to,
        "board": app.board,
        "origins": list(app.origins),
        "modes": [str(mode) for mode in app.modes],
        "title": app.title or app.name,
        "welcome": app.welcome,
        "consent": app.consent,
        "away": app.away,
        "hours": to_builtins(read_hours(app.hours)) if app.hours else None,
        "forms": to_builtins(app.forms),
        "texts": {language: dict(texts) for language, texts in app.texts.items()},
        "attachments": app.attachment_bytes if app.attachments else 0,
    }


def frame_headers(app: WidgetApp) -> dict[str, str]:
    """The frame's policy: its own origin's files, and nobody else's page around it."""
    ancestors = " ".join(app.origins) or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src 'self'; "
        "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; "
        f"require-trusted-types-for 'script'; frame-ancestors 'self' {ancestors}"
    )
    return {
        **_COMMON,
        "Content-Security-Policy": policy,
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cache-Control": "no-cache",
    }


# Pages that isolate themselves (COEP) may embed only what says that it allows it.
_COMMON: Final = {
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def _file(assets: Assets, name: str, cache: str) -> Response[bytes]:
    kind = _TYPES.get(name[name.rfind(".") :], "application/octet-stream")
    # With CORS a page can check the loader's hash (SRI).
    headers = {**_COMMON, "Cache-Control": cache, "Access-Control-Allow-Origin": "*"}
    return Response(assets.files[name], media_type=kind, headers=headers)
