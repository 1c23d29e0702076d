"""Whether a domain is set up: from the registry to a sample name, one step after the other.

A generator that yields questions to chain and gateways, and `Step` whenever it is done with one. It never
asks anybody itself; `dm3.net.names.setup_check` drives it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, TypeVar

from msgspec import Struct

from dm3.base.errors import Dm3Error, Unreachable

from .setup_gateway import SetupQuestion
from .setup_steps import Seen, SetupSteps
from .setup_wanted import NotSetUp, Wanted
from .transactions import PreparedTransaction

T = TypeVar("T")

STEPS: Final = ("owner", "resolver", "contract", "verifier", "gateway", "signer", "answer", "sample")


class Step(Struct, frozen=True):
    """One step: its name of `STEPS`, whether it holds (None: not looked at), what was found, what to do.

    ``unseen`` is what a step that holds has not shown, in a sentence.
    """

    name: str
    ok: bool | None
    found: str
    hint: str = ""
    transactions: tuple[PreparedTransaction, ...] = ()
    unseen: str = ""


SetupInquiry = Generator[SetupQuestion | Step, Any, T]


def check_setup(wanted: Wanted, *, registry: str, chain_id: int, now: float) -> SetupInquiry[bool]:
    """Check ``wanted`` step by step at ``now`` (UNIX seconds); returns whether all holds.

    The first step that fails ends it; the others are told as not looked at. Raises `InvalidName` for a
    domain or sample that is none.
    """
    steps = SetupSteps(wanted, registry, chain_id, now)
    parts = dict(zip(STEPS, steps.in_order(), strict=True))
    for index, (name, part) in enumerate(parts.items()):
        try:
            found = yield from part
        except NotSetUp as missing:
            yield Step(name, False, missing.detail, missing.hint, missing.transactions)
        except Unreachable as error:
            hint = "Check the chain's node (--rpc-url) and the network, then run this again."
            yield Step(name, False, str(error), hint)
        except Dm3Error as error:
            yield Step(name, False, str(error), error.hint)
        else:
            seen = found if isinstance(found, Seen) else Seen(found)
            yield Step(name, True, seen.found, unseen=seen.unseen)
            continue
        for left in STEPS[index + 1 :]:
            yield Step(left, None, "not looked at")
        return False
    return True
