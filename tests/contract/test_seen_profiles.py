"""What is remembered of contacts makes way for no stranger, however many names are registered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from dm3.client.reading import contacts, seen_profiles
from dm3.client.state.identity import Identity, IdentityKind, Stage
from dm3.client.state.kept_records import SeenKeys, SeenProfile
from dm3.client.state.marks import MARKS, Marks
from dm3.client.state.records import (
    ASKINGS,
    CONVERSATIONS,
    IDENTITIES,
    LINKS,
    MESSAGES,
    PEER_NAMES,
    SEEN,
    Conversation,
    Direction,
    StoredMessage,
    link_key,
)
from dm3.model import MessageType
from dm3.protocol.linking import OutgoingLink, OutgoingLinkState
from dm3.protocol.messages import PeerName
from dm3.store.vault import Vault
from tests.unit.linking.scene import LSP, MAIN, held_link

ME, MINE = "me.example", LSP.name
BOB = "bob.crowd.example"
ROOM = 3


@pytest.fixture
async def vault(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vault]:
    monkeypatch.setattr(contacts, "SEEN_KEPT", ROOM)
    monkeypatch.setattr(SEEN, "newest", ROOM)
    kept = Vault.in_memory()
    await kept.put(IDENTITIES, ME, identity())
    await kept.put(LINKS, link_key(ME, MINE), held_link(), section=ME)
    yield kept
    await kept.close()


def identity(**changes: Any) -> Identity:
    values: dict[str, Any] = {
        "kind": IdentityKind.MAIN,
        "name": ME,
        "aliases": (),
        "app": "example",
        "uri": "https://example",
        "address": MAIN.wallet.address,
        "owner": MAIN.wallet.address,
        "seed": MAIN.keys.seed,
        "nonce": "",
        "signed": MAIN.signed_profile.text,
        "reader": "",
        "stage": Stage.READY,
    }
    return Identity(**{**values, **changes})


async def see(vault: Vault, name: str, published: Any = MAIN) -> bool:
    """``name`` is looked up, and ``published`` is what is found."""
    context: Any = SimpleNamespace(vault=vault, takes_back=False, seconds=lambda: 1_800_000_000)
    found: Any = SimpleNamespace(name=name, signed=published.signed_profile)
    return await seen_profiles.is_in_force(context, found)


async def crowd(vault: Vault, count: int = ROOM) -> list[str]:
    names = [f"stranger-{number}.crowd.example" for number in range(count)]
    for name in names:
        await see(vault, name)
    return names


async def write(vault: Vault, profile: str, *, own: bool, type: str = MessageType.NEW) -> None:
    message = StoredMessage(
        profile=profile,
        peer=BOB,
        direction=Direction.OUT if own else Direction.IN,
        hash="0x01",
        type=type,
        content="hello",
        text="{}",
        at=1,
    )
    head = Conversation(profile=profile, peer=BOB, last_at=1, messages=1, unread=0)
    await vault.put(MESSAGES, f"{profile}|0x01", message, section=f"{profile}|{BOB}")
    await vault.put(CONVERSATIONS, f"{profile}|{BOB}", head, section=profile)


async def allow(vault: Vault, profile: str, **marks: Any) -> None:
    decided = Marks(profile=profile, peer=BOB, **marks)
    await vault.put(MARKS, f"{profile}|{BOB}", decided, section=profile)


async def is_beside(vault: Vault, owner: str) -> None:
    """Bob's other name may write; this one is ``owner``'s."""
    for name, whose in (("bob.example", "0xb0b"), (BOB, owner)):
        await vault.put(PEER_NAMES, f"{ME}|{name}", PeerName(name=name, met_at=1, owner=whose), section=ME)
    await vault.put(
        MARKS, f"{ME}|bob.example", Marks(profile=ME, peer="bob.example", allowed=True), section=ME
    )


async def is_asked(vault: Vault) -> None:
    asking = OutgoingLink(
        state=OutgoingLinkState.REQUESTED,
        main_name=BOB,
        link_message="",
        wallet_signature="",
        requested_until=0,
    )
    await vault.put(ASKINGS, ME, asking)


CONTACT = {
    "written to": lambda vault: write(vault, ME, own=True),
    "written to by a linked profile": lambda vault: write(vault, MINE, own=True),
    "allowed": lambda vault: allow(vault, ME, allowed=True),
    "allowed for a linked profile": lambda vault: allow(vault, MINE, allowed=True),
    "another name of one who is": lambda vault: is_beside(vault, "0xb0b"),
    "linked": lambda vault: vault.put(LINKS, link_key(ME, BOB), held_link(profile_name=BOB), section=ME),
    "asked for a link": is_asked,
    "an own name": lambda vault: vault.put(IDENTITIES, ME, identity(aliases=(BOB,))),
}
STRANGER = {
    "nothing": lambda vault: allow(vault, ME),
    "has written": lambda vault: write(vault, ME, own=False),
    "was told of receipt": lambda vault: write(vault, ME, own=True, type=MessageType.READ_RECEIVED),
    "a name of somebody else": lambda vault: is_beside(vault, "0x5e1f"),
    "of nobody that is known": lambda vault: is_beside(vault, ""),
    "blocked": lambda vault: allow(vault, ME, blocked=True),
}


@pytest.mark.parametrize("becomes", CONTACT.values(), ids=CONTACT)
async def test_a_contact_is_remembered_whatever_strangers_register(vault, becomes):
    await see(vault, BOB)
    await becomes(vault)
    names = await crowd(vault, 3 * ROOM)
    assert await vault.get(SEEN, BOB) is not None
    assert [await vault.get(SEEN, name) is not None for name in names] == [False] * 6 + [True] * 3


@pytest.mark.parametrize("becomes", STRANGER.values(), ids=STRANGER)
async def test_a_stranger_makes_way(vault, becomes):
    await see(vault, BOB)
    await becomes(vault)
    await crowd(vault)
    assert await vault.get(SEEN, BOB) is None


async def test_a_contact_with_new_keys_is_remembered_as_before_and_the_earlier_ones_are_none(vault):
    await see(vault, BOB)
    await write(vault, ME, own=True)
    await crowd(vault)
    assert await see(vault, BOB, LSP)
    await crowd(vault, 3 * ROOM)
    kept = await vault.get(SEEN, BOB)
    assert [keys.hash for keys in kept.seen] == [MAIN.signed_profile.hash, LSP.signed_profile.hash]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_profiles, "CACHED", -1)  # nobody's cache is behind
        assert not await see(vault, BOB, MAIN)


async def test_the_room_of_contacts_is_bounded_too(vault, monkeypatch):
    monkeypatch.setattr(contacts, "CONTACTS_KEPT", 1)
    other = SeenProfile("other.example", (SeenKeys("0x", b"", 0),))
    await vault.put(SEEN, other.name, other, section=contacts.CONTACTS)
    await see(vault, BOB)
    await write(vault, ME, own=True)
    await crowd(vault)
    assert await vault.get(SEEN, BOB) is None
    assert await vault.get(SEEN, other.name) is not None


async def test_what_a_vault_of_before_has_too_many_of_is_looked_at_as_well(vault, monkeypatch):
    """Contacts whose keys have changed stand among their domain's names again."""
    monkeypatch.setattr(SEEN, "newest", None)
    for name in (BOB, *(f"early-{number}.crowd.example" for number in range(ROOM))):
        await vault.put(SEEN, name, SeenProfile(name, (SeenKeys("0x", b"", 0),)), section="crowd.example")
    monkeypatch.setattr(SEEN, "newest", ROOM)
    await write(vault, ME, own=True)
    names = await crowd(vault)
    assert await vault.get(SEEN, BOB) is not None
    assert [kept.record.name for kept in await vault.entries(SEEN, section="crowd.example")] == names
