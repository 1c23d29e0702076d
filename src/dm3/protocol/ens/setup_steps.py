"""The steps of checking a domain: each finds something for those after it, or says what is missing.

`dm3.protocol.ens.setup` takes them one after the other.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NoReturn

from msgspec import Struct

from dm3.base import normalize
from dm3.model import RecordKey

from .authority import Authority, find_authority
from .lookup import FoundResolver, find_address, find_resolver, find_text
from .offchain import OffchainLookup
from .resolver_contracts import ContractKind, Trust, believes, contract_kind, trust_of
from .setup_advice import deploy_advice, set_verifier_advice, signer_advice
from .setup_contracts import require_no_verifier, require_resolver, require_verifier
from .setup_gateway import SetupQuestion, check_answers, find_lookup, is_near
from .setup_wanted import NotSetUp, Wanted
from .transactions import PreparedTransaction, add_signers, set_resolver, set_subname, set_verifier


class Seen(Struct, frozen=True):
    """What a step has found, and what it has not shown by that."""

    found: str
    unseen: str = ""


class SetupSteps:
    """The steps, and what they find for those that come after."""

    def __init__(self, wanted: Wanted, registry: str, chain_id: int, now: float) -> None:
        self._wanted = wanted
        self._domain = normalize(wanted.domain)
        self._sample = normalize(wanted.sample or f"ds.{self._domain}")
        self._registry = registry
        self._chain_id = chain_id
        self._now = now
        self._authority: Authority
        self._resolver: FoundResolver
        self._kind: ContractKind
        self._trust: Trust | None
        self._lookup: OffchainLookup

    def in_order(self) -> tuple[Generator[SetupQuestion, Any, str | Seen], ...]:
        """The steps in the order of `STEPS`; each returns what it found, or raises."""
        return (
            self._owner(),
            self._find_resolver(),
            self._contract(),
            self._verifier(),
            self._gateway(),
            self._signer(),
            self._answer(),
            self._resolve_sample(),
        )

    def _owner(self) -> Generator[SetupQuestion, Any, str]:
        self._authority = yield from find_authority(self._domain, self._registry)
        parent = self._domain
        while self._authority.owner is None and "." in parent:
            # A name below a domain needs no entry of its own.
            parent = parent.partition(".")[2]
            self._authority = yield from find_authority(parent, self._registry)
        if self._authority.owner is None or "." not in self._authority.name:
            raise NotSetUp(f"nobody has registered {self._domain}", "Register it, such as at the ENS app.")
        return self._authority.sentence

    def _find_resolver(self) -> Generator[SetupQuestion, Any, str]:
        found = yield from find_resolver(self._registry, self._domain)
        contract = self._wanted.contract
        if found is None and contract is None:
            raise NotSetUp(f"{self._domain} has no resolver", deploy_advice(self._wanted))
        if found is None or (contract is not None and found.address.lower() != contract.lower()):
            yield from require_resolver(contract or "", self._wanted, self._sample)
            self._set_resolver(found, contract or "")
        self._resolver = found
        if found.at == self._domain:
            return f"{found.address}"
        return f"{found.address}, by {found.at}, whose resolver answers for the names below it, too"

    def _set_resolver(self, found: FoundResolver | None, contract: str) -> NoReturn:
        now = "no resolver" if found is None else f"the resolver {found.address}"
        missing = f"{self._domain} has {now}, and is meant to have {contract}"
        self._require_entry(missing, contract)
        registry = self._authority.wrapper or self._registry
        transaction = set_resolver(self._domain, contract, registry=registry, chain_id=self._chain_id)
        raise NotSetUp(missing, f"{self._authority.owner} sets it with setResolver.", transaction)

    def _require_entry(self, missing: str, resolver: str) -> None:
        """Raise `NotSetUp` with what to do first if nobody can set anything for the domain itself.

        A domain that has all from the one above it needs no entry in the registry until it is to differ.
        """
        holder, parent = self._authority, self._domain.partition(".")[2]
        if holder.name == self._domain:
            return
        if holder.name != parent or holder.owner is None:
            raise NotSetUp(
                missing,
                f"What is set for {self._domain} alone takes an entry of its own in the registry, and "
                f"{parent} has none either. Register {parent} first.",
            )
        raise NotSetUp(
            missing,
            f"What is set for {self._domain} alone takes an entry of its own in the registry: "
            f"{holder.owner} makes it with setSubnodeRecord. Then run this again.",
            set_subname(
                self._domain,
                owner=holder.owner,
                resolver=resolver,
                registry=holder.wrapper or self._registry,
                wrapped=holder.wrapper is not None,
                chain_id=self._chain_id,
            ),
        )

    def _contract(self) -> Generator[SetupQuestion, Any, str]:
        self._kind = yield from contract_kind(self._resolver.address)
        if self._kind in (ContractKind.MISSING, ContractKind.ON_CHAIN):
            what = (
                "there is no contract at that address"
                if self._kind is ContractKind.MISSING
                else "that contract answers for single names only, from the chain (it lacks ENSIP-10)"
            )
            raise NotSetUp(what, deploy_advice(self._wanted))
        return str(self._kind)

    def _verifier(self) -> Generator[SetupQuestion, Any, str | Seen]:
        self._trust = yield from trust_of(self._resolver.address, self._kind, self._domain)
        wanted = self._wanted.verifier
        if self._kind is not ContractKind.ERC3668_RESOLVER:
            require_no_verifier(self._resolver.address, self._kind, self._wanted)
            if self._trust:
                return "answers are verified by the resolver itself"
            return Seen("who verifies answers is not known for this kind of contract", "whom it believes")
        if self._trust is None or (wanted is not None and self._trust.verifier.lower() != wanted.lower()):
            now = f"the verifier {self._trust.verifier}" if self._trust else "no verifier"
            missing = f"the resolver has {now} for {self._domain}"
            if wanted is not None:
                yield from require_verifier(wanted, self._resolver.address)
            self._require_entry(missing, self._resolver.address)
            raise NotSetUp(
                missing,
                set_verifier_advice(self._wanted, self._authority.owner),
                *self._new_verifier(wanted),
            )
        if self._trust.target != self._resolver.address:
            raise NotSetUp(
                f"the verifier {self._trust.verifier} is for the resolver {self._trust.target}, not this one",
                f"Deploy a SignatureCcipVerifier for {self._resolver.address}, then run this again with "
                "--verifier and its address.",
            )
        return f"answers are verified by {self._trust.verifier}"

    def _new_verifier(self, verifier: str | None) -> tuple[PreparedTransaction, ...]:
        gateway = self._wanted.gateway
        if verifier is None or gateway is None:
            return ()
        address, number = self._resolver.address, self._chain_id
        return (set_verifier(self._domain, verifier, [gateway], resolver=address, chain_id=number),)

    def _gateway(self) -> Generator[SetupQuestion, Any, str | Seen]:
        self._lookup = yield from find_lookup(self._resolver.address, self._sample)
        gateway = self._wanted.gateway
        if gateway is not None and gateway not in self._lookup.urls:
            told = " and ".join(self._lookup.urls)
            if self._kind is ContractKind.ERC3668_RESOLVER and self._trust is not None:
                missing = f"the contract asks {told} instead of {gateway}"
                self._require_entry(missing, self._resolver.address)
                raise NotSetUp(
                    missing,
                    set_verifier_advice(self._wanted, self._authority.owner),
                    *self._new_verifier(self._trust.verifier),
                )
            raise NotSetUp(
                f"the contract asks {told} instead of {gateway}, which cannot be changed",
                deploy_advice(self._wanted),
            )
        near = [url for url in self._lookup.urls if is_near(url)]
        unseen = f"others than this machine and its network do not reach {' and '.join(near)}" if near else ""
        return Seen(f"the contract asks {' and '.join(self._lookup.urls)}", unseen)

    def _signer(self) -> Generator[SetupQuestion, Any, str]:
        signer, trust = self._wanted.signer, self._trust
        if signer is None or trust is None:
            return "is told from the gateway's answer"
        if (yield from believes(trust.verifier, signer)):
            return f"the contract believes {signer}"
        found = f"the contract {trust.verifier} does not believe {signer}"
        if self._kind is ContractKind.ERC3668_RESOLVER:
            transaction = add_signers([signer], verifier=trust.verifier, chain_id=self._chain_id)
            raise NotSetUp(found, "The verifier's owner adds it with addSigners.", transaction)
        raise NotSetUp(found, signer_advice(self._wanted))

    def _answer(self) -> Generator[SetupQuestion, Any, str]:
        return (yield from check_answers(self._lookup, self._trust, self._domain, self._now))

    def _resolve_sample(self) -> Generator[SetupQuestion, Any, str | Seen]:
        name = self._sample
        found = yield from find_resolver(self._registry, name)
        if found is None or found.address != self._resolver.address:
            other = "no resolver" if found is None else f"the resolver {found.address} of its own"
            raise NotSetUp(f"{name} has {other}", "Remove it, or check another name with --sample.")
        key = RecordKey.PROFILE if self._wanted.sample else RecordKey.DELIVERY_SERVICE
        record = yield from find_text(found, name, key)
        address = yield from find_address(found, name)
        if record is None and address is None and self._wanted.sample:
            raise NotSetUp(f"{name} has neither {key} nor an address", "Claim it, or try another one.")
        if record is None and address is None:
            return Seen(
                f"{name} was answered for, and has no {key} yet",
                f"a name with a record: {name} has none. Name one that has, with --sample",
            )
        if record is None:
            return f"{name} resolves; it has no {key}, and points to {address}"
        return f"{name} resolves; it has {key} of {len(record)} characters"
