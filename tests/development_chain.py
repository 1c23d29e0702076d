"""An Ethereum chain for tests: anvil from npm on a port of this machine, for as long as it is used."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from eth_abi.abi import encode

from dm3.crypto import checksum_address, keccak
from tests.kit import open_sync_client
from tests.npm import NpmUnavailable, installed_modules

ANVIL_VERSION: Final = "1.7.1"
START_SECONDS: Final = 20.0
MINING_SECONDS: Final = 20.0
_LISTENING: Final = "Listening on "


class DevelopmentChain:
    """A running chain; every transaction is mined at once. Made by `development_chain`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = open_sync_client()
        self._sender: str = self.ask("eth_accounts", [])[0]

    def ask(self, method: str, params: list[Any]) -> Any:
        """The node's result for a call of one of its methods."""
        answer = self._put(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def deploy(self, code: bytes, types: Sequence[str] = (), values: Sequence[Any] = ()) -> str:
        """Deploy a contract with its constructor's arguments; returns its address."""
        receipt = self._transact({"data": "0x" + (code + encode(types, values)).hex()})
        return checksum_address(receipt["contractAddress"])

    def transact(self, to: str, data: bytes, sender: str | None = None) -> None:
        """Call a contract and change the chain by it; as ``sender``, who must have been `let_in`."""
        transaction = {"to": to, "data": "0x" + data.hex()}
        self._transact(transaction if sender is None else {**transaction, "from": sender})

    def call(self, to: str, data: bytes) -> bytes:
        """What a contract answers, with nothing changed."""
        asked = [{"to": to, "data": "0x" + data.hex()}, "latest"]
        return bytes.fromhex(self.ask("eth_call", asked).removeprefix("0x"))

    def reverts(self, to: str, data: bytes) -> bytes:
        """The error's data when a contract refuses a call."""
        call = [{"to": to, "data": "0x" + data.hex()}, "latest"]
        refusal = self._put("eth_call", call)["error"]
        return bytes.fromhex(refusal["data"].removeprefix("0x"))

    def fund(self, address: str, ether: int = 10) -> None:
        """Give ``address`` something to pay its transactions with."""
        self.ask("anvil_setBalance", [address, hex(ether * 10**18)])

    def let_in(self, address: str) -> None:
        """Let ``address`` send transactions of `transact` without its key."""
        self.fund(address)
        self.ask("anvil_impersonateAccount", [address])

    def code(self, address: str) -> str:
        """The code at ``address``, "0x" where there is none."""
        return str(self.ask("eth_getCode", [address, "latest"]))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _put(self, method: str, params: list[Any]) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return json.loads(self._http.post(self.url, json=question).content)

    def _transact(self, transaction: dict[str, str]) -> Any:
        sent = self.ask("eth_sendTransaction", [{"from": self._sender, **transaction}])
        until = time.monotonic() + MINING_SECONDS
        while (receipt := self.ask("eth_getTransactionReceipt", [sent])) is None:
            assert time.monotonic() < until, f"{sent} is not mined"
            time.sleep(0.001)
        assert receipt["status"] == "0x1", receipt
        return receipt


def calldata(signature: str, *values: Any) -> bytes:
    """The calldata of a function such as ``deploy(address,bytes32)``."""
    types = [kind for kind in signature.partition("(")[2].rstrip(")").split(",") if kind]
    return keccak(signature.encode("ascii"))[:4] + encode(types, values)


@contextmanager
def development_chain(chain_id: int = 31337) -> Iterator[DevelopmentChain]:
    """Start a chain, and end it. Raises `NpmUnavailable`."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "out").open("w+b") as told:
        process = subprocess.Popen(
            [_anvil(), "--port", "0", "--chain-id", str(chain_id), "--no-request-size-limit"],
            stdout=told,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "HOME": folder},
        )
        try:
            chain = DevelopmentChain(_url(process, Path(folder) / "out"))
            try:
                yield chain
            finally:
                chain.close()
        finally:
            process.kill()
            process.wait()


def _anvil() -> str:
    modules = installed_modules(f"anvil-{ANVIL_VERSION}", [f"@foundry-rs/anvil@{ANVIL_VERSION}"])
    found = sorted(modules.glob("@foundry-rs/anvil-*/bin/anvil*"))
    if not found:
        raise NpmUnavailable("there is no anvil for this kind of machine")
    return str(found[0])


def _url(process: subprocess.Popen[bytes], out: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        told = out.read_text(encoding="utf-8", errors="replace")
        if _LISTENING in told and told.endswith("\n"):
            return "http://" + told.rpartition(_LISTENING)[2].split()[0]
        time.sleep(0.01)
    raise NpmUnavailable(f"anvil does not start: {out.read_text(errors='replace')[-500:]}")
