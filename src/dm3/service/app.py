"""What our two HTTP services have in common: one Litestar application, put together one way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import HttpMethod, Litestar, Request, get, route
from litestar.config.cors import CORSConfig
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.response import Response
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler, LifespanHook
from prometheus_client import CollectorRegistry, generate_latest

from dm3.base import REQUEST_SIGNS, load_name_tables, read_json
from dm3.base.errors import Dm3Error

from .answers import answer_defect, answer_dm3_error, answer_http_error
from .health import Troubles, health_json

SMALL_BODY: Final = 128 * 1024
"""Bound for the body of anything but a message, in bytes."""


_ANY_ORIGIN: Final = CORSConfig(
    allow_origins=["*"],
    allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
    allow_headers=["Authorization", "Content-Type"],
    max_age=3600,
)


def build_app(
    title: str,
    version: str,
    handlers: Sequence[ControllerRouterHandler],
    *,
    metrics: CollectorRegistry,
    max_body: int = SMALL_BODY,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
    any_origin: bool = True,
    troubles: Troubles = tuple,
) -> Litestar:
    """Build a service's application, with ``/health`` and ``/metrics`` and errors as sentences.

    With ``any_origin`` any web page may call it: there are no cookies, and tokens are sent by the page that
    owns them.
    """

    # Load balancers ask by either method; the server leaves the body out of an answer to HEAD.
    @route(
        "/health",
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        status_code=HTTP_200_OK,
        sync_to_thread=False,
        summary="Is the service up?",
    )
    def health() -> dict[str, Any]:
        return health_json(version, troubles())

    @get("/metrics", sync_to_thread=False, media_type="text/plain", summary="Prometheus metrics")
    def show_metrics() -> Response[bytes]:
        return Response(generate_latest(metrics), media_type="text/plain; version=0.0.4")

    return Litestar(
        [*handlers, health, show_metrics],
        openapi_config=OpenAPIConfig(
            title=title,
            version=version,
            path="/schema",
            # The other ways to show it are pages that load programs from elsewhere.
            render_plugins=[JsonRenderPlugin()],
        ),
        cors_config=_ANY_ORIGIN if any_origin else None,
        exception_handlers={
            Dm3Error: answer_dm3_error,
            HTTPException: answer_http_error,
            Exception: answer_defect,
        },
        request_max_body_size=max_body,
        on_startup=[_load_name_tables, *on_startup],
        on_shutdown=list(on_shutdown),
        logging_config=None,
    )


def _load_name_tables() -> None:
    load_name_tables()


async def json_body(request: Request[Any, Any, Any], what: str, max_bytes: int = SMALL_BODY) -> Any:
    """Read the request's body as JSON. Raises `MalformedData` or `TooLarge`."""
    return read_json(await request.body(), what=what, max_bytes=max_bytes, max_signs=REQUEST_SIGNS)
