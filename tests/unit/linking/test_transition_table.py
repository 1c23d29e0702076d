"""A transition table made in the test, where every step of its making can be seen."""

from enum import StrEnum

import pytest

from dm3.base.errors import LocalProtocolError
from dm3.protocol.linking.machine import Row, Table


class Light(StrEnum):
    RED = "red"
    DEEP_GREEN = "deep-green"


class Pressed(StrEnum):
    BUTTON = "button"
    NOTHING = "nothing"


class Sound(StrEnum):
    CLICK = "click"
    HUM = "hum"


def table() -> Table[Light, Pressed, Sound]:
    return Table(
        "light",
        Light.RED,
        [
            (Light.RED, Pressed.BUTTON, Light.DEEP_GREEN, (Sound.CLICK, Sound.HUM)),
            (Light.DEEP_GREEN, Pressed.NOTHING, Light.RED),
        ],
    )


def test_rows_are_kept_as_they_were_written():
    assert table().rows == (
        Row(Light.RED, Pressed.BUTTON, Light.DEEP_GREEN, (Sound.CLICK, Sound.HUM)),
        Row(Light.DEEP_GREEN, Pressed.NOTHING, Light.RED, ()),
    )
    assert (table().name, table().start) == ("light", Light.RED)


def test_a_step_is_found_by_state_and_event():
    lights = table()
    assert lights.step(Light.RED, Pressed.BUTTON) is lights.rows[0]
    assert lights.step(Light.DEEP_GREEN, Pressed.NOTHING) is lights.rows[1]
    assert lights.allows(Light.RED, Pressed.BUTTON)
    assert not lights.allows(Light.DEEP_GREEN, Pressed.BUTTON)
    with pytest.raises(LocalProtocolError) as caught:
        lights.step(Light.DEEP_GREEN, Pressed.BUTTON)
    assert caught.value.detail == "light: button cannot happen in state deep-green"


def test_the_diagram_in_the_documentation():
    assert table().mermaid() == "\n".join(
        [
            "stateDiagram-v2",
            "    [*] --> red",
            "    red --> deep_green: button / click, hum",
            "    deep_green --> red: nothing",
        ]
    )


def test_a_table_that_contradicts_itself_is_not_made():
    row = (Light.RED, Pressed.BUTTON, Light.DEEP_GREEN)
    with pytest.raises(ValueError, match=r"^the table light answers one event twice$"):
        Table("light", Light.RED, [row, (*row[:2], Light.RED)])
