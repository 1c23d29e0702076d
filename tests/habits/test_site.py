"""The documentation builds as a site, whole, on its own, and not with a reference that leads nowhere."""

import re

import pytest

from dm3.base.version import __version__
from tests.habits.files import ROOT
from tests.kit.public_face import FACE
from tools.site.build import build_site
from tools.site.pages import project_pages

LOADED = re.compile(
    r"<(?:script|img|iframe|source|audio|video|embed)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^>]*>"
    r"|<link\b[^>]*\bhref=[\"']?(?:https?:)?//[^>]*>"
    r"|url\([\"']?(?:https?:)?//|@import",
    re.IGNORECASE,
)
"""What a browser would fetch from elsewhere by itself; links that people follow are not among it."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("docs") / "site"
    assert build_site(target) == 0
    return target


@pytest.mark.slow
def test_every_page_and_every_public_name_is_in_the_site(site):
    pages = [page.with_suffix(".html") for page in project_pages(ROOT) if str(page) != "README.md"]
    assert [page for page in pages if not (site / page).is_file()] == []
    assert __version__ in (site / "index.html").read_text(encoding="utf-8")
    reference = "".join(page.read_text(encoding="utf-8") for page in (site / "api").glob("*.html"))
    named = set(re.findall(r'id="dm3\.(\w+)"', reference))
    assert named == set(FACE) - {"__version__"}
    assert 'id="dm3.Messenger.sync"' in reference, "what is inherited is shown, too"
    assert 'href="records.html#dm3.LinkView"' in reference, "signatures lead to the records that they name"


@pytest.mark.slow
def test_diagrams_can_be_read(site):
    assert "stateDiagram-v2" in (site / "docs/architecture.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_site_loads_nothing_from_elsewhere(site):
    files = [file for file in site.rglob("*") if file.suffix in (".html", ".css")]
    assert len(files) > 10
    assert [
        (file.name, found[0][:120]) for file in files for found in LOADED.finditer(file.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("[there](docs/nowhere.md)", "nowhere.md"),
        ("[there](#no-such-heading)", "no-such-heading"),
        ("{py:obj}`dm3.Nothing`", "dm3.Nothing"),
        ("```{eval-rst}\n.. autofunction:: dm3.nothing\n```", "nothing"),
        ("```{eval-rst}\n.. py:function:: f\n\n   See `Client.nothing`.\n```", "Client.nothing"),
    ],
)
def test_what_leads_nowhere_fails_the_build(tmp_path, capfd, page, complaint):
    (tmp_path / "README.md").write_text(f"# Start\n\n{page}\n", encoding="utf-8")
    assert build_site(tmp_path / "site", tmp_path, reference=False) != 0
    assert complaint in capfd.readouterr().err


def test_a_page_in_order_builds(tmp_path):
    (tmp_path / "README.md").write_text("# Start\n\n[down](#below)\n\n## Below\n", encoding="utf-8")
    assert build_site(tmp_path / "site", tmp_path, reference=False) == 0


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ('<script src="https://cdn.example/a.js">', True),
        ("<img alt='' src=//cdn.example/a.png>", True),
        ('<link rel="stylesheet" href="https://fonts.example/a.css">', True),
        ("src: url(https://fonts.example/a.woff2)", True),
        ('<a href="https://example.org">', False),
        ('<script src="_static/a.js">', False),
        ("url('data:image/svg+xml;…')", False),
    ],
)
def test_what_would_be_loaded_is_found(text, loads):
    assert bool(LOADED.search(text)) is loads
