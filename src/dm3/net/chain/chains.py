"""The chains that are configured, each with its node; the first is the default."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dm3.base.errors import ConfigurationError

from .json_rpc import JsonRpcChain
from .wallets import ChainWalletVerifier

_NUMBERED: Final = re.compile(r"(?P<id>[0-9]{1,18})=(?P<url>.*)", re.DOTALL)


def split_rpc_url(text: str) -> tuple[int | None, str]:
    """Take ``[chain-id=]URL`` apart. Raises `ConfigurationError` when no http or https URL is in it."""
    found = _NUMBERED.fullmatch(text)
    chain_id, url = (int(found["id"]), found["url"]) if found else (None, text)
    if not url.startswith(("http://", "https://")):
        # Not shown: such URLs often hold an access key.
        raise ConfigurationError("rpc-url has the form https://… or chain-id=https://…")
    return chain_id, url


class Chains:
    """Nodes of chains: of the ``default`` one, on which ENS is, and ``by_id`` of those with a known number.

    Close it, or use it as an async context manager. ``rpc_urls`` are ``[chain-id=]URL``, at least one;
    ``seconds`` is for a whole answer (None: `Timeouts.chain`).
    Raises `ConfigurationError` for what is no URL, and for two nodes of one chain.
    """

    def __init__(self, rpc_urls: Sequence[str], *, seconds: float | None = None) -> None:
        split = map(split_rpc_url, rpc_urls)
        nodes = [JsonRpcChain(url, chain_id=number, seconds=seconds) for number, url in split]
        if not nodes:
            raise ConfigurationError("there is no rpc-url")
        self._nodes = nodes
        self.default = nodes[0]
        self.by_id = {node.chain_id: node for node in nodes if node.chain_id is not None}
        if len(self.by_id) < len(nodes) - (nodes[0].chain_id is None):
            raise ConfigurationError(
                "rpc-url names a chain twice, or a further node without its chain",
                hint="After the first, write chain-id=URL.",
            )

    async def __aenter__(self) -> Chains:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        for node in self._nodes:
            await node.close()

    def verifier(self) -> ChainWalletVerifier:
        """Tells whether a wallet signed, on the chain that the signed text names if that is known here."""
        return ChainWalletVerifier(self.default, self.by_id)
