"""The house in figures: files and arrows in each folder of the package, as Markdown.

    python -m tools.house

An arrow is an import between two things that lie in the same folder, files or rooms; however often one
imports from the other, it is one arrow. `make docs` keeps it in docs/architecture.md.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import grimp

from tools.imports import ROOT, arrows


def figures() -> list[tuple[str, int, int, int]]:
    """Each folder with how many files, rooms and arrows are in it, the whole first."""
    graph = grimp.build_graph(ROOT, cache_dir=None)
    between: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for importer, imported in arrows(graph):
        one, other = importer.split("."), imported.split(".")
        shared = 0
        while shared < min(len(one), len(other)) and one[shared] == other[shared]:
            shared += 1
        if shared < min(len(one), len(other)):  # else one of them is the folder's own face
            between[".".join(one[:shared])].add((one[shared], other[shared]))
    found = []
    for folder in sorted(name for name in graph.modules if graph.find_children(name)):
        if "migrations" in folder:
            continue
        children = graph.find_children(folder)
        rooms = [child for child in children if graph.find_children(child)]
        found.append((folder, len(children) - len(rooms), len(rooms), len(between[folder])))
    return found


def table() -> str:
    """The figures as a table."""
    lines = ["| folder | files | rooms | arrows |", "| --- | ---: | ---: | ---: |"]
    for folder, files, rooms, count in figures():
        path = folder.replace(".", "/")
        lines.append(f"| `{path}/` | {files or ''} | {rooms or ''} | {count} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
