"""What stands at an address, looked at before a transaction is printed that would lead a domain there.

A resolver that is none takes every name of the domain down; another resolver's verifier reverts, or lets no
answer pass. So whatever is not seen to fit is not printed.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dm3.base.errors import MalformedData
from dm3.protocol.wallets import CodeQuestion

from .authority import getter
from .lookup import ResolverRefused
from .offchain import BadLookup
from .resolver_contracts import ContractKind, believes, contract_kind, trust_of
from .setup_advice import deploy_advice, signer_advice
from .setup_gateway import SetupQuestion, find_lookup
from .setup_wanted import NotSetUp, Wanted


def require_resolver(contract: str, wanted: Wanted, sample: str) -> Generator[SetupQuestion, Any, None]:
    """Require that ``contract`` can be the resolver of the domain, as it is ``wanted``. Raises `NotSetUp`."""
    kind = yield from contract_kind(contract)
    harm = f"Set as its resolver, it would take every name of {wanted.domain} down. "
    if kind is ContractKind.MISSING:
        raise NotSetUp(
            f"there is no contract at {contract}, meant as resolver", harm + "Check --contract and the chain."
        )
    if kind is ContractKind.ON_CHAIN:
        raise NotSetUp(
            f"the contract {contract} does not answer for the names below one (it lacks ENSIP-10)",
            harm + deploy_advice(wanted),
        )
    require_no_verifier(contract, kind, wanted)
    if kind is ContractKind.ERC3668_RESOLVER:  # whom it asks is set for each domain, which is looked at next
        if wanted.verifier is not None:
            yield from require_verifier(wanted.verifier, contract)
        return
    try:
        lookup = yield from find_lookup(contract, sample)
    except (ResolverRefused, BadLookup, MalformedData) as error:
        raise NotSetUp(
            f"the contract {contract} asks no gateway: {error}", harm + deploy_advice(wanted)
        ) from None
    if wanted.gateway is not None and wanted.gateway not in lookup.urls:
        asked = " and ".join(lookup.urls)
        raise NotSetUp(
            f"the contract {contract} asks {asked} instead of {wanted.gateway}, which cannot be changed",
            deploy_advice(wanted),
        )
    trust = yield from trust_of(contract, kind, wanted.domain)
    if wanted.signer is None or trust is None or (yield from believes(trust.verifier, wanted.signer)):
        return
    raise NotSetUp(f"{contract} does not believe {wanted.signer}", harm + signer_advice(wanted))


def require_no_verifier(contract: str, kind: ContractKind, wanted: Wanted) -> None:
    """Require that no verifier is asked for where it has no effect. Raises `NotSetUp`."""
    if wanted.verifier is not None and kind is not ContractKind.ERC3668_RESOLVER:
        raise NotSetUp(
            f"the contract {contract} ({kind}) has no verifiers: --verifier is without effect",
            "Leave it out, or name a contract that has verifiers, dm3's ERC3668Resolver, with --contract.",
        )


def require_verifier(verifier: str, resolver: str) -> Generator[SetupQuestion, Any, None]:
    """Require that ``verifier`` is one, and of this ``resolver``. Raises `NotSetUp`."""
    if not (yield CodeQuestion(verifier)):
        raise NotSetUp(
            f"there is no contract at {verifier}, meant as verifier", "Check --verifier and the chain."
        )
    target = yield from getter(verifier, "resolver()")
    if target is None:
        raise NotSetUp(
            f"the contract {verifier} is no SignatureCcipVerifier",
            f"Deploy one for {resolver}, then run this again with --verifier and its address.",
        )
    if target.lower() != resolver.lower():
        raise NotSetUp(
            f"the verifier {verifier} is for the resolver {target}, not for {resolver}",
            f"Deploy a SignatureCcipVerifier for {resolver}, then name its address with --verifier.",
        )
