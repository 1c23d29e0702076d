"""Carrying an inquiry out: its questions are put one by one, and what they are answered with goes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")


async def conclude(inquiry: Generator[Any, Any, T], answer: Callable[[Any], Awaitable[Any]]) -> T:
    """Have ``answer`` answer every question of ``inquiry``; returns what it concludes.

    What ``answer`` raises is raised within the inquiry, which may go on.
    """
    try:
        question = next(inquiry)
        while True:
            try:
                answered = await answer(question)
            except Exception as error:
                question = inquiry.throw(error)
            else:
                question = inquiry.send(answered)
    except StopIteration as conclusion:
        return conclusion.value  # type: ignore[no-any-return]
