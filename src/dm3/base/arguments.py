"""What the public calls are given is what their annotations say, or the caller is told so at once."""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from dm3.base.errors import InvalidInput

F = TypeVar("F", bound=Callable[..., Any])

WORDS: Final[dict[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bytes: "bytes",
    bool: "True or False",
    Callable: "something to call",
    Path: "a path",
    types.NoneType: "None",
}
SAY_IT_THEMSELVES: Final = frozenset({"app", "wallet"})
"""Arguments of which the calls tell more than their type."""


_AS_WELL: Final[dict[Any, tuple[type, ...]]] = {float: (int,), bool: (int,)}
"""What is taken in the place of a kind, though nobody is told."""


class Expected(NamedTuple):
    """What one argument may be: one of ``kinds``, or several of ``inside``."""

    kinds: tuple[type, ...]
    inside: tuple[type, ...] = ()

    def fits(self, given: object) -> bool:
        """Whether it is that. Of what can be gone through only once, the members are not looked at."""
        if isinstance(given, self.kinds):
            return not _is_nan(given)
        if not self.inside or isinstance(given, str | bytes) or not isinstance(given, Iterable):
            return False
        return not isinstance(given, Collection) or all(isinstance(one, self.inside) for one in given)

    def words(self) -> str:
        """The same in words, after *is*."""
        several = [f"several, each {_words(self.inside)}"] if self.inside else []
        return _words(self.kinds, *several)


def checked(face: F) -> F:
    """Have a function, or a class's public calls, refuse by `InvalidInput` what their annotations exclude."""
    if inspect.isfunction(face):
        return cast("F", _checked(face))
    for name, member in list(vars(face).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(face, name, _checked(member))
    return face


def _checked(call: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(call):
        return call
    # Read at the first call: until then nobody waits for the types that annotations name.
    expected = cache(lambda: expected_of(call))

    if inspect.iscoroutinefunction(call):

        @wraps(call)
        async def awaited(*args: Any, **named: Any) -> Any:
            _check(call, expected(), args, named)
            return await call(*args, **named)

        return awaited

    @wraps(call)
    def called(*args: Any, **named: Any) -> Any:
        _check(call, expected(), args, named)
        return call(*args, **named)

    return called


def _check(
    call: Callable[..., Any], expected: dict[str, Expected], args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    places = call.__code__.co_varnames[: call.__code__.co_argcount]
    for name, given in (*zip(places, args, strict=False), *named.items()):
        wanted = expected.get(name)
        if wanted is not None and not wanted.fits(given):
            found = f"a {type(given).__name__}" if not _is_nan(given) else "not a number"
            raise InvalidInput(f"`{name}` of {call.__name__}() is {wanted.words()}, and this is {found}")


def _is_nan(given: object) -> bool:
    """Whether it is the float that is no number, for which nobody can wait."""
    return isinstance(given, float) and math.isnan(given)


def expected_of(call: Callable[..., Any]) -> dict[str, Expected]:
    """What the arguments of a public call are, as far as their annotations tell at run time."""
    return dict(_arguments(inspect.unwrap(call)))


def _arguments(call: Callable[..., Any]) -> Iterator[tuple[str, Expected]]:
    hints = get_type_hints(call)
    for name, parameter in inspect.signature(call).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD or name in SAY_IT_THEMSELVES or name not in hints:
            continue
        found = _expected(hints[name])
        if found is not None:
            yield name, found


def _expected(hint: Any) -> Expected | None:
    """What an annotation says; None where it says nothing that can be seen at run time."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    kinds: list[Any] = []
    inside: tuple[type, ...] = ()
    for option in options:
        origin = get_origin(option)
        if origin is Callable:
            kinds.append(Callable)
        elif isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, Mapping):
            [member] = {one for one in get_args(option) if one is not Ellipsis}
            if not _can_be_seen(member):
                return None
            inside = (member,)
        elif _can_be_seen(option):
            kinds += [option, *_AS_WELL.get(option, ())]
        else:
            return None
    return Expected(tuple(kinds), inside)


def _can_be_seen(kind: Any) -> bool:
    return isinstance(kind, type) and kind is not object and not getattr(kind, "_is_protocol", False)


def _words(kinds: tuple[type, ...], *more: str) -> str:
    silent = {one for kind in kinds for one in _AS_WELL.get(kind, ())}
    told = [WORDS.get(kind, f"a {kind.__name__}") for kind in kinds if kind not in silent]
    return " or ".join((*told, *more))
