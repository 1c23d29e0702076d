"""The benchmarks run, and print what they measured."""

import json

import pytest

from bench import delivery, mailboxes, measuring, resolver, timelines, writer
from bench.__main__ import BENCHMARKS, IN_A_BROWSER, main
from bench.measuring import Measurement, rates

QUICKLY = ["--no-reference", "--seconds", "0.02"]


WITHOUT_LIMIT = {"timeline", "inbox"}
"""Of what a person waits for, nothing tells what it would cost without us."""


SIZES = (
    (timelines, {"LONG": 300, "PEERS": 3, "EACH": 100}),
    (measuring, {"MIN_ROUNDS": 1}),
    (mailboxes, {"PEOPLE": 4, "FEW": 60}),
    (delivery, {"PEOPLE": 4, "FEWEST": 8}),
    (resolver, {"NAMES": 20, "FEWEST_CLAIMS": 20}),
    (writer, {"MAILBOXES": 100, "EXPIRING": 200, "FOLLOWING": 2_000}),
)


@pytest.fixture
def small_sizes(monkeypatch):
    """Whether the benchmarks work is seen at small sizes; making the real ones takes minutes."""
    for part, sizes in SIZES:
        for name, size in sizes.items():
            monkeypatch.setattr(part, name, size)


@pytest.mark.usefixtures("small_sizes")
def test_every_benchmark_measures_something(capsys):
    names = set(BENCHMARKS) - IN_A_BROWSER
    assert main([*QUICKLY, "--json", *sorted(names)]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert set(results) == names
    for name, measured in results.items():
        assert measured["ours"] > 0
        assert measured["reference"] is None
        limit = measured["limit"]
        assert (limit is None) == (name in WITHOUT_LIMIT)
        assert measured["part_of_limit"] == (pytest.approx(measured["ours"] / limit) if limit else None)


def test_the_table_names_the_work_and_the_aims(capsys):
    assert main([*QUICKLY, "create"]) == 0
    printed = capsys.readouterr().out
    assert "create" in printed
    assert "75%" in printed


def test_an_unknown_name_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["nonsense"])
    assert "there are create, open" in capsys.readouterr().err


def test_a_rate_counts_calls():
    calls = 0

    def work():
        nonlocal calls
        calls += 1

    (rate,) = rates([work], 0.05)
    assert 0 < rate <= calls / 0.05 * 1.5


def test_ratios_need_both_sides():
    measured = Measurement(work="x", ours=6, limit=8, reference=2)
    assert (measured.times_reference, measured.part_of_limit) == (3, 0.75)
    alone = Measurement(work="x", ours=6)
    assert (alone.times_reference, alone.part_of_limit) == (None, None)
