"""HTTP answers to errors: always a status, a code and a sentence, never a traceback."""

from __future__ import annotations

from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from dm3.base.errors import (
    AlreadyTaken,
    BadSignature,
    Dm3Error,
    Fault,
    NotFound,
    StoreError,
    TooLarge,
    Unreachable,
)

log = structlog.get_logger("dm3.service")

_STATUS: Final[tuple[tuple[type[Dm3Error], int], ...]] = (
    (TooLarge, 413),
    (BadSignature, 403),
    (NotFound, 404),
    (AlreadyTaken, 409),
    (StoreError, 503),
    (Unreachable, 503),
)


class Unauthorized(Dm3Error):
    """The request needs a valid token of this service."""

    code = "unauthorized"
    hint = "Fetch a challenge with GET /auth/{name}, sign it, and send it with POST /auth/{name}."


class TooManyRequests(Dm3Error):
    """There were too many requests in a short time."""

    code = "too-many-requests"
    hint = "Wait a moment and try again."


def status_of(error: Dm3Error) -> int:
    """The HTTP status for one of our errors."""
    if isinstance(error, Unauthorized):
        return 401
    if isinstance(error, TooManyRequests):
        return 429
    found = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    return found or (503 if error.fault is Fault.OPERATOR else 400)


def error_body(code: str, sentence: str, hint: str = "") -> dict[str, Any]:
    """The JSON body of every refusal."""
    body = {"error": sentence, "code": code}
    return {**body, "hint": hint} if hint else body


DEFECT: Final = error_body("internal", "The service made a mistake; the operator finds it in the log.")


def answer_dm3_error(_: Request[Any, Any, Any], error: Dm3Error) -> Response[dict[str, Any]]:
    """Turn one of our errors into an answer."""
    return Response(error_body(error.code, str(error), error.hint), status_code=status_of(error))


def answer_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """Turn the framework's refusals (no such route, wrong method, body too large) into ours."""
    return Response(
        error_body(f"http-{error.status_code}", _sentence(error)),
        status_code=error.status_code,
        headers=error.headers,
    )


def _sentence(error: HTTPException) -> str:
    """What the framework says; of parameters with the wrong type which they are, not the whole URL."""
    extra = error.extra
    if not isinstance(extra, list) or not extra:
        return error.detail
    found = [f"{item.get('key', '?')}: {item.get('message', '')}" for item in extra if isinstance(item, dict)]
    return f"The request's parameters cannot be used: {'; '.join(found)}" if found else error.detail


def answer_defect(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Answer a defect of ours: the details go to the log, not to the caller."""
    log.error("request failed by a defect", exc_info=error)
    return Response(DEFECT, status_code=HTTP_500_INTERNAL_SERVER_ERROR)
