"""What the documentation says of options, commands, endpoints, codes and states is what there is."""

import re

import pytest

from tests.habits.generated_docs import COUNTED, MAKERS, PART, ROOT, pages, renewed


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_generated_parts_are_current(page) -> None:
    text = page.read_text(encoding="utf-8")
    assert renewed(text, but=COUNTED) == text, f"docs/{page.name} is behind the code: make docs"


def test_every_part_stands_somewhere() -> None:
    found = {name for page in pages() for _, name, _ in PART.findall(page.read_text(encoding="utf-8"))}
    assert found == set(MAKERS)


def test_every_section_on_security_names_the_tests_that_show_it() -> None:
    """A line for each row of its tables at least, so that none comes without one."""
    _, *sections = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").split("\n## ")
    for section in sections:
        heading = section.partition("\n")[0]
        shown = re.search(r"<!-- shown by\n(.*?)-->", section, re.DOTALL)
        assert shown, f"{heading} names no tests: <!-- shown by, with a line for each of its claims -->"
        lines = shown[1].splitlines()
        for line in lines:
            what, _, files = line.partition(": ")
            gone = [file for file in files.split() if not (ROOT / file).is_file()]
            assert files, f"{heading}: {what} has no test"
            assert not gone, f"{heading}: {what} is shown by {gone}, not there"
        heads = section.count("\n| ---")
        rows = section.count("\n| ") - 2 * heads
        assert len(lines) >= rows, f"{heading} has {rows} rows, and {len(lines)} lines that name tests"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *pages()]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} leads to {target}, which is not there"
