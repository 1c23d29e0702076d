"""What a resolver remembers of names: for a second at most, within bounds, and nothing that was changed."""

from dm3.net.cache.bounded_cache import ENTRY_BYTES
from dm3.resolver.known_names import KnownNames, NameRecords


class Registered:
    """What is registered, and how often it was looked up."""

    def __init__(self, **aliases: str) -> None:
        self.texts: dict[str, str] = {}
        self.aliases = aliases
        self.asked: list[str] = []
        self.now = 0.0
        self.while_reading = lambda: None

    async def look_up(self, name: str) -> NameRecords | None:
        self.asked.append(name)
        target = self.aliases.get(name, name)
        text = self.texts.get(target)
        self.while_reading()
        return None if text is None else NameRecords(name, target, None, {"text": text})

    def known(self, **options: int) -> KnownNames:
        return KnownNames(self.look_up, clock=lambda: self.now, **options)


async def text(known: KnownNames, name: str) -> str | None:
    found = await known.find(name)
    return found.texts["text"] if found else None


async def test_names_are_looked_up_once_a_second_also_those_that_nobody_has():
    registered = Registered()
    known = registered.known()
    registered.texts["a"] = "1"
    for now in (0.0, 0.5, 0.99):
        registered.now = now
        assert (await text(known, "a"), await text(known, "none")) == ("1", None)
    assert registered.asked == ["a", "none"]
    registered.texts["a"], registered.now = "2", 1.0
    assert await text(known, "a") == "2"


async def test_a_change_is_seen_at_once_under_every_alias():
    registered = Registered(alias="a")
    known = registered.known()
    registered.texts.update(a="1", b="1")
    for name in ("a", "alias", "b"):
        await known.find(name)
    registered.texts.update(a="2", b="2")
    known.forget("a")
    assert [await text(known, name) for name in ("a", "alias", "b")] == ["2", "2", "1"]
    registered.aliases["alias"] = "b"
    known.forget("alias", "never-asked")
    assert await text(known, "alias") == "2"


async def test_what_was_read_while_something_changed_is_not_kept():
    registered = Registered()
    known = registered.known()
    registered.while_reading = lambda: known.forget("a")
    assert await text(known, "a") is None
    registered.while_reading = lambda: None
    registered.texts["a"] = "1"
    assert await text(known, "a") == "1"


async def test_little_is_kept_however_many_names_are_asked_for():
    registered = Registered()
    known = registered.known(max_bytes=20 * ENTRY_BYTES)
    registered.texts["long"] = "x" * 20 * ENTRY_BYTES
    assert await text(known, "long") == registered.texts["long"]
    assert known.size < 2 * ENTRY_BYTES, "too long to be kept"
    for number in range(100):
        await known.find(f"name{number}")
        assert known.size <= 20 * ENTRY_BYTES
    registered.asked.clear()
    await known.find("name99")
    await known.find("name0")
    assert registered.asked == ["name0"]
