"""A device without keys gets them back through the main profile (specification 3.5)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from dm3.crypto import ProfileKeys
from dm3.model import LinkKind, LinkPayload, Message, Profile
from dm3.protocol.names import ResolvedProfile

from .acceptances import accepting_payload, check_acceptance, check_paired
from .carried_keys import require_keys_of
from .pairing import PairingProofs
from .refusals import LinkRefused, Reason
from .tables import RECOVERY, RecoveryEffect, RecoveryEvent, RecoveryState


class Recovery(Struct, frozen=True, kw_only=True):
    """A recovery under way. Times in UNIX seconds.

    ``state``: how far it is.
    ``profile_name``: the profile whose keys are asked for.
    ``profile_hash``: the hash of its signed profile.
    ``main_name``: the main profile that has them.
    ``temporary_name``: the profile through which it asks.
    ``link_message``: what the wallet signed.
    ``wallet_signature``: its signature, 0x-hex.
    ``started_at``: when it asked.
    ``gives_up_at``: when it ends without an answer.
    ``rejection``: why the main profile's user has rejected it, if they have.
    ``pairing``: the proofs of the code with which was asked, None without one.
    """

    state: RecoveryState
    profile_name: str
    profile_hash: str
    main_name: str
    temporary_name: str
    link_message: str
    wallet_signature: str
    started_at: int
    gives_up_at: int
    rejection: str | None = None
    pairing: PairingProofs | None = None


class RecoveryStep(Struct, frozen=True):
    """The new record and what to do; ``payload`` and ``keys`` are set when the keys have come."""

    recovery: Recovery
    effects: tuple[RecoveryEffect, ...]
    payload: LinkPayload | None = None
    keys: ProfileKeys | None = None


def begin(recovery: Recovery) -> RecoveryStep:
    """Ask for the keys."""
    row = RECOVERY.step(recovery.state, RecoveryEvent.ASKED)
    return RecoveryStep(replace(recovery, state=row.next), row.effects)


def recovery_payload(recovery: Recovery) -> LinkPayload:
    """The payload of LINK_RECOVER: no private keys, no key-creation nonce."""
    return LinkPayload(
        kind=LinkKind.RECOVER,
        profile_name=recovery.profile_name,
        profile_hash=recovery.profile_hash,
        valid_until=recovery.gives_up_at,
        link_message=recovery.link_message,
        signature=recovery.wallet_signature,
        pairing=None if recovery.pairing is None else recovery.pairing.request,
    )


def handle_keys(
    recovery: Recovery,
    message: Message,
    main: Profile,
    published: ResolvedProfile,
    also: tuple[str, ...] = (),
) -> RecoveryStep:
    """Check a LINK_ACCEPT with keys; ``published`` is the profile to recover, freshly resolved,
    ``also`` further names of who has sent it.

    Raises `LinkRefused`: above all unless the keys yield exactly the published profile.
    """
    payload = accepting_payload(message)
    if not payload.link_message:
        payload = replace(payload, link_message=recovery.link_message)
    senders = (message.from_, *also)
    check_acceptance(payload, senders, recovery.main_name, main, recovery.link_message)
    check_paired(payload, recovery.pairing.acceptance if recovery.pairing else None)
    if payload.profile_name != recovery.profile_name or published.name != recovery.profile_name:
        raise LinkRefused(Reason.WRONG_PROFILE)
    if recovery.profile_hash != published.signed.hash:
        raise LinkRefused(Reason.WRONG_HASH)
    keys = require_keys_of(payload, published)
    row = RECOVERY.step(recovery.state, RecoveryEvent.KEYS_RECEIVED)
    return RecoveryStep(replace(recovery, state=row.next), row.effects, payload, keys)


def pass_time(recovery: Recovery, now: int) -> RecoveryStep:
    """Give up when the time is over."""
    if recovery.state is not RecoveryState.ASKING or now <= recovery.gives_up_at:
        return RecoveryStep(recovery, ())
    row = RECOVERY.step(recovery.state, RecoveryEvent.TIMED_OUT)
    return RecoveryStep(replace(recovery, state=row.next), row.effects)
