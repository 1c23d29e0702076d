"""Forms and their fields, as an application's settings have them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from dm3.base.errors import ConfigurationError

MOST_FIELDS: Final = 20
MOST_OPTIONS: Final = 50
MAX_LABEL: Final = 100
MAX_THANKS: Final = 500
MAX_CHARS: Final = 10_000


class FieldKind(StrEnum):
    """What a field takes."""

    LINE = "line"
    TEXT = "text"
    EMAIL = "email"
    CHOICE = "choice"


class FormField(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field of a form.

    ``label``: what visitors read before it, and the receiver before its value.
    ``kind``: a line, a longer text, an e-mail address, or one of ``options``.
    ``required``: whether the form cannot be sent without it.
    ``options``: what a choice offers.
    ``chars``: the most characters that it takes.
    """

    label: str
    kind: FieldKind = FieldKind.LINE
    required: bool = True
    options: tuple[str, ...] = ()
    chars: int = 1_000


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form of an application: its fields make one message.

    ``name``: by which a page names it: ``<dm3-chat mode="form" form="contact">``.
    ``fields``: what visitors fill in.
    ``title``: read above the fields, and by the receiver as the message's first line; "" for none.
    ``thanks``: shown when it was sent; "" for words of ours.
    """

    name: str
    fields: tuple[FormField, ...]
    title: str = ""
    thanks: str = ""


DEFAULT_FORMS: Final = (
    Form(
        name="contact",
        fields=(
            FormField(label="Name", required=False),
            FormField(label="Message", kind=FieldKind.TEXT, chars=4_000),
        ),
    ),
)


def check_forms(app: str, forms: tuple[Form, ...]) -> None:
    """That visitors can fill the forms in. Raises `ConfigurationError`."""
    if len({form.name for form in forms}) < len(forms):
        raise ConfigurationError(f"two forms of {app} have the same name")
    for form in forms:
        if len(form.title) > MAX_LABEL or len(form.thanks) > MAX_THANKS:
            raise ConfigurationError(
                f"the form {form.name[:60]!r} of {app}: a title has at most {MAX_LABEL} characters, "
                f"thanks have {MAX_THANKS}"
            )
        _check_fields(f"the form {form.name[:60]!r} of {app}", form.fields)


def _check_fields(form: str, fields: tuple[FormField, ...]) -> None:
    if not 0 < len(fields) <= MOST_FIELDS:
        raise ConfigurationError(f"{form} has no field, or more than {MOST_FIELDS}")
    for each in fields:
        texts = (each.label, *each.options)
        if not all(0 < len(text) <= MAX_LABEL and text.isprintable() for text in texts):
            raise ConfigurationError(f"{form}: a label is empty or has more than {MAX_LABEL} characters")
        if (each.kind is FieldKind.CHOICE) != bool(each.options) or len(each.options) > MOST_OPTIONS:
            raise ConfigurationError(
                f"{form}: {each.label!r} has options and is no choice, or the other way round",
                hint=f"A choice has 1 to {MOST_OPTIONS} options, other fields have none.",
            )
        if not 0 < each.chars <= MAX_CHARS:
            raise ConfigurationError(
                f"{form}: {each.label!r} takes 1 to {MAX_CHARS} characters, not {each.chars}"
            )
