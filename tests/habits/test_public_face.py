"""Everything that a package shows is described."""

import importlib
import inspect
import pkgutil

import dm3
from tests.habits.files import complaint


def public_packages() -> list[str]:
    """`dm3` and every package below it, by name."""
    found = pkgutil.walk_packages(dm3.__path__, prefix="dm3.")
    return ["dm3", *(module.name for module in found if module.ispkg)]


def is_described(thing) -> bool:
    doc = (thing.__doc__ or "").strip()
    # Dataclasses and named tuples without a docstring get their signature as one.
    return bool(doc) and not doc.startswith(f"{thing.__name__}(")


def test_every_name_that_a_package_shows_has_a_docstring():
    undescribed = []
    for name in public_packages():
        package = importlib.import_module(name)
        for shown in getattr(package, "__all__", ()):
            assert hasattr(package, shown), f"{name}.__all__ names {shown}, which is not there"
            thing = getattr(package, shown)
            described_here = getattr(thing, "__module__", "").partition(".")[0] == "dm3"
            if not described_here or not (inspect.isclass(thing) or inspect.isroutine(thing)):
                continue
            if not is_described(thing):
                undescribed.append(f"{name}.{shown} (of {thing.__module__})")
    assert not undescribed, complaint("shown without a docstring:", undescribed)
