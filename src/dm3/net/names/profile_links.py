"""Following the links of text records: over https with a hash, and into IPFS (specification 2.2, 4)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import httpx

from dm3.base.errors import ConfigurationError, MalformedData, NobodyAsked
from dm3.protocol.names import UncheckableCid, file_in, read_cid
from dm3.wire import IpfsRecord, UrlRecord

from ..http.bounded_fetch import fetch_bounded
from ..http.safe_http import open_http
from ..http.timeouts import standard

_RAW_BLOCK: Final = "application/vnd.ipld.raw"


class LinkFetcher:
    """`dm3.net.Links` over a guarded client; http is followed to private addresses only where allowed.

    ``seconds`` is for one whole answer (None: `Timeouts.fetch`).
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        ipfs: IpfsGateway | None = None,
        allow_private: bool = False,
        seconds: float | None = None,
    ) -> None:
        self._seconds = seconds
        self._http = http
        self._ipfs = ipfs
        self._allow_private = allow_private

    async def fetch(self, link: UrlRecord | IpfsRecord) -> str:
        """The linked text, at most 64 KB. Its dm3Hash is the asker's to check (`resolve_profile` does).

        Raises `NobodyAsked` for IPFS without a gateway, `MalformedData`, and as `fetch_bounded`.
        """
        if isinstance(link, UrlRecord):
            private = self._allow_private
            body = await fetch_bounded(self._http, link.url, allow_private=private, seconds=self._seconds)
        elif self._ipfs is not None:
            body = await self._ipfs.fetch(link)
        else:
            raise NobodyAsked(
                "following IPFS links needs an IPFS gateway, and none is configured here",
                hint="Name one: ipfs-gateway.",
            )
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedData("what the link points to is not UTF-8 text") from None


class IpfsGateway:
    """An IPFS gateway at the base URL ``url``; close it.

    It is the user's or operator's own choice and often on their own machine, so it has an HTTP client that
    may go there. It is not trusted: what it serves is checked against the content identifier, or else the
    link has to carry a hash. ``seconds`` is for one whole answer (None: twice `Timeouts.fetch`, for a gateway
    looks content up first). Raises `ConfigurationError` when ``url`` is not an http or https URL.
    """

    def __init__(self, url: str, *, seconds: float | None = None) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError("the URL of the IPFS gateway is not an http or https URL")
        self._url = url.rstrip("/")
        self._seconds = 2 * standard().fetch if seconds is None else seconds
        self._http = open_http(allow_private=True, timeout=self._seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def fetch(self, link: IpfsRecord) -> bytes:
        """What ``link`` points to, at most 64 KB.

        With a dm3Hash it is the asker's to check; without one the content identifier decides here. Raises
        `UncheckableCid` where that cannot be, `MalformedData`, and as `fetch_bounded`.
        """
        if ".." in link.path.split("/"):
            raise MalformedData("the IPFS path leads out of its content")
        if link.dm3_hash is not None:
            return await self._get(link.path)
        cid, slash, _ = link.path.partition("/")
        if slash:
            raise UncheckableCid("it is a path within a folder")
        wanted = read_cid(cid)
        return file_in(wanted, await self._get(cid, "?format=raw"))

    async def _get(self, path: str, query: str = "") -> bytes:
        headers = {"Accept": f"{_RAW_BLOCK}, */*;q=0.5"} if query else {}
        url = f"{self._url}/ipfs/{quote(path)}{query}"
        return await fetch_bounded(self._http, url, https_only=False, headers=headers, seconds=self._seconds)
