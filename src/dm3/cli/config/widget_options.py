"""The options of the widget host: rows of `dm3.cli.config.options`."""

from __future__ import annotations

from typing import Final

from dm3.base import normalize
from dm3.widget import WidgetSettings

from .option import Option, as_number, as_text

WIDGET_PORT: Final = 8403

WIDGET_ROWS: Final = (
    Option(
        name="widget-port",
        help="Port of the widget host; 0 takes a free one.",
        default=WIDGET_PORT,
        read=as_number,
    ),
    Option(
        name="widget-url",
        help="URL under which browsers reach the widget host, if it is not the local one.",
        default="",
        read=as_text,
    ),
    Option(
        name="widget-to",
        help="Whom visitors of the first domain's widget write to, an ENS name; more in domains-file.",
        default=None,
        read=normalize,
    ),
    Option(
        name="widget-origin",
        help="Origin of a page that may show the widget, such as https://shop.example; may be repeated.",
        default=(),
        read=as_text,
        many=True,
    ),
    Option(
        name="widget-sends-per-profile",
        help="Envelopes a minute that the widget host hands in at others' services for one profile; 0: any "
        "number.",
        default=WidgetSettings(apps=()).sends_per_profile,
        read=as_number,
        sets=(WidgetSettings, "sends_per_profile"),
    ),
    Option(
        name="widget-lookups-per-address",
        help="Names a minute that one IP address may ask the widget host for; 0: any number.",
        default=WidgetSettings(apps=()).lookups_per_address,
        read=as_number,
        sets=(WidgetSettings, "lookups_per_address"),
    ),
    Option(
        name="widget-wraps-per-address",
        help="Keys a minute that the widget host makes for browsers of one IP address; 0: any number.",
        default=WidgetSettings(apps=()).wraps_per_address,
        read=as_number,
        sets=(WidgetSettings, "wraps_per_address"),
    ),
)
