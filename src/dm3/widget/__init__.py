"""The widget host: a chat for other people's pages, with keys that those pages never see."""

from .app import WidgetHost
from .forms import FieldKind, Form, FormField
from .settings import Mode, WidgetApp, WidgetSettings, check_apps

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
