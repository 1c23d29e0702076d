"""Those who write and are written to in the benchmarks of the delivery service."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import httpx
from msgspec import Struct

from dm3.base import address_name, read_json
from dm3.crypto import Entropy, KeyWallet, ProfileKeys, WalletKey, seed_from
from dm3.model import Profile, RecordKey, SignedProfile
from dm3.net.clients.delivery import DeliveryClient
from dm3.wire import data_uri, profile_message, with_signature

from .delivery_process import NAMES, SERVICE

PEOPLE: Final = 64


class Person(Struct, frozen=True):
    """Somebody with a profile and a name."""

    name: str
    address: str
    keys: ProfileKeys
    signed: SignedProfile


def make_people(folder: Path, count: int) -> list[Person]:
    """Make ``count`` people, and publish them to the service that runs on ``folder``."""
    people = [_person() for _ in range(count)]
    (folder / NAMES).write_text(_names(people), encoding="utf-8")
    return people


async def register(url: str, people: list[Person]) -> None:
    """Register everybody at the service under ``url``."""
    async with httpx.AsyncClient() as http:
        client = DeliveryClient(http, url, SERVICE)
        for person in people:
            await client.register(person.name, person.signed)


async def log_in(url: str, people: list[Person]) -> list[str]:
    """Everybody's access token, for the ``Authorization`` header."""
    async with httpx.AsyncClient() as http:
        client = DeliveryClient(http, url, SERVICE)
        tokens = [await client.authenticate(one.name, one.keys.signing_private) for one in people]
        return [token.reveal().decode("ascii") for token in tokens]


def _person() -> Person:
    wallet = KeyWallet(WalletKey(os.urandom(32)))
    keys = ProfileKeys.from_seed(seed_from(Entropy(os.urandom(32))))
    profile = Profile(keys.signing_public, keys.encryption_public, (SERVICE,))
    text = with_signature(profile, "0x").profile_text
    signed = with_signature(profile, wallet.sign_now(profile_message(text, wallet.address)))
    return Person(address_name(wallet.address, "bench.eth"), wallet.address, keys, signed)


def _names(people: list[Person]) -> str:
    return json.dumps(
        {
            person.name: {
                "address": person.address,
                "texts": {RecordKey.PROFILE: data_uri(read_json(person.signed.text))},
            }
            for person in people
        }
    )
