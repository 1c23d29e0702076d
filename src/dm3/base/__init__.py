"""Ground floor: canonical JSON, encodings, ENS names, errors. Imports nothing of ours."""

from .canonical import UNDEFINED, canonical_json
from .encoding import from_base64, from_hex, sha256_hex, to_base64, to_hex, whole_characters
from .names import (
    address_name,
    address_of,
    domain_of,
    is_below,
    load_name_tables,
    normalize,
    one_spelling,
    owner_alias,
    owner_of,
    same_name,
    spellings_of,
)
from .reading import MAX_JSON_BYTES, REQUEST_BRACKETS, Members, read_json

__all__ = [
    "MAX_JSON_BYTES",
    "REQUEST_BRACKETS",
    "UNDEFINED",
    "Members",
    "address_name",
    "address_of",
    "canonical_json",
    "domain_of",
    "from_base64",
    "from_hex",
    "is_below",
    "load_name_tables",
    "normalize",
    "one_spelling",
    "owner_alias",
    "owner_of",
    "read_json",
    "same_name",
    "sha256_hex",
    "spellings_of",
    "to_base64",
    "to_hex",
    "whole_characters",
]
