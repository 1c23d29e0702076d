"""What one file of vectors is, and how values of `vectors/linking/` are written in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from dm3.base import to_base64
from dm3.model import LinkMessage, Message
from dm3.protocol.linking import Link, LinkPolicy, MainProfile
from tests.unit.linking.scene import World

Case = dict[str, Any]


@dataclass(frozen=True)
class VectorFile:
    """One file: its name (without ``.json``), section of the specification, what it is about, its cases."""

    name: str
    section: str
    description: str
    cases: list[Case]

    def text(self) -> str:
        """The file's text: ASCII only, so that nothing on the way changes or hides a character."""
        content = {
            "schema": 1,
            "name": self.name,
            "section": self.section,
            "description": self.description,
            "cases": self.cases,
        }
        return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def message_json(message: Message) -> Any:
    """The signed message as it arrives."""
    return json.loads(message.text)


def policy_json(policy: LinkPolicy) -> Case:
    """The user's rules, but for what they want to be told."""
    rules = {
        **structs.asdict(policy),
        "who_may_ask": str(policy.who_may_ask),
        "recovery": str(policy.recovery),
    }
    del rules["notices"]
    return rules


def main_json(main: MainProfile) -> Case:
    """The main profile that is asked, with the pairing code that it has shown."""
    told: Case = {"names": list(main.names), "owner": main.owner}
    if main.offer is not None:
        code = main.offer.code.reveal().decode("ascii")
        told["pairing"] = {"code": code, "until": main.offer.until, "wrong": main.offer.wrong}
    return told


def link_message_json(message: LinkMessage) -> Case:
    """What a Link Message says; absent parts are null."""
    values = structs.asdict(message)
    return {**values, "kind": message.kind and str(message.kind), "bound": message.is_bound}


def link_json(link: Link | None) -> Case | None:
    """A link that the main profile holds."""
    if link is None:
        return None
    switch: Case = {} if link.recovery is None else {"recovery": str(link.recovery)}
    if link.paired:
        switch["paired"] = True
    if link.uncovered:
        switch["uncovered"] = True
    return {
        **switch,
        "state": str(link.state),
        "profile_name": link.profile_name,
        "profile_hash": link.profile_hash,
        "main_name": link.main_name,
        "owner": link.owner,
        "uri": link.uri,
        "valid_until": link.valid_until,
        "linked_at": link.linked_at,
        "asked_at": link.asked_at,
        "link_message": link.link_message,
        "profile_private_key": link.profile_key and to_base64(link.profile_key.reveal()),
        "wallet_private_key": link.wallet_key and "0x" + link.wallet_key.reveal().hex(),
        "nonce": link.nonce,
        "recoveries": list(link.recoveries),
    }


def world_json(world: World, *, mentioned_in: str) -> Case:
    """What can be found out: the names mentioned with their records, and what contract wallets accept."""
    names: dict[str, Case] = {
        name: {"address": address, "texts": {}}
        for name, address in world.addresses.items()
        if name in mentioned_in
    }
    for (name, key), text in world.texts.items():
        if name in mentioned_in:
            names.setdefault(name, {"address": None, "texts": {}})["texts"][key] = text
    found: Case = {"names": names}
    if world.contracts:
        found["contract_wallets"] = {
            address: [{"text": text, "signature": signature} for text, signature in sorted(accepted)]
            for address, accepted in world.contracts.items()
        }
    return found
