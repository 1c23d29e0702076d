"""What an index of packages shows of this project."""

import importlib.util
import re
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
HOME = "https://code.example/dm3"
RELATIVE = re.compile(r"\]\((?!https?:)[^)]+\)")


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_links_and_pictures_of_the_readme_lead_to_the_repository(build):
    shown = build.readme_at_index(README, HOME)
    assert RELATIVE.search(README)
    assert not RELATIVE.search(shown)
    assert f"]({HOME}/raw/main/docs/pictures/messenger.png)" in shown
    assert f"[docs/security.md]({HOME}/blob/main/docs/security.md)" in shown
    for target in re.findall(rf"{HOME}/(?:raw|blob)/main/([^)#]+)", shown):
        assert (ROOT / target).exists(), target


def test_without_an_address_nothing_leads_nowhere_and_no_mark_is_shown(build):
    shown = build.readme_at_index(README, "")
    assert not RELATIVE.search(shown)
    assert "docs/security.md" in shown
    assert "<!--" not in shown
    assert "![" not in shown


@pytest.mark.parametrize("home", [HOME, f"{HOME}/"])
def test_the_package_names_its_addresses(build, home, monkeypatch):
    monkeypatch.setenv("DM3_HOME", home)
    shown: dict[str, Any] = {}
    build.ShownAtIndex(str(ROOT), {}).update(shown)
    assert shown["urls"]["Homepage"] == HOME
    for name, page in build.PAGES.items():
        assert shown["urls"][name] == f"{HOME}/{page}"
        assert (ROOT / page.split("main/")[1]).exists()


def test_an_address_that_is_none_of_the_web_is_refused(build, monkeypatch):
    monkeypatch.setenv("DM3_HOME", "git@code.example:dm3")
    with pytest.raises(ValueError, match="https://"):
        build.ShownAtIndex(str(ROOT), {}).update({})


def test_what_is_installed_has_the_readme_of_an_index():
    text = str(metadata("dm3-linked-profiles").json["description"])
    assert text.lstrip().startswith("# dm3 Linked Profiles")
