"""Profiles whose creation was begun and broken off: the next attempt goes on with them (specification 3.2).

Their keys are made and their names perhaps claimed already: a second profile beside them would leave them
behind for good.
"""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base import normalize, same_name
from dm3.base.errors import LocalProtocolError

from ..state.context import Context
from ..state.identity import AliasClaim, Identity, IdentityKind, Stage
from ..state.records import DEPOSITS, IDENTITIES
from .app import App
from .ens_names import address_of_owned


async def find_begun(
    context: Context,
    app: App,
    owner: str,
    *,
    kind: IdentityKind = IdentityKind.LIMITED,
    random_wallet: bool = False,
    public: bool = False,
) -> Identity | None:
    """The profile of ``owner`` (EIP-55) for the settled ``app`` that an earlier attempt began, if any.

    ``random_wallet`` tells the two ways of making one apart. Unless it is to be ``public``, one that is tied
    to its owner already is left alone. Profiles that are in use are never meant, those that were moved here
    included; nor what another task of this program is about to finish. Raises `Unreachable` when it cannot be
    told whether a profile is tied to its owner.
    """
    for kept in await context.vault.entries(IDENTITIES):
        held = kept.record
        if (
            held.kind is kind
            and held.is_begun
            and held.name not in context.completing
            and held.wallet_is_random is random_wallet
            and not held.readable_by_site  # the page's entropy says which one that is
            and not held.is_self_published
            and (held.app, held.uri, held.owner) == (normalize(app.name), app.page, owner)
            and held.profile.profile.delivery_services == app.delivery_services
            and (public or not await _is_public(context, held))
        ):
            return held
    return None


async def _is_public(context: Context, held: Identity) -> bool:
    """Whether the owner alias leads to the profile, be it that the answer to its claim was lost."""
    if held.aliases:
        return True
    if held.claim is None or held.stage is Stage.KEYS_MADE:
        return False
    return (await address_of_owned(context.names, held.owner, held.app) or "").lower() == held.address.lower()


async def discard_begun(context: Context, identity: Identity) -> None:
    """Forget a profile whose creation broke off, with its keys; what it has claimed leads to nobody then.

    Raises `LocalProtocolError` for one that is in use, or on its way into use right now.
    """
    if not identity.is_begun or identity.name in context.completing:
        raise LocalProtocolError(
            f"{identity.shown_name} is in use",
            hint="Only a profile whose creation broke off can be discarded.",
        )
    change = context.vault.change()
    change.remove(IDENTITIES, identity.name)
    change.remove(DEPOSITS, identity.name)
    await context.vault.commit(change)


def with_alias_claim(identity: Identity, claim: AliasClaim | None) -> Identity:
    """The profile with the alias that is wanted now, in place of one that it did not get before."""
    if claim is None or any(same_name(claim.alias, alias) for alias in identity.aliases):
        return replace(identity, claim=None)
    stage = identity.stage if identity.stage is Stage.KEYS_MADE else Stage.NAME_CLAIMED
    return replace(identity, stage=stage, claim=claim)
