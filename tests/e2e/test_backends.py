"""The pages for backends: the code in them runs as it stands there, and takes only logins that hold."""

import asyncio
import os
import re
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

import dm3
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from tests.e2e.ens_scene import free_port
from tests.kit import happens, open_client

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DJANGO_SITE = """
from django.conf import settings
settings.configure(
    SECRET_KEY="invented", ROOT_URLCONF="site_of_test", ALLOWED_HOSTS=["127.0.0.1"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
)
import django
django.setup()
from django.core.asgi import get_asgi_application
from django.urls import path
import backend
urlpatterns = [path("login/nonce", backend.login_nonce), path("login", backend.login)]
app = get_asgi_application()
"""
UVICORN = ("uvicorn", "--log-level", "warning", "--lifespan", "off")
STARTS = {
    "django": (*UVICORN, "site_of_test:app"),
    "fastapi": (*UVICORN, "backend:app"),
    "flask": ("flask", "--app", "backend", "run"),
}
WALLET = dm3.KeyWallet(dm3.WalletKey(os.urandom(32)))


def a_login(nonce: str, *, domain: str = "myapp.example", uri: str | None = None) -> dict[str, str]:
    text = print_siwe(
        SiweMessage(
            domain=domain,
            address=WALLET.address,
            uri=uri or f"https://{domain}",
            chain_id=1,
            nonce=nonce,
            issued_at=int(time.time()),
        )
    )
    return {"authMessage": text, "ownerAddress": WALLET.address, "authSig": WALLET.sign_now(text)}


class Visitor:
    """A browser: it keeps cookies, marked as Secure or not, and sends the CSRF token back."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._cookies: dict[str, str] = {}
        self._csrf = ""

    async def ask(self, method: str, path: str, json: object = None) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookie, "X-CSRFToken": self._csrf}
        answer = await self._http.request(method, path, json=json, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            self._cookies[name] = value
        self._http.cookies.clear()
        return answer

    async def nonce(self) -> str:
        given = (await self.ask("GET", "/login/nonce")).raise_for_status().json()
        self._csrf = given.get("csrf", "")
        return str(given["nonce"])

    async def login(self, given: object) -> httpx.Response:
        return await self.ask("POST", "/login", given)


async def _start(framework: str, folder: Path) -> tuple[asyncio.subprocess.Process, str]:
    """Start it as its users do, on a free port; on another one where somebody else was quicker."""
    for _ in range(5):
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *STARTS[framework],
            "--port",
            str(port),
            cwd=folder,
            env={**os.environ, "SESSION_SECRET": "invented " * 5, "PYTHONPATH": str(folder)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with open_client(base_url=f"http://127.0.0.1:{port}") as http:

            async def is_up(process=process, http=http) -> bool:
                if process.returncode is not None:
                    return True
                try:
                    return bool((await http.get("/login/nonce")).status_code == 200)
                except httpx.TransportError:
                    return False

            await happens(is_up, f"{framework} answering")
        if process.returncode is None:
            return process, f"http://127.0.0.1:{port}"
    raise AssertionError(f"{framework} does not start")


@asynccontextmanager
async def running(framework: str, folder: Path):
    blocks = BLOCK.findall((DOCS / f"{framework}.md").read_text(encoding="utf-8"))
    assert len(blocks) == 1
    (folder / "backend.py").write_text(blocks[0], encoding="utf-8")
    (folder / "site_of_test.py").write_text(DJANGO_SITE)
    process, url = await _start(framework, folder)
    try:
        async with open_client(base_url=url) as http:
            yield http
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("framework", STARTS)
async def test_a_backend_as_its_page_shows_it(framework: str, tmp_path: Path) -> None:
    async with running(framework, tmp_path) as http:
        visitor = Visitor(http)
        good = a_login(await visitor.nonce())
        answer = await visitor.login(good)
        assert (answer.status_code, answer.json()) == (200, {"appId": "myapp.eth", **good})
        again = await visitor.login(good)  # the nonce is used up
        assert (again.status_code, "nonce" in again.text) == (403, True)
        stolen = await Visitor(http).login(a_login(await Visitor(http).nonce()))
        assert stolen.status_code == 403
        for wrong, why in (
            ({"domain": "evil.example"}, "another site"),
            ({"uri": "http://myapp.example"}, "another URI"),
            ({"uri": "ftp://myapp.example"}, "another URI"),
        ):
            refused = await visitor.login(a_login(await visitor.nonce(), **wrong))
            assert (refused.status_code, why in refused.text) == (403, True), refused.text
        forged = {**a_login(await visitor.nonce()), "authSig": "0x" + "11" * 65}
        assert (await visitor.login(forged)).status_code == 403
        await visitor.nonce()
        junks: tuple[object, ...] = ({}, [], "text", {"authMessage": "a"})
        for junk in junks:
            assert 400 <= (await visitor.login(junk)).status_code < 500


async def test_embedding_checks_the_nonce_that_the_page_issued_before_it_asks_anybody() -> None:
    login = a_login("abcdefgh1234")
    async with await dm3.connect({"myapp.eth": "http://127.0.0.1:9"}, allow_private=True) as client:
        with pytest.raises(dm3.Dm3Error, match="another nonce"):
            await client.embed_lsp(
                dm3.App("myapp.eth", "https://myapp.example"),
                auth_message=login["authMessage"],
                owner_address=login["ownerAddress"],
                auth_sig=login["authSig"],
                nonce="abcdefgh9999",
            )


@pytest.mark.parametrize("uri", ["http://myapp.example", "ftp://myapp.example", "javascript:alert(1)", "//x"])
async def test_an_application_s_page_is_one_that_cannot_be_another_s(uri: str) -> None:
    async with await dm3.connect({"myapp.eth": "http://127.0.0.1:9"}, allow_private=True) as client:
        with pytest.raises(dm3.InvalidInput, match="not the address of a page"):
            await client.create_lsp(dm3.App("myapp.eth", uri), WALLET)
