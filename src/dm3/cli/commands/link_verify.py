"""`dm3 link verify`, `link disclose` and `recover`: what is published of a link, and what it is good for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from dm3.base import address_of, normalize, whole_name
from dm3.base.errors import InvalidInput
from dm3.client import App, Client, IdentityKind
from dm3.protocol.linking import Disclosure

from ..config.options import CLIENT
from ..config.resolver_options import LOCAL_DOMAIN
from ..console.command import Call, command
from ..console.disclosure_file import disclosure_json, read_disclosure
from ..console.output import emit, local_time, remark
from ..console.session import DEFAULT_WALLET, choose, opened
from ..console.shortened_names import full_name
from ..console.wallets import Elsewhere, WalletName, signing_wallet
from .link import Main, code_of, link_app
from .profile import Services

WHAT: Final = "profile that is linked"
HOW_TO_SEE: Final = "See them: dm3 link list"


@command(link_app, "verify", *CLIENT)
async def verify_link(
    call: Call,
    name: Annotated[str, typer.Argument(help="Name whose link record is to be verified.")],
    disclosure_file: Annotated[
        Path | None,
        typer.Option(
            "--disclosure",
            help="File that opens a private record, what `dm3 link disclose` prints; - reads standard input.",
        ),
    ] = None,
    main: Annotated[str, typer.Option(help="Instead of a file: the main profile's name,")] = "",
    main_signature: Annotated[str, typer.Option(help="its signature,")] = "",
    salt: Annotated[
        str, typer.Option(help="and the salt. Other users of this machine may see what is given so.")
    ] = "",
) -> None:
    """Verify the published link record of a name, completely.

    A private record does not name the main profile; what opens it comes from either side of the link.

    Example: dm3 link verify 0x….addr.myapp.eth --disclosure disclosure.json
    """
    disclosure = _given(disclosure_file, (main, main_signature, salt))
    async with opened(call) as client:
        name = full_name(name, [*await _own(client), *await _linked(client)], WHAT, HOW_TO_SEE)
        found = await client.peers.verify_link(name, disclosure)
        record = found.record
        data = {
            "ok": True,
            "profile": record.profile_name,
            "address": found.owner,
            "main": found.main,
            "validUntil": record.valid_until,
            "private": record.main is None,
        }
        told = found.main or "a main profile that it does not name (private)"
        emit(data, call.json, f"holds: linked to {told}, valid until {local_time(record.valid_until)}")


def _given(file: Path | None, parts: tuple[str, str, str]) -> Disclosure | None:
    """What is to open the record, from a file or from the command line. Raises `InvalidInput`."""
    if file is not None:
        if any(parts):
            raise InvalidInput("--disclosure goes without --main, --main-signature and --salt")
        return read_disclosure(file)
    if any(parts) and not all(parts):
        raise InvalidInput("a private record is opened by --main, --main-signature and --salt together")
    return Disclosure(*parts) if any(parts) else None


@command(link_app, "disclose", *CLIENT)
async def disclose_link(
    call: Call,
    name: Annotated[str, typer.Argument(help="Name of the linked profile: yours, or linked to yours.")],
    profile: Main = None,
) -> None:
    """Say what opens a private link record. Whoever is told it can verify the link from then on.

    Send the file to whom you choose: dm3 link verify NAME --disclosure FILE

    Example: dm3 link disclose 0x….addr.myapp.eth > disclosure.json
    """
    async with opened(call) as client:
        known = await _own(client)
        name = full_name(name, [*known, *await _linked(client)], WHAT, HOW_TO_SEE)
        if name in known:
            proof = await (await client.lsp(name)).disclosure()
        else:
            main = await choose(client, profile, IdentityKind.MAIN, hint="Say which: --profile NAME")
            proof = await (await client.messenger(main.name)).disclose(name)
        emit({"ok": True, **disclosure_json(proof)}, True)  # for people, too: it goes into a file
        if not call.json:
            remark(f"It is for: dm3 link verify {normalize(name)} --disclosure FILE")


async def _own(client: Client) -> list[str]:
    """The names of all limited scope profiles in the vault."""
    profiles = await client.profiles()
    return [each for one in profiles if one.kind is IdentityKind.LIMITED for each in one.names]


async def _linked(client: Client) -> list[str]:
    """The names of all profiles that are linked to a main one in the vault."""
    profiles = await client.profiles()
    mains = [one.name for one in profiles if one.kind is IdentityKind.MAIN and not one.is_begun]
    return [link.profile_name for each in mains for link in await (await client.messenger(each)).links()]


def add_recover_command(app: typer.Typer) -> None:
    """Add `dm3 recover`."""

    @command(app, "recover", *CLIENT)
    async def recover(
        call: Call,
        name: Annotated[str, typer.Argument(help="Name of the profile to recover.")],
        main: Annotated[
            str | None,
            typer.Argument(help="Name of the main profile, where the published link does not name it."),
        ] = None,
        app: Annotated[
            str | None, typer.Option("--app", help="ENS name of the application. [as in the name]")
        ] = None,
        uri: Annotated[str, typer.Option(help="URI of the application's page. [https://<app>]")] = "",
        wallet: WalletName = DEFAULT_WALLET,
        sign_elsewhere: Elsewhere = None,
        delivery_service: Services = None,
        wait: Annotated[int, typer.Option(help="Seconds to wait for the main profile.")] = 120,
        pairing: Annotated[
            str,
            typer.Option(
                "--pairing", help="For a link made by pairing: a new code of `dm3 link pair` there."
            ),
        ] = "",
        own_signature: Annotated[
            bool,
            typer.Option(
                "--own-signature", help="With --pairing: none of your wallets has signed for the link."
            ),
        ] = False,
    ) -> None:
        """Get a linked profile back on a device that has none of its keys.

        Example: dm3 recover 0x….addr.myapp.eth alice.user.dm3.eth
        """
        async with opened(call) as client:
            name = whole_name(name)
            application = _application(name, app, uri, tuple(delivery_service or ()))
            signer = None if own_signature else await signing_wallet(client, wallet, sign_elsewhere)
            code = code_of(pairing)
            remark("Asking. The main profile's messenger has to run, or to look into its inbox, now.")
            profile = await client.recover(
                name, signer, main_name=main, app=application, pairing=code, timeout=wait
            )
            emit({"ok": True, "profile": profile.name}, call.json, f"recovered {profile.name}")


def _application(name: str, app: str | None, uri: str, services: tuple[str, ...]) -> App | None:
    """The application where something is said of it; else it follows from the profile's name."""
    if app is None and not uri and not services:
        return None
    own = address_of(name)
    return App(app or (own[1] if own else LOCAL_DOMAIN), uri, services)
