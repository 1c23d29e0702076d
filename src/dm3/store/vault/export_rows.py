"""What an exported vault is made of: the first record, and one for each row."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

SCHEMAS: Final = ("vault_0001", "vault_0002")
"""The schemas of the vault's tables whose rows can be taken in."""


class Manifest(Struct, frozen=True):
    """The first record: which schema the rows are of, how many there are, and the key that opens them."""

    schema: str
    items: int
    data_key: bytes


class Row(Struct, frozen=True, array_like=True, rename={"record_type": "shelf"}):
    record_type: str
    key: bytes
    section: bytes
    revision: int
    sealed: bytes
