"""Transactions at the command line: shown first, then printed for another wallet, or signed and sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct

from dm3.base.errors import ConfigurationError, InvalidInput, Unreachable
from dm3.crypto import KeyWallet
from dm3.net import JsonRpcChain, split_rpc_url
from dm3.net.chain import ETHER, MAX_COST, Costs, Mined, NotSent, estimate, in_ether, send
from dm3.protocol.ens import Publication

from .command import Call
from .key_files import read_key
from .output import emit, remark
from .session import ask_yes

EnsName = Annotated[str, typer.Option("--name", help="The name on the chain, such as alice.eth.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Send nothing; print the transactions for another wallet.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Send without asking.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="File with the private key in hex that signs the transactions."),
]
MaxCost = Annotated[str, typer.Option("--max-cost", help="The most that one transaction may cost, in ether.")]
DEFAULT_MAX_COST = str(Decimal(MAX_COST) / ETHER)
MOST_ETHER = 10**9
"""More than there is."""


class SendOptions(Struct, frozen=True):
    """How to go about transactions: only show them, ask first, and what one may cost (wei)."""

    dry_run: bool
    yes: bool
    max_cost: int


def send_options(dry_run: bool, yes: bool, max_cost: str) -> SendOptions:
    """What the flags say. Raises `InvalidInput` for an amount that is none."""
    try:
        ether = Decimal(max_cost)
    except InvalidOperation:
        ether = Decimal("NaN")
    # Looked at before it is reckoned with: 1e900000 is a number, too, but takes half a minute to write out.
    if not (ether.is_finite() and 0 <= ether <= MOST_ETHER):
        raise InvalidInput(f"{max_cost[:40]!r} is not an amount of ether", hint="Such as --max-cost 0.01")
    return SendOptions(dry_run, yes, int(ether * ETHER))


@asynccontextmanager
async def node(call: Call) -> AsyncIterator[JsonRpcChain]:
    """The node of the first configured chain. Raises `ConfigurationError` when there is none."""
    if not call.config["rpc-url"]:
        raise ConfigurationError(
            "a node of the chain is needed", hint="Name one with --rpc-url or DM3_RPC_URL."
        )
    number, url = split_rpc_url(call.config["rpc-url"][0])
    async with JsonRpcChain(url, chain_id=number, seconds=call.config.timeouts.chain) as chain:
        try:
            yield chain
        except Unreachable as error:
            if error.hint == Unreachable.hint:  # which speaks of messages; nobody keeps a transaction
                error.hint = "Check --rpc-url and the network, then run this again; nothing was kept."
            raise


def key_wallet(key_file: Path | None) -> KeyWallet | None:
    """The wallet whose key is in the file. Raises `ConfigurationError` or `InvalidInput`."""
    return None if key_file is None else KeyWallet(read_key(key_file))


async def show(
    call: Call, chain: JsonRpcChain, publication: Publication, sender: str | None, how: SendOptions
) -> list[Costs]:
    """Say what is about to happen and what it may cost; in a dry run print the transactions.

    Raises `NotSent` when a transaction of ``sender`` would be refused.
    """
    facts, costs = facts_of(publication), []
    lines = [
        f"{publication.authority.sentence}; its resolver is {publication.resolver}.",
        f"{publication.key} {'replaces another record' if publication.current else 'is new'}.",
    ]
    rows: list[dict[str, Any]] = []
    asker = sender or publication.authority.owner or publication.resolver
    for transaction in publication.transactions:
        row: dict[str, Any] = {**transaction.as_json(), "gas": None, "maxCostWei": None}
        try:
            cost = await estimate(chain, asker, transaction)
            costs.append(cost)
            row |= {"gas": cost.gas, "maxCostWei": str(cost.most)}
            lines.append(
                f"The transaction {transaction.sentence}: at most {cost.gas} gas, {in_ether(cost.most)}."
            )
        except NotSent as error:
            if not how.dry_run:
                raise
            lines.append(f"The transaction {transaction.sentence}. {error}")
        rows.append(row)
    if publication.warning:
        lines.append(f"Note that {publication.warning}.")
    if not how.dry_run:
        for line in lines:
            remark(line)
        return costs
    for transaction in publication.transactions:
        row = transaction.as_json()
        lines += ["", *(f"  {label:<8} {row[label]}" for label in ("chainId", "to", "value", "data"))]
    if not publication.transactions:
        lines.append("There is nothing to send: all is as wanted.")
    emit({"ok": True, "dryRun": True, **facts, "transactions": rows}, call.json, *lines)
    return costs


async def sent(
    chain: JsonRpcChain, publication: Publication, costs: list[Costs], signer: KeyWallet, how: SendOptions
) -> list[Mined]:
    """Ask, sign and send, one transaction after the other; raises `typer.Abort` for a no, and as `send`."""
    many = "these transactions" if len(costs) > 1 else "this transaction"
    if not how.yes and not ask_yes(f"Sign {many} with {signer.address} and send it?"):
        remark("Nothing was sent.")
        raise typer.Abort
    mined = []
    for transaction, cost in zip(publication.transactions, costs, strict=True):
        mined.append(
            await send(
                chain,
                transaction,
                signer.key,
                cost,
                max_cost=how.max_cost,
                told=lambda hash: remark(f"Sent as {hash}; waiting until it is mined …"),
            )
        )
    return mined


def facts_of(publication: Publication) -> dict[str, Any]:
    """What is to be published where, for programs."""
    return {
        "name": publication.authority.name,
        "owner": publication.authority.owner,
        "wrapper": publication.authority.wrapper,
        "resolver": publication.resolver,
        "record": publication.key,
        "value": publication.value,
        "address": publication.address,
    }


def mined_facts(mined: list[Mined]) -> list[dict[str, Any]]:
    """What became of the transactions, for programs; amounts in wei are decimal text."""
    return [
        {"hash": one.hash, "block": one.block, "gasUsed": one.gas, "costWei": str(one.paid)} for one in mined
    ]
