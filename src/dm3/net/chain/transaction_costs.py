"""What a transaction may cost, asked before anything is signed, and what nodes mean when they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from dm3.base import to_hex
from dm3.base.errors import ConfigurationError, Dm3Error, ServiceRefused, Unreachable
from dm3.protocol.ens import PreparedTransaction, revert_reason
from dm3.protocol.wallets import CallReverted

from .json_rpc import JsonRpcChain, quantity

ETHER: Final = 10**18
MAX_COST: Final = ETHER // 20
"""The most that one transaction may cost unless more is allowed: a node names the fees, not the user."""
MAX_GAS: Final = 2**24
"""No transaction may use more (EIP-7825)."""
_MARGIN: Final = 5
"""A fifth is added to the estimate: the state may change until the transaction is mined."""
_REFUSALS: Final = (
    ("insufficient funds", "the account has too little to pay for it", "Send it some ether, then try again."),
    ("nonce too low", "another transaction of the account came first", "Try again."),
    ("underpriced", "a waiting transaction of the account is in its way", "Wait until that one is mined."),
    ("less than block base fee", "fees rose meanwhile", "Try again."),
    ("fee too low", "the node wants a higher fee", "Try again."),
    ("exceeds the configured cap", "it costs more than the node lets pass", "Use another node."),
    ("chain id", "the node is of another chain", "Check --rpc-url."),
)
"""What nodes say, what it means, and what to do."""


class NotSent(ServiceRefused):
    """Nothing was sent."""

    code = "transaction-not-sent"


class Costs(Struct, frozen=True):
    """What a transaction may cost: units of gas, and wei for each, at most and for the block's maker."""

    gas: int
    fee: int
    tip: int

    @property
    def most(self) -> int:
        """The most that is paid for gas, in wei."""
        return self.gas * self.fee


@contextmanager
def before_sending() -> Iterator[None]:
    """Failures in here say that nothing was sent."""
    try:
        yield
    except Unreachable as error:
        raise Unreachable(error.detail, hint="Nothing was sent. Check --rpc-url and the network.") from None
    except NotSent:
        raise
    except ServiceRefused as error:
        raise refused(error) from None


async def chain_id(chain: JsonRpcChain) -> int:
    """Which chain the node is of. Raises as `JsonRpcChain.ask`."""
    return quantity(await chain.ask("eth_chainId", []), "the chain id")


async def estimate(chain: JsonRpcChain, sender: str, transaction: PreparedTransaction) -> Costs:
    """Try ``transaction`` of ``sender`` out at the node, and say what it may cost.

    Raises `NotSent` when contract or node refuse it, `ConfigurationError` when the node is of another chain
    or its chain too old, `Unreachable` or `MalformedData`.
    """
    with before_sending():
        found = await chain_id(chain)
        if found != transaction.chain_id:
            raise ConfigurationError(
                f"the node is of chain {found}, the transaction is for chain {transaction.chain_id}",
                hint="Nothing was sent. Check --rpc-url.",
            )
        gas = await _gas(chain, sender, transaction)
        if gas > MAX_GAS:
            raise NotSent(f"it takes {gas} gas, and no transaction may use more than {MAX_GAS}")
        fee, tip = await _fees(chain)
    return Costs(min(gas + gas // _MARGIN, MAX_GAS), fee, tip)


async def _gas(chain: JsonRpcChain, sender: str, transaction: PreparedTransaction) -> int:
    told = {"from": sender, "to": transaction.to, "data": to_hex(transaction.data)}
    try:
        needed = await chain.ask("eth_estimateGas", [{**told, "value": hex(transaction.value)}])
    except CallReverted as error:
        raise NotSent(
            f"the contract {transaction.to} refuses it from {sender}, {revert_reason(error.data)}",
            hint="Only the name's owner, or whom the owner has approved, may change it.",
        ) from None
    return quantity(needed, "the gas")


async def _fees(chain: JsonRpcChain) -> tuple[int, int]:
    """Wei for each unit of gas: at most, and of that for the block's maker (EIP-1559)."""
    block = await chain.ask("eth_getBlockByNumber", ["latest", False])
    if not isinstance(block, dict) or block.get("baseFeePerGas") is None:
        raise ConfigurationError(
            "this chain does not know transactions of EIP-1559",
            hint="Send the transaction with another program; --dry-run prints it.",
        )
    base = quantity(block["baseFeePerGas"], "the base fee")
    tip = quantity(await chain.ask("eth_maxPriorityFeePerGas", []), "the priority fee")
    # Twice the base fee stands six full blocks in a row.
    return 2 * base + tip, tip


def refused(error: Dm3Error) -> NotSent:
    """What the node's sentence means; nodes put it differently, but with the same words in it."""
    said = error.detail.lower()
    for words, meaning, hint in _REFUSALS:
        if words in said:
            return NotSent(f"{meaning} ({error.detail})", hint=hint)
    return NotSent(error.detail)


def in_ether(wei: int) -> str:
    """An amount for people, such as ``0.00123 ETH``."""
    return f"{wei / ETHER:.9f}".rstrip("0").rstrip(".") + " ETH"
