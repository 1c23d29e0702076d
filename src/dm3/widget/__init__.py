"""The widget host: a chat for other people's pages, with keys that those pages never see."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .app import WidgetHost
    from .forms import FieldKind, Form, FormField
    from .settings import Mode, WidgetApp, WidgetSettings, check_apps
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".app": ("WidgetHost",),
            ".forms": ("FieldKind", "Form", "FormField"),
            ".settings": ("Mode", "WidgetApp", "WidgetSettings", "check_apps"),
        },
    )

__all__ = [
    "FieldKind",
    "Form",
    "FormField",
    "Mode",
    "WidgetApp",
    "WidgetHost",
    "WidgetSettings",
    "check_apps",
]
