"""Every HTTP client of a test is a patient one of `tests.kit`: httpx's 5 seconds fail on a slow machine."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.habits.files import ROOT, complaint, project_files

KIT = "tests/kit/http.py"
MODULES = ("httpx", "http.client", "urllib.request", "urllib3", "aiohttp", "requests")
"""Modules that can make a client."""
MAKERS = {
    "AsyncClient", "Client", "HTTPConnection", "HTTPSConnection", "ClientSession", "PoolManager",
    "Session", "urlopen", "build_opener", "get", "head", "options", "post", "put", "patch", "delete",
    "request", "stream",
}  # fmt: skip
"""What makes one in them."""


def made_in(source: str) -> list[int]:
    """The lines of ``source`` on which a client is made by anything but the kit."""
    if not any(module.partition(".")[0] in source for module in MODULES):
        return []
    tree = ast.parse(source)
    modules, makers = dict[str, str](), set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                for name in names:
                    if name.name in MODULES:
                        modules[name.asname or name.name] = name.name
            case ast.ImportFrom(module=str(module), names=names):
                for name in names:
                    if module in MODULES and name.name in MAKERS:
                        makers.add(name.asname or name.name)
                    elif f"{module}.{name.name}" in MODULES:
                        modules[name.asname or name.name] = f"{module}.{name.name}"
    return sorted(call.lineno for call in _calls(tree) if _makes(call.func, modules, makers))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _makes(called: ast.expr, modules: dict[str, str], makers: set[str]) -> bool:
    if isinstance(called, ast.Name):
        return called.id in makers
    return (
        isinstance(called, ast.Attribute) and called.attr in MAKERS and ast.unparse(called.value) in modules
    )


@pytest.mark.parametrize(
    "source",
    [
        "import httpx\nhttpx.AsyncClient()",
        "import httpx as h\nh.get('http://127.0.0.1')",
        "from httpx import AsyncClient as C\nC(timeout=5)",
        "import httpx\nwith httpx.Client(base_url='') as http: pass",
        "import urllib.request\nurllib.request.urlopen('x')",
        "from urllib import request\nrequest.urlopen('x')",
        "from http.client import HTTPConnection\nHTTPConnection('x')",
    ],
)
def test_a_client_is_noticed(source):
    assert made_in(source) == [2]


@pytest.mark.parametrize(
    "source",
    [
        "import httpx\ndef f(http: httpx.AsyncClient) -> None: http.get('x')",
        "from tests.kit import open_client\nopen_client()",
        "import httpx\nhttpx.Request('GET', 'x')",
        "{}.get('x')",
    ],
)
def test_what_makes_none_is_left_alone(source):
    assert made_in(source) == []


def test_clients_come_from_the_kit():
    found = [
        f"{path}:{line}"
        for path in project_files()
        if path.parts[0] == "tests" and path.suffix == ".py" and str(path) != KIT
        for line in made_in((ROOT / path).read_text("utf-8"))
    ]
    assert not found, complaint("use tests.kit.open_client, open_sync_client or get instead:", found)
