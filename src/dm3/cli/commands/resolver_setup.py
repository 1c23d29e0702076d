"""`dm3 resolver setup`: what an operator has to set on the chain for a domain, and whether it is set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dm3.base import is_below, normalize
from dm3.base.errors import InvalidInput
from dm3.crypto import checksum_address
from dm3.net.http import open_http
from dm3.net.names import check_domain
from dm3.protocol.ens import NotSetUp, Step, Wanted

from ..console.command import Call, command
from ..console.key_files import read_signer
from ..console.output import emit, exit_code, remark
from ..console.public_urls import public_url
from ..console.transactions import node
from .serve import resolver_app

OPTIONS: Final = (
    "rpc-url",
    "timeout-factor",
    "ens-registry",
    "resolver-contract",
    "ccip-signer-file",
    "allow-private-addresses",
)
_MARKS: Final = {True: "ok    ", False: "FAILED", None: "-     "}


@command(resolver_app, "setup", *OPTIONS)
async def setup(
    call: Call,
    domain: Annotated[str, typer.Argument(help="The application's ENS name, such as myapp.eth.")],
    gateway: Annotated[
        str | None,
        typer.Option(
            help="URL under which clients reach the resolver, or a template with {sender} and {data}."
        ),
    ] = None,
    contract: Annotated[str | None, typer.Option(help="Address of the resolver contract.")] = None,
    verifier: Annotated[
        str | None, typer.Option(help="Address of the verifier that belongs to dm3's ERC3668Resolver.")
    ] = None,
    signer: Annotated[
        str | None, typer.Option(help="Address that signs the answers; else that of --ccip-signer-file.")
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="A name below the domain to resolve in the end. [ds.<domain>]")
    ] = None,
) -> None:
    """Say what is to be set on the chain for a domain of this resolver, and check all that is set.

    Each step is checked from the chain, from the registry to a sample name; for the first that fails it says
    what to do, with calldata. Run it again until all holds.

    Example: dm3 resolver setup myapp.eth --gateway https://names.myapp.example --rpc-url https://…
    """
    config = call.config
    wanted = Wanted(
        domain=normalize(domain),
        contract=_address(contract) or dict(config["resolver-contract"]).get(normalize(domain)),
        verifier=_address(verifier),
        gateway=None if gateway is None else _template(gateway),
        signer=_address(signer) or _signer_in(config["ccip-signer-file"]),
        sample=None if sample is None else _below(sample, domain),
    )
    private = config.allow_private_records
    if not call.json:
        _tell_plan(wanted)
    async with node(call) as chain, open_http(allow_private=private, timeout=config.timeouts.step) as http:
        steps = await check_domain(
            wanted,
            chain,
            http,
            registry=config["ens-registry"],
            allow_private=private,
            timeouts=config.timeouts,
            told=lambda step: None if call.json else _tell(step),
        )
    failed = next((step for step in steps if step.ok is False), None)
    if call.json:
        emit(_facts(wanted, steps), True)
    elif failed is None:
        emit({}, False, *_conclusion(wanted.domain, steps))
    if failed is not None:
        raise typer.Exit(exit_code(NotSetUp(failed.found, failed.hint)))


def _address(given: str | None) -> str | None:
    return None if given is None else checksum_address(given)


def _signer_in(file: Path | None) -> str | None:
    signer = read_signer(file, make=False)
    return None if signer is None else signer.address


def _template(gateway: str) -> str:
    """The URL as contracts keep it: with what a gateway is asked filled in by the asker (ERC-3668)."""
    public_url(gateway, "--gateway", template=True)
    if "{sender}" in gateway or "{data}" in gateway:
        return gateway
    return gateway.rstrip("/") + "/{sender}/{data}"


def _below(sample: str, domain: str) -> str:
    if not is_below(sample, domain):
        raise InvalidInput(f"{sample} is not below {domain}")
    return normalize(sample)


def _tell_plan(wanted: Wanted) -> None:
    """What it is to be, as far as it was said."""
    remark(f"{wanted.domain} is meant to have")
    for label, value in (
        ("resolver", wanted.contract),
        ("verifier", wanted.verifier),
        ("gateway", wanted.gateway),
        ("signer", wanted.signer),
    ):
        remark(f"  {label:<9} {value or '(what is found)'}")


def _tell(step: Step) -> None:
    lines = [f"{_MARKS[step.ok]} {step.name:<9} {step.found}"]
    if step.hint:
        lines.append(f"       to do:   {step.hint}")
    for transaction in step.transactions:
        row = transaction.as_json()
        lines.append(f"       The transaction {transaction.sentence}:")
        lines += [f"         {label:<8} {row[label]}" for label in ("chainId", "to", "value", "data")]
    emit({}, False, *lines)


def _conclusion(domain: str, steps: list[Step]) -> list[str]:
    """What was seen, and no more."""
    open_ = [step.unseen for step in steps if step.unseen]
    if not open_:
        return [f"{domain} is set up: a name was resolved as ENS clients do, from registry to record."]
    return [
        f"Every step holds for {domain}, as far as was seen. Not seen:",
        *(f"  {one}" for one in open_),
    ]


def _facts(wanted: Wanted, steps: list[Step]) -> dict[str, Any]:
    return {
        "ok": all(step.ok for step in steps),
        "domain": wanted.domain,
        "contract": wanted.contract,
        "verifier": wanted.verifier,
        "gateway": wanted.gateway,
        "signer": wanted.signer,
        "steps": [
            {
                "step": step.name,
                "ok": step.ok,
                "found": step.found,
                "hint": step.hint,
                "unseen": step.unseen,
                "transactions": [transaction.as_json() for transaction in step.transactions],
            }
            for step in steps
        ],
    }
