"""Faces over parts: what a part of an object does, shown as a call of that object."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

F = TypeVar("F")
T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
V_co = TypeVar("V_co", covariant=True)


class Shown(Generic[F, T]):
    """A part ``T`` of the objects ``F``, which show what it does as theirs.

    A class of parts says so line by line, and a type checker sees what each line shows::

        from_writing: Shown[Chat, Writing] = Shown(lambda chat: chat.writing)

        class Chat:
            send = from_writing(Writing.send)

    The part has the code and the description; the face has the name.
    """

    def __init__(self, find: Callable[[F], T]) -> None:
        self._find = find

    def __call__(self, call: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[F, P], R]:
        """The method of a face that calls this method of its part."""
        find = self._find
        if inspect.iscoroutinefunction(call):

            @wraps(call)
            async def awaited(face: F, /, *args: P.args, **named: P.kwargs) -> Any:
                return await call(find(face), *args, **named)

            return cast("Callable[Concatenate[F, P], R]", awaited)

        @wraps(call)
        def shown(face: F, /, *args: P.args, **named: P.kwargs) -> R:
            return call(find(face), *args, **named)

        return shown

    def value(self, read: Callable[[T], R]) -> ShownValue[R]:
        """The property of a face that is what this method of its part returns."""
        find = self._find

        @wraps(read)
        def shown(face: F) -> R:
            return read(find(face))

        return ShownValue(shown)


class ShownValue(property, Generic[V_co]):
    """A property whose type is known from what it was made of."""

    def __init__(self, read: Callable[[Any], V_co]) -> None:
        super().__init__(read)

    @overload
    def __get__(self, face: None, owner: type, /) -> ShownValue[V_co]: ...

    @overload
    def __get__(self, face: Any, owner: type | None = None, /) -> V_co: ...

    def __get__(self, face: Any, owner: type | None = None, /) -> Any:
        """What the property is; of the class, the property itself."""
        return super().__get__(face, owner)
