"""`dm3 delivery-service publish`: a delivery service's keys and URL under a name on a chain."""

from __future__ import annotations

from typing import Final

from dm3.base import Members, canonical_json, normalize
from dm3.base.errors import ConfigurationError, Dm3Error, LocalProtocolError
from dm3.hosting import read_service_keys
from dm3.model import DeliveryServiceProfile, RecordKey
from dm3.net import Network, NetworkSettings
from dm3.net.chain import ask_chain, chain_id
from dm3.net.http import call as http_call
from dm3.net.http import open_http
from dm3.protocol.ens import prepare_publication
from dm3.wire import data_uri, delivery_service_json, read_delivery_service

from ..config.config import Config
from ..console.command import Call, command
from ..console.output import emit
from ..console.public_urls import public_url
from ..console.secret_files import read_passphrase
from ..console.transactions import (
    DEFAULT_MAX_COST,
    DryRun,
    KeyFile,
    MaxCost,
    Yes,
    facts_of,
    key_wallet,
    mined_facts,
    node,
    send_options,
    sent,
    show,
)
from .serve import delivery_app

MAX_ABOUT: Final = 64 * 1024
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

    The keys are those in the data folder that the service runs with; the running service is asked first
    whether it has them. Without --key-file use --dry-run: it prints the transaction for a hardware wallet or
    a multisig.

    Example: dm3 delivery-service publish --name ds.alice.eth --public-url https://… --key-file key.txt
    """
    how = send_options(dry_run, yes, max_cost)
    name, profile = await _own(call.config)
    await _require_answering(call.config, name, profile)
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
    emit(data, call.json, f"{name} {told}, read back and verified: it answers at {profile.url}.")


async def _own(config: Config) -> tuple[str, DeliveryServiceProfile]:
    """The service's name and what is to be published. Raises `ConfigurationError` for what is missing."""
    for option, why in (("name", "its ENS name"), ("public-url", "the URL under which clients reach it")):
        if not config[option]:
            raise ConfigurationError(f"the delivery service needs {why}", hint=f"Say it with --{option}.")
    url = public_url(config["public-url"], "public-url").rstrip("/")
    passphrase = read_passphrase(config["passphrase-file"]) if config["passphrase-file"] else None
    keys = await read_service_keys(config["data-dir"], passphrase)
    return normalize(config["name"]), DeliveryServiceProfile(keys.signing_public, keys.encryption_public, url)


async def _require_answering(config: Config, name: str, profile: DeliveryServiceProfile) -> None:
    """Ask the service at the URL who it is. Raises `ConfigurationError` where it is another one."""
    url, told = profile.url, "Nothing was sent."
    try:
        async with open_http(allow_private=True, timeout=config.timeouts.step) as http:
            about = Members(
                await http_call(http, "GET", f"{url}/", max_bytes=MAX_ABOUT), "what it says of itself"
            )
        running = read_delivery_service(canonical_json(about.object("profile").raw()))
        its_name = normalize(about.text("name", max_length=255))
    except Dm3Error as error:
        raise ConfigurationError(
            f"no delivery service of dm3 answers at {url} ({error.detail or error})",
            hint=f"{told} Start it there, reachable under that URL, and publish then.",
        ) from None
    keys, own = ((one.signing_key, one.encryption_key) for one in (running, profile))
    if keys != own:
        raise ConfigurationError(
            f"the service that answers at {url} has other keys than those in {config['data-dir']}",
            hint=f"{told} Name the folder that it runs with: --data-dir. Under keys that it does not "
            "have, no message would reach it.",
        )
    for what, its, given in (("name", its_name, name), ("public-url", running.url, url)):
        if its != given:
            raise ConfigurationError(
                f"the service that answers at {url} has the {what} {its}, not {given}",
                hint=f"{told} Start it with --{what} {given}, or publish what it has.",
            )


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
