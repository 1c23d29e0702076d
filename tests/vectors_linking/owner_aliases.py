"""owner_aliases.json: texts with which an owner authorises the alias of an LSP, right and wrong."""

from __future__ import annotations

from typing import Any, Final

from dm3.base import address_name, to_base64
from dm3.crypto import sign
from dm3.protocol.names.owner_alias import owner_alias_message
from dm3.protocol.wallets.siwe import SiweMessage, print_siwe
from tests.unit.linking.scene import LSP, MALLORY, NOW, OWNER, STRANGER
from tests.unit.people import Person, digest
from tests.vectors_linking.document import Case, VectorFile

APP: Final = "myapp.eth"
HOST: Final = "app.example"
NONCE: Final = digest("owner alias").hex()


def owner_aliases() -> VectorFile:
    """The file."""
    return VectorFile(
        "owner_aliases",
        "3.1",
        "What the application `app` makes of the owner's `text` and `signature` for the LSP `profile` at"
        " `now`: our own text, or a sign-in message (EIP-4361) where `siwe_domains` names its page."
        " `expected.alias` then points to the LSP, and so does its other spelling. The claim also takes the"
        " LSP's own `consent` for the alias, in either spelling, by the key `consent_key`.",
        [
            _good("own-text", _own()),
            _good("own-text-clock-ahead", _own(issued_at=NOW + 60, expires_at=NOW + 600)),
            _good("sign-in", _sign_in(), siwe=True),
            _good("sign-in-with-an-end", _sign_in(expires_at=NOW + 600), siwe=True),
            _bad("own-text-of-another-application", _own(domain="other.eth"), "authorisation-mismatch"),
            _bad("own-text-of-another-owner", _own(owner=MALLORY.wallet.address), "authorisation-mismatch"),
            _bad("own-text-for-another-profile", _own(name=STRANGER.name), "authorisation-mismatch"),
            _bad("own-text-over", _own(issued_at=NOW - 900, expires_at=NOW - 600), "authorisation-expired"),
            _bad(
                "own-text-of-tomorrow",
                _own(issued_at=NOW + 86_400, expires_at=NOW + 87_000),
                "authorisation-not-yet-valid",
            ),
            _bad("own-text-for-two-days", _own(expires_at=NOW + 2 * 86_400), "authorisation-mismatch"),
            _bad("own-text-with-a-line-more", _own() + "\nand more", "malformed"),
            _bad("sign-in-not-accepted-here", _sign_in(), "siwe-domain"),
            _bad("sign-in-at-another-domain", _sign_in(domain="evil.example"), "siwe-domain", siwe=True),
            _bad("sign-in-with-another-uri", _sign_in(uri="https://evil.example"), "siwe-uri", siwe=True),
            _bad(
                "sign-in-of-another-owner",
                _sign_in(address=MALLORY.wallet.address),
                "siwe-address",
                siwe=True,
            ),
            _bad("sign-in-over", _sign_in(expires_at=NOW - 600), "siwe-expired", siwe=True),
            _bad("sign-in-of-tomorrow", _sign_in(issued_at=NOW + 86_400), "siwe-not-yet-valid", siwe=True),
            _bad("sign-in-on-another-chain", _sign_in(chain_id=5), "siwe-chain", siwe=True),
            _bad(
                "sign-in-without-an-address",
                _sign_in().replace(OWNER.address, ""),
                "malformed",
                siwe=True,
            ),
            _bad(
                "sign-in-with-an-address-in-lower-case",
                _sign_in().replace(OWNER.address, OWNER.address.lower()),
                "malformed",
                siwe=True,
            ),
            _bad("signed-by-another-wallet", _own(), "bad-signature", wallet=MALLORY.wallet),
            _good("consent-in-the-other-spelling", _own(), consent=f"owner-alias: {_alias('lp')}"),
            _bad(
                "consent-for-another-owner-s-alias",
                _own(),
                "bad-signature",
                consent=f"owner-alias: lsp.{MALLORY.wallet.address.lower()}.{APP}",
            ),
            _bad(
                "consent-for-a-third-spelling",
                _own(),
                "bad-signature",
                consent=f"owner-alias: {_alias('lpp')}",
            ),
            _bad("consent-as-for-any-alias", _own(), "bad-signature", consent=f"alias: {_alias('lsp')}"),
            _bad("consent-by-another-profile", _own(), "bad-signature", consents=STRANGER),
        ],
    )


def _own(**changes: Any) -> str:
    values: dict[str, Any] = {"domain": APP, "owner": OWNER.address, "name": LSP.name}
    values |= {"issued_at": NOW - 60, "expires_at": NOW + 600, **changes}
    values["address_name"] = values.pop("name")
    return owner_alias_message(**values, nonce=NONCE)


def _sign_in(**changes: Any) -> str:
    values: dict[str, Any] = {"domain": HOST, "address": OWNER.address, "uri": f"https://{HOST}"}
    values |= {"chain_id": 1, "nonce": NONCE[:16], "issued_at": NOW - 60, **changes}
    return print_siwe(SiweMessage(**values))


def _alias(label: str) -> str:
    return f"{label}.{OWNER.address.lower()}.{APP}"


def _case(
    name: str,
    text: str,
    *,
    siwe: bool = False,
    wallet: Any = OWNER,
    consent: str | None = None,
    consents: Person = LSP,
) -> Case:
    assert address_name(LSP.wallet.address, APP) == LSP.name
    return {
        "name": name,
        "now": NOW,
        "app": APP,
        "siwe_domains": [HOST] if siwe else [],
        "chain_ids": [1],
        "owner": OWNER.address,
        "profile": LSP.name,
        "text": text,
        "signature": wallet.sign_now(text),
        "consent_key": to_base64(LSP.keys.signing_public),
        "consent": sign(consents.keys.signing_private, consent or f"owner-alias: {_alias('lsp')}"),
    }


def _good(name: str, text: str, **options: Any) -> Case:
    expected = {"alias": _alias("lsp"), "other_spelling": _alias("lp")}
    return {**_case(name, text, **options), "valid": True, "expected": expected}


def _bad(name: str, text: str, failure: str, **options: Any) -> Case:
    return {**_case(name, text, **options), "valid": False, "failure": failure}
