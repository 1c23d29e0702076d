"""Contract wallets on a development chain, and the keys that speak for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from dm3.base.encoding import from_hex, to_hex
from dm3.crypto import KeyWallet, WalletKey, checksum_address
from dm3.protocol.wallets.contract_wallets import WrappedSignature, wrap
from tests.development_chain import DevelopmentChain, calldata
from tests.solidity import WALLET_CHECK, compiled
from tests.unit.people import digest

SOURCES: Final = (WALLET_CHECK, Path(__file__).parents[1] / "contracts" / "Wallets.sol")


@cache
def contracts() -> Mapping[str, bytes]:
    """The creation code of every contract of ours. Raises `NpmUnavailable`."""
    return compiled(*SOURCES)


def key(label: str) -> KeyWallet:
    """A key that depends on nothing but ``label``."""
    return KeyWallet(WalletKey(digest(f"key of {label}")))


@dataclass(frozen=True)
class ContractWallet:
    """A wallet contract as its user's software drives it: a `dm3.Wallet`.

    While it is not deployed its signatures say how to deploy it (ERC-6492).
    """

    chain: DevelopmentChain
    address: str
    keys: Sequence[KeyWallet]
    factory: str = ""
    deployment: bytes = b""

    @property
    def deployed(self) -> bool:
        return self.chain.code(self.address) != "0x"

    def deploy(self) -> None:
        self.chain.transact(self.factory, self.deployment)

    def sign_bare(self, text: str) -> str:
        """What the contract itself understands."""
        return "0x" + "".join(one.sign_now(text)[2:] for one in self.keys)

    def sign_wrapped(self, text: str, **changes: Any) -> str:
        """As ERC-6492 has it."""
        parts = {"factory": self.factory, "preparation": self.deployment}
        inner = from_hex(self.sign_bare(text))
        return to_hex(wrap(WrappedSignature(**{**parts, "signature": inner, **changes})))

    async def sign_message(self, text: str) -> str:
        return self.sign_bare(text) if self.deployed else self.sign_wrapped(text)


class Workshop:
    """Makes wallets on ``chain``."""

    def __init__(self, chain: DevelopmentChain) -> None:
        self.chain = chain
        self.factory = chain.deploy(contracts()["WalletFactory"])

    def deployed(self, contract: str, types: Sequence[str] = (), values: Sequence[Any] = ()) -> str:
        """Deploy one of our contracts; returns its address."""
        return self.chain.deploy(contracts()[contract], types, values)

    def keyed(self, owner: KeyWallet, contract: str = "KeyedWallet") -> ContractWallet:
        """A deployed wallet of one key."""
        return ContractWallet(self.chain, self.deployed(contract, ["address"], [owner.address]), [owner])

    def pair(self, first: KeyWallet, second: KeyWallet) -> ContractWallet:
        """A deployed wallet of two keys, both of which have to sign."""
        owners = [first.address, second.address]
        return ContractWallet(
            self.chain, self.deployed("PairWallet", ["address"] * 2, owners), [first, second]
        )

    def counterfactual(self, owner: KeyWallet, label: str) -> ContractWallet:
        """A wallet of one key that has an address and is not deployed."""
        salt = digest(label)
        asked = calldata("addressOf(address,bytes32)", owner.address, salt)
        found = self.chain.ask("eth_call", [{"to": self.factory, "data": to_hex(asked)}, "latest"])
        return ContractWallet(
            self.chain,
            checksum_address("0x" + found[-40:]),
            [owner],
            self.factory,
            calldata("deploy(address,bytes32)", owner.address, salt),
        )
