"""Ground floor: canonical JSON, encodings, ENS names, errors. Imports nothing of ours."""

from .arguments import checked
from .canonical import UNDEFINED, canonical_json, quote
from .combining_marks import MOST_MARKS, without_piles
from .encoding import from_base64, from_hex, sha256_hex, to_base64, to_hex, whole_characters
from .extras import as_error, require_extra
from .names import (
    MAX_NAME_LENGTH,
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
    whole_name,
)
from .reading import MAX_JSON_BYTES, REQUEST_SIGNS, Members, read_json
from .shown import Shown, ShownValue

__all__ = [
    "MAX_JSON_BYTES",
    "MAX_NAME_LENGTH",
    "MOST_MARKS",
    "REQUEST_SIGNS",
    "UNDEFINED",
    "Members",
    "Shown",
    "ShownValue",
    "address_name",
    "address_of",
    "as_error",
    "canonical_json",
    "checked",
    "domain_of",
    "from_base64",
    "from_hex",
    "is_below",
    "load_name_tables",
    "normalize",
    "one_spelling",
    "owner_alias",
    "owner_of",
    "quote",
    "read_json",
    "require_extra",
    "same_name",
    "sha256_hex",
    "spellings_of",
    "to_base64",
    "to_hex",
    "whole_characters",
    "whole_name",
    "without_piles",
]
