"""Every effect of the tables of linking is carried out, in exactly one place (specification 3.3)."""

import ast
from pathlib import Path

import pytest

import dm3.client
from dm3.protocol.linking import Effect, OutgoingLinkEffect, RecoveryEffect

CLIENT = Path(dm3.client.__file__).parent
PLACES = [
    (Effect, "linking/approver_effects.py"),
    (OutgoingLinkEffect, "linking/requester.py"),
    (RecoveryEffect, "linking/recovering.py"),
]


def named(tree: ast.AST, effects: type) -> list[str]:
    """The effects of a kind that are named in it, as often as they are."""
    return [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == effects.__name__
    ]


@pytest.mark.parametrize(("effects", "place"), PLACES)
def test_every_effect_is_carried_out_in_exactly_one_place(effects, place):
    found = {
        str(file.relative_to(CLIENT)): names
        for file in CLIENT.rglob("*.py")
        if (names := named(ast.parse(file.read_text(encoding="utf-8")), effects))
    }
    assert {where: sorted(names) for where, names in found.items()} == {
        place: sorted(effect.name for effect in effects)
    }


@pytest.mark.parametrize(("effects", "place"), PLACES)
def test_a_new_effect_is_noticed_by_the_type_checker(effects, place):
    tree = ast.parse((CLIENT / place).read_text(encoding="utf-8"))
    matches = [node for node in ast.walk(tree) if isinstance(node, ast.Match) and named(node, effects)]
    assert len(matches) == 1
    *_, last = matches[0].cases
    assert ast.unparse(last.body[0]) == "assert_never(other)"
    # A condition would let an effect through to nothing.
    assert not [case for case in matches[0].cases if case.guard is not None]
