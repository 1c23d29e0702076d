"""What is in the project, as git sees it: tracked, or new and not ignored."""

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def project_files() -> tuple[Path, ...]:
    """All files of the project, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    names = sorted(set(filter(None, listed.split("\0"))))
    # A file deleted but not yet committed is still listed.
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def text_of(file: Path) -> str | None:
    """The file's text, or None when it is not a text."""
    data = (ROOT / file).read_bytes()
    if b"\0" in data:
        return None
    return data.decode("utf-8", errors="replace")


def lines_matching(file: Path, pattern) -> list[str]:
    """`path:line: text` for each line of the file in which the pattern is found."""
    text = text_of(file)
    if text is None or not pattern.search(text):
        return []
    return [
        f"{file}:{number}: {line.strip()[:100]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def complaint(heading: str, lines) -> str:
    """A failure message: what is wrong, and each place on a line."""
    return "\n  ".join([heading, *lines])
