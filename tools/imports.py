"""What import-linter is to check beside its own contracts: nobody reaches past the face of a package.

`pyproject.toml` names this contract; `lint-imports` finds it here, since it is run in the project's root.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ROOT = "dm3"


class FacesContract(Contract):
    """From outside, names come from a package or from one of its rooms, never from a file in it.

    The inside of a package is everything in it; of a package in ``room_by_room`` it is each of its rooms.
    ``open_modules`` are files that everybody may import from.
    """

    room_by_room = fields.SetField(subfield=fields.ModuleField(), required=False, default=set())
    open_modules = fields.SetField(subfield=fields.ModuleField(), required=False, default=set())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import of ``graph``."""
        apart = {module.name for module in self.room_by_room}  # type: ignore[attr-defined]
        opened = {module.name for module in self.open_modules}  # type: ignore[attr-defined]
        past = [
            f"{importer} imports from {imported}"
            for importer, imported in arrows(graph)
            if not graph.find_children(imported)
            and imported not in opened
            and inside(importer, apart) != inside(imported, apart)
        ]
        return ContractCheck(kept=not past, metadata={"past": sorted(past)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say who reaches past which face."""
        for sentence in check.metadata["past"]:
            output.print_error(sentence)
        output.print(
            "Show the name in the __init__ of the package (docs/architecture.md), and import it there."
        )


def arrows(graph: ImportGraph) -> list[tuple[str, str]]:
    """Who imports whom, among the modules of ours."""
    ours = [name for name in graph.modules if name.split(".")[0] == ROOT]
    return [
        (importer, imported)
        for importer in sorted(ours)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if imported.split(".")[0] == ROOT
    ]


def inside(module: str, apart: Any) -> str:
    """The package whose inside ``module`` belongs to; of those in ``apart`` the room."""
    parts = module.split(".")
    package = ".".join(parts[:2])
    return ".".join(parts[:3]) if package in apart else package
