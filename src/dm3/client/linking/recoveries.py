"""Recoveries of a client: begin one, go on with what was begun, wait for the answer."""

from __future__ import annotations

from typing import Final

from dm3.base import address_name, address_of, checked, owner_of, same_name, whole_characters
from dm3.base.errors import InvalidInput, Unreachable
from dm3.crypto import PairingCode, parse_pairing_code
from dm3.model import LinkKind
from dm3.protocol.linking import LinkRefused, Reason, RecoveryState, require_support
from dm3.protocol.names import ResolvedProfile

from ..profiles.activation import complete
from ..profiles.app import App, require_app
from ..profiles.embedding import public_main
from ..profiles.keys import make_embedded
from ..state.context import Context
from ..state.identity import IdentityKind
from ..state.records import IDENTITIES, RECOVERIES
from ..state.wallets import Wallet, address_of_wallet
from .limited_profile import LimitedScopeProfile
from .recovering import new_recovery
from .recovering_device import RecoveringDevice, begin_recovery, finish_recovery

ANSWER_TIMEOUT: Final = 300.0
"""For how many seconds a main profile's answer is waited for, where nobody says otherwise."""


@checked
class Recoveries:
    """Getting linked profiles back, step by step. From `Client.recoveries`; `Client.recover` is the whole."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def begin(
        self,
        app: App,
        profile_name: str,
        main_name: str,
        wallet: Wallet | None,
        *,
        pairing: PairingCode | str | None = None,
    ) -> RecoveringDevice:
        """Ask ``main_name`` for the keys of ``profile_name`` through a temporary profile.

        Raises `NotFound` when the profile is not published and `UnsupportedByPeer` when the main profile
        gives no keys back. See `Client.recover` for the whole way.
        """
        require_app(app)
        require_support(await self._context.extension_of(main_name), LinkKind.RECOVER, main_name)
        published = await self._published(profile_name)
        code = parse_pairing_code(pairing) if isinstance(pairing, str) else pairing
        temporary = await make_embedded(
            self._context,
            app,
            None if wallet is None else address_of_wallet(wallet),
            entropy=None,
            claim=None,
            kind=IdentityKind.TEMPORARY,
        )
        recovery = await new_recovery(self._context, temporary, published, main_name, wallet, code)
        device = RecoveringDevice(self._context, await complete(self._context, temporary))
        await begin_recovery(device, recovery)
        return device

    async def pending(self, profile_name: str, main_name: str) -> RecoveringDevice | None:
        """The recovery of ``profile_name`` that was begun before and still waits for its answer.

        Those that are over are forgotten, with their temporary profiles.
        """
        for kept in await self._context.vault.entries(RECOVERIES):
            recovery = kept.record
            temporary = await self._context.vault.get(IDENTITIES, recovery.temporary_name)
            if temporary is None:
                continue
            if recovery.state is RecoveryState.FAILED or recovery.gives_up_at <= self._context.seconds():
                await RecoveringDevice(self._context, temporary).forget()
            elif (
                recovery.state in (RecoveryState.ASKING, RecoveryState.RECOVERED)
                and same_name(recovery.profile_name, profile_name)
                and same_name(recovery.main_name, main_name)
            ):
                return RecoveringDevice(self._context, await complete(self._context, temporary))
        return None

    async def run(
        self,
        profile_name: str,
        wallet: Wallet | None,
        main_name: str | None,
        app: App | None,
        pairing: PairingCode | str | None,
        timeout: float,  # noqa: ASYNC109  cancelling would leave the request half asked
    ) -> LimitedScopeProfile:
        """As `Client.recover`."""
        if app is not None:
            require_app(app)
        published = await self._published(profile_name)
        main = main_name or await public_main(self._context, published)
        if main is None:
            raise InvalidInput(
                f"{published.name} does not say in public to whom it is linked",
                hint="Say the name of the main profile that it is linked to.",
            )
        device = await self.pending(published.name, main)
        if device is None:
            application = app or _app_of(published)
            device = await self.begin(application, published.name, main, wallet, pairing=pairing)
        ends = self._context.now() + timeout
        while True:
            left = ends - self._context.now()
            await device.sync(wait=max(0.0, min(left, 20.0)))
            adopted = await finish_recovery(device)
            if adopted is not None:
                profile = LimitedScopeProfile(self._context, adopted)
                await profile.sync()
                return profile
            rejection = (await device.recovery()).rejection
            if rejection is not None:
                await device.forget()
                raise LinkRefused(Reason.REJECTED, whole_characters(rejection))
            if left <= 0:
                raise Unreachable(
                    f"{main} has not answered yet; is that messenger running?",
                    hint="The request waits there. Once its user has decided, recover (dm3 recover) again.",
                    verbatim=True,
                )

    async def _published(self, name: str) -> ResolvedProfile:
        """The profile to recover, by the name that it was linked under: not by its owner alias."""
        found = await self._context.directory.profile(name, fresh=True)
        alias = owner_of(found.name)
        if alias is None:
            return found
        return await self._context.directory.profile(address_name(found.owner, alias[1]), fresh=True)


def _app_of(published: ResolvedProfile) -> App:
    """The application of an address name, and the delivery services that its profile has."""
    own = address_of(published.name)
    if own is None:
        raise InvalidInput(f"{published.name} is not an address name; say which application it is of")
    return App(own[1], delivery_services=published.signed.profile.delivery_services)
