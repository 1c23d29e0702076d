"""What users of `dm3` meet: what its public calls take, return and raise, and what their docstrings name."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

import dm3

FACE: dict[str, Any] = {name: getattr(dm3, name) for name in dm3.__all__}
REFERENCE = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)`(?!`)")


def is_record(thing: type) -> bool:
    """Whether its fields are there to be read: a struct or a dataclass."""
    return issubclass(thing, msgspec.Struct) or dataclasses.is_dataclass(thing)


def leaves(hint: object) -> Iterator[type]:
    """The classes of which an annotation is made."""
    arguments = typing.get_args(hint)
    if isinstance(hint, type) and not arguments:
        yield hint
    origin = typing.get_origin(hint)
    if isinstance(origin, type):
        yield origin
    for argument in arguments:
        for part in argument if isinstance(argument, list) else [argument]:
            yield from leaves(part)


def calls(thing: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public methods and properties of a class that are ours, inherited ones included."""
    for name in dir(thing):
        member = inspect.getattr_static(thing, name)
        if isinstance(member, classmethod | staticmethod):
            member = member.__func__
        if isinstance(member, property):
            member = member.fget
        ours = inspect.isfunction(member) and member.__module__.partition(".")[0] == "dm3"
        if ours and not name.startswith("_"):
            yield name, member


def face_calls() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Everything that can be called through `dm3`: functions, and the methods of its classes."""
    for shown, thing in FACE.items():
        if inspect.isfunction(thing):
            yield shown, thing
        elif inspect.isclass(thing):
            for name, member in calls(thing):
                yield f"{shown}.{name}", member


def met_types() -> dict[type, str]:
    """Every class of ours in the annotations of calls, and in the fields of records; and where it is met."""
    met: dict[type, str] = {}
    waiting: list[type] = []

    def meet(hint: object, where: str) -> None:
        for found in leaves(hint):
            if found.__module__.partition(".")[0] == "dm3" and found not in met:
                met[found] = where
                waiting.append(found)

    for shown, thing in FACE.items():
        if inspect.isfunction(thing):
            for name, hint in typing.get_type_hints(thing).items():
                meet(hint, f"{shown}({name})")
        else:
            meet(thing, shown)
    while waiting:
        one = waiting.pop(0)
        if one not in FACE.values() or issubclass(one, BaseException):
            continue  # what is not shown is told as such; what it has is not met through it
        for call, member in calls(one):
            for name, hint in typing.get_type_hints(member).items():
                meet(hint, f"{one.__name__}.{call}({name})")
        if is_record(one):
            for name, hint in typing.get_type_hints(one).items():
                if not name.startswith("_"):
                    meet(hint, f"{one.__name__}.{name}")
    return met


def described() -> Iterator[tuple[str, type | None, str]]:
    """Each public docstring: whose it is, the class it stands in, and its text."""
    for shown, thing in FACE.items():
        if inspect.isclass(thing) or inspect.isfunction(thing):
            yield shown, thing if inspect.isclass(thing) else None, thing.__doc__ or ""
    for shown, member in face_calls():
        owner = FACE[shown.partition(".")[0]]
        yield shown, owner if inspect.isclass(owner) else None, member.__doc__ or ""


def leads_to(reference: str, owner: type | None) -> bool:
    """Whether a reference of a public docstring leads to something that users can reach."""
    path = reference.removeprefix("dm3.").split(".")
    if len(path) == 1 and owner is not None and has(owner, path[0]):
        return True
    if path[0] not in FACE:
        return False
    return len(path) == 1 or has(FACE[path[0]], path[1])


def has(thing: Any, name: str) -> bool:
    """Whether a class has this member or field."""
    return hasattr(thing, name) or name in getattr(thing, "__annotations__", {})


def raised_by(package: str) -> set[type[dm3.Dm3Error]]:
    """The exceptions of ours that the modules of a package raise by name."""
    found: set[type[dm3.Dm3Error]] = set()
    place = Path(importlib.import_module(package).__file__ or "").parent
    for path in place.rglob("*.py"):
        relative = path.relative_to(place).with_suffix("").parts
        module = importlib.import_module(".".join((package, *relative)).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            thrown = node.exc if isinstance(node, ast.Raise) else None
            called = thrown.func if isinstance(thrown, ast.Call) else thrown
            raised = getattr(module, called.id, None) if isinstance(called, ast.Name) else None
            if inspect.isclass(raised) and issubclass(raised, dm3.Dm3Error):
                found.add(raised)
    return found
