"""Sending transactions: what they cost, signing them, and following them until they are mined.

Whoever reads an error of this room learns whether something was sent: `NotSent` says no, the others name
the transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from dm3.base import to_hex
from dm3.base.errors import Dm3Error, MalformedData, RemoteProtocolError, ServiceRefused, Unreachable
from dm3.crypto import KeyWallet, WalletKey
from dm3.lazy import naming_extras
from dm3.protocol.ens import PreparedTransaction
from dm3.protocol.wallets import CallReverted

from .json_rpc import JsonRpcChain, quantity
from .transaction_costs import MAX_COST, Costs, NotSent, before_sending, in_ether, refused

MINING_TIMEOUT: Final = 180.0
"""Seconds to wait until a transaction is mined: some fifteen blocks."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 3.0


class NotYetMined(Unreachable):
    """The transaction is not mined yet.

    ``hash`` is the transaction's.
    """

    code = "transaction-not-yet-mined"
    hint = "It may still be. Look it up by its hash; running the command again is safe."

    def __init__(self, detail: str, hash: str) -> None:
        super().__init__(detail)
        self.hash = hash


class Reverted(RemoteProtocolError):
    """The transaction was mined, but the contract refused it."""

    code = "transaction-reverted"
    hint = "Nothing was changed, its gas is paid. Check who owns the name, then try again."


class Mined(Struct, frozen=True):
    """A transaction that was mined and had its effect; ``paid`` in wei."""

    hash: str
    block: int
    gas: int
    paid: int


async def send(
    chain: JsonRpcChain,
    transaction: PreparedTransaction,
    key: WalletKey,
    costs: Costs,
    *,
    max_cost: int = MAX_COST,
    timeout: float = MINING_TIMEOUT,  # noqa: ASYNC109  # of all tries together
    told: Callable[[str], None] = lambda _: None,
) -> Mined:
    """Sign ``transaction`` with ``key``, send it, and wait up to ``timeout`` seconds until it is mined.

    ``max_cost`` in wei bounds what it may cost. ``told`` learns the hash as soon as it is sent. Raises
    `NotSent`, `NotYetMined` or `Reverted`, and before anything is sent also as `estimate`.
    """
    sender = KeyWallet(key).address
    with before_sending():
        await _require_funds(chain, sender, transaction, costs, max_cost)
        nonce = await _next_nonce(chain, sender)
    raw, hash = _signed(transaction, key, costs, nonce)
    try:
        await chain.ask("eth_sendRawTransaction", [to_hex(raw)])
    except (ServiceRefused, CallReverted) as error:
        # Known already: an answer got lost on its way, and the transaction was sent again.
        if "already" not in error.detail.lower():
            raise refused(error) from None
    except (Unreachable, RemoteProtocolError) as error:
        if not await _is_known(chain, hash):
            raise NotYetMined(f"whether {hash} was sent is not known ({error})", hash) from None
    told(hash)
    receipt = await _receipt(chain, hash, timeout)
    try:
        return _outcome(receipt, hash)
    except MalformedData as error:
        raise NotYetMined(f"sent as {hash}, but what became of it is not known ({error})", hash) from None


async def _require_funds(
    chain: JsonRpcChain, sender: str, transaction: PreparedTransaction, costs: Costs, max_cost: int
) -> None:
    if costs.most > max_cost:
        raise NotSent(
            f"it may cost {in_ether(costs.most)}, and {in_ether(max_cost)} are allowed",
            hint="Wait until fees are lower, or allow more with --max-cost.",
        )
    held = quantity(await chain.ask("eth_getBalance", [sender, "latest"]), "the balance")
    if held < costs.most + transaction.value:
        raise NotSent(
            f"{sender} has {in_ether(held)}, and it may cost {in_ether(costs.most + transaction.value)}",
            hint="Send it some ether, then try again.",
        )


async def _next_nonce(chain: JsonRpcChain, sender: str) -> int:
    """The number of the account's next transaction. Raises `NotSent` while another one waits."""
    mined, sent = [
        quantity(await chain.ask("eth_getTransactionCount", [sender, block]), "the nonce")
        for block in ("latest", "pending")
    ]
    if sent > mined:
        # It may be this very one, sent before. And behind one that is stuck this one would be, too.
        raise NotSent(
            f"another transaction of {sender} is not mined yet",
            hint="Wait until it is, or speed it up with the wallet that sent it; then try again.",
        )
    return sent


def _signed(transaction: PreparedTransaction, key: WalletKey, costs: Costs, nonce: int) -> tuple[bytes, str]:
    """The transaction as it is sent, and its hash."""
    # Imported when needed: it takes longer to load than all the rest of a command.
    with naming_extras():
        from eth_account import Account

    signed = Account.sign_transaction(
        {
            "type": 2,
            "chainId": transaction.chain_id,
            "nonce": nonce,
            "to": transaction.to,
            "value": transaction.value,
            "data": transaction.data,
            "gas": costs.gas,
            "maxFeePerGas": costs.fee,
            "maxPriorityFeePerGas": costs.tip,
        },
        key.reveal(),
    )
    return bytes(signed.raw_transaction), to_hex(bytes(signed.hash))


async def _is_known(chain: JsonRpcChain, hash: str) -> bool:
    try:
        return await chain.ask("eth_getTransactionByHash", [hash]) is not None
    except Dm3Error:
        return False


async def _receipt(chain: JsonRpcChain, hash: str, timeout: float) -> dict[str, Any]:  # noqa: ASYNC109
    """Wait for the receipt; a node that does not answer meanwhile is asked again."""
    until, pause = monotonic() + timeout, _FIRST_PAUSE
    while True:
        try:
            found = await chain.ask("eth_getTransactionReceipt", [hash])
            if isinstance(found, dict):
                return found
        except (Unreachable, ServiceRefused, RemoteProtocolError):
            pass
        if monotonic() + pause > until:
            raise NotYetMined(f"sent as {hash}, not mined within {timeout:.0f} seconds", hash)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _outcome(receipt: dict[str, Any], hash: str) -> Mined:
    gas = quantity(receipt.get("gasUsed"), "the gas used")
    paid = gas * quantity(receipt.get("effectiveGasPrice", "0x0"), "the price of gas")
    if quantity(receipt.get("status"), "the status") != 1:
        raise Reverted(f"{hash}, which cost {in_ether(paid)}")
    return Mined(hash, quantity(receipt.get("blockNumber"), "the block's number"), gas, paid)
