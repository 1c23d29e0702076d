"""The database of a delivery service. Functions for `dm3.store.Database`."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .cleaning import remove_expired, remove_lost_readers, remove_old_releases, remove_used_nonces
    from .escrow import Escrowed, keep_escrow, release_escrow, remove_escrow
    from .escrow_releases import RELEASES_TOLD, EscrowRelease, Login, release_to_login, releases_of
    from .mailbox_pages import Page, Waiting, Wanted, envelopes, last_seqs, pages
    from .mailboxes import FIRST_READER, Quota, StampedEnvelope, StoreResult, deposit
    from .moves import Move, move_page, moves_left
    from .profiles import (
        NewProfile,
        Registered,
        Registration,
        names_beside,
        raise_epoch,
        register,
        registered,
        registered_all,
        set_extension,
    )
    from .readers import Readers, acknowledge, admit_reader, forget_notes, release, remove_reader
    from .state import STATE, has_mailboxes, last_visit, read_state, remember
    from .tokens import use_nonce
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".cleaning": (
                "remove_expired",
                "remove_lost_readers",
                "remove_old_releases",
                "remove_used_nonces",
            ),
            ".escrow": (
                "Escrowed",
                "keep_escrow",
                "release_escrow",
                "remove_escrow",
            ),
            ".escrow_releases": (
                "EscrowRelease",
                "Login",
                "RELEASES_TOLD",
                "release_to_login",
                "releases_of",
            ),
            ".mailbox_pages": (
                "Page",
                "Waiting",
                "Wanted",
                "envelopes",
                "last_seqs",
                "pages",
            ),
            ".mailboxes": (
                "StoreResult",
                "FIRST_READER",
                "StampedEnvelope",
                "Quota",
                "deposit",
            ),
            ".moves": (
                "Move",
                "move_page",
                "moves_left",
            ),
            ".profiles": (
                "NewProfile",
                "Registered",
                "Registration",
                "names_beside",
                "raise_epoch",
                "register",
                "registered",
                "registered_all",
                "set_extension",
            ),
            ".readers": (
                "Readers",
                "acknowledge",
                "admit_reader",
                "forget_notes",
                "release",
                "remove_reader",
            ),
            ".state": (
                "STATE",
                "has_mailboxes",
                "last_visit",
                "read_state",
                "remember",
            ),
            ".tokens": ("use_nonce",),
        },
    )

__all__ = [
    "FIRST_READER",
    "RELEASES_TOLD",
    "STATE",
    "EscrowRelease",
    "Escrowed",
    "Login",
    "Move",
    "NewProfile",
    "Page",
    "Quota",
    "Readers",
    "Registered",
    "Registration",
    "StampedEnvelope",
    "StoreResult",
    "Waiting",
    "Wanted",
    "acknowledge",
    "admit_reader",
    "deposit",
    "envelopes",
    "forget_notes",
    "has_mailboxes",
    "keep_escrow",
    "last_seqs",
    "last_visit",
    "move_page",
    "moves_left",
    "names_beside",
    "pages",
    "raise_epoch",
    "read_state",
    "register",
    "registered",
    "registered_all",
    "release",
    "release_escrow",
    "release_to_login",
    "releases_of",
    "remember",
    "remove_escrow",
    "remove_expired",
    "remove_lost_readers",
    "remove_old_releases",
    "remove_reader",
    "remove_used_nonces",
    "set_extension",
    "use_nonce",
]
