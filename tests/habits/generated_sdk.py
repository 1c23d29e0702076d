"""The public names of `dm3` as tables, for docs/sdk.md."""

import enum
import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

import dm3
from tests.kit.public_face import FACE, calls, is_record


def sentence(thing: Any) -> str:
    """The first sentence of its docstring, as a cell of a table."""
    paragraph = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
    first = re.split(r"(?<=[.;:]) (?=[A-Z`])", paragraph)[0]
    if first.endswith((";", ":")):
        first = first[:-1] + "."
    return first.replace("``", "`").replace("|", "\\|")


def named(name: str, thing: Any) -> str:
    """A class by its name, a function with what it must be given."""
    if inspect.isclass(thing):
        return name
    given = inspect.signature(thing).parameters.values()
    needed = [one.name for one in given if one.default is one.empty]
    return f"{name}({', '.join([*needed, '…'] if len(needed) < len(given) else needed)})"


def section(title: str, things: Iterable[tuple[str, Any]]) -> str:
    lines = [f"### {title}", "", "| name | what it is |", "| --- | --- |"]
    lines += [f"| `{named(name, thing)}` | {sentence(thing)} |" for name, thing in things]
    return "\n".join(lines) + "\n"


def what_they_do() -> str:
    """Every public method and property, with the classes that have it."""
    owners: dict[Callable[..., Any], list[str]] = {}
    names: dict[Callable[..., Any], str] = {}
    for shown, thing in FACE.items():
        for name, called in calls(thing) if inspect.isclass(thing) else ():
            member = inspect.unwrap(called)  # two faces may show what the same part does
            owners.setdefault(member, []).append(shown)
            is_property = isinstance(inspect.getattr_static(thing, name), property)
            names[member] = name if is_property else named(name, member).replace("(self, ", "(")
    lines = ["### Methods and properties", "", "| name | of | what it does |", "| --- | --- | --- |"]
    for member in sorted(owners, key=lambda one: (owners[one][0], names[one])):
        of = ", ".join(f"`{owner}`" for owner in owners[member])
        lines.append(f"| `{names[member].replace('(self)', '()')}` | {of} | {sentence(member)} |")
    return "\n".join(lines) + "\n"


def errors(things: Iterable[tuple[str, type[dm3.Dm3Error]]]) -> str:
    lines = [
        "### Errors",
        "",
        "| error | code | who has to act | its sentence |",
        "| --- | --- | --- | --- |",
    ]
    for name, one in things:
        code, fault = getattr(one, "code", ""), getattr(one, "fault", dm3.Fault.OPERATOR)
        shown = f"`{code}`" if code else ""
        lines.append(f"| `{name}` | {shown} | {fault} | {sentence(one)} |")
    return "\n".join(lines) + "\n"


def kind(thing: Any) -> str:
    """In which table a public name stands."""
    if not inspect.isclass(thing):
        return "function"
    if issubclass(thing, BaseException):
        return "error"
    if issubclass(thing, enum.Enum):
        return "value"
    return "record" if is_record(thing) else "object"


def sdk() -> str:
    """All tables."""
    by_kind: dict[str, list[tuple[str, Any]]] = {}
    for name, thing in FACE.items():
        if not name.startswith("_"):
            by_kind.setdefault(kind(thing), []).append((name, thing))
    parts = [
        section("Functions", by_kind["function"]),
        section("Objects", by_kind["object"]),
        section("Records", by_kind["record"]),
        section("Values", by_kind["value"]),
        errors(by_kind["error"]),
        what_they_do(),
    ]
    return "\n".join(parts)
