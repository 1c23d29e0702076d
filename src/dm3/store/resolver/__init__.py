"""The database of an off-chain resolver."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .names import NONCE_GRACE, NameStore, Outcome, OwnerAliasClaim, ProfileRow, remove_used_nonces
    from .released_aliases import release_alias, released_for, withhold_alias
    from .state import STATE, name_outside
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".names": (
                "NONCE_GRACE",
                "NameStore",
                "Outcome",
                "OwnerAliasClaim",
                "ProfileRow",
                "remove_used_nonces",
            ),
            ".released_aliases": (
                "release_alias",
                "released_for",
                "withhold_alias",
            ),
            ".state": (
                "STATE",
                "name_outside",
            ),
        },
    )

__all__ = [
    "NONCE_GRACE",
    "STATE",
    "NameStore",
    "Outcome",
    "OwnerAliasClaim",
    "ProfileRow",
    "name_outside",
    "release_alias",
    "released_for",
    "remove_used_nonces",
    "withhold_alias",
]
