"""What an operator has to do next, in sentences, with the values that are to be set."""

from __future__ import annotations

from dm3.base import to_hex

from .setup_wanted import Wanted
from .transactions import offchain_resolver_arguments


def deploy_advice(wanted: Wanted) -> str:
    """Which contract to deploy, and with which arguments."""
    url, signer = wanted.gateway or "<gateway URL>", wanted.signer or "<signer address>"
    told = (
        f"Deploy ENS's OffchainResolver with the constructor's arguments url = {url} and "
        f"signers = [{signer}], or dm3's ERC3668Resolver with a SignatureCcipVerifier. "
    )
    if wanted.gateway and wanted.signer:
        encoded = to_hex(offchain_resolver_arguments(wanted.gateway, [wanted.signer]))
        told += f"The OffchainResolver's arguments encoded: {encoded} . "
    return told + "Then run this again with --contract and its address."


def set_verifier_advice(wanted: Wanted, owner: str | None) -> str:
    """How a domain gets its verifier and gateways at dm3's ERC3668Resolver."""
    missing = [
        option
        for option, value in (("--verifier", wanted.verifier), ("--gateway", wanted.gateway))
        if not value
    ]
    more = f" For its calldata run this again with {' and '.join(missing)}." if missing else ""
    return f"{owner} sets verifier and gateway with setVerifierForDomain at the resolver.{more}"


def signer_advice(wanted: Wanted) -> str:
    """How a signer comes to be believed by an OffchainResolver, whose signers are fixed."""
    return (
        "Start the resolver with the key of a signer that the contract believes (--ccip-signer-file), or: "
        + deploy_advice(wanted)
    )
