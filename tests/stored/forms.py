"""The stored forms of this build in plain words, and the file in which they are written down.

``python -m tests.stored.forms`` (``make stored``) writes them down anew, and refuses where a form that has
landed would be another one.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
import typing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

import dm3
from dm3.store.vault import export_rows
from dm3.store.vault import keys as vault_keys
from dm3.store.vault import stream as vault_stream
from dm3.store.vault.record_types import RecordType

HERE = Path(__file__).parent
FORMS = HERE / "forms.json"
LANDINGS = sorted(path for path in HERE.glob("landing_*") if path.is_dir())

Forms = dict[str, dict[str, Any]]


def record_types() -> dict[str, RecordType[Any]]:
    """Every record_type of the program by its name, in whichever module it is."""
    found: dict[str, RecordType[Any]] = {}
    root = Path(dm3.__file__).parent
    for path in root.rglob("*.py"):
        if "RecordType(" in path.read_text(encoding="utf-8"):
            module = importlib.import_module(".".join(("dm3", *path.relative_to(root).with_suffix("").parts)))
            here = [value for value in vars(module).values() if isinstance(value, RecordType)]
            for record_type in here:
                if found.setdefault(record_type.name, record_type) is not record_type:
                    raise ValueError(f"there are two record types {record_type.name}")
    return found


def forms() -> Forms:
    """The stored forms by record type and version."""
    described = {
        name: {
            str(number): describe(version)
            for number, version in enumerate(record_type.schema.versions, start=1)
        }
        for name, record_type in record_types().items()
    }
    described["(exported file)"] = {
        str(vault_stream.VERSION): {
            "manifest": describe(export_rows.Manifest),
            "row": describe(export_rows.Row),
            "begins with": describe(vault_keys.Argon2id),
        }
    }
    return dict(sorted(described.items()))


def describe(kind: Any) -> Any:
    """A type as it is stored: fields by their stored names, and what may be in them."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = typing.get_type_hints(kind)
        fields = {_field(field): describe(hints[field.name]) for field in msgspec.structs.fields(kind)}
        return list(fields.items()) if kind.__struct_config__.array_like else fields
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return " | ".join(map(repr, arguments))
    if origin in (types.UnionType, typing.Union):
        return [describe(argument) for argument in arguments]
    if origin is tuple:
        return {"each": describe(arguments[0])}
    return "none" if kind is types.NoneType else kind.__name__


def _field(field: msgspec.structs.FieldInfo) -> str:
    if field.default_factory is not msgspec.NODEFAULT:
        raise ValueError(f"{field.name} has a default that is made anew each time")
    given = "" if field.default is msgspec.NODEFAULT else f" = {field.default!r}"
    return field.encode_name + given


def written_down(path: Path) -> Forms:
    """The forms that stand in a file."""
    read: Forms = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return read


def as_written(described: Forms) -> Forms:
    """The forms as they come back from a file."""
    back: Forms = json.loads(json.dumps(described))
    return back


def changed(landed: Forms, described: Forms) -> list[str]:
    """The forms that have landed and are no longer there, or other ones."""
    return [
        f"{name} version {version}"
        for name, versions in landed.items()
        for version, form in versions.items()
        if described.get(name, {}).get(version) != form
    ]


def main() -> None:
    """Write the forms down."""
    described = as_written(forms())
    for landing in LANDINGS:
        if others := changed(written_down(landing / FORMS.name), described):
            sys.exit(
                f"{landing.name} has stored {', '.join(others)} otherwise: give it a new version instead"
            )
    FORMS.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
