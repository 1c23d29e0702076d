"""Devices in step beside a messenger of another make, and at a delivery service that keeps no readers."""

import pytest
from msgspec.structs import replace

import dm3
from dm3.base import canonical_json, read_json
from dm3.client.state.records import IDENTITIES
from dm3.crypto import sign
from dm3.model import Profile
from dm3.protocol.messages.composing import open_envelope
from dm3.wire import envelope_from, profile_json, profile_message, with_signature
from tests.e2e.sdk_scene import MAIN, new_wallet
from tests.e2e.test_devices import in_step, settle, shown
from tests.e2e.test_reference_service import BOB, SERVICE, names_of_bob
from tests.kit.inside import context_of, identity_of
from tests.kit.reference_service import ReferenceService

pytestmark = pytest.mark.asyncio(loop_scope="module")


class ReferenceMessenger:
    """The same profile in a messenger of the reference's make: it knows no readers, cursors or devices."""

    def __init__(self, http, url, identity):
        self._http, self._url, self._identity = http, url, identity
        self.read = []

    async def pick_up(self):
        """Fetch what is there, keep what it knows, and acknowledge all with the members that it knows."""
        name, keys = self._identity.name, self._identity.keys
        challenge = (await self._http.get(f"{self._url}/auth/{name}")).json()
        signed = {"challenge": challenge, "signature": sign(keys.signing_private, challenge)}
        token = (await self._http.post(f"{self._url}/auth/{name}", json=signed)).json()
        head = {"authorization": f"Bearer {token}"}
        answer = await self._http.get(f"{self._url}/delivery/messages/incoming/{name}", headers=head)
        acknowledgements = []
        for found in answer.json():
            message = open_envelope(envelope_from(found), keys).message
            self.read.append((message.type, message.content))
            told = {"contactAddress": message.from_, "messageHash": found["metadata"]["messageHash"]}
            acknowledgements.append(told)
        path = f"{self._url}/delivery/messages/{name}/syncAcknowledgements"
        body = {"acknowledgements": acknowledgements}
        answer = await self._http.post(path, headers=head, json=body)
        assert answer.status_code < 300, answer.text

    @property
    def shown(self):
        """What it shows: the types of the base protocol; it passes over all others."""
        return [content for type, content in self.read if type == "NEW"]


async def test_a_messenger_of_another_make_at_the_same_mailbox_and_devices_do_not_disturb_each_other(
    world, tmp_path
):
    alice, second = await in_step(world, tmp_path)
    context = context_of(alice)
    url = (await context.directory.delivery_service(f"ds.{MAIN}")).url
    other = ReferenceMessenger(context.http, url, identity_of(alice))
    await other.pick_up()  # from now on its mailbox is kept for it, too
    bob = await (await world.client()).create_profile(MAIN, new_wallet())
    await bob.send(alice.name, "to all of them")
    await alice.archive(bob.name)
    await other.pick_up()
    await settle(alice, second)
    await bob.send(alice.name, "and again")
    await settle(second, alice)
    await second.mark_read(bob.name)
    await settle(second, alice)
    await other.pick_up()
    assert other.shown == ["to all of them", "and again"]
    for device in (alice, second):
        assert await shown(device, bob.name) == other.shown
        assert [one.unread for one in await device.conversations()] == [0]
        assert [one.reason for one in await device.refused()] == []
    # What devices tell each other has come to it, too, as messages of a type that it passes over.
    assert {type for type, _ in other.read} == {"NEW", "DEVICE_SYNC"}
    extension = await context.extension_of(bob.name)
    assert extension is not None
    assert not extension.supports("DEVICE_SYNC")


async def test_at_a_service_without_readers_devices_are_not_kept_in_step_and_the_user_is_told(
    world, tmp_path
):
    async with ReferenceService() as service:
        client = await world.client(names_file=names_of_bob(tmp_path, service))
        wallet = new_wallet()
        alice = await client.create_profile(MAIN, wallet)
        held = identity_of(alice)
        keys = held.keys
        moved = Profile(keys.signing_public, keys.encryption_public, (SERVICE,))
        text = canonical_json(profile_json(moved))
        signed = with_signature(moved, wallet.sign_now(profile_message(text, wallet.address)))
        await context_of(client).vault.put(IDENTITIES, held.name, replace(held, signed=signed.text))
        there = await client.messenger(held.name)
        with pytest.raises(dm3.NoReaders, match=SERVICE) as refused:
            await there.devices.begin("desk")
        assert "readers" in (refused.value.hint or "")
        assert await there.devices.list() == []
        # Nobody is told anything of devices there, and writing goes on as ever.
        await there.send(BOB, "as ever")
        assert len(service.stored) == 1
        assert read_json(service.stored[0]["message"])["ciphertext"]
