"""What to paste into a page so that it shows the widget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dm3.widget import WidgetApp


def widget_data(url: str, apps: Sequence[WidgetApp]) -> dict[str, Any]:
    """Where the widget host answers, for programs."""
    return {"ok": True, "widget": url, "apps": [app.name for app in apps]}


def snippets(url: str, apps: Sequence[WidgetApp]) -> list[str]:
    """What to paste into a page, for each application."""
    lines = [f"widget host         {url}"]
    for app in apps:
        to = f' to="{app.to}"' if app.to else ""
        pages = ", ".join(app.origins) or "no page yet: name its origin with --widget-origin"
        lines += [
            f"for pages of        {pages}",
            f'  <script src="{url}/dm3.js" async></script>',
            f'  <dm3-chat app="{app.name}"{to}></dm3-chat>',
        ]
    return lines
