"""The published npm libraries on the other side of the chat: what each writes, the other one reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from dm3.base import canonical_json, read_json, sha256_hex, to_base64
from dm3.client import Context
from dm3.crypto import ProfileKeys, Seed, parse_pairing_code, sign
from dm3.model import DeliveryServiceProfile, Draft, LinkKind, LinkPayload, Profile
from dm3.protocol.linking import pairing_proofs
from dm3.protocol.messages.composing import compose
from dm3.widget import Mode
from dm3.wire import (
    data_uri,
    delivery_service_json,
    envelope_from,
    link_type,
    profile_json,
    profile_message,
    read_message,
    with_signature,
)
from tests.browser.scene import scene_in
from tests.browser.test_linking import ask
from tests.e2e.sdk_scene import APP, Place, new_wallet, submit
from tests.interop.people import encryption_pair, signing_pair
from tests.interop.reference_peer import ReferencePeer
from tests.kit import happens
from tests.kit.inside import context_of
from tests.kit.reference_service import ReferenceService

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.interop]

BOB, SERVICE = "bob.elsewhere.eth", "ds.elsewhere.eth"
KEYS = ProfileKeys.from_seed(Seed(b"n" * 32))
CODE = "01234-56789"


def names(folder: Path, service: ReferenceService) -> Path:
    """A file of names in which Bob lies at the reference's service."""
    wallet = new_wallet()
    profile = Profile(KEYS.signing_public, KEYS.encryption_public, (SERVICE,))
    text = canonical_json(profile_json(profile))
    signed = with_signature(profile, wallet.sign_now(profile_message(text, wallet.address)))
    about = DeliveryServiceProfile(service.keys.signing_public, service.keys.encryption_public, service.url)
    file = folder / "names.json"
    records = {
        BOB: {
            "address": wallet.address,
            "texts": {"network.dm3.profile": data_uri(read_json(signed.text))},
        },
        SERVICE: {"texts": {"network.dm3.deliveryService": data_uri(delivery_service_json(about))}},
    }
    file.write_text(json.dumps(records))
    return file


class Bob:
    """Whoever lies at the reference's service: all that goes in and out passes the published libraries."""

    def __init__(self, reference: ReferencePeer, service: ReferenceService, context: Context) -> None:
        self.reference, self.service, self.context = reference, service, context
        self.keys = {"encryptionKeyPair": encryption_pair(KEYS), "signingKeyPair": signing_pair(KEYS)}
        self.unsigned = profile_json(Profile(KEYS.signing_public, KEYS.encryption_public, (SERVICE,)))
        self._read = 0

    async def read(self) -> dict[str, Any]:
        """The next message that his service has: it stamps the envelope, and he opens it."""
        await happens(lambda: len(self.service.stored) > self._read, "something has come for Bob")
        service = {
            "encryptionKeyPair": encryption_pair(self.service.keys),
            "signingKeyPair": signing_pair(self.service.keys),
        }
        stamped = self.reference.call(
            "handleMessageOnDeliveryService",
            envelop=self.service.stored[self._read],
            deliveryServiceKeys=service,
            receiverProfile=self.unsigned,
        )["encryptedEnvelop"]
        self._read += 1
        opened = self.reference.call("decryptEnvelop", envelop=stamped, keyPair=encryption_pair(KEYS))
        message: dict[str, Any] = opened["message"]
        name = message["metadata"]["from"]
        key = to_base64((await self.context.directory.profile(name)).signed.profile.signing_key)
        assert self.reference.call(
            "checkMessageSignature", message=message, publicSigningKey=key, ensName=name
        )
        return message

    async def link(self) -> LinkPayload:
        """The next step of linking that comes for him, whatever comes beside it."""
        while True:
            payload = read_message(canonical_json(await self.read())).link
            if payload is not None:
                return payload

    async def send(self, to: str, message: Any) -> None:
        """Hand a message in at the first delivery service of its receiver."""
        theirs = (await self.context.directory.profile(to)).signed.profile
        own = theirs.delivery_services[0]
        built = self.reference.call(
            "buildEnvelop",
            message=message,
            to={"ensName": to, "profile": profile_json(theirs)},
            **{"from": {"ensName": BOB, "profile": self.unsigned}},
            deliveryServiceProfile=delivery_service_json(await self.context.directory.delivery_service(own)),
            keys=self.keys,
        )
        await submit(self.context, envelope_from(built["encryptedEnvelop"]), own)


async def test_a_browser_and_the_reference_write_to_each_other_and_link(
    browser: Browser, place: Place, tmp_path: Path, reference: ReferencePeer
):
    async with (
        ReferenceService() as service,
        scene_in(
            browser, place, tmp_path, names_file=names(tmp_path, service), modes=(Mode.IN_APP,)
        ) as scene,
    ):
        bob = Bob(reference, service, context_of(await scene.world.client()))
        visitor = await scene.visitor(scene.show("/bob", f'mode="in-app" to="{BOB}"'))
        await visitor.open()
        await visitor.write("from a browser")
        opened = await bob.read()
        assert opened["message"] == "from a browser"
        name = opened["metadata"]["from"]

        # And back, through the visitor's own delivery service.
        answer = reference.call(
            "createMessage",
            to=name,
            **{"from": BOB},
            message="from the npm libraries",
            privateKey=signing_pair(KEYS)["privateKey"],
        )
        await bob.send(name, answer)
        await visitor.bubble("from the npm libraries").wait_for()
        theirs = (await bob.context.directory.profile(name)).signed
        assert theirs.profile.delivery_services[0] == f"ds.{APP}"

        # The libraries know no links, and carry them: the request, its acceptance, and the keys after that.
        await ask(visitor, BOB, CODE)
        await (
            visitor.frame.get_by_role("alert")
            .filter(has_text="Whether it takes links is not known")
            .wait_for()
        )
        await visitor.frame.get_by_label("Ask it all the same").check()
        await visitor.frame.get_by_role("button", name="Ask", exact=True).click()
        asked = await bob.link()
        assert (asked.kind, asked.profile_name, asked.profile_key) == (LinkKind.REQUEST, name, None)
        proofs = pairing_proofs(parse_pairing_code(CODE), asked.link_message)
        assert asked.pairing == proofs.request
        accepted = LinkPayload(
            kind=LinkKind.ACCEPT,
            profile_name=name,
            profile_hash=theirs.hash,
            valid_until=asked.valid_until,
            link_message=asked.link_message,
            signature=sign(KEYS.signing_private, sha256_hex(asked.link_message)),
            pairing=proofs.acceptance,
        )
        draft = Draft(
            to=name,
            from_=BOB,
            timestamp=bob.context.milliseconds(),
            type=link_type(accepted),
            content="accepted",
            link=accepted,
        )
        await bob.send(name, read_json(compose(draft, KEYS.signing_private).text))
        await (
            visitor.frame.locator(".link [data-state=linked]").filter(has_text=f"Linked to {BOB}").wait_for()
        )
        given = await bob.link()
        assert given.profile_key is not None
        assert ProfileKeys.from_seed(given.profile_key).signing_public == theirs.profile.signing_key
        assert visitor.errors == []
