"""A recipient is resolved once for all that is sent to it at the same time."""

from typing import Any, cast

import pytest

from dm3.base.errors import InvalidInput, MalformedData, NotFound, Unreachable
from dm3.client.messaging.recipients import NobodyThere, Recipient, RecipientLookup, resolve_recipient
from dm3.client.state.context import Context


class Published:
    """What is published, and how often it was looked up."""

    def __init__(self, *answers: Any, text: str | None = None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bool]] = []
        self.published = text

    async def profile(self, name: str) -> Any:
        self.asked.append((name, False))
        return self._next()

    async def delivery_service(self, name: str, *, fresh: bool = False) -> Any:
        self.asked.append((name, fresh))
        return self._next()

    async def text(self, name: str, key: str) -> str | None:
        return self.published

    def _next(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def with_(published: Published) -> Context:
    async def service(name: str) -> str:
        return f"the client of {name}"

    parts = {"directory": published, "names": published, "service": staticmethod(service)}
    return cast(Context, type("Parts", (), parts)())


async def test_a_service_is_looked_up_once_and_anew_where_its_keys_may_have_changed():
    published = Published("first keys", "other keys")
    recipient = Recipient(with_(published), "bob.eth", cast(Any, None))
    for fresh, keys in (
        (False, "first keys"),
        (False, "first keys"),
        (True, "other keys"),
        (False, "other keys"),
    ):
        found = await recipient.service("ds.eth", fresh=fresh)
        told: tuple[object, ...] = (found.name, found.profile, found.client)
        assert told == ("ds.eth", keys, "the client of ds.eth")
    assert published.asked == [("ds.eth", False), ("ds.eth", True)]


async def test_what_was_published_wrongly_is_no_fault_of_the_message():
    recipient = Recipient(with_(Published(InvalidInput("no name"))), "bob.eth", cast(Any, None))
    with pytest.raises(MalformedData, match=r"bob\.eth names a delivery service that is none: no name"):
        await recipient.service("..")


async def test_a_recipient_that_could_not_be_resolved_is_looked_up_again():
    published = Published(Unreachable("away"), Unreachable("away"))
    lookup = RecipientLookup(with_(published), "bob.eth")
    for _ in range(2):
        with pytest.raises(Unreachable):
            await lookup()
    assert len(published.asked) == 2


async def test_one_that_was_resolved_before_is_handed_along():
    published = Published()
    known = Recipient(with_(published), "bob.eth", cast(Any, None))
    lookup = RecipientLookup(with_(published), "bob.eth", known)
    assert (await lookup(), await lookup()) == (known, known)
    assert published.asked == []


async def test_nobody_is_told_from_somebody_whose_record_does_not_lead_to_a_profile():
    with pytest.raises(NobodyThere):
        await resolve_recipient(with_(Published(NotFound("bob.eth"))), "bob.eth")
    with pytest.raises(NotFound) as found:
        await resolve_recipient(with_(Published(NotFound("bob.eth"), text="data:,")), "bob.eth")
    assert not isinstance(found.value, NobodyThere)
