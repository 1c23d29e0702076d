"""Build the site into build/site: `python -m tools.site [FOLDER]`."""

import sys
from pathlib import Path

from tools.site.build import ROOT, build_site

if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/site"
    failed = build_site(target)
    if not failed:
        sys.stderr.write(f"{target}/index.html\n")
    sys.exit(failed)
