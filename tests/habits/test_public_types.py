"""Whatever a public call takes, returns or raises can be reached through `dm3`, and is documented."""

import ast
import inspect
import re
import textwrap
from dataclasses import is_dataclass
from itertools import pairwise
from typing import get_type_hints

import pytest
from msgspec import Struct

import dm3
from dm3.base import errors
from dm3.crypto import KeyWallet, ProfileKeys, Seed, WalletKey
from tests.habits.files import ROOT, complaint
from tests.kit.public_face import (
    FACE,
    REFERENCE,
    described,
    face_calls,
    is_record,
    leads_to,
    leaves,
    met_types,
    raised_by,
)

STAYS_INSIDE = {
    "MeantForAnother": "kept as the `last_code` of an entry of the outbox",
    "NotVerifiable": "becomes an `Unverified`",
    "SenderUnknownNow": "becomes an `Unverified` that waits",
    "TurnOver": "ends a turn at a mailbox",
}
"""What the client raises and catches itself."""


def test_every_type_that_users_meet_is_shown():
    missing = [
        f"{found.__name__}, of {where}" for found, where in met_types().items() if found not in FACE.values()
    ]
    assert not missing, complaint("not in dm3.__all__, though a public call has it:", missing)


def test_no_record_that_users_meet_has_the_keys_of_a_profile():
    keys = {Seed, ProfileKeys, WalletKey}
    fields = {
        f"{record.__name__}.{name}"
        for record in met_types()
        if is_record(record) and record is not KeyWallet
        for name, hint in get_type_hints(record).items()
        if keys & set(leaves(hint))
    }
    assert not fields


def test_every_error_that_comes_out_of_a_call_is_shown():
    everywhere = {
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, dm3.Dm3Error)
    }
    hidden = {one.__name__ for one in (everywhere | raised_by("dm3.client")) if one not in FACE.values()}
    assert hidden == set(STAYS_INSIDE)


def test_what_public_docstrings_name_can_be_reached():
    nowhere = {
        f"{where}: `{name}`"
        for where, owner, text in described()
        for name in REFERENCE.findall(text)
        if not leads_to(name, owner)
    }
    assert not nowhere, complaint("leads nowhere for users (``…`` is for literals):", sorted(nowhere))


def undocumented_fields(record: type) -> list[str]:
    """The fields of a record without a line of their own in its docstring, or a docstring below them."""
    text = textwrap.dedent(inspect.getsource(record))
    [tree] = ast.parse(text).body
    assert isinstance(tree, ast.ClassDef)
    lines = re.findall(r"^``(\w+)``: \S", inspect.getdoc(record) or "", re.MULTILINE)
    told = set(lines) | {
        ast.unparse(one.target)
        for one, below in pairwise(tree.body)
        if isinstance(one, ast.AnnAssign) and isinstance(below, ast.Expr)
    }
    fields = [
        one for one in tree.body if isinstance(one, ast.AnnAssign) and "ClassVar" not in ast.unparse(one)
    ]
    return [name for name in (ast.unparse(one.target) for one in fields) if name not in told]


def test_every_field_of_a_public_record_has_a_line_that_says_what_it_is():
    shown = {one for one in FACE.values() if isinstance(one, type)} | set(met_types())
    records = [one for one in shown if issubclass(one, Struct) or is_dataclass(one)]
    assert len(records) > 40
    silent = [f"{one.__name__}.{field}" for one in records for field in undocumented_fields(one)]
    assert not silent, complaint("no line says what this is (``name``: …):", sorted(silent))


def test_a_field_without_a_line_is_noticed():
    assert undocumented_fields(HalfTold) == ["second"]


class HalfTold(Struct):
    """A record.

    ``first``: the first.
    """

    first: int
    second: int
    third: int
    """The third."""


def test_no_public_call_is_missed():
    """What the two tests above look at is there: they would be content with nothing."""
    found = dict(face_calls())
    assert {"Client.embed_lsp", "Messenger.approve", "LimitedScopeProfile.send", "connect"} <= set(found)
    assert {dm3.LinkView, dm3.RequestView, dm3.OutboxEntryView, dm3.Conversation} <= set(met_types())


def test_what_is_shown_is_in_the_documentation():
    page = (ROOT / "docs/sdk.md").read_text(encoding="utf-8")
    names = page.partition("<!-- generated: sdk -->")[2].partition("### Methods and properties")[0]
    listed = set(re.findall(r"^\| `(\w+)[`(]", names, re.MULTILINE))
    assert listed == set(FACE) - {"__version__"}, "docs/sdk.md is behind dm3.__all__: make docs"


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("Unreachable", True),
        ("Client.messenger", True),
        ("sync", True),
        ("dm3.Messenger.sync", True),
        ("Directory.profile", False),
        ("Client.nothing", False),
        ("RecordType", False),
        ("dm3.net.Directory", False),
    ],
)
def test_a_reference_leads_somewhere_or_does_not(name, leads):
    assert leads_to(name, dm3.LimitedScopeProfile) is leads
