"""Creating profiles, second part: one safe step after the other until it is in use (specification 3.2).

What is kept after each step says where to go on; a crash between two steps loses nothing, and a step
done twice has no second effect.
"""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base.errors import CannotTell, NobodyAsked, NotFound
from dm3.protocol.names import profile_update_message

from ..reading.mailbox import Mailbox
from ..state.context import Context
from ..state.identity import AliasClaim, Identity, Stage
from ..state.records import IDENTITIES
from .ens_names import require_published


class NotFoundByService(NotFound):
    """The delivery service does not find the profile under its name."""

    code = "not-found-by-service"
    hint = "Its operator has to name a node of the same chain (rpc-url); a node may also lag: try again then."


async def complete(context: Context, identity: Identity) -> Identity:
    """Take the steps that are left until the profile can send and receive.

    Its own name leads to it first: an address name is claimed, a name that its owner publishes is looked
    up. Then the alias is claimed where one is wanted, then it is registered at the delivery services.
    Raises what the services answer, and as `require_published`; what was reached is kept.
    """
    context.completing.add(identity.name)
    try:
        return await _complete(context, identity)
    finally:
        context.completing.discard(identity.name)


async def _complete(context: Context, identity: Identity) -> Identity:
    if identity.stage is Stage.KEYS_MADE:
        await context.vault.put(IDENTITIES, identity.name, identity)
        if identity.is_self_published:
            await require_published(context, identity, identity.name)
        else:
            await _claim_address(context, identity)
        identity = await _reached(context, identity, Stage.NAME_CLAIMED)
    if identity.stage is Stage.NAME_CLAIMED:
        if identity.claim is not None:
            alias = await _claim(context, identity, identity.claim)
            identity = replace(identity, aliases=(*identity.aliases, alias))
        identity = await _reached(context, identity, Stage.ALIAS_CLAIMED)
    if identity.stage in (Stage.ALIAS_CLAIMED, Stage.TAKEN_OVER):
        mailbox = Mailbox(context, identity.name, identity.profile, identity.keys, identity.reader)
        await _register(context, identity, mailbox)
        identity = await _reached(
            context, replace(identity, claim=None, replaces=None, authorization=None), Stage.READY
        )
    return identity


async def _claim_address(context: Context, identity: Identity) -> None:
    resolver = context.resolver_for(identity.name)
    authorization = _authorization(identity)
    await resolver.claim_address(identity.profile, identity.address, identity.app, authorization)


async def _register(context: Context, identity: Identity, mailbox: Mailbox) -> None:
    for service in mailbox.services:
        await context.directory.delivery_service(service)
    try:
        await mailbox.open()
    except (NotFound, CannotTell) as error:
        # A service without a node of the chain says that it has nobody to ask, and waiting mends nothing.
        says_so = isinstance(error, NotFound) or error.service_code == NobodyAsked.code
        if not identity.is_self_published or not says_so:
            raise
        # The name was found from here, by this profile's own way to the chain.
        raise NotFoundByService(
            f"{identity.name} is published, but a delivery service of the profile says: {error}"
        ) from None
    for alias in identity.aliases:
        await mailbox.add_name(alias)


def _authorization(identity: Identity) -> str | None:
    """The wallet's word that this profile replaces the former one; None where there is none."""
    if identity.replaces is None or identity.authorization is not None or identity.wallet is None:
        return identity.authorization
    text = profile_update_message(identity.name, identity.replaces, identity.profile.hash)
    return identity.wallet.sign_now(text)


async def _reached(context: Context, identity: Identity, stage: Stage) -> Identity:
    identity = replace(identity, stage=stage)
    await context.vault.put(IDENTITIES, identity.name, identity)
    context.names.forget(identity.name)
    context.directory.forget(identity.name)
    return identity


async def _claim(context: Context, identity: Identity, claim: AliasClaim) -> str:
    resolver = context.resolver_for(identity.name)
    if claim.owner and claim.message and claim.signature:
        return await resolver.claim_owner_alias(
            identity.name, claim.owner, claim.message, claim.signature, identity.keys
        )
    return await resolver.claim_alias(claim.alias, identity.name, identity.keys.signing_private)
