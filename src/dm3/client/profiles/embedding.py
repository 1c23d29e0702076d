"""Way 2 of creating a profile, and which ways lead back to one that is there (specification 3.2, 3.8)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from dm3.base import normalize
from dm3.base.errors import AlreadyTaken, Dm3Error, InvalidInput
from dm3.crypto import Entropy, HostSignature
from dm3.protocol.linking import verify_record
from dm3.protocol.names import ResolvedProfile

from ..state.context import Context
from ..state.identity import AliasClaim, Identity, IdentityKind
from ..state.records import DEPOSITS, IDENTITIES
from ..state.wallets import Wallet, address_of_wallet
from .activation import complete
from .app import App
from .escrow import hand_in_waiting, make_deposit
from .escrow_opening import held_profile, published_of, reopen, reopen_by_login
from .keys import make_embedded, with_delivery_services
from .resume import find_begun, with_alias_claim


class ProfileExists(AlreadyTaken):
    """The owner has a profile for this application already."""

    code = "profile-exists"
    hint = "Recover it through its main profile, or say fresh=True (--fresh) for a new, independent one."


class Existing(Struct, frozen=True):
    """The owner's published profile; ``identity`` is it in use, ``tried`` why it is not."""

    published: ResolvedProfile
    identity: Identity | None = None
    tried: tuple[str, ...] = ()

    @property
    def refusal(self) -> ProfileExists:
        """What to tell the caller when no way is left."""
        return ProfileExists("; ".join((self.published.name, *self.tried)))


async def find_existing(
    context: Context, app: App, login: HostSignature, wallet: Wallet | None, entropy: Entropy | None
) -> Existing:
    """The owner's profile: from this vault, else from the escrow under the host's entropy.

    The fresh ``login`` releases that where the delivery service takes it, else the ``wallet`` is asked.

    Raises `NotFound`, `Unreachable` or what else looking the profile up raises, and `InvalidInput` when
    the wallet is not the owner's.
    """
    owner = login.owner
    if wallet is not None and address_of_wallet(wallet) != owner:
        raise InvalidInput("the wallet is not the account that has signed in")
    published = await published_of(context, app, owner)
    held = await held_profile(context, published)
    if held is not None:
        return Existing(published, held)
    if entropy is None:
        return Existing(published, tried=("the page gave no entropy that would open its escrow",))
    tried: list[str] = []
    try:
        return Existing(published, await reopen_by_login(context, app, login, entropy))
    except Dm3Error as error:
        tried.append(f"its escrow, by the login: {error}")
    if wallet is None:
        tried.append("without the owner's wallet its keys cannot be asked for otherwise")
        return Existing(published, tried=tuple(tried))
    try:
        return Existing(published, await reopen(context, app, wallet, entropy))
    except Dm3Error as error:
        return Existing(published, tried=(*tried, f"its escrow: {error}"))


async def public_main(context: Context, published: ResolvedProfile) -> str | None:
    """The main profile that the profile's verified link record names in public, if it does."""
    context.names.forget(published.name)
    try:
        inquiry = verify_record(normalize(published.name), context.seconds(), None)
        return (await context.directory.ask(inquiry)).main
    except Dm3Error:
        return None


async def embed(
    context: Context, app: App, owner: str, entropy: Entropy | None, claim: AliasClaim | None
) -> tuple[Identity, tuple[Dm3Error, ...]]:
    """Make the owner's profile, and put it in escrow under the host's entropy where there is some.

    Returns it with what went wrong at the escrow, which is tried again later. Without a ``claim``, beside
    a profile that is there, the wallet is random: the one of the entropy belongs to the other profile.
    Asked for twice at once, it is one profile.
    """
    source = entropy if claim is not None else None
    app = await with_delivery_services(context, app)

    async def make() -> tuple[Identity, tuple[Dm3Error, ...]]:
        return await _embed(context, app, owner, source, claim)

    if source is not None:
        return await make()  # the same entropy makes the same profile
    return await context.making.run(("embedded", app, owner, claim is None), make)


async def _embed(
    context: Context, app: App, owner: str, source: Entropy | None, claim: AliasClaim | None
) -> tuple[Identity, tuple[Dm3Error, ...]]:
    if source is None:
        begun = await find_begun(context, app, owner, random_wallet=True, public=claim is not None)
    else:
        begun = None  # the same entropy makes the same profile
    identity = begun or await make_embedded(context, app, owner, entropy=source, claim=claim)
    held = await context.vault.get(IDENTITIES, identity.name)
    if held is not None:  # the same entropy or owner, and no alias yet: an earlier attempt goes on
        identity = with_alias_claim(replace(held, aliases=()), claim)
    if source is not None:
        await context.vault.put(DEPOSITS, identity.name, await make_deposit(context, identity, source))
    identity = await complete(context, identity)
    return identity, await hand_in_waiting(context, identity)


async def embed_anonymous(
    context: Context, app: App, owner: str, entropy: Entropy | None, *, fresh: bool
) -> Identity:
    """The owner's profile of which nothing public tells whose it is; unless ``fresh`` the one of this vault.

    Raises `InvalidInput` with ``entropy``: for an escrow the delivery service would have to know the owner.
    """
    if entropy is not None:
        raise InvalidInput(
            "a profile without the public alias has no escrow, so entropy of the page would open nothing",
            hint="Leave the entropy out, or let the profile be public.",
        )
    for kept in await context.vault.entries(IDENTITIES):
        held = kept.record
        ours = (held.kind, held.app, held.uri, held.owner, held.aliases, held.wallet_is_random)
        wanted = (IdentityKind.LIMITED, normalize(app.name), app.page, owner, (), True)
        if not fresh and ours == wanted and not held.is_begun:
            return await complete(context, held)
    return (await embed(context, app, owner, None, None))[0]
