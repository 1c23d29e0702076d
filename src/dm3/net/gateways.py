"""Asking CCIP-Read gateways, which contracts of others choose (ERC-3668; specification 4)."""

from __future__ import annotations

import re
from typing import Final

import httpx

from dm3.protocol.ens.offchain import MAX_ANSWER, GatewayQuestion, GatewayReply

from .fetching import answer_bounded, host_of, require_fetchable

_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,10})\"?\s*(?:,|$)", re.IGNORECASE)
_NOT_KEPT: Final = re.compile(r"(?:^|,)\s*no-(?:store|cache)\b", re.IGNORECASE)


class Gateways:
    """Gateways over a guarded client; http and private addresses only with ``allow_private``.

    ``seconds`` is for one whole answer (None: `Timeouts.fetch`).
    """

    def __init__(
        self, http: httpx.AsyncClient, *, allow_private: bool = False, seconds: float | None = None
    ) -> None:
        self._seconds = seconds
        self._http = http
        self._allow_private = allow_private

    async def ask(self, question: GatewayQuestion) -> tuple[GatewayReply, float | None]:
        """The gateway's answer, and for how many seconds it says that it holds (None: it does not say).

        Raises `Unreachable`, `ForbiddenAddress`, `MalformedData`, `TooLarge` or `ServiceRefused`.
        """
        url, body = question.request.url, question.request.body
        require_fetchable(url, allow_private=self._allow_private)
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = await answer_bounded(
            self._http,
            "GET" if body is None else "POST",
            url,
            max_bytes=MAX_ANSWER,
            seconds=self._seconds,
            headers=headers,
            content=None if body is None else body.encode("utf-8"),
        )
        reply = GatewayReply(host_of(url), answer.status, answer.body)
        return reply, _seconds(answer.headers.get("Cache-Control", ""))


def _seconds(cache_control: str) -> float | None:
    if _NOT_KEPT.search(cache_control):
        return 0.0
    found = _MAX_AGE.search(cache_control)
    return None if found is None else float(found[1])
