"""The shop's pages and its own login: Sign-In with Ethereum, as many dApps have it.

dm3 is in two places: `dm3.widget_parameters` checks a login for the chat, and `page.html` has the element.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import Cookie
from litestar.exceptions import ClientException, SerializationException
from litestar.response import Redirect, Template
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

import dm3
from dm3.crypto import checksum_address

HERE = Path(__file__).parent
PAGES = ("shop", "contact", "feedback", "members", "board")  # the first is at "/"


@dataclass
class Visit:
    """One browser: who has signed in there. A real site keeps this in its sessions."""

    nonce: str = ""
    chat: dict[str, str] = field(default_factory=dict)  # what the element's signedIn() is given
    key: dm3.WalletKey = field(default_factory=lambda: dm3.WalletKey(secrets.token_bytes(32)))


def make_site(app: str, support: str, origin: str, widget: str) -> Litestar:
    """The shop at ``origin`` for the application ``app``, with the chat of the host ``widget``."""
    application = dm3.App(app, origin)
    visits: dict[str, Visit] = {}
    members: dict[str, str] = {}  # public names of those who have signed in, by their account

    def visit_of(request: Request[Any, Any, Any]) -> Visit:
        found = visits.get(request.cookies.get("shop_visit", ""))
        if found is None:
            raise ClientException("This visit is over. Load the page again.")
        return found

    async def asked(request: Request[Any, Any, Any], *names: str) -> dict[str, Any]:
        """The body of a request of our own page, which has texts by these names."""
        try:
            data = await request.json()
        except (SerializationException, ClientException, ValueError):
            data = None
        if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in names):
            raise ClientException("The site did not understand that request. Load the page again.")
        return data

    @get(["/", *(f"/{name}" for name in PAGES[1:])], sync_to_thread=False)
    def page(request: Request[Any, Any, Any]) -> Template:
        token = request.cookies.get("shop_visit", "")
        if token not in visits:
            token = secrets.token_urlsafe(16)
        visit = visits.setdefault(token, Visit())
        mine = visit.chat.get("ownerAddress")
        context = {
            "page": request.url.path.strip("/") or PAGES[0],
            "app": app,
            "support": support,
            "widget": widget,
            "chat": visit.chat,
            "members": {account: name for account, name in members.items() if account != mine},
        }
        cookie = Cookie(key="shop_visit", value=token, httponly=True, samesite="lax")
        return Template("page.html", context=context, cookies=[cookie])

    @post("/login/text")
    async def login_text(request: Request[Any, Any, Any]) -> dict[str, str]:
        """The text that a wallet signs, with a nonce that counts once (EIP-4361)."""
        visit = visit_of(request)
        data = await asked(request, "address")
        try:
            account = checksum_address(data["address"])
        except dm3.Dm3Error as refused:
            raise ClientException(f"{refused}") from None
        visit.nonce = secrets.token_hex(8)
        issued = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "text": f"{application.domain} wants you to sign in with your Ethereum account:\n"
            f"{account}\n\nSign in to the sample shop.\n\nURI: {origin}\n"
            f"Version: 1\nChain ID: 1\nNonce: {visit.nonce}\nIssued At: {issued}"
        }

    @post("/login")
    async def login(request: Request[Any, Any, Any]) -> dict[str, bool]:
        visit = visit_of(request)
        data = await asked(request, "address", "text", "signature")
        nonce, visit.nonce = visit.nonce, ""
        if not nonce:
            raise ClientException("This login was used before. Begin again.")
        try:
            # What dm3 adds to a login: the same text and signature, checked, for the chat on the page.
            visit.chat = dict(
                await dm3.widget_parameters(
                    application,
                    auth_message=data["text"],
                    owner_address=data["address"],
                    auth_sig=data["signature"],
                    nonce=nonce,
                )
            )
        except dm3.Dm3Error as refused:
            raise ClientException(str(refused)) from None
        account = visit.chat["ownerAddress"]
        members[account] = f"lsp.{account}.{app}".lower()
        return {"ok": True}

    @get("/logout", sync_to_thread=False)
    def logout(request: Request[Any, Any, Any]) -> Redirect:
        visit_of(request).chat = {}
        return Redirect("/?out=1")

    @post("/development-wallet")
    async def development_wallet(request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Signs for browsers without a wallet, so that all can be tried. No real site has such a thing."""
        wallet = dm3.KeyWallet(visit_of(request).key)
        data = await asked(request, "method", "text")
        signs = data["method"] == "personal_sign"
        return {"result": wallet.sign_now(data["text"]) if signs else [wallet.address]}

    def policy(response: Response[Any]) -> Response[Any]:
        """A strict policy: the chat needs its host for scripts and frames, and nothing inline."""
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; img-src 'self' data:; script-src 'self' {widget}; "
            f"frame-src {widget}; frame-ancestors 'none'"
        )
        return response

    return Litestar(
        [
            page,
            login_text,
            login,
            logout,
            development_wallet,
            create_static_files_router("/static", directories=[HERE / "static"]),
        ],
        template_config=TemplateConfig(directory=HERE / "templates", engine=JinjaTemplateEngine),
        after_request=policy,
        openapi_config=None,
        logging_config=None,
    )
