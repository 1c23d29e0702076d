"""join_codes.json, handovers.json and new_keys.json: how a device gets a profile, and its new keys."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from nacl import bindings as sodium

from dm3.base import canonical_json, to_base64
from tests.unit.people import ALICE, digest
from tests.vectors_devices.cast import (
    AT,
    DESK,
    PHONE,
    PROFILE,
    STRANGER,
    alice_signed,
    bob_signed,
    device_of,
    vouching,
)
from tests.vectors_services.document import Case, VectorFile, bad, good

TEMPORARY: Final = "0x00000000000000000000000000000000000000bb.addr.dm3.eth"
HASH: Final = digest("the temporary profile").hex()
SECRET: Final = digest("what is shown")[:16]
CODE: Final = f"dm3join:1:{TEMPORARY}:{HASH}:{SECRET.hex()}"


def join_codes() -> VectorFile:
    """The file."""
    expected = {"name": TEMPORARY, "profile_hash": f"0x{HASH}", "secret": SECRET.hex()}
    cases = [good("as-shown", typed=CODE, printed=CODE, expected=expected)]
    cases.append(good("with-space-around", typed=f" {CODE}\n", printed=CODE, expected=expected))
    other_case = CODE.replace("0x00", "0X00").replace(".addr.dm3.eth", ".Addr.DM3.eth")
    cases.append(good("name-in-other-case", typed=other_case, printed=CODE, expected=expected))
    wrong = {
        "empty": "",
        "of-a-later-version": CODE.replace("dm3join:1:", "dm3join:2:"),
        "hash-with-0x": CODE.replace(HASH, f"0x{HASH}"),
        "hash-cut-short": CODE.replace(HASH, HASH[:-1]),
        "hash-in-capitals": CODE.replace(HASH, HASH.upper()),
        "secret-cut-short": CODE[:-1],
        "secret-too-long": f"{CODE}0",
        "secret-is-no-hex": f"{CODE[:-1]}g",
        "no-name": CODE.replace(TEMPORARY, ""),
        "name-that-is-none": CODE.replace(TEMPORARY, "not a name"),
        "one-part-too-many": f"{CODE}:more",
        "an-address-instead": "https://messenger.example/join",
    }
    cases += [bad(name, "mistyped-join-code", typed=typed) for name, typed in wrong.items()]
    return VectorFile(
        "join_codes",
        "5.3",
        "The code of a device that joins, as it was `typed` or read off a QR code. With `printed`: what a"
        " device with these values shows.",
        cases,
    )


def handovers() -> VectorFile:
    """The file."""
    plain: dict[str, Any] = {
        "name": PROFILE,
        "aliases": ["alice.eth"],
        "app": "dm3.eth",
        "uri": "https://dm3.chat",
        "address": ALICE.wallet.address,
        "owner": ALICE.wallet.address,
        "seed": to_base64(ALICE.keys.seed.reveal()),
        "nonce": "0x" + "5" * 64,
        "profile": alice_signed(),
        "key": to_base64(DESK.signing_public),
        "label": "Desk",
        "vouching": vouching(),
    }
    without_aliases = {**plain, "aliases": []}
    whole = _handed_over(plain)
    sealed = json.loads(whole)["join"]
    changed = "A" + sealed[1:] if sealed[0] != "A" else "B" + sealed[1:]

    def opens(name: str, text: str, value: dict[str, Any]) -> Case:
        return good(name, code=CODE, text=text, expected=value)

    def refused(name: str, failure: str, text: str) -> Case:
        return bad(name, failure, code=CODE, text=text)

    return VectorFile(
        "handovers",
        "5.3",
        "The `text` that hands a profile over to the device that shows `code`: open it with the code's secret"
        " alone, and compare. Whether the profile is the published one is for the receiver to look up.",
        [
            opens("handed-over", whole, plain),
            opens("without-further-names", _handed_over(without_aliases), without_aliases),
            refused("with-another-secret", "cannot-open", _handed_over(plain, secret=digest("a guess")[:16])),
            refused("for-another-device", "cannot-open", _handed_over(plain, hash=digest("other").hex())),
            refused("key-for-another-name", "cannot-open", _handed_over(plain, name="bb.addr.dm3.eth")),
            refused("of-another-place", "cannot-open", _handed_over(plain, place="dm3lpp/v1/join/")),
            refused("changed-on-the-way", "cannot-open", canonical_json({"v": 1, "join": changed})),
            refused("of-a-later-version", "malformed", canonical_json({"v": 2, "join": sealed})),
            refused("nothing-in-it", "malformed", canonical_json({"v": 1})),
            refused("no-base64", "malformed", canonical_json({"v": 1, "join": "!"})),
            *(
                refused(f"no-{member}", "malformed", _handed_over({**plain, member: None}))
                for member in plain
            ),
            refused("seed-too-short", "malformed", _handed_over({**plain, "seed": "AAAA"})),
            refused("label-too-long", "malformed", _handed_over({**plain, "label": "x" * 61})),
        ],
    )


def _handed_over(
    plain: dict[str, Any],
    *,
    secret: bytes = SECRET,
    name: str = TEMPORARY,
    hash: str = HASH,
    place: str | None = None,
) -> str:
    told = {member: value for member, value in plain.items() if value is not None}
    label = f"dm3lpp/v1/join/{name}/0x{hash}".encode()
    key = cast(bytes, HKDF(secret, 32, b"", SHA256, 1, label))
    at = (f"dm3lpp/v1/join/0x{hash}" if place is None else place).encode()
    nonce = digest("the nonce")[:24]
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(canonical_json(told).encode(), at, nonce, key)
    return canonical_json({"v": 1, "join": to_base64(nonce + sealed)})


def new_keys() -> VectorFile:
    """The file."""
    plain = {
        "name": PROFILE,
        "seed": to_base64(ALICE.keys.seed.reveal()),
        "nonce": "0x" + "6" * 64,
        "profile": alice_signed(),
    }
    seed = to_base64(PHONE.seed.reveal())
    given: dict[str, Any] = {"profile": PROFILE, "device_seed": seed}
    sealed = _sealed_keys(plain)
    return VectorFile(
        "new_keys",
        "5.3",
        "An item `keys` that came at `profile` for the device whose key pair is made of `device_seed` as in"
        " `base/keys.json`: open it and compare.",
        [
            good("new-keys", **given, item=sealed, expected=plain),
            bad("for-another-device", "cannot-open", **given, item=_sealed_keys(plain, to=STRANGER)),
            bad("cut-short", "cannot-open", **given, item={**sealed, "sealed": sealed["sealed"][:-4]}),
            bad("no-base64", "malformed", **given, item={**sealed, "sealed": "!"}),
            bad("of-another-name", "malformed", **given, item=_sealed_keys({**plain, "name": "bob.dm3.eth"})),
            bad(
                "seed-of-another-profile",
                "malformed",
                **given,
                item=_sealed_keys({**plain, "profile": bob_signed()}),
            ),
            *(
                bad(f"no-{member}", "malformed", **given, item=_sealed_keys({**plain, member: None}))
                for member in plain
            ),
        ],
    )


def _sealed_keys(plain: dict[str, Any], to: Any = PHONE) -> dict[str, Any]:
    told = {member: value for member, value in plain.items() if value is not None}
    receiver = sodium.crypto_sign_ed25519_pk_to_curve25519(to.signing_public)
    public, private = sodium.crypto_kx_seed_keypair(digest("the ephemeral key"))
    _, key = sodium.crypto_kx_client_session_keys(public, private, receiver)
    text = canonical_json(told).encode("utf-8")
    padded = sodium.sodium_pad(text, 2048)
    nonce = digest("the other nonce")[:12]
    sealed = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(padded, None, nonce, key)
    return {"kind": "keys", "device": device_of(to), "sealed": to_base64(public + nonce + sealed), "at": AT}
