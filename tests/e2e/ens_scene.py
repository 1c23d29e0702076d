"""ENS on a development chain: registry, resolvers and names, with the contracts that its packages publish.

Two application domains, one per signing scheme, lead to gateways on ports of this machine; `alice.eth` and
`ds.eth` have their records on the chain. Gateways are not started here: what a domain's names are is said
by the `ResolverHost` that a test starts on the domain's ``port`` with its ``signer`` and ``contract``.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from dm3.base import read_json
from dm3.crypto import KeyWallet, WalletKey
from dm3.model import RecordKey
from dm3.protocol.ens import Scheme, labelhash, namehash
from dm3.wire import data_uri
from tests.development_chain import DevelopmentChain, calldata, development_chain
from tests.e2e.ens_contracts import creation_code
from tests.npm import NpmUnavailable, skip_or_fail
from tests.unit.people import ALICE, digest

APP: Final = "myapp.eth"
MAIN: Final = "dm3.eth"
SERVICE: Final = "ds.eth"
# Below those that the kernel gives out by itself, so that none is taken between the choice and the use.
_PORTS: Final = range(20_000, 32_000)
# Of names that a NameWrapper holds there are none here; no such contract is asked.
_NO_WRAPPER: Final = "0x000000000000000000000000000000000000dEaD"
_NOBODY: Final = "0x" + "00" * 20


@dataclass(frozen=True)
class ApplicationDomain:
    """A domain whose names a gateway answers for.

    ``contract`` is its resolver on the chain and the target of the gateway's signatures, ``verifier`` the
    contract that knows the ``signer`` where that is another one.
    """

    name: str
    scheme: Scheme
    contract: str
    verifier: str
    port: int
    signer: KeyWallet


@dataclass
class EnsScene:
    """A chain with ENS on it. All names belong to ``operator`` unless `give` gave them away."""

    chain: DevelopmentChain
    operator: str
    registry: str
    public_resolver: str
    reverse_registrar: str = ""
    domains: dict[str, ApplicationDomain] = field(default_factory=dict)

    @property
    def app(self) -> ApplicationDomain:
        """`myapp.eth`, on ENS's OffchainResolver."""
        return self.domains[APP]

    @property
    def main(self) -> ApplicationDomain:
        """`dm3.eth`, on dm3's ERC3668Resolver."""
        return self.domains[MAIN]

    def create(self, name: str, resolver: str | None = None) -> None:
        """Register ``name`` and what is missing above it, with ``resolver`` (the public one by default)."""
        label, _, parent = name.partition(".")
        if parent and not self.owned(parent):
            self.create(parent, _NOBODY)
        self.chain.transact(
            self.registry,
            calldata(
                "setSubnodeRecord(bytes32,bytes32,address,address,uint64)",
                namehash(parent),
                labelhash(label),
                self.operator,
                self.public_resolver if resolver is None else resolver,
                0,
            ),
        )

    def owned(self, name: str) -> bool:
        """Whether ``name`` is registered."""
        return any(self.chain.call(self.registry, calldata("owner(bytes32)", namehash(name))))

    def give(self, name: str, owner: str) -> None:
        """Make ``owner`` the owner of ``name``, with something to pay transactions with."""
        self.chain.fund(owner)
        self.chain.transact(self.registry, calldata("setOwner(bytes32,address)", namehash(name), owner))

    def set_text(self, name: str, key: str, value: str, sender: str | None = None) -> None:
        """Write a text record on the public resolver."""
        data = calldata("setText(bytes32,string,string)", namehash(name), key, value)
        self.chain.transact(self.public_resolver, data, sender)

    def set_address(self, name: str, address: str, sender: str | None = None) -> None:
        """Write the address record on the public resolver."""
        data = calldata("setAddr(bytes32,address)", namehash(name), address)
        self.chain.transact(self.public_resolver, data, sender)

    def set_reverse(self, address: str, name: str) -> None:
        """Write ``name`` as what ``address`` calls itself."""
        self.chain.let_in(address)
        self.chain.transact(self.reverse_registrar, calldata("setName(string)", name), address)

    def offchain_domain(self, name: str, url: str, signer: KeyWallet, port: int = 0) -> ApplicationDomain:
        """A domain on an OffchainResolver of its own with this gateway."""
        contract = self.chain.deploy(
            creation_code("OffchainResolver"), ["string", "address[]"], [url, [signer.address]]
        )
        return self._domain(
            ApplicationDomain(name, Scheme.OFFCHAIN_RESOLVER, contract, contract, port, signer)
        )

    def verified_domain(
        self, name: str, urls: Sequence[str], signer: KeyWallet, port: int = 0
    ) -> ApplicationDomain:
        """A domain on an ERC3668Resolver of its own with these gateways and a verifier."""
        contract = self.chain.deploy(
            creation_code("ERC3668Resolver"),
            ["address", "address", "address", "string[]"],
            [self.registry, _NO_WRAPPER, _NOBODY, []],
        )
        verifier = self.chain.deploy(
            creation_code("SignatureCcipVerifier"),
            ["address", "string", "string", "uint256", "address", "address[]"],
            [self.operator, "", name, 60, contract, [signer.address]],
        )
        domain = self._domain(
            ApplicationDomain(name, Scheme.ERC3668_RESOLVER, contract, verifier, port, signer)
        )
        self.set_verifier(domain, urls)
        return domain

    def set_verifier(self, domain: ApplicationDomain, urls: Sequence[str]) -> None:
        """Set the gateways of a `verified_domain`."""
        signature = "setVerifierForDomain(bytes32,address,string[])"
        data = calldata(signature, namehash(domain.name), domain.verifier, list(urls))
        self.chain.transact(domain.contract, data)

    def _domain(self, domain: ApplicationDomain) -> ApplicationDomain:
        self.create(domain.name, domain.contract)
        self.domains[domain.name] = domain
        return domain


def free_port() -> int:
    """A port that nobody uses, and that nobody is given by chance before its gateway starts."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def gateway_url(port: int) -> str:
    """The URL template of a gateway on this machine."""
    return f"http://127.0.0.1:{port}/{{sender}}/{{data}}"


@contextmanager
def ens_scene() -> Iterator[EnsScene]:
    """Start a chain and put ENS on it. Raises `NpmUnavailable`."""
    with development_chain() as chain:
        yield set_up(chain)


def scene_or_skip() -> Iterator[EnsScene]:
    """For a fixture: `ens_scene`, skipped where npm is missing, a failure where it must not be."""
    try:
        with ens_scene() as scene:
            yield scene
    except NpmUnavailable as error:
        skip_or_fail("ENS on a development chain is", error)


def set_up(chain: DevelopmentChain) -> EnsScene:
    """Put ENS on ``chain``: the two application domains, `alice.eth` and `ds.eth`."""
    registry = chain.deploy(creation_code("ENSRegistry"))
    public = chain.deploy(creation_code("PublicResolver"), ["address"], [registry])
    scene = EnsScene(chain, chain.ask("eth_accounts", [])[0], registry, public)
    _reverse(scene)
    port = free_port()
    scene.offchain_domain(APP, gateway_url(port), signer_of(APP), port)
    port = free_port()
    scene.verified_domain(MAIN, [gateway_url(port)], signer_of(MAIN), port)
    scene.create(SERVICE)
    scene.create(ALICE.name)
    scene.set_address(ALICE.name, ALICE.wallet.address)
    scene.set_text(ALICE.name, RecordKey.PROFILE, data_uri(read_json(ALICE.signed_profile.text)))
    scene.give(ALICE.name, ALICE.wallet.address)
    scene.set_reverse(ALICE.wallet.address, ALICE.name)
    return scene


def signer_key(domain: str) -> WalletKey:
    """The key that answers for ``domain``."""
    return WalletKey(digest(f"signer of {domain}"))


def signer_of(domain: str) -> KeyWallet:
    """Who answers for ``domain``."""
    return KeyWallet(signer_key(domain))


def _reverse(scene: EnsScene) -> None:
    # First the contract: an owner of `addr.reverse` would be taken for an earlier registrar.
    scene.reverse_registrar = scene.chain.deploy(
        creation_code("ReverseRegistrar"),
        ["address", "address"],
        [scene.registry, scene.public_resolver],
    )
    scene.create("addr.reverse", _NOBODY)
    scene.give("addr.reverse", scene.reverse_registrar)
