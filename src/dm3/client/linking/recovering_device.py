"""A device without keys while it recovers a profile: its temporary profile asks, waits, and is gone."""

from __future__ import annotations

from dm3.base import checked
from dm3.base.errors import Dm3Error, LocalProtocolError
from dm3.protocol.linking import Recovery, RecoveryState, begin

from ..messaging.arrivals import Arrivals
from ..messaging.outgoing import Outgoing, OwnAuthor, nothing_to_copy
from ..messaging.parts import wire
from ..profiles.activation import complete
from ..state.context import Context
from ..state.identity import Identity
from ..state.linked_profiles import LinkedProfiles
from ..state.open_profile import OpenProfile
from ..state.records import IDENTITIES, RECOVERIES
from ..state.views import IdentityView, identity_view
from .recovering import Recovering
from .views import RecoveryView, recovery_view


@checked
class RecoveringDevice:
    """The temporary profile while it waits for the keys of another."""

    def __init__(self, context: Context, identity: Identity) -> None:
        own = OpenProfile(context, identity)
        self._recovering = Recovering(own)
        self._parts = wire(
            own,
            LinkedProfiles(context.vault, own.account),
            Arrivals(own),
            Outgoing(own, OwnAuthor(own, nothing_to_copy)),
            self._recovering.handle_link,
            before=(self._recovering.pass_time,),
        )

    @property
    def name(self) -> str:
        """The name of the temporary profile."""
        return self._parts.own.account

    @property
    def errors(self) -> list[Dm3Error]:
        """The errors of the latest `sync`, such as a service that is away."""
        return self._parts.own.errors

    async def sync(self, *, wait: float = 0) -> None:
        """Look for the answer, up to ``wait`` seconds, and send what waits; errors are in ``errors``."""
        await self._parts.rounds.sync(wait=wait)

    async def recovery(self) -> RecoveryView:
        """How the recovery stands."""
        return recovery_view(await self._recovering.recovery())

    async def finish(self) -> IdentityView | None:
        """The recovered profile, ready for `Client.lsp`, once the keys have come; None before."""
        adopted = await self._adopt()
        return None if adopted is None else identity_view(adopted)

    async def forget(self) -> None:
        """Forget the temporary profile."""
        own = self._parts.own
        change = own.context.vault.change()
        change.remove(IDENTITIES, own.account)
        change.remove(RECOVERIES, own.account)
        await own.context.vault.commit(change)

    async def _adopt(self) -> Identity | None:
        recovery = await self.recovery()
        if recovery.state is not RecoveryState.RECOVERED:
            return None
        adopted = await self._parts.own.context.vault.get(IDENTITIES, recovery.profile_name)
        if adopted is None:
            raise LocalProtocolError("the recovered profile is gone")
        adopted = await complete(self._parts.own.context, adopted)
        await self.forget()
        return adopted


async def begin_recovery(device: RecoveringDevice, recovery: Recovery) -> None:
    """Send LINK_RECOVER."""
    await device._recovering.commit(begin(recovery))
    await device._parts.outgoing.hand_over()


async def finish_recovery(device: RecoveringDevice) -> Identity | None:
    """As `RecoveringDevice.finish`: what is kept of the profile, with its keys."""
    return await device._adopt()
