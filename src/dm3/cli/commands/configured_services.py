"""The services as they are configured: settings objects and hosts, of the options that a command takes."""

from __future__ import annotations

from dm3.base.errors import ConfigurationError
from dm3.board import BoardSettings
from dm3.crypto import Passphrase
from dm3.delivery import DeliverySettings
from dm3.hosting import BoardServer, DeliveryHost, ResolverHost, SiteSettings, WidgetServer
from dm3.net import NetworkSettings
from dm3.resolver import ResolverSettings
from dm3.service import ConnectionLimits
from dm3.store.vault import is_vault
from dm3.widget import WidgetSettings

from ..config.config import Config
from ..config.domains import domain_settings
from ..config.static_names import read_static_names
from ..console.key_files import read_signer
from ..console.secret_files import read_passphrase


def site_settings(config: Config, resolving: ResolverSettings, delivery: DeliverySettings) -> SiteSettings:
    """What `dm3 up` starts, as configured beside the two services. Raises `ConfigurationError`."""
    return SiteSettings(
        folder=config["data-dir"],
        resolver=resolving,
        delivery=delivery,
        ccip_signer=read_signer(config["ccip-signer-file"]),
        host=config["host"],
        proxies=config["trusted-proxy"],
        connections=connection_limits(config),
        resolver_port=config["resolver-port"],
        delivery_port=config["delivery-port"],
        passphrase=_service_passphrase(config),
        new_keys=config["new-keys"],
        network=config.network,
    )


def delivery_host(config: Config) -> DeliveryHost:
    """The delivery service as configured, not started. Raises `ConfigurationError`."""
    return DeliveryHost(
        delivery_settings(config),
        config["data-dir"],
        host=config["host"],
        proxies=config["trusted-proxy"],
        connections=connection_limits(config),
        port=config["delivery-port"],
        passphrase=_service_passphrase(config),
        new_keys=config["new-keys"],
        network=config.network,
    )


def resolver_host(config: Config) -> ResolverHost:
    """The resolver as configured, not started. Raises `ConfigurationError`."""
    return ResolverHost(
        resolver_settings(config),
        config["data-dir"],
        host=config["host"],
        proxies=config["trusted-proxy"],
        connections=connection_limits(config),
        port=config["resolver-port"],
        signer=read_signer(config["ccip-signer-file"]),
        rpc_urls=config["rpc-url"],
        timeouts=config.timeouts,
    )


def widget_server(config: Config, settings: WidgetSettings, network: NetworkSettings) -> WidgetServer:
    """The widget host as configured, not started."""
    return WidgetServer(
        settings,
        config["data-dir"],
        host=config["host"],
        port=config["widget-port"],
        proxies=config["trusted-proxy"],
        connections=connection_limits(config),
        network=network,
    )


def board_server(
    config: Config,
    network: NetworkSettings,
    default: str | None = None,
    delivery_services: tuple[str, ...] = (),
) -> BoardServer:
    """The board as configured, not started; ``default`` is its name where none is given.

    Raises `ConfigurationError`.
    """
    name = config["board-name"] or default
    if name is None:
        raise ConfigurationError(
            "the board needs its ENS name", hint="Say it with --board-name, such as board.user.myapp.eth."
        )
    return BoardServer(
        BoardSettings(**{**config.settings(BoardSettings), "name": name}),
        config["domain"][0],
        config["data-dir"],
        host=config["host"],
        port=config["board-port"],
        proxies=config["trusted-proxy"],
        connections=connection_limits(config),
        network=network,
        delivery_services=delivery_services,
    )


def resolver_settings(config: Config) -> ResolverSettings:
    """The resolver as configured. Raises `ConfigurationError`."""
    return ResolverSettings(
        domains=domain_settings(config),
        static=read_static_names(config["static-names"]),
        **config.settings(ResolverSettings),
    )


def delivery_settings(config: Config, default: str | None = None) -> DeliverySettings:
    """The delivery service as configured. Raises `ConfigurationError`."""
    name = config["name"] or default
    if name is None:
        raise ConfigurationError("the delivery service needs its ENS name", hint="Say it with --name.")
    return DeliverySettings(**{**config.settings(DeliverySettings), "name": name})


def connection_limits(config: Config) -> ConnectionLimits:
    """How many connections a service may have, as configured."""
    return ConnectionLimits(**config.settings(ConnectionLimits))


def _service_passphrase(config: Config) -> Passphrase | None:
    file = config["passphrase-file"]
    new = not is_vault(config["data-dir"] / "service-keys.vault")
    return read_passphrase(file, new=new) if file else None
