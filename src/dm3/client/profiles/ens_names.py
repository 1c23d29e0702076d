"""Names of one's own: ENS names that lead to a profile because their owner has published it there."""

from __future__ import annotations

from msgspec.structs import replace

from dm3.base import address_of, normalize, owner_alias, read_json, spellings_of
from dm3.base.errors import (
    BadSignature,
    ConfigurationError,
    InvalidInput,
    LocalProtocolError,
    MalformedData,
    NotFound,
)
from dm3.model import Message, RecordKey
from dm3.net import Directory, Network
from dm3.net.chain import ask_chain, chain_id
from dm3.net.names import NameSource
from dm3.protocol.ens import Publication, prepare_publication
from dm3.protocol.linking import Link
from dm3.store.vault import Vault
from dm3.wire import data_uri

from ..reading.mailbox import Mailbox
from ..state.context import Context
from ..state.identity import Identity, IdentityKind, Stage
from ..state.look_ups import looked_up
from ..state.records import IDENTITIES


class NotYourName(LocalProtocolError):
    """The name leads elsewhere than to this profile."""

    code = "not-your-name"
    hint = "Publish this profile under the name first: dm3 profile publish --name NAME"


class NotPublished(NotFound):
    """No profile is published under that name."""

    code = "not-published"
    hint = (
        "It is the turn of the name's owner: dm3 profile publish --name NAME, or in a program the "
        "transactions of prepare_publication. Once they are mined, open the profile again."
    )


def require_lookup(network: Network, name: str) -> None:
    """Raises `ConfigurationError` when nothing says where ``name`` is to be looked up."""
    if not network.names.serves(name):
        raise ConfigurationError(
            f"{name} is looked up on the chain, and no node of it is configured",
            hint="Name one: rpc_url, or --rpc-url.",
        )


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


async def require_published(context: Context, identity: Identity, name: str) -> None:
    """Look ``name`` (in normal form) up anew: it has to lead to exactly this profile, and to its address.

    Raises `NotPublished` when there is nothing yet, `NotYourName` when it leads elsewhere, and what else
    `Directory.profile` raises.
    """
    context.directory.forget(name)
    text = await context.names.text(name, RecordKey.PROFILE)
    if not text:
        raise NotPublished(
            f"{name} has no profile yet, the one of {identity.address} is still to be published"
        )
    try:
        found = await context.directory.profile(name, fresh=True)
    except (BadSignature, MalformedData, NotFound) as error:
        address = await context.names.address(name)
        if address is not None and address.lower() == identity.address.lower():
            raise NotYourName(f"{name} has something else as its profile. {error}") from None
        raise NotYourName(
            f"{name} points to {address or 'no address'}, but the profile is signed by {identity.address}",
            hint=f"Point it there: dm3 profile publish --name {name} --set-address",
        ) from None
    if found.signed.hash != identity.profile.hash:
        raise NotYourName(f"{name} has a profile of its own")


async def take_messages_for(context: Context, identity: Identity, name: str) -> str:
    """Have the delivery services take messages for ``name``, too; returns it in normal form. Safe to repeat.

    The name has to lead to exactly the main profile ``identity`` now. Raises `InvalidInput` for a profile of
    another kind or not yet ready, as `require_published`, and what the
    delivery services answer.
    """
    wanted = normalize(name)
    if identity.kind is not IdentityKind.MAIN or identity.stage is not Stage.READY:
        raise InvalidInput(f"{identity.shown_name} is not a main profile that is ready")
    await require_published(context, identity, wanted)
    mailbox = Mailbox(context, identity.name, identity.profile, identity.keys, identity.reader)
    await mailbox.add_name(wanted)
    return wanted


async def known_as(vault: Vault, identity: Identity, wanted: str) -> Identity:
    """The main profile ``identity`` with the name ``wanted`` as the one that others are told."""
    if wanted == identity.shown_name:
        return identity
    others = tuple(alias for alias in identity.aliases if alias != wanted)
    return await _kept(vault, replace(identity, aliases=(wanted, *others)))


async def no_longer_known_as(vault: Vault, identity: Identity, name: str) -> Identity:
    """The profile without the alias ``name``; what is published stays as it is. Raises `NotFound`."""
    wanted = normalize(name)
    if wanted not in identity.aliases:
        raise NotFound(f"{wanted} is no further name of {identity.name}")
    others = tuple(alias for alias in identity.aliases if alias != wanted)
    return await _kept(vault, replace(identity, aliases=others))


async def _kept(vault: Vault, identity: Identity) -> Identity:
    await vault.put(IDENTITIES, identity.name, identity)
    return identity


async def names_in(directory: Directory, link: Link, message: Message) -> tuple[str, ...]:
    """The linked profile's name, and its address name where ``message`` is for or from that."""
    owner = (await directory.profile(link.profile_name)).owner.lower()
    also = [name for name in (message.to, message.from_) if (address_of(name) or ("",))[0] == owner]
    return (link.profile_name, *also)


async def is_owned(names: NameSource, owner: str, app: str) -> bool:
    """Whether ``owner`` has a profile for ``app`` that is publicly theirs, looked up anew."""
    return await address_of_owned(names, owner, app) is not None


async def address_of_owned(names: NameSource, owner: str, app: str) -> str | None:
    """The address (EIP-55) of the profile for ``app`` that is publicly ``owner``'s, looked up anew; or None.

    The owner alias has two spellings, of which a resolver of others may know either (specification 3.1).
    """
    return await looked_up(("owned", owner, app), lambda: _look_up_owned(names, owner, app))


async def _look_up_owned(names: NameSource, owner: str, app: str) -> str | None:
    for alias in spellings_of(owner_alias(owner, app)):
        names.forget(alias)
        address = await names.address(alias)
        if address is not None:
            return address
    return None
