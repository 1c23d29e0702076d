"""The published npm libraries on the other side of the chat: what each writes, the other one reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser

from dm3.base import canonical_json, read_json, to_base64
from dm3.crypto import ProfileKeys, Seed
from dm3.model import DeliveryServiceProfile, Profile
from dm3.widget import Mode
from dm3.wire import (
    data_uri,
    delivery_service_json,
    envelope_from,
    profile_json,
    profile_message,
    with_signature,
)
from tests.browser.scene import scene_in
from tests.e2e.sdk_scene import APP, Place, new_wallet, submit
from tests.interop.people import encryption_pair, signing_pair
from tests.interop.reference_peer import ReferencePeer
from tests.kit import happens
from tests.kit.inside import context_of
from tests.kit.reference_service import ReferenceService

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.interop]

BOB, SERVICE = "bob.elsewhere.eth", "ds.elsewhere.eth"
KEYS = ProfileKeys.from_seed(Seed(b"n" * 32))


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


async def test_a_browser_and_the_reference_write_to_each_other(
    browser: Browser, place: Place, tmp_path: Path, reference: ReferencePeer
):
    async with (
        ReferenceService() as service,
        scene_in(
            browser, place, tmp_path, names_file=names(tmp_path, service), modes=(Mode.IN_APP,)
        ) as scene,
    ):
        visitor = await scene.visitor(scene.show("/bob", f'mode="in-app" to="{BOB}"'))
        await visitor.open()
        await visitor.write("from a browser")

        # Its service stamps the envelope and Bob opens it, both with the published code.
        await happens(lambda: service.stored)
        keys = {"encryptionKeyPair": encryption_pair(KEYS), "signingKeyPair": signing_pair(KEYS)}
        unsigned = profile_json(Profile(KEYS.signing_public, KEYS.encryption_public, (SERVICE,)))
        stamped = reference.call(
            "handleMessageOnDeliveryService",
            envelop=service.stored[0],
            deliveryServiceKeys={
                "encryptionKeyPair": encryption_pair(service.keys),
                "signingKeyPair": signing_pair(service.keys),
            },
            receiverProfile=unsigned,
        )["encryptedEnvelop"]
        opened = reference.call("decryptEnvelop", envelop=stamped, keyPair=encryption_pair(KEYS))["message"]
        assert opened["message"] == "from a browser"
        name = opened["metadata"]["from"]
        context = context_of(await scene.world.client())
        theirs = (await context.directory.profile(name)).signed.profile
        key = to_base64(theirs.signing_key)
        assert reference.call("checkMessageSignature", message=opened, publicSigningKey=key, ensName=name)

        # And back, through the visitor's own delivery service.
        [own, *_] = theirs.delivery_services
        answer = reference.call(
            "createMessage",
            to=name,
            **{"from": BOB},
            message="from the npm libraries",
            privateKey=signing_pair(KEYS)["privateKey"],
        )
        built = reference.call(
            "buildEnvelop",
            message=answer,
            to={"ensName": name, "profile": profile_json(theirs)},
            **{"from": {"ensName": BOB, "profile": unsigned}},
            deliveryServiceProfile=delivery_service_json(await context.directory.delivery_service(own)),
            keys=keys,
        )
        await submit(context, envelope_from(built["encryptedEnvelop"]), own)
        await visitor.bubble("from the npm libraries").wait_for()
        assert own == f"ds.{APP}"
        assert visitor.errors == []
