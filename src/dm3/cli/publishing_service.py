"""`dm3 delivery-service publish`: a delivery service's keys and URL under a name on a chain."""

from __future__ import annotations

from urllib.parse import urlsplit

from dm3.base.errors import ConfigurationError, LocalProtocolError
from dm3.hosting import load_service_keys
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net import Network, NetworkSettings
from dm3.net.json_rpc_chain import ask_chain
from dm3.net.transaction_costs import chain_id
from dm3.protocol.ens.publishing import prepare_publication
from dm3.wire import data_uri, delivery_service_json

from .command import Call, command
from .config import Config
from .output import emit
from .secret_files import read_passphrase
from .services import delivery_app
from .transacting import (
    DEFAULT_MAX_COST,
    DryRun,
    KeyFile,
    MaxCost,
    Yes,
    facts_of,
    key_wallet,
    manner,
    mined_facts,
    node,
    sent,
    show,
)

OPTIONS = ("data-dir", "passphrase-file", "name", "public-url", "rpc-url", "ens-registry", "timeout-factor")


@command(delivery_app, "publish", *OPTIONS)
async def publish_service(
    call: Call,
    key_file: KeyFile = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    max_cost: MaxCost = DEFAULT_MAX_COST,
) -> None:
    """Publish the delivery service's keys and URL under its ENS name on the chain.

    The keys are those in the data folder that the service runs with. Without --key-file use --dry-run: it
    prints the transaction for a hardware wallet or a multisig.

    Example: dm3 delivery-service publish --name ds.alice.eth --public-url https://… --key-file key.txt
    """
    how = manner(dry_run, yes, max_cost)
    name, profile = await _own(call.config)
    value = data_uri(delivery_service_json(profile))
    signer = key_wallet(key_file)
    async with node(call) as chain:
        publication = await ask_chain(
            chain,
            prepare_publication(
                name,
                RecordKey.DELIVERY_SERVICE,
                value,
                registry=call.config["ens-registry"],
                chain_id=await chain_id(chain),
            ),
        )
        if dry_run:
            await show(call, chain, publication, None, how)
            return
        mined = []
        if publication.transactions:
            if signer is None:
                raise ConfigurationError(
                    "a key is needed to sign the transaction",
                    hint="Name its file with --key-file, or have it printed by --dry-run.",
                )
            costs = await show(call, chain, publication, signer.address, how)
            mined = await sent(chain, publication, costs, signer, how)
        await _read_back(call.config, name, profile)
    told = "is published" if mined else "was published already"
    data = {"ok": True, **facts_of(publication), "transactions": mined_facts(mined)}
    emit(data, call.json, f"{name} {told}, read back and verified: it answers at {profile.url}")


async def _own(config: Config) -> tuple[str, DeliveryServiceProfile]:
    """The service's name and what is to be published. Raises `ConfigurationError` for what is missing."""
    for option, why in (("name", "its ENS name"), ("public-url", "the URL under which clients reach it")):
        if not config[option]:
            raise ConfigurationError(f"the delivery service needs {why}", hint=f"Say it with --{option}.")
    url = config["public-url"].rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ConfigurationError("public-url is not an http or https URL")
    passphrase = read_passphrase(config["passphrase-file"]) if config["passphrase-file"] else None
    keys = await load_service_keys(config["data-dir"], passphrase)
    return config["name"], DeliveryServiceProfile(keys.signing_public, keys.encryption_public, url)


async def _read_back(config: Config, name: str, profile: DeliveryServiceProfile) -> None:
    """Look the name up as any client does. Raises as `Directory.delivery_service`, or when it differs."""
    settings = NetworkSettings(
        rpc_urls=config["rpc-url"], ens_registry=config["ens-registry"], timeouts=config.timeouts
    )
    network = Network({}, settings)
    try:
        found = await network.directory.delivery_service(name, fresh=True)
    finally:
        await network.close()
    if found != profile:
        raise LocalProtocolError(f"{name} resolves to another delivery service than the one published")
