"""What is on its way is told, and the user asked, before keys change or a name is given up."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dm3.client import InTransit

from .session import ask_yes

Anyway = Annotated[bool, typer.Option("--yes", help="Do not ask about messages that are on their way.")]


def transit_facts(transit: InTransit) -> dict[str, Any]:
    """What is on its way, as JSON has it."""
    return {"inTransit": {"undelivered": transit.undelivered, "unseen": transit.unseen}}


def transit_sentence(transit: InTransit) -> str:
    """What is on its way, and what becomes of it."""
    told = []
    if transit.undelivered:
        told.append(f"{_messages(transit.undelivered)} not delivered yet")
    if transit.unseen:
        told.append(f"{_messages(transit.unseen)} delivered, with no sign of having been fetched")
    what = ", and ".join(told)
    return f"{what}. Who fetches them afterwards is shown them as not verifiable."


def require_yes(transit: InTransit, question: str, *, yes: bool) -> None:
    """Ask where something is on its way; ends the command on a no. Raises `ConfigurationError`."""
    if transit and not yes and not ask_yes(f"{transit_sentence(transit)} {question}"):
        raise typer.Exit(1)


def _messages(count: int) -> str:
    return f"{count} message of this profile is" if count == 1 else f"{count} messages of this profile are"
