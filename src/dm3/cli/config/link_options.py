"""The options of linking: rows of `dm3.cli.config.options`; together they are a `LinkPolicy`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dm3.protocol.linking import DAY, LinkPolicy, Notices, RecoveryMode, WhoMayAsk

from .option import Option, as_days, as_number, one_of

_RULES: Final = LinkPolicy()


def as_who_may_ask(value: str) -> StrEnum:
    """Whose profiles may ask. Raises `ValueError`, which says what takes the place of a former word."""
    if value == "pairing":
        raise ValueError(
            "there is no pairing window any more. Use own-wallet: a profile of another wallet is let in by "
            "the one-time code that `dm3 link pair` shows"
        )
    return one_of(WhoMayAsk)(value)


LINK_ROWS: Final = (
    Option(
        name="who-may-ask",
        help="Whose profiles may ask to be linked: own-wallet or anyone. Others are let in one by "
        "one, by the code of `dm3 link pair`.",
        default=WhoMayAsk.OWN_WALLET,
        read=as_who_may_ask,
        sets=(LinkPolicy, "who_may_ask"),
    ),
    Option(
        name="link-term-days",
        help="Longest validity of a link, in days.",
        default=_RULES.term_limit // DAY,
        read=as_days,
    ),
    Option(
        name="recovery",
        help="Whether you are asked before keys are handed back to a device: ask, or unattended (without "
        "asking where the wallet could read what it signed for and the page is the link's). "
        "`dm3 link recovery` says it for one link.",
        default=RecoveryMode.ASK,
        read=one_of(RecoveryMode),
        sets=(LinkPolicy, "recovery"),
    ),
    Option(
        name="link-notices",
        help="Which notices of linking you get: all, or recoveries only, which are always told.",
        default=Notices.ALL,
        read=one_of(Notices),
        sets=(LinkPolicy, "notices"),
    ),
    Option(
        name="recoveries-per-day",
        help="How often a day a link's keys are handed back without asking.",
        default=_RULES.recoveries_per_day,
        read=as_number,
        sets=(LinkPolicy, "recoveries_per_day"),
    ),
    Option(
        name="link-requests-per-wallet",
        help="Requests of one wallet that may wait for your decision; more are refused.",
        default=_RULES.pending_per_owner,
        read=as_number,
        sets=(LinkPolicy, "pending_per_owner"),
    ),
    Option(
        name="link-requests-per-page",
        help="Requests from one page that may wait for your decision; more are refused.",
        default=_RULES.pending_per_uri,
        read=as_number,
        sets=(LinkPolicy, "pending_per_uri"),
    ),
    Option(
        name="link-requests",
        help="Requests that may wait for your decision at all; more are refused. Strangers' count apart.",
        default=_RULES.pending_in_all,
        read=as_number,
        sets=(LinkPolicy, "pending_in_all"),
    ),
    Option(
        name="clock-skew",
        help="Seconds by which the clock of whoever asks may differ from this one.",
        default=_RULES.skew,
        read=as_number,
        sets=(LinkPolicy, "skew"),
    ),
    Option(
        name="undated-request-days",
        help="Days that a Link Message without an end may wait for your decision.",
        default=_RULES.undated_life // DAY,
        read=as_days,
    ),
)
LINK_OPTIONS: Final = tuple(option.name for option in LINK_ROWS)
