"""A development chain to play the demo on: its node, its ENS, and the gateways that names lead to.

Described by a JSON file; `python -m tests.demo_chain` makes one together with its chain:
``{"rpcUrl": …, "registry": "0x…", "domains": {"myapp.eth": {"resolver": "0x…", "gatewayPort": …,
"signerFile": …}, …}}``. A signer file lies beside the description, or has a full path.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from dm3.base import Members, normalize, read_json
from dm3.base.errors import ConfigurationError, Dm3Error, InvalidInput
from dm3.crypto import checksum_address

MAX_BYTES: Final = 64 * 1024
LAST_PORT: Final = 65_535


class DemoDomain(Struct, frozen=True):
    """A domain of the demo: its resolver contract, and the gateway that the contract names."""

    resolver: str
    gateway_port: int
    signer_file: Path


class DemoChain(Struct, frozen=True):
    """Where the names of the demo are."""

    rpc_url: str
    registry: str
    domains: Mapping[str, DemoDomain]

    def domain(self, name: str) -> DemoDomain:
        """The domain ``name``. Raises `ConfigurationError` when it is not described."""
        try:
            return self.domains[name]
        except KeyError:
            raise ConfigurationError(
                f"the description of the chain has no domain {name}",
                hint="The demo plays on two domains; `make demo-chain` sets both up.",
            ) from None


def read_chain(path: Path) -> DemoChain:
    """Read the description in ``path``. Raises `ConfigurationError`."""
    try:
        members = Members(read_json(path.read_bytes(), max_bytes=MAX_BYTES), "the description")
        domains = members.object("domains")
        return DemoChain(
            members.text("rpcUrl", max_length=1000),
            _address(members, "registry"),
            {normalize(name): _domain(domains.object(name), path.parent) for name in domains.raw()},
        )
    except OSError as error:
        raise ConfigurationError(f"the description of the chain {path}: {error.strerror}") from None
    except ConfigurationError:
        raise
    except Dm3Error as error:
        raise ConfigurationError(f"the description of the chain {path}: {error.detail}") from None


def _domain(members: Members, folder: Path) -> DemoDomain:
    port = members.whole("gatewayPort")
    if not 0 < port <= LAST_PORT:
        raise ConfigurationError(f"a gateway's port is from 1 to {LAST_PORT}, not {port}")
    signer = folder / members.text("signerFile", max_length=1000)
    if not signer.is_file():  # a new key would be made, which no contract knows
        raise ConfigurationError(f"there is no signer's key file {signer}")
    return DemoDomain(_address(members, "resolver"), port, signer)


def _address(members: Members, key: str) -> str:
    try:
        return checksum_address(members.text(key))
    except InvalidInput as error:
        raise ConfigurationError(f"the description of the chain: {key}: {error.detail}") from None
