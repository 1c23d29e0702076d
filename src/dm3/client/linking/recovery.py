"""The client's part in recovery: begin, go on with what was begun, wait for the answer."""

from __future__ import annotations

from dm3.base import address_name, address_of, checked, owner_of, same_name, whole_characters
from dm3.base.errors import InvalidInput, Unreachable
from dm3.crypto import PairingCode, parse_pairing_code
from dm3.model import LinkKind
from dm3.protocol.linking import LinkRefused, Reason, RecoveryState, require_support
from dm3.protocol.names import ResolvedProfile

from ..profiles.activation import complete
from ..profiles.embedding import public_main
from ..profiles.ens_names import address_of_owned
from ..profiles.keys import App, make_embedded, require_app
from ..state.context import Context
from ..state.records import IDENTITIES, RECOVERIES, IdentityKind
from ..state.wallets import Wallet, address_of_wallet
from .limited_profile import LimitedScopeProfile
from .recovering import new_recovery
from .recovering_device import RecoveringDevice, begin_recovery, finish_recovery


@checked
class RecoveringClient:
    """What `Client` can do to get a profile back."""

    context: Context

    async def lsp_exists(self, app: App, owner: str) -> bool:
        """Whether ``owner`` has a profile for ``app`` that is publicly theirs (specification 3.1)."""
        return await address_of_owned(self.context, owner, require_app(app).name) is not None

    async def start_recovery(
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
        gives no keys back. See `recover` for the whole way.
        """
        require_app(app)
        require_support(await self.context.extension_of(main_name), LinkKind.RECOVER, main_name)
        published = await self._published(profile_name)
        code = parse_pairing_code(pairing) if isinstance(pairing, str) else pairing
        temporary = await make_embedded(
            self.context,
            app,
            None if wallet is None else address_of_wallet(wallet),
            entropy=None,
            claim=None,
            kind=IdentityKind.TEMPORARY,
        )
        recovery = await new_recovery(self.context, temporary, published, main_name, wallet, code)
        device = RecoveringDevice(self.context, await complete(self.context, temporary))
        await begin_recovery(device, recovery)
        return device

    async def pending_recovery(self, profile_name: str, main_name: str) -> RecoveringDevice | None:
        """The recovery of ``profile_name`` that was begun before and still waits for its answer.

        Those that are over are forgotten, with their temporary profiles.
        """
        for kept in await self.context.vault.entries(RECOVERIES):
            recovery = kept.record
            temporary = await self.context.vault.get(IDENTITIES, recovery.temporary_name)
            if temporary is None:
                continue
            if recovery.state is RecoveryState.FAILED or recovery.gives_up_at <= self.context.seconds():
                await RecoveringDevice(self.context, temporary).forget()
            elif (
                recovery.state in (RecoveryState.ASKING, RecoveryState.RECOVERED)
                and same_name(recovery.profile_name, profile_name)
                and same_name(recovery.main_name, main_name)
            ):
                return RecoveringDevice(self.context, await complete(self.context, temporary))
        return None

    async def recover(
        self,
        profile_name: str,
        wallet: Wallet | None,
        *,
        main_name: str | None = None,
        app: App | None = None,
        pairing: PairingCode | str | None = None,
        timeout: float = 300,  # noqa: ASYNC109  cancelling would leave the request half asked
    ) -> LimitedScopeProfile:
        """Recover a linked profile on a device that has none of its keys (specification 3.5).

        ``profile_name`` may be its owner alias. ``wallet`` is the owner's. ``main_name`` is needed where the
        link is not published with its main profile's name, ``app`` where the page's URI is not ``https://``
        and the application's ENS name. A link that was made by a pairing code takes a new one (``pairing``)
        and its user's word; without a ``wallet`` the profile that waits for the keys signs.
        Waits up to ``timeout`` seconds for the main profile's answer; raises `Unreachable` when none came,
        `LinkRefused` when its user has rejected it, and `UnsupportedByPeer` when it gives no keys back.
        The request stays valid for 30 days: calling this again goes on waiting for its answer.
        """
        if app is not None:
            require_app(app)
        published = await self._published(profile_name)
        main = main_name or await public_main(self.context, published)
        if main is None:
            raise InvalidInput(
                f"{published.name} does not say in public to whom it is linked",
                hint="Say the name of the main profile that it is linked to.",
            )
        device = await self.pending_recovery(published.name, main)
        if device is None:
            application = app or _app_of(published)
            device = await self.start_recovery(application, published.name, main, wallet, pairing=pairing)
        ends = self.context.now() + timeout
        while True:
            left = ends - self.context.now()
            await device.sync(wait=max(0.0, min(left, 20.0)))
            adopted = await finish_recovery(device)
            if adopted is not None:
                profile = LimitedScopeProfile(self.context, adopted)
                await profile.sync()
                return profile
            rejection = (await device.recovery()).rejection
            if rejection is not None:
                await device.forget()
                raise LinkRefused(Reason.REJECTED, whole_characters(rejection))
            if left <= 0:
                raise Unreachable(f"{main} has not answered; is that messenger running?")

    async def _published(self, name: str) -> ResolvedProfile:
        """The profile to recover, by the name that it was linked under: not by its owner alias."""
        found = await self.context.directory.profile(name, fresh=True)
        alias = owner_of(found.name)
        if alias is None:
            return found
        return await self.context.directory.profile(address_name(found.owner, alias[1]), fresh=True)


def _app_of(published: ResolvedProfile) -> App:
    """The application of an address name, and the delivery services that its profile has."""
    own = address_of(published.name)
    if own is None:
        raise InvalidInput(f"{published.name} is not an address name; say which application it is of")
    return App(own[1], delivery_services=published.signed.profile.delivery_services)
