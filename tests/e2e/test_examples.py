"""The examples do what they say, against services as `make up` starts them."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import dm3
from dm3.delivery import DeliverySettings
from dm3.hosting import Site, SiteSettings
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from dm3.protocol.wallets.siwe_check import SiweDomain
from dm3.resolver import DomainSettings, ResolverSettings
from tests.kit import eventually

EXAMPLES = Path(__file__).parents[2] / "examples"
DESK = "helpdesk.user.dm3.localhost"


def a_wallet() -> dm3.KeyWallet:
    return dm3.KeyWallet(dm3.WalletKey(os.urandom(32)))


def a_login(wallet: dm3.KeyWallet, domain: str = "myapp.example") -> dict[str, str]:
    now = __import__("time").time()
    text = print_siwe(
        SiweMessage(
            domain=domain,
            address=wallet.address,
            uri=f"https://{domain}",
            chain_id=1,
            nonce="abcdefgh1234",
            issued_at=int(now),
        )
    )
    return {"authMessage": text, "ownerAddress": wallet.address, "authSig": wallet.sign_now(text)}


async def test_the_support_desk_answers(tmp_path: Path) -> None:
    site = Site(
        SiteSettings(
            folder=tmp_path / "site",
            resolver=ResolverSettings(domains=(DomainSettings(name="dm3.localhost"),)),
            delivery=DeliverySettings(name="ds.dm3.localhost"),
        )
    )
    (tmp_path / "pass").write_text("a passphrase")
    async with site:
        desk = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / "support_desk.py"),
            DESK,
            cwd=tmp_path,
            env={
                **os.environ,
                "DM3_PASSPHRASE_FILE": str(tmp_path / "pass"),
                "DM3_RESOLVER_URL": site.resolver.url,
            },
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert desk.stdout is not None
            line = await eventually(desk.stdout.readline())
            assert line == f"{DESK} is open\n".encode()
            async with await dm3.connect(site.resolver.domains, allow_private=True) as client:
                app = dm3.App("dm3.localhost", "https://app.example")
                visitor = await client.create_lsp(app, a_wallet())
                await visitor.send(DESK, "Hello?")
                answers = visitor.incoming()
                answer = await eventually(anext(answers))
                assert (answer.peer, answer.content) == (
                    DESK,
                    "Thank you! We have got your message of 6 characters.",
                )
        finally:
            desk.terminate()
            await desk.wait()


async def test_a_backend_hands_its_login_to_the_widget(tmp_path: Path) -> None:
    wallet = a_wallet()
    login = tmp_path / "login.json"
    login.write_text(json.dumps(a_login(wallet)))
    script = str(EXAMPLES / "backend_login.py")
    done = await asyncio.create_subprocess_exec(
        sys.executable, script, str(login), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await done.communicate()
    assert json.loads(out) == {"appId": "myapp.eth", **json.loads(login.read_text())}


async def test_a_login_that_does_not_hold_is_not_handed_on() -> None:
    app = dm3.App("myapp.eth", "https://myapp.example")
    wallet, other = a_wallet(), a_wallet()

    async def hand_on(login: dict[str, str], **changes: Any) -> object:
        values = {
            "auth_message": login["authMessage"],
            "owner_address": login["ownerAddress"],
            "auth_sig": login["authSig"],
        }
        return await dm3.widget_parameters(app, **{**values, **changes})

    with pytest.raises(SiweDomain):
        await hand_on(a_login(wallet, "evil.example"))
    good = a_login(wallet)
    with pytest.raises(dm3.Dm3Error, match="another Ethereum account"):
        await hand_on(good, owner_address=other.address)
    with pytest.raises(dm3.Dm3Error, match="not signed by the account"):
        await hand_on(good, auth_sig=other.sign_now(good["authMessage"]))
    with pytest.raises(dm3.Dm3Error, match="expired"):
        await hand_on(good, now=__import__("time").time() + 3 * 86_400)
    with pytest.raises(dm3.Dm3Error, match="32 bytes"):
        await hand_on(good, entropy=b"short")
