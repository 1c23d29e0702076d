"""What the user of a linked profile is told of its link, as sentences."""

from __future__ import annotations

from dm3.base import whole_characters
from dm3.model import LinkKind, LinkPayload
from dm3.protocol.linking import OutgoingLink, told_reason


def ending_sentence(asking: OutgoingLink, ending: LinkPayload | None) -> str:
    """That the link has ended or was refused, with the other side's reason."""
    if ending is None or ending.kind is LinkKind.REVOKE:
        return f"{asking.main_name} has ended the link."
    told = told_reason(ending.code, ending.reason)
    reason = f": {whole_characters(told)}" if told else "."
    return f"{asking.main_name} has refused the link{reason}"


def late_keys_sentence(asking: OutgoingLink) -> str:
    """That another implementation may take the second LINK, with the keys, for a renewal.

    Specification 3.3.
    """
    return (
        f"{asking.main_name} has accepted the link and was sent the keys after that. Its messenger may not "
        "take them: then this profile cannot be recovered from it."
    )
