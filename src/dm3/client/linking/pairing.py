"""The pairing code that a main profile has shown: opened, tried, used once (specification 5.1)."""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct

from dm3.crypto import new_pairing_code
from dm3.protocol.linking import LIFE, MAX_WRONG, PairingOffer, after_wrong_try
from dm3.store.vault import Change, Conflict

from ..state.open_profile import OpenProfile
from ..state.records import NOTICES, OFFERS, WINDOWS, Notice

NOTICE = "pairing"


class HeldOffer(Struct, frozen=True):
    """The offer as it is kept, and in which revision; None and 0 where there is none."""

    offer: PairingOffer | None
    revision: int


class PairingDesk:
    """Keeps the one code of a main profile that may be used now."""

    def __init__(self, own: OpenProfile) -> None:
        self._clock, self._random = own.context.seconds, own.context.random
        self._vault = own.context.vault
        self._account = own.account

    async def open(self) -> PairingOffer:
        """A new code in place of an earlier one, for ten minutes and one use."""
        code = new_pairing_code(self._random)
        offer = PairingOffer(code=code, until=self._clock() + LIFE)
        await self._vault.put(OFFERS, self._account, offer)
        return offer

    async def close(self) -> None:
        """No code counts any more."""
        change = self._vault.change()
        change.remove(OFFERS, self._account)
        await self._vault.commit(change)

    async def held(self) -> HeldOffer:
        """What may be used now."""
        kept = await self._vault.find(OFFERS, self._account)
        return HeldOffer(kept.record, kept.revision) if kept else HeldOffer(None, 0)

    def use_up(self, change: Change, held: HeldOffer) -> None:
        """Within the change that its request causes: another program with this vault cannot use it, too."""
        change.remove(OFFERS, self._account, expect=held.revision)

    async def count_wrong_try(self, held: HeldOffer, sender: str) -> None:
        """A request of ``sender`` did not prove the code; the user is told, and it may be void now.

        Raises `Conflict` when another program counts at this moment.
        """
        if held.offer is None:
            return
        left = after_wrong_try(held.offer)
        change = self._vault.change()
        if left is None:
            change.remove(OFFERS, self._account, expect=held.revision)
            void = "It is void now; open another one."
        else:
            change.put(OFFERS, self._account, left, expect=held.revision)
            void = f"It is void after {MAX_WRONG}."
        wrong = held.offer.wrong + 1
        self._tell(
            change,
            f"{wrong} request(s) had a wrong pairing code, the last one by {sender[:255]}. {void}",
            key=f"{self._account}|{NOTICE}|{held.offer.until}",
        )
        await self._vault.commit(change)

    async def forget_lapsed(self) -> None:
        """A code whose time is over is no more than a secret that lies about."""
        held = await self.held()
        if held.offer is not None and self._clock() > held.offer.until:
            change = self._vault.change()
            change.remove(OFFERS, self._account, expect=held.revision)
            with suppress(Conflict):  # another program has opened one meanwhile
                await self._vault.commit(change)

    async def retire_window(self) -> None:
        """Tell once what takes the place of the pairing window, where an older version has opened one."""
        kept = await self._vault.find(WINDOWS, self._account)
        if kept is None:
            return
        change = self._vault.change()
        change.remove(WINDOWS, self._account, expect=kept.revision)
        self._tell(
            change,
            "There is no pairing window any more. To let a profile of another wallet ask, show it a one-time "
            "code: dm3 link pair.",
            key=f"{self._account}|{NOTICE}|window",
        )
        await self._vault.commit(change)

    def _tell(self, change: Change, sentence: str, *, key: str) -> None:
        notice = Notice(self._account, NOTICE, sentence, self._clock())
        change.put(NOTICES, key, notice, section=self._account)
