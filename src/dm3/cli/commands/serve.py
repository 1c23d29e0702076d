"""`dm3 up`, `dm3 delivery-service` and `dm3 resolver`: running services until they are told to stop."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

import typer
from msgspec.structs import replace

from dm3.base.errors import ConfigurationError
from dm3.hosting import BoardServer, ResolverHost, Site, WidgetServer
from dm3.model import RecordKey
from dm3.resolver import ResolverSettings
from dm3.widget import WidgetSettings

from ..config.config import Config
from ..config.options import DELIVERING, NAMES, RESOLVING, TRIAL_MESSENGER
from ..config.service_options import BOARD_OPTIONS, SAMPLE_OPTIONS, WIDGET_OPTIONS
from ..config.static_names import read_static_names
from ..config.widget_config import widget_settings
from ..console.command import Call, command, own_command
from ..console.output import emit, remark
from .configured_services import (
    board_server,
    delivery_host,
    delivery_settings,
    resolver_host,
    resolver_settings,
    site_settings,
    widget_server,
)
from .sample import SampleSite
from .serve_banner import announce, browser_url
from .serving import log_to_stderr, on_hangup, serving, stop_signals
from .trial_messenger import trial_messenger

BESIDE: Final = (*WIDGET_OPTIONS, *BOARD_OPTIONS, *SAMPLE_OPTIONS, *TRIAL_MESSENGER)
UP: Final = tuple(dict.fromkeys((*RESOLVING, *DELIVERING, *BESIDE, "allow-private-addresses")))

delivery_app = typer.Typer()
resolver_app = typer.Typer()


def add_service_commands(app: typer.Typer) -> None:
    """Add `dm3 up`, `dm3 delivery-service` and `dm3 resolver`."""

    @command(app, "up", *UP)
    @serving
    async def up(call: Call) -> None:
        """Start all services on this machine; a widget host and a sample site if wanted.

        Data stays in one folder between starts. Stop with Ctrl-C.

        Example: dm3 up --data-dir ./data --resolver-port 0 --delivery-port 0
        """
        config = call.config
        resolving = resolver_settings(config)
        delivery = delivery_settings(config, default=f"ds.{resolving.domains[0].name}")
        resolving = _with_service(resolving, delivery.name)
        sample = _sample_beside(config, resolving.domains[0].name)
        if sample is not None:
            resolving = sample.trusted_by(resolving)
        board = _board_beside(config, sample, delivery.name)
        site = Site(site_settings(config, resolving, delivery))
        widget = _widget_beside(config, sample)
        messenger = (
            trial_messenger(config)
            if sample is None
            else trial_messenger(config, sample.widget.to or "", sample.url)
        )
        log_to_stderr(call.config["log-level"])
        with stop_signals() as stop:
            site.bind()
            try:
                await site.start()
                if board is not None:
                    await board.start(site.resolver.domains)
                if widget is not None:
                    await widget.start(site.resolver.domains)
                if sample is not None and widget is not None:
                    await sample.start(site.resolver.url, browser_url(widget.url))
                if messenger is not None:
                    await messenger.start(site)
                announce(call, site, resolving.domains, widget, sample, messenger, board)
                with on_hangup(lambda: _read_static_again(config, site.resolver)):
                    await stop.wait()
                remark("Stopping …")
            finally:
                if messenger is not None:
                    await messenger.stop()
                if sample is not None:
                    await sample.stop()
                if widget is not None:
                    await widget.stop()
                if board is not None:
                    await board.stop()
                await site.stop()

    @own_command(delivery_app, *DELIVERING, *NAMES)
    @serving
    async def delivery_service(call: Call) -> None:
        """Run a delivery service; prints the text record to publish under its name.

        Example: dm3 delivery-service --name ds.myapp.eth --resolver myapp.eth=http://127.0.0.1:8402
        """
        config = call.config
        host = delivery_host(config)
        log_to_stderr(call.config["log-level"])
        with stop_signals() as stop:
            try:
                await host.start(config.resolvers)
                record = (await host.record()).texts[RecordKey.DELIVERY_SERVICE]
                data = {"ok": True, "name": host.name, "url": host.url, RecordKey.DELIVERY_SERVICE: record}
                told = [f"{host.name} answers at {host.url}", f"{RecordKey.DELIVERY_SERVICE}:", record]
                emit(data, call.json, *told)
                sys.stdout.flush()
                await stop.wait()
            finally:
                await host.stop()

    @own_command(resolver_app, *RESOLVING)
    @serving
    async def resolver(call: Call) -> None:
        """Run an off-chain resolver for one or more domains.

        Example: dm3 resolver --domain myapp.eth --static-names names.json
        """
        host = resolver_host(call.config)
        log_to_stderr(call.config["log-level"])
        with stop_signals() as stop:
            try:
                host.bind()
                await host.start()
                data = {"ok": True, "domains": host.domains, "ccipSigner": host.signer}
                emit(data, call.json, *_listed(host.domains, host.signer))
                sys.stdout.flush()
                with on_hangup(lambda: _read_static_again(call.config, host)):
                    await stop.wait()
            finally:
                await host.stop()

    app.add_typer(delivery_app, name="delivery-service")
    app.add_typer(resolver_app, name="resolver")


def _sample_beside(config: Config, app: str) -> SampleSite | None:
    """The sample site of `dm3 up`, where it is wanted. Raises `ConfigurationError`."""
    if not config["sample"]:
        return None
    settings = widget_settings(config)
    if settings is not None and app in {each.name for each in settings.apps}:
        raise ConfigurationError(
            f"{app} has a widget of its own, and the sample site would be another",
            hint="Start with --sample no, or without --widget-to.",
        )
    return SampleSite(app, config["data-dir"], config["sample-port"])


def _widget_beside(config: Config, sample: SampleSite | None = None) -> WidgetServer | None:
    """The widget host of `dm3 up`, where an application has a widget."""
    settings = widget_settings(config)
    if sample is not None:
        settings = settings or WidgetSettings(apps=(), url=config["widget-url"] or None)
        settings = replace(settings, apps=(*settings.apps, sample.widget))
    if settings is None:
        return None
    # Its resolver and delivery service are on this machine; what strangers' names lead to need not be.
    links = config.network.records_may_be_private
    return widget_server(
        config, settings, replace(config.network, allow_private=True, allow_private_records=links)
    )


def _board_beside(config: Config, sample: SampleSite | None, service: str) -> BoardServer | None:
    """The board of `dm3 up`, beside the sample site; its port is taken. Raises `ConfigurationError`."""
    if sample is None:
        return None
    records = config.network.records_may_be_private
    network = replace(config.network, allow_private=True, allow_private_records=records)
    board = board_server(config, network, sample.board_name, (service,))
    if board.name != sample.board_name:
        raise ConfigurationError(f"the sample site's board is {sample.board_name}, not {board.name}")
    board.bind()
    sample.shows_board(board.url)
    return board


def _with_service(settings: ResolverSettings, name: str) -> ResolverSettings:
    """The resolver naming the delivery service beside it for every domain that names none itself."""
    domains = (
        domain if domain.delivery_services else replace(domain, delivery_services=(name,))
        for domain in settings.domains
    )
    return replace(settings, domains=tuple(domains))


def _read_static_again(config: Config, host: ResolverHost) -> None:
    """Serve the names that are in the file now; those before where it cannot be taken."""
    try:
        names = read_static_names(config["static-names"])
        host.replace_static(names)
    except ConfigurationError as error:
        remark(f"The static names stay as they were: {error}")
        return
    remark(f"Read again: {len(names)} static name(s)")


def _listed(domains: Mapping[str, str], signer: str | None) -> list[str]:
    told = [f"{domain} is served at {url}" for domain, url in domains.items()]
    return told if signer is None else [*told, f"answers to ENS clients are signed by {signer}"]
