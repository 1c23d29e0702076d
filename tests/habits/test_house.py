"""The house keeps its plan: rooms above one another, and nobody reaches past the face of a package."""

import inspect
import re

import pytest
from grimp import ImportGraph

import dm3
from tests.habits.files import ROOT, complaint, project_files
from tests.kit.public_face import calls
from tools.imports import FacesContract

OPTIONS = {
    "room_by_room": ["dm3.protocol"],
    "open_modules": ["dm3.base.errors"],
}


def kept(importer: str, imported: str) -> bool:
    """Whether this import is allowed, in a house with these two things and a few faces."""
    graph = ImportGraph()
    faces = ("dm3", "dm3.base", "dm3.client", "dm3.client.state", "dm3.net", "dm3.net.http", "dm3.protocol")
    files = ("dm3.client.state.records", "dm3.net.http.deadline", "dm3.protocol.names.cid", "dm3.base.errors")
    rooms = ("dm3.protocol.names", "dm3.protocol.names.claims", "dm3.protocol.ens", "dm3.protocol.ens.lookup")
    for module in (*faces, *files, *rooms, "dm3.client.client"):
        graph.add_module(module)
    graph.add_import(importer=importer, imported=imported)
    contract = FacesContract(
        name="Nobody reaches past the face of a package",
        session_options={"root_packages": ["dm3"]},
        contract_options=OPTIONS,
    )
    return contract.check(graph, verbose=False).kept


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("dm3.client.client", "dm3.net.http"),  # a room's face
        ("dm3.client.client", "dm3.client.state.records"),  # within a package
        ("dm3.net.http.deadline", "dm3.base.errors"),  # open to everybody
        ("dm3.protocol.names.claims", "dm3.protocol.names.cid"),  # within a room of the protocol
        ("dm3.protocol.ens.lookup", "dm3.protocol.names"),  # from one of its rooms to the face of another
    ],
)
def test_faces_and_the_inside_of_ones_own_package_may_be_imported(importer, imported):
    assert kept(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("dm3.client.client", "dm3.net.http.deadline"),
        ("dm3.net.http.deadline", "dm3.client.state.records"),
        ("dm3.protocol.ens.lookup", "dm3.protocol.names.cid"),
        ("dm3", "dm3.client.client"),
    ],
)
def test_a_file_behind_a_face_may_not(importer, imported):
    assert not kept(importer, imported)


def test_the_files_that_the_description_of_the_house_names_are_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    there = {str(file) for file in project_files()}
    names = {file.rpartition("/")[2] for file in there}
    missing = sorted(
        path
        for path in re.findall(r"`([\w/]+\.py)`", page)
        if not ({path, f"src/dm3/{path}"} & there or ("/" not in path and path in names))
    )
    assert not missing, complaint("docs/architecture.md names files that are not there:", missing)


def test_every_package_has_its_line_in_the_description():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("| room | what is in it |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE))))
    there = {file.stem for file in (ROOT / "src" / "dm3").iterdir() if file.suffix == ".py"} | {
        folder.name for folder in (ROOT / "src" / "dm3").iterdir() if (folder / "__init__.py").is_file()
    }
    assert told == there - {"__init__"}


def test_each_walk_through_the_house_is_shorter_than_it_was():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    walks = page.partition("## Three walks through the house")[2].partition("\n## ")[0].split("\n**")[1:]
    assert len(walks) == 3
    for walk in walks:
        before = re.search(r"\(([^)]*) before\)", walk)
        assert before
        files = set(re.findall(r"`([\w/]+\.py)`", walk))
        assert 5 < len(files) < sum(map(int, re.findall(r"\d+", before[1]))), walk.partition("*")[0]


@pytest.mark.parametrize("face", [dm3.LimitedScopeProfile, dm3.Messenger])
def test_profiles_are_made_of_parts_and_inherit_nothing(face):
    assert face.__mro__ == (face, object)


def test_what_two_faces_show_under_one_name_is_done_by_the_same_part():
    """A profile is made of parts: each of its calls is one of theirs, described there."""
    limited, main = dict(calls(dm3.LimitedScopeProfile)), dict(calls(dm3.Messenger))
    assert len(limited.keys() & main.keys()) > 40
    for name in limited.keys() & main.keys():
        assert inspect.unwrap(limited[name]) is inspect.unwrap(main[name]), name


@pytest.mark.parametrize("device", [dm3.RecoveringDevice, dm3.JoiningDevice])
def test_a_device_that_waits_for_keys_shows_nothing_of_a_profile_in_use(device):
    assert device.__mro__ == (device, object)
    shown = {name for name in dir(device) if not name.startswith("_")}
    assert not shown & {"send", "reply", "conversations", "inbox", "request_link", "links"}
