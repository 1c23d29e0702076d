"""A stored form changes with a new version only: each is written down, and what has landed stays."""

from typing import Any, Literal

import pytest
from msgspec import Struct, field, msgpack

from dm3.base.errors import InvalidInput, StoreError
from dm3.store.vault.stored_schema import Schema, Stored

from .forms import FORMS, LANDINGS, as_written, changed, describe, forms, written_down

WHAT_TO_DO = (
    "A stored form is not what is written down. Give the record a new version (docs/architecture.md, What is "
    "kept has versions), then run: make stored"
)


def test_every_stored_form_is_written_down():
    assert as_written(forms()) == written_down(FORMS), WHAT_TO_DO


@pytest.mark.parametrize("landing", LANDINGS, ids=lambda path: path.name)
def test_what_has_landed_is_kept_in_the_same_form_for_ever(landing):
    landed = written_down(landing / FORMS.name)
    assert landed
    assert changed(landed, as_written(forms())) == [], WHAT_TO_DO


# --- how a record type grows, on one of our own ---------------------------------------------------------


class PaintingV1(Stored):
    title: str
    state: Literal["hung", "lent"] = "hung"


class Painting(Struct):
    title: str
    state: str = "hung"


FIRST = Schema("painting", Painting, PaintingV1)
OLD = FIRST.encode(Painting("Nighthawks", "lent"))


class InMemory(Struct):
    """The same with a further field, and another name for the first."""

    name: str
    state: str = "hung"
    year: int = 1900


class WithYear(Stored):
    name: str = field(name="title")
    state: Literal["hung", "lent"] = "hung"
    year: int = 1900

    @classmethod
    def upgraded(cls, earlier: PaintingV1) -> "WithYear":
        return cls(earlier.title, earlier.state)


def test_what_is_kept_begins_with_its_version():
    assert b"\x01" + msgpack.encode({"title": "Nighthawks", "state": "lent"}) == OLD


def test_a_record_from_before_there_were_versions_is_version_1():
    assert FIRST.decode(OLD[1:]) == Painting("Nighthawks", "lent")


def test_a_further_field_has_its_default_in_what_is_older():
    class PaintingV2(PaintingV1):
        year: int = 1900

    class Later(Painting):
        year: int = 1900

    schema = Schema("painting", Later, PaintingV1, PaintingV2)
    assert schema.decode(OLD) == Later("Nighthawks", "lent", 1900)
    assert schema.decode(schema.encode(Later("a", "hung", 5))) == Later("a", "hung", 5)


def test_a_version_may_say_how_it_comes_from_the_one_before():
    schema = Schema("painting", InMemory, PaintingV1, WithYear)
    assert schema.decode(OLD) == InMemory("Nighthawks", "lent", 1900)


def test_three_versions_go_step_by_step():
    class Third(WithYear):
        lent: bool = False

        @classmethod
        def upgraded(cls, earlier: Any) -> "Third":
            return cls(earlier.name, earlier.state, earlier.year, earlier.state == "lent")

    class Newest(InMemory):
        lent: bool = False

    schema = Schema("painting", Newest, PaintingV1, WithYear, Third)
    assert schema.decode(OLD) == Newest("Nighthawks", "lent", 1900, lent=True)


def test_another_name_in_memory_does_not_change_what_is_kept():
    class Renamed(Struct):
        name: str
        state: str = "hung"

    class PaintingAsBefore(Stored):
        name: str = field(name="title")
        state: Literal["hung", "lent"] = "hung"

    schema = Schema("painting", Renamed, PaintingAsBefore)
    assert schema.encode(Renamed("Nighthawks", "lent")) == OLD
    assert describe(PaintingAsBefore) == describe(PaintingV1)


def test_another_name_in_memory_alone_does_not_even_start():
    class Renamed(Struct):
        name: str
        state: str = "hung"

    with pytest.raises(TypeError, match=r"differ in \['name', 'title'\]"):
        Schema("painting", Renamed, PaintingV1)


def test_a_field_that_is_not_stored_does_not_even_start():
    with pytest.raises(TypeError, match=r"differ in \['year'\]"):
        Schema("painting", InMemory, type("V1", (Stored,), {"__annotations__": {"name": str, "state": str}}))


def test_a_record_type_without_a_stored_form_does_not_even_start():
    with pytest.raises(TypeError, match="needs a stored form"):
        Schema("painting", Painting)


@pytest.mark.parametrize("version", [2, 9, 0x7F])
def test_a_newer_version_is_refused_and_says_what_to_do(version):
    with pytest.raises(StoreError, match=f"version {version}, and this program knows 1") as refused:
        FIRST.decode(bytes([version]) + OLD[1:])
    assert "Nothing is lost" in str(refused.value.hint)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" + OLD[1:],
        b"\x01",
        OLD + b"\x00",
        b"\x01" + msgpack.encode({"title": "a", "state": "stolen"}),
        b"\x01" + msgpack.encode({"title": "a", "painter": "of a version that says it is another"}),
    ],
)
def test_what_is_no_record_of_its_version_gives_a_sentence(data):
    with pytest.raises(StoreError, match="a record painting of version 1 cannot be read"):
        FIRST.decode(data)


def test_what_the_stored_form_does_not_know_is_not_kept():
    with pytest.raises(InvalidInput, match="this Painting cannot be kept"):
        FIRST.encode(Painting("a", "stolen"))


@pytest.mark.parametrize(
    "other",
    [
        {"title": "a", "state = 'hung'": "'hung' | 'lent' | 'stolen'"},
        {"name": "str", "state = 'hung'": "'hung' | 'lent'"},
        {"title": "str", "state = 'lent'": "'hung' | 'lent'"},
        {"title": "str"},
    ],
)
def test_each_change_of_a_form_is_noticed(other):
    landed: dict = {"painting": {"1": describe(PaintingV1)}}
    assert changed(landed, {"painting": {"1": other}}) == ["painting version 1"]
    assert changed(landed, {"painting": {"2": other}}) == ["painting version 1"]
    assert changed(landed, {"painting": {"1": describe(PaintingV1), "2": other}}) == []
