"""Checking a domain's set-up against its chain and its gateways (`dm3.protocol.ens.setup`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from dm3.protocol.ens import GatewayQuestion, Step, Wanted, check_setup
from dm3.protocol.wallets import CallQuestion, CodeQuestion

from ..chain.json_rpc import JsonRpcChain
from ..chain.transaction_costs import chain_id
from ..http.timeouts import Timeouts, standard
from ..inquiry import conclude
from .ccip_gateways import Gateways


async def check_domain(
    wanted: Wanted,
    chain: JsonRpcChain,
    http: httpx.AsyncClient,
    *,
    registry: str,
    allow_private: bool = False,
    timeouts: Timeouts | None = None,
    told: Callable[[Step], None] = lambda _: None,
    now: Callable[[], float] = time.time,
) -> list[Step]:
    """Go through all steps, ``told`` of each as soon as it is done; returns them.

    ``http`` is a guarded client, by which gateways are asked, each within ``timeouts``. Raises `InvalidName`,
    and as `JsonRpcChain.ask` when the chain does not tell its number.
    """
    gateways = Gateways(http, allow_private=allow_private, seconds=(timeouts or standard()).fetch)
    steps: list[Step] = []

    async def answer(question: Any) -> Any:
        match question:
            case Step():
                steps.append(question)
                told(question)
            case GatewayQuestion():
                return (await gateways.ask(question))[0]
            case CodeQuestion(address):
                return await chain.code(address)
            case CallQuestion(to, data):
                return await chain.call(to, data)
        return None

    number = await chain_id(chain)
    await conclude(check_setup(wanted, registry=registry, chain_id=number, now=now()), answer)
    return steps
