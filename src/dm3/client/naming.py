"""Being known by a name of one's own: an ENS name that resolves to the profile, wherever it is published."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base import normalize, read_json
from dm3.base.errors import ConfigurationError, InvalidInput, LocalProtocolError, NotFound
from dm3.model import RecordKey
from dm3.net import Network
from dm3.net.json_rpc_chain import ask_chain
from dm3.net.transaction_costs import chain_id
from dm3.protocol.ens.publishing import Publication, prepare_publication
from dm3.wire import data_uri

from .context import Context
from .mailboxes import Mailbox
from .records import IDENTITIES, Identity, IdentityKind, Stage


class NotYourName(LocalProtocolError):
    """The name resolves to another profile than this one."""

    code = "not-your-name"
    hint = "Publish this profile under the name first: dm3 profile publish --name NAME"


async def prepare_profile(network: Network, identity: Identity, name: str, point: bool) -> Publication:
    """What is to be sent to publish ``identity`` under ``name`` on the first chain.

    Raises `ConfigurationError` where there is none, and as `prepare_publication`.
    """
    if network.chains is None:
        raise ConfigurationError(
            "publishing needs a node of the chain", hint="Name one: rpc_url, or --rpc-url."
        )
    chain = network.chains.default
    inquiry = prepare_publication(
        name,
        RecordKey.PROFILE,
        data_uri(read_json(identity.signed, what="the profile")),
        registry=network.ens_registry,
        chain_id=await chain_id(chain),
        owner=identity.address,
        point=point,
    )
    return await ask_chain(chain, inquiry)


async def known_as(context: Context, identity: Identity, name: str) -> Identity:
    """The main profile ``identity`` with ``name`` as the one that others are told. Safe to repeat.

    The name has to resolve to exactly this profile now, signed by the address that it points to; the delivery
    services are told to take messages for it. Raises `NotYourName`, `InvalidInput` for a profile of another
    kind or not yet ready, as `Directory.profile`, and what the delivery services answer.
    """
    wanted = normalize(name)
    if identity.kind is not IdentityKind.MAIN or identity.stage is not Stage.READY:
        raise InvalidInput(f"{identity.shown_name} is not a main profile that is ready")
    context.directory.forget(wanted)
    found = await context.directory.profile(wanted, fresh=True)
    if found.signed.hash != identity.profile.hash:
        raise NotYourName(f"{wanted} has a profile of its own")
    mailbox = Mailbox(context, identity.name, identity.profile, identity.keys, identity.reader)
    await mailbox.add_name(wanted)
    others = tuple(alias for alias in identity.aliases if alias != wanted)
    return await _kept(context, replace(identity, aliases=(wanted, *others)))


async def no_longer_known_as(context: Context, identity: Identity, name: str) -> Identity:
    """The profile without the alias ``name``; what is published stays as it is. Raises `NotFound`."""
    wanted = normalize(name)
    if wanted not in identity.aliases:
        raise NotFound(f"{identity.shown_name} is not known as {wanted}")
    others = tuple(alias for alias in identity.aliases if alias != wanted)
    return await _kept(context, replace(identity, aliases=others))


async def _kept(context: Context, identity: Identity) -> Identity:
    await context.vault.put(IDENTITIES, identity.name, identity)
    return identity
