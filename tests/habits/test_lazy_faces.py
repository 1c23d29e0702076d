"""Faces that import late show the same to people, type checkers and programs; and nothing heavy is early."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
import typer

from dm3.cli.config.options import CLIENT, TABLE
from dm3.cli.main import COMMANDS, app
from dm3.cli.shared_settings import SETTINGS
from dm3.lazy import EXTRAS
from tests.habits.files import ROOT, project_files

FACES = [
    str(path)
    for path in project_files()
    if path.parts[:2] == ("src", "dm3")
    and path.name == "__init__.py"
    and "lazy_face(" in (ROOT / path).read_text("utf-8")
]
HEAVY = sorted(set().union(*EXTRAS.values(), {"alembic", "pydantic", "sqlalchemy.dialects.postgresql"}))
CLIENTS = [
    "import dm3; dm3.connect",
    "import dm3.cli.commands.inbox",
    "import dm3.cli.commands.send, dm3.cli.commands.link",
]
"""What a client's programs import."""


def imported_for_types(tree: ast.Module) -> dict[str, set[str]]:
    """The names under TYPE_CHECKING by their module."""
    [checking] = [node for node in tree.body if isinstance(node, ast.If)]
    found: dict[str, set[str]] = {}
    for node in checking.body:
        assert isinstance(node, ast.ImportFrom)
        names = (f"{name.asname}={name.name}" if name.asname else name.name for name in node.names)
        found.setdefault("." * node.level + (node.module or ""), set()).update(names)
    return found


def imported_late(tree: ast.Module) -> dict[str, set[str]]:
    """The names in the table of `lazy_face`."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    [call] = [node for node in calls if ast.unparse(node.func) == "lazy_face"]
    return {module: set(names) for module, names in ast.literal_eval(call.args[1]).items()}


def shown(tree: ast.Module) -> set[str]:
    """What is in ``__all__``."""
    [value] = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return set(ast.literal_eval(value))


def loaded_by(code: str) -> set[str]:
    """The modules that are there after a new interpreter has run ``code``."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("face", FACES)
def test_what_is_imported_late_is_what_type_checkers_see_and_what_is_shown(face):
    tree = ast.parse((ROOT / face).read_text("utf-8"))
    late = imported_late(tree)
    assert late == imported_for_types(tree), f"{face}: the imports under TYPE_CHECKING and the table differ"
    assert {name.partition("=")[0] for names in late.values() for name in names} == shown(tree)


def test_the_face_of_all_imports_nothing_until_it_is_used():
    assert "httpx" not in loaded_by("import dm3")


@pytest.mark.parametrize("code", CLIENTS)
def test_clients_do_not_import_what_they_do_not_need(code):
    assert sorted(loaded_by(code) & set(HEAVY)) == []


def test_the_list_of_commands_imports_none_of_them():
    run = "import sys; sys.argv = ['dm3', '--help']\ntry:\n import dm3.cli; dm3.cli.main()\n"
    loaded = loaded_by(run + "except SystemExit: pass")
    assert sorted(name for name in loaded if name in ("httpx", "sqlalchemy", "dm3.client", "dm3.net")) == []


def test_the_help_says_of_the_shared_settings_what_the_table_of_options_says():
    told = []
    for option in map(TABLE.__getitem__, CLIENT):
        default = f" [{option.shown_default}]" if option.shown_default and option.name != "data-dir" else ""
        told.append((f"--{option.name}", option.help + default))
    assert [*told, *SETTINGS[-2:]] == SETTINGS
    assert [name for name, _ in SETTINGS[-2:]] == ["--config", "--print-config"]


def joining() -> list[tuple[str, str, str]]:
    """The modules of `dm3.cli` that use the app of another one: who, whose module, which app."""
    found = []
    for path in (ROOT / "src/dm3/cli/commands").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                apps = (name.name for name in node.names if name.name.endswith("_app"))
                found += [(f".commands.{path.stem}", f".commands.{node.module}", app) for app in apps]
    return found


@pytest.mark.parametrize(("module", "home", "group"), joining())
def test_whoever_joins_a_group_of_commands_is_imported_with_it(module, home, group):
    homes = {"delivery_app": "delivery-service", "resolver_app": "resolver"}
    [part] = [
        part for name, part in COMMANDS.items() if part.home == f"{home}:{group}" or name == homes.get(group)
    ]
    assert module in {place.partition(":")[0] for place in part.joined}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_they_say_themselves(name):
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    paragraph = command.help.split("\n\n")[0].replace("\n", " ")
    assert paragraph.startswith(COMMANDS[name].help)
    assert COMMANDS[name].help.endswith(".")
