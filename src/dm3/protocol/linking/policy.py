"""The main profile's rules for linking, in one place (specification 3.3, 3.5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

DAY: Final = 86_400
YEAR: Final = 365 * DAY


class WhoMayAsk(StrEnum):
    """Whose profiles may ask to be linked."""

    OWN_WALLET = "own-wallet"
    ANYONE = "anyone"


class RecoveryMode(StrEnum):
    """Whether the user is asked before keys are handed back to a device (specification 3.5).

    ``unattended`` answers without asking where everything is bound, readable and of the link's page.
    """

    ASK = "ask"
    UNATTENDED = "unattended"


class Notices(StrEnum):
    """What of linking the user is told by a notice, beside what waits for a decision."""

    ALL = "all"
    RECOVERIES = "recoveries"


class LinkPolicy(Struct, frozen=True, kw_only=True):
    """What the user of a main profile has set for linking.

    ``term_limit``: the longest validity of a link, in seconds.
    ``who_may_ask``: beside the main profile's own wallet and whoever proves a pairing code, who may
    always ask.
    ``recovery``: whether keys are handed back without asking; each link may say otherwise.
    ``recoveries_per_day``: how often a day the keys of one profile are handed back at most.
    ``pending_per_owner``: requests of one wallet that may wait for a decision.
    ``pending_per_uri``: requests from one page that may wait.
    ``pending_in_all``: requests that may wait at all.
    These bounds count strangers' requests apart from those of the own wallet, with a pairing code and of
    linked profiles.
    ``skew``: how far clocks may differ, in seconds.
    ``undated_life``: how long a Link Message without an expiration time may wait, in seconds.
    ``notices``: what of linking is told by a notice; that keys were given back always is.
    """

    term_limit: int = YEAR
    who_may_ask: WhoMayAsk = WhoMayAsk.OWN_WALLET
    recovery: RecoveryMode = RecoveryMode.UNATTENDED
    recoveries_per_day: int = 3
    pending_per_owner: int = 5
    pending_per_uri: int = 20
    pending_in_all: int = 100
    skew: int = 120
    undated_life: int = 30 * DAY
    notices: Notices = Notices.ALL

    @property
    def admits_others(self) -> bool:
        """Whether a wallet that is not the main profile's own may ask without a pairing code."""
        return self.who_may_ask is WhoMayAsk.ANYONE
