"""profiles.json: signed profiles, their hashes and their text records."""

from __future__ import annotations

import base64
from typing import Any

from tests.interop.cases.actors import (
    actor,
    canonical,
    flipped_hex,
    hash_of,
    wallet_key,
    without,
)
from tests.interop.cases.document import Case, VectorFile
from tests.interop.reference_peer import ReferencePeer

SignedProfile = dict[str, Any]

DELIVERY_SERVICES = {
    "one-delivery-service": ["ds.eth"],
    "several-delivery-services": ["b.ds.eth", "a.ds.eth", "c.ds.eth"],
    "no-delivery-service": [],
    "delivery-service-in-other-letters": ["zoë.eth", "😀.eth"],
}


def profiles(peer: ReferencePeer) -> VectorFile:
    first = _created(peer, "alice", DELIVERY_SERVICES["one-delivery-service"])
    cases = [
        *_signed(peer),
        *_extended(peer),
        *_faulty(peer, first),
        *_records(peer, first),
        *_links(peer, first),
    ]
    return VectorFile(
        name="profiles",
        section="2.2",
        description="Profiles signed by Ethereum wallets (EIP-191), the text records that carry"
        " them and links that name their hash. `reference_schema` is what the reference's JSON"
        " schema says of the signed profile.",
        packages=("profile", "shared"),
        cases=cases,
    )


def _created(peer: ReferencePeer, label: str, services: list[str]) -> Case:
    private = wallet_key(label)
    made = peer.call("createProfile", privateKey=private, deliveryServices=services)
    return {
        "wallet_private_key": private,
        "address": peer.call("walletAddress", privateKey=private),
        "key_creation_nonce": made["nonce"],
        "seed": made["keys"]["storageEncryptionKey"],
        **_described(peer, made["signedProfile"]),
    }


def _described(peer: ReferencePeer, signed_profile: SignedProfile) -> Case:
    return {
        "signed_profile": signed_profile,
        "profile_hash": peer.call("profileHash", signedProfile=signed_profile),
        "data_uri": peer.call("createJsonDataUri", data=signed_profile),
        "reference_schema": peer.call("validateSignedProfile", signedProfile=signed_profile),
    }


def _accepted(peer: ReferencePeer, case: Case) -> bool:
    return not peer.refuses(
        "checkUserProfileWithAddress",
        signedProfile=case["signed_profile"],
        address=case["address"],
    )


def _signed(peer: ReferencePeer) -> list[Case]:
    cases: list[Case] = []
    for name, services in DELIVERY_SERVICES.items():
        made = _created(peer, "alice", services)
        message = peer.call(
            "profileCreationMessage",
            profile=made["signed_profile"]["profile"],
            address=made["address"],
        )
        cases.append(
            {
                "name": name,
                "kind": "signed-profile",
                "valid": True,
                **made,
                "creation_message": message,
            }
        )
    other = _created(peer, "bob", ["ds.eth"])
    cases.append({"name": "other-wallet", "kind": "signed-profile", "valid": True, **other})
    lower = {**other, "address": other["address"].lower()}
    cases.append({"name": "address-lower-case", "kind": "signed-profile", "valid": True, **lower})
    bare = {**other["signed_profile"], "signature": _bare_v(other["signed_profile"]["signature"])}
    cases.append(
        {
            "name": "signature-v-0-or-1",
            "kind": "signed-profile",
            "valid": True,
            **other,
            **_described(peer, bare),
        }
    )
    for case in cases:
        assert _accepted(peer, case), case["name"]
    return cases


def _extended(peer: ReferencePeer) -> list[Case]:
    """A profile with members nobody knows: the signature covers them as they were received."""
    private = wallet_key("alice")
    address = peer.call("walletAddress", privateKey=private)
    alice = actor(peer, "alice.eth")
    profile = {**alice.reference_profile("ds.eth"), "aMember": {"b": [1.5], "a": None}}
    text = peer.call("profileCreationMessage", profile=profile, address=address)
    signed_profile = {
        "profile": profile,
        "signature": peer.call("walletSign", privateKey=private, text=text),
    }
    case = {
        "name": "unknown-member-is-signed-too",
        "kind": "signed-profile",
        "valid": True,
        "wallet_private_key": private,
        "address": address,
        **_described(peer, signed_profile),
        "creation_message": text,
    }
    assert _accepted(peer, case)
    return [case]


def _faulty(peer: ReferencePeer, good: Case) -> list[Case]:
    signed_profile = good["signed_profile"]
    profile, signature = signed_profile["profile"], signed_profile["signature"]
    stranger = peer.call("walletAddress", privateKey=wallet_key("bob"))
    keys = actor(peer, "mallory.eth")

    def altered(**members: object) -> SignedProfile:
        return {"profile": {**profile, **members}, "signature": signature}

    def resigned(value: str) -> SignedProfile:
        return {"profile": profile, "signature": value}

    same = good["address"]
    faults: dict[str, tuple[str, str, SignedProfile]] = {
        "other-address": ("wrong-key", stranger, signed_profile),
        "encryption-key-altered": (
            "bad-signature",
            same,
            altered(publicEncryptionKey=keys.encryption["publicKey"]),
        ),
        "signing-key-altered": (
            "bad-signature",
            same,
            altered(publicSigningKey=keys.signing["publicKey"]),
        ),
        "delivery-service-altered": ("bad-signature", same, altered(deliveryServices=["evil.eth"])),
        "delivery-service-added": (
            "bad-signature",
            same,
            altered(deliveryServices=[*profile["deliveryServices"], "evil.eth"]),
        ),
        "unknown-member-added": ("bad-signature", same, altered(extra=1)),
        "signature-r-altered": ("bad-signature", same, resigned(flipped_hex(signature, 5))),
        "signature-s-altered": ("bad-signature", same, resigned(flipped_hex(signature, 40))),
        "signature-recovery-bit-altered": (
            "bad-signature",
            same,
            resigned(signature[:-2] + _other_v(signature)),
        ),
        "signature-63-bytes": ("malformed", same, resigned(signature[:-4])),
        "signature-empty": ("malformed", same, resigned("0x")),
        "signature-not-hex": ("malformed", same, resigned(signature[:-1] + "g")),
    }
    cases: list[Case] = []
    for name, (failure, address, value) in faults.items():
        case = {
            "name": name,
            "kind": "signed-profile",
            "valid": False,
            "failure": failure,
            "address": address,
            "signed_profile": value,
        }
        assert not _accepted(peer, case), name
        cases.append(case)
    return cases


def _other_v(signature: str) -> str:
    return "1c" if signature.endswith("1b") else "1b"


def _bare_v(signature: str) -> str:
    """Some hardware wallets write the recovery bit without the customary 27."""
    return signature[:-2] + ("00" if signature.endswith("1b") else "01")


def _records(peer: ReferencePeer, good: Case) -> list[Case]:
    signed_profile = good["signed_profile"]
    text = canonical(peer, signed_profile)
    encoded = base64.b64encode(text.encode()).decode()
    short = canonical(peer, without(signed_profile, "signature"))
    profile = without(signed_profile["profile"], "deliveryServices")
    keyless = canonical(peer, {**signed_profile, "profile": profile})
    accepted = {
        "plain": f"data:application/json,{text}",
        "charset": f"data:application/json;charset=utf-8,{text}",
        "base64": f"data:application/json;base64,{encoded}",
        "charset-and-base64": f"data:application/json;charset=utf-8;base64,{encoded}",
    }
    refused = {
        "other-media-type": f"data:text/plain,{text}",
        "no-comma": "data:application/json",
        "not-json": f"data:application/json,{text[:-1]}",
        "json-but-no-object": "data:application/json,[]",
        "signature-missing": f"data:application/json,{short}",
        "delivery-services-missing": f"data:application/json,{keyless}",
        "empty": "",
    }
    cases: list[Case] = []
    for name, record in accepted.items():
        assert peer.call("resolveJsonProfile", textRecord=record) == signed_profile, name
        cases.append(
            {
                "name": f"text-record-{name}",
                "kind": "text-record",
                "valid": True,
                "text_record": record,
                "signed_profile": signed_profile,
            }
        )
    for name, record in refused.items():
        known = peer.call("isJsonProfile", textRecord=record)
        assert not known or peer.refuses("resolveJsonProfile", textRecord=record), name
        cases.append(
            {
                "name": f"text-record-{name}",
                "kind": "text-record",
                "valid": False,
                "failure": "malformed",
                "text_record": record,
            }
        )
    return cases


def _links(peer: ReferencePeer, good: Case) -> list[Case]:
    signed_profile = good["signed_profile"]
    right = hash_of(peer, signed_profile)
    bare = hash_of(peer, signed_profile["profile"])
    base = "https://profiles.example/alice.json"
    links = {
        "hash-of-signed-profile": (None, f"{base}?dm3Hash={right}"),
        "hash-among-other-parameters": (None, f"{base}?v=1&dm3Hash={right}&w=2"),
        "hash-of-unsigned-profile": ("hash-mismatch", f"{base}?dm3Hash={bare}"),
        "hash-altered": ("hash-mismatch", f"{base}?dm3Hash={flipped_hex(right, 31)}"),
        "hash-missing": ("hash-mismatch", base),
    }
    cases: list[Case] = []
    for name, (failure, uri) in links.items():
        accepted = peer.call("checkProfileHash", signedProfile=signed_profile, uri=uri)
        assert accepted is (failure is None), name
        outcome = {"valid": True} if failure is None else {"valid": False, "failure": failure}
        cases.append(
            {
                "name": f"link-{name}",
                "kind": "profile-link",
                **outcome,
                "uri": uri,
                "signed_profile": signed_profile,
            }
        )
    return cases
