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


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *pages()]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} leads to {target}, which is not there"
