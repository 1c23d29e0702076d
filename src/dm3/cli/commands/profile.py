"""`dm3 profile`: making main profiles, showing and deleting profiles."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.client import IdentityKind, IdentityView, PeerProfiles
from dm3.client.state import Stage

from ..config.options import CLIENT
from ..config.resolver_options import LOCAL_DOMAIN
from ..console.command import Call, command
from ..console.output import emit, remark
from ..console.session import DEFAULT_WALLET, HOW_TO_SEE, account_of, ask_yes, choose, opened
from ..console.shortened_names import full_name
from ..console.wallets import Elsewhere, WalletName, signing_wallet

profile_app = typer.Typer(
    help="Main profiles: of your own messenger.\n\nExample: dm3 profile create",
    no_args_is_help=True,
)

Services = Annotated[
    list[str] | None,
    typer.Option(
        "--delivery-service",
        help="ENS name of a delivery service; may be repeated. [what the resolver names, else ds.<domain>]",
    ),
]


@command(profile_app, "create", *CLIENT)
async def create_profile(
    call: Call,
    domain: Annotated[
        str | None, typer.Option("--domain", help=f"Domain of the resolver. [{LOCAL_DOMAIN}]")
    ] = None,
    alias: Annotated[
        str | None, typer.Option(help="Name to be known by, such as alice.user.dm3.localhost.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="An ENS name of your own to live under, without any resolver's domain: alice.eth."
        ),
    ] = None,
    wallet: WalletName = DEFAULT_WALLET,
    sign_elsewhere: Elsewhere = None,
    delivery_service: Services = None,
    own_nonce: Annotated[
        bool,
        typer.Option("--own-nonce", help="Keys that no page can have your wallet sign for."),
    ] = False,
) -> None:
    """Create a main profile: its keys come from a signature of your wallet.

    With --name it lives under that name alone, at the delivery services given. Nobody finds it before it is
    published there: dm3 profile publish.

    Example: dm3 profile create --alias alice.user.dm3.localhost
    """
    services = tuple(delivery_service or ())
    if name is not None and own_nonce:
        raise InvalidInput("--own-nonce is for profiles below a resolver's domain, not with --name")
    if name is not None and (domain is not None or alias is not None):
        raise InvalidInput(
            "a profile that lives under a name of its own has neither domain nor alias",
            hint="Give either --name, or --domain and --alias.",
        )
    async with opened(call) as client:
        signer = await signing_wallet(client, wallet, sign_elsewhere)
        if name is not None:
            made = await client.ens.create_profile(name, signer, delivery_services=services)
            show_identity(call, made)
            return
        messenger = await client.create_profile(
            domain or LOCAL_DOMAIN, signer, alias=alias, delivery_services=services, own_nonce=own_nonce
        )
        if own_nonce and not messenger.identity.has_own_nonce:
            remark("This profile was made without a nonce of its own, and keeps its keys.")
        elif own_nonce:
            remark("Its keys are in this vault only. For another device, and as a backup: dm3 vault export")
        show_identity(call, messenger.identity)


@command(profile_app, "show", *CLIENT)
async def show_profile(
    call: Call,
    name: Annotated[
        str | None, typer.Argument(help="A profile of yours, the only one if left out; or anybody's name.")
    ] = None,
) -> None:
    """Show a profile: one of yours, or the one published under any name.

    Example: dm3 profile show alice.user.dm3.localhost
    """
    async with opened(call) as client:
        known = [each for identity in await client.profiles() for each in identity.names]
        if name is not None and full_name(name, known, "profile in the vault", HOW_TO_SEE) not in known:
            await _show_published(call, client.peers, name)
            return
        show_identity(call, await choose(client, name, IdentityKind.MAIN, IdentityKind.LIMITED))


@command(profile_app, "discard", *CLIENT)
async def discard_profile(
    call: Call,
    name: Annotated[str, typer.Argument(help="The profile whose creation broke off.")],
) -> None:
    """Forget a profile whose creation broke off, with its keys. One that is in use stays.

    Example: dm3 profile discard 0x12….addr.localhost.eth
    """
    async with opened(call) as client:
        known = [each for identity in await client.profiles() for each in identity.names]
        name = full_name(name, known, "profile in the vault", HOW_TO_SEE)
        await client.discard_profile(name)
        emit({"ok": True, "name": name}, call.json, "discarded")


@command(profile_app, "delete", *CLIENT)
async def delete_profile(
    call: Call,
    name: Annotated[str, typer.Argument(help="The profile, main or limited scope; may be shortened.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete it without asking.")] = False,
) -> None:
    """Delete a profile from this vault: keys, conversations, outbox. It cannot be called back.

    Its links have to be ended before. This device's mailbox at its delivery services is given up.

    Example: dm3 profile delete alice.user.dm3.localhost
    """
    async with opened(call) as client:
        identity = await choose(client, name, IdentityKind.MAIN, IdentityKind.LIMITED)
        shown, waiting = identity.shown_name, 0
        if not identity.is_begun:
            account = await account_of(client, identity.name)
            await account.sync()
            waiting = len(await account.waiting())
        remark("Without another device, an exported vault or a recovery code its keys are lost for good.")
        if waiting:
            remark(f"{waiting} message(s) have not gone out, and will not: dm3 outbox list")
        if not yes and not ask_yes(f"Delete {shown} with all its conversations from this vault?"):
            raise ConfigurationError("nothing was deleted")
        done = await client.delete_profile(identity.name)
    data = {"ok": True, "name": done.name, "left-at": list(done.services), "not-reached": list(done.left)}
    emit(data, call.json, f"deleted: {shown}")
    if call.json:
        return
    if done.services:
        remark(f"Nothing is kept for this device any more at: {', '.join(done.services)}")
    if done.left:
        remark(f"Not reached, and forgets this device by itself: {', '.join(done.left)}")
    remark(
        "What is published under its names stays, so others may go on writing to it; so do sealed copies of "
        "its keys at services, and what other devices, exported vaults and copies have."
    )


def identity_facts(identity: IdentityView) -> dict[str, Any]:
    """A profile of one's own, as JSON members."""
    return {
        "ok": True,
        "name": identity.name,
        "aliases": list(identity.aliases),
        "kind": identity.kind,
        "app": identity.app,
        "uri": identity.uri,
        "owner": identity.owner,
        "address": identity.address,
        "profileHash": identity.signed.hash,
        "deliveryServices": list(identity.signed.profile.delivery_services),
        "readableBySite": identity.readable_by_site,
        "stage": identity.stage,
    }


def show_identity(call: Call, identity: IdentityView, also: dict[str, Any] | None = None) -> None:
    """Show a profile of one's own; with ``--json`` what there is to say ``also``."""
    facts = {**identity_facts(identity), **(also or {})}
    lines = [
        identity.shown_name,
        *(f"  also   {name}" for name in identity.names if name != identity.shown_name),
        f"  kind   {identity.kind}",
        f"  owner  {identity.owner}",
        f"  hash   {facts['profileHash']}",
        *(f"  at     {service}" for service in facts["deliveryServices"]),
    ]
    if identity.is_self_published and identity.stage is Stage.KEYS_MADE:
        remark(f"Not in use yet. Next, have it published: dm3 profile publish --name {identity.name}")
    elif identity.unclaimed_alias is not None:
        remark(
            f"Not in use yet: {identity.unclaimed_alias} is still to be claimed. "
            "Create it again, with --alias or without."
        )
    if identity.readable_by_site:
        remark("Its wallet comes from the site's entropy: the site can read what it writes.")
    emit(facts, call.json, *lines)


async def _show_published(call: Call, peers: PeerProfiles, name: str) -> None:
    found = await peers.profile(name, fresh=True)
    services = list(found.signed.profile.delivery_services)
    facts = {
        "ok": True,
        "name": found.name,
        "owner": found.owner,
        "profileHash": found.signed.hash,
        "deliveryServices": services,
    }
    lines = [found.name, f"  owner  {found.owner}", f"  hash   {found.signed.hash}"]
    emit(facts, call.json, *lines, *(f"  at     {service}" for service in services))
