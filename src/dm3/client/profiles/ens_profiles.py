"""Profiles under ENS names: those that live under one alone, and publishing under one."""

from __future__ import annotations

from dm3.base import checked, is_below, normalize
from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.crypto import Entropy
from dm3.net import Network
from dm3.protocol.ens import Publication

from ..state.context import Context
from ..state.identity import Identity, IdentityKind
from ..state.open_profile import held_identity
from ..state.records import IDENTITIES
from ..state.views import IdentityView, identity_view
from ..state.wallets import Wallet, address_of_wallet
from .ens_names import prepare_profile, require_lookup
from .keys import make_named


@checked
class EnsProfiles:
    """What a client does with ENS names on the chain of ``rpc_url``. From `Client.ens`."""

    def __init__(self, context: Context, network: Network | None) -> None:
        self._context = context
        self._network = network

    async def create_profile(
        self,
        name: str,
        wallet: Wallet,
        *,
        delivery_services: tuple[str, ...],
        entropy: bytes | None = None,
    ) -> IdentityView:
        """Create a main profile that lives under the ENS name ``name`` alone, without any resolver of dm3.

        Keys are made and kept as by `Client.create_profile`; nobody is told yet. Next, its owner sends the
        transactions of `prepare_publication` with its name, then `Client.messenger` takes it into use.
        Repeating returns what is kept. Raises `InvalidInput` without ``delivery_services``, for a name
        below a resolver's domain and for one that this vault uses otherwise, `ConfigurationError` without
        a chain.
        """
        own = require_self_published(self._context, self._connected, name)
        services = tuple(map(normalize, delivery_services))
        held = await begun_under(self._context, own, wallet, services)
        if held is None:
            source = Entropy(entropy) if entropy is not None else None
            held = await keep(self._context, await make_named(self._context, own, wallet, services, source))
        return identity_view(held)

    async def prepare_publication(self, profile: str, name: str, *, set_address: bool = False) -> Publication:
        """Prepare publishing the main profile ``profile`` under ``name`` on the chain of ``rpc_url``.

        Its ``transactions`` are for any wallet to sign and send, in their order; after that
        `Messenger.use_name` makes it the shown name. ``set_address`` points the name to the profile's
        address, too. Raises `ConfigurationError` without a chain, `NotFound` for a
        name that is not registered, `CannotPublish`, `InvalidName`, and `Unreachable`.
        """
        identity = await held_identity(self._context.vault, profile, IdentityKind.MAIN)
        return await prepare_profile(self._connected, identity, name, set_address)

    async def primary_name(self, address: str) -> str | None:
        """The ENS name that ``address`` goes by, if that name leads back to it; None without a chain's node.

        Raises `InvalidInput` when that is no address, and `Unreachable`.
        """
        ens = None if self._network is None else self._network.ens
        return None if ens is None else await ens.primary_name(address)

    def require_lookup(self, name: str) -> None:
        """Raises `ConfigurationError` when nothing says where ``name`` is to be looked up."""
        require_lookup(self._connected, name)

    @property
    def _connected(self) -> Network:
        if self._network is None:
            raise ConfigurationError("this client has no network")
        return self._network


def require_self_published(context: Context, network: Network, name: str) -> str:
    """``name`` in normal form, if a profile can live under it alone: it can be looked up, at no resolver.

    Raises `InvalidName`, `InvalidInput`, or `ConfigurationError` when no chain says where to look it up.
    """
    wanted = normalize(name)
    for domain in context.resolvers:
        if is_below(wanted, domain):
            raise InvalidInput(
                f"{wanted} belongs to the resolver of {domain}, so it is not published by its owner",
                hint=f"Claim it there: dm3 profile create --domain {domain} --alias {wanted}",
            )
    require_lookup(network, wanted)
    return wanted


async def begun_under(
    context: Context, name: str, wallet: Wallet, services: tuple[str, ...]
) -> Identity | None:
    """The profile of ``wallet`` that was made for ``name`` before, to go on with; None to make one.

    Raises `InvalidInput` when another profile in the vault has the name. One that was not yet taken into use
    may be made anew, with other ``services``.
    """
    for kept in await context.vault.entries(IDENTITIES):
        held = kept.record
        if name not in held.names:
            continue
        same = held.address == address_of_wallet(wallet)
        if held.name == name and same and held.profile.profile.delivery_services == services:
            return held
        if held.name == name and held.is_begun:
            continue
        raise InvalidInput(
            f"{name} is in use in this vault: by the wallet {held.address}, at "
            + ", ".join(held.profile.profile.delivery_services),
            hint="Go on with that profile, or use another vault.",
        )
    return None


async def keep(context: Context, made: Identity) -> Identity:
    """Keep a profile that its owner is about to publish.

    Raises `InvalidInput` when the very same profile lives under another name here: their mailbox would be
    one, and messages for either name would come to both.
    """
    for kept in await context.vault.entries(IDENTITIES):
        held = kept.record
        if held.name != made.name and held.profile.hash == made.profile.hash:
            raise InvalidInput(
                f"{held.shown_name} in this vault is this profile already, of the same wallet",
                hint=f"Give it a further name: dm3 profile publish --name {made.name} {held.name}",
            )
    await context.vault.put(IDENTITIES, made.name, made)
    return made
