"""Building the site: every warning is an error, a reference that leads nowhere among them."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.cmd.build import build_main

from tools.site.pages import project_pages, write_pages, write_reference

ROOT = Path(__file__).parents[2]
SETTINGS = Path(__file__).parent


def build_site(target: Path, root: Path = ROOT, *, reference: bool = True) -> int:
    """Build the pages of ``root``, with the ``reference`` of the API, into ``target``; 0 when all is well.

    Of what was there before nothing is left. Sphinx says what is wrong.
    """
    with TemporaryDirectory() as folder:
        sources = Path(folder) / "sources"
        if reference:
            write_reference(sources)
        write_pages(root, project_pages(root), sources)
        shutil.rmtree(target, ignore_errors=True)
        options = ["-q", "-E", "-W", "--keep-going", "-b", "html", "-c", str(SETTINGS)]
        with warnings.catch_warnings():
            # What Sphinx tells the authors of its extensions is not about our pages.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            return build_main([*options, "-d", f"{folder}/doctrees", str(sources), str(target)])
