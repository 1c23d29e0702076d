"""Opening hours and forms as operators write them: what is taken, and what is told."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.widget import FieldKind, Form, FormField, WidgetApp, WidgetSettings, check_apps
from dm3.widget.hours import Span, read_hours


def test_hours_are_spans_of_days_in_the_site_s_zone():
    hours = read_hours("Mon-Fri 09:00-17:30, Sat 10:00-13:00 Europe/Berlin")
    assert (hours.text, hours.zone) == ("Mon-Fri 09:00-17:30, Sat 10:00-13:00", "Europe/Berlin")
    assert hours.spans == (
        Span(days=(0, 1, 2, 3, 4), start=540, end=1050),
        Span(days=(5,), start=600, end=780),
    )


def test_days_may_go_round_the_week_s_end_and_times_past_midnight():
    hours = read_hours("Sat-Mon 22:00-04:00, Tue 00:00-24:00 UTC")
    assert hours.spans[0] == Span(days=(0, 5, 6), start=1320, end=240)
    assert hours.spans[1] == Span(days=(1,), start=0, end=1440)


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 09:00-17:00",
        "Mon-Fri 09:00-17:00 Europe/Nowhere",
        "Mon-Fri 09:00-17:00 ../etc/passwd",
        "Mon-Fry 09:00-17:00 UTC",
        "Mon 9-17 UTC",
        "Mon 24:00-25:00 UTC",
        "Mon 09:00-09:00 UTC",
        "UTC",
    ],
)
def test_hours_that_say_nothing_are_told_with_an_example(text):
    app = WidgetApp(name="myapp.eth", to="desk.myapp.eth", hours=text)
    with pytest.raises(ConfigurationError) as refused:
        check_apps(WidgetSettings(apps=(app,)))
    assert "Europe/Berlin" in (refused.value.hint)


LINE = FormField(label="Name")


@pytest.mark.parametrize(
    ("forms", "why"),
    [
        ((Form(name="a", fields=()),), "no field"),
        ((Form(name="a", fields=(LINE,)), Form(name="a", fields=(LINE,))), "same name"),
        ((Form(name="a", fields=(FormField(label=""),)),), "label is empty"),
        ((Form(name="a", fields=(FormField(label="x", kind=FieldKind.CHOICE),)),), "no choice"),
        ((Form(name="a", fields=(FormField(label="x", options=("y",)),)),), "no choice"),
        ((Form(name="a", fields=(FormField(label="x", chars=0),)),), "characters"),
        ((Form(name="a", fields=(LINE,), title="x" * 101),), "title"),
    ],
)
def test_forms_that_cannot_be_filled_in_are_told(forms, why):
    app = WidgetApp(name="myapp.eth", to="desk.myapp.eth", forms=forms)
    with pytest.raises(ConfigurationError, match=why):
        check_apps(WidgetSettings(apps=(app,)))
