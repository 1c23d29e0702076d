"""Asking CCIP-Read gateways, which contracts of others choose (ERC-3668; specification 4)."""

from __future__ import annotations

import httpx

from dm3.protocol.ens import MAX_ANSWER, GatewayQuestion, GatewayReply

from ..http.bounded_fetch import answer_bounded, host_of, require_fetchable, telling_nothing
from ..http.freshness import told_seconds


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

        Raises `Unreachable`, `CannotTell`, `ForbiddenAddress` or `MalformedData` (no URL).
        """
        url, body = question.request.url, question.request.body
        require_fetchable(url, allow_private=self._allow_private)
        headers = {} if body is None else {"Content-Type": "application/json"}
        with telling_nothing(url):
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
        return reply, told_seconds(answer.headers.get("Cache-Control", ""))
