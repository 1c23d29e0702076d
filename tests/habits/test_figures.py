"""How many files and arrows each folder has is in docs/architecture.md as it is."""

from tests.habits.generated_docs import COUNTED, PART, ROOT
from tools.house import figures, table


def test_the_figures_of_the_house_are_current():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    [kept] = [found for found in PART.finditer(page) if found[2] == COUNTED]
    made = kept[0].removeprefix(kept[1]).removesuffix(kept[3])
    assert made == table(), "docs/architecture.md is behind: make docs"


def test_each_folder_is_counted_once():
    folders = [folder for folder, *_ in figures()]
    assert len(folders) == len(set(folders))
    assert {"dm3", "dm3.client", "dm3.client.linking", "dm3.protocol"} <= set(folders)
