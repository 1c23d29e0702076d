"""For the backend of a dApp: a finished sign-in becomes the parameters of the embedded widget."""

from __future__ import annotations

import time
from collections.abc import Mapping

from dm3.base import checked, to_base64
from dm3.base.errors import BadSignature
from dm3.crypto import Entropy, HostSignature, checksum_address
from dm3.net import KeyWalletVerifier, WalletVerifier
from dm3.protocol.wallets import check_siwe, parse_siwe

from .app import App


@checked
async def widget_parameters(
    app: App,
    *,
    auth_message: str,
    owner_address: str,
    auth_sig: str,
    entropy: bytes | None = None,
    nonce: str | None = None,
    verifier: WalletVerifier | None = None,
    now: float | None = None,
) -> Mapping[str, str]:
    """Turn a finished SIWE login into what the widget is given (``limited-scope-profiles.md``, embedded).

    ``auth_message`` and ``auth_sig`` are the EIP-4361 text and its signature by ``owner_address``;
    ``nonce`` is the one that the backend issued, where it still knows it. ``entropy``, at least 32 bytes
    that the backend keeps for this user, lets the profile be reopened on another device – and makes it
    readable by the site. ``verifier`` is for contract wallets, ``now`` in UNIX seconds.

    The login is checked before it is handed on: `SiweRefused` or `BadSignature` mean that it would be
    refused by resolver and widget as well. Returns strings by name, to be put into the page.
    """
    login = HostSignature(auth_message, checksum_address(owner_address), auth_sig)
    seconds = int(time.time() if now is None else now)
    await require_login(app, login, now=seconds, nonce=nonce, verifier=verifier or KeyWalletVerifier())
    parameters = {
        "appId": app.name,
        "ownerAddress": login.owner,
        "authMessage": auth_message,
        "authSig": auth_sig,
    }
    if entropy is not None:
        parameters["entropy"] = to_base64(Entropy(entropy).reveal())
    return parameters


async def require_login(
    app: App, login: HostSignature, *, now: int, nonce: str | None, verifier: WalletVerifier
) -> None:
    """Require a sign-in at the application's page that holds ``now`` (UNIX seconds), with this ``nonce``.

    Raises `SiweRefused`, or `BadSignature`.
    """
    check_siwe(parse_siwe(login.message), now=now, domains=(app.domain,), address=login.owner, nonce=nonce)
    if not await verifier.signed(login.owner, login.message, login.signature):
        raise BadSignature("the login was not signed by the account that it names")
