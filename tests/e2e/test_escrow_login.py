"""A fresh login at the site releases what its entropy has sealed; profiles without the public alias."""

import os

import pytest

from dm3.base.errors import CannotTell, InvalidInput, NotFound, ServiceRefused
from dm3.client import ProfileExists
from dm3.protocol.escrow.sealing import SealedBy, Sealing, kept_sealing, sealing_from
from tests.e2e.sdk_scene import APP, CountingWallet, login, new_wallet
from tests.e2e.test_escrow import embedded, is_the_same
from tests.kit.inside import context_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def service_of(world):
    return await context_of(await world.client()).service(f"ds.{APP}")


async def released(world, text, wallet=None, app=APP):
    service, signer = await service_of(world), wallet or world.wallet
    return await service.escrow.release_to_login(app, world.wallet.address, text, signer.sign_now(text))


async def test_on_another_device_the_page_s_login_and_entropy_open_the_profile(world):
    entropy, wallet = os.urandom(32), CountingWallet(world.wallet)
    first = await embedded(world, entropy=entropy)
    second = await embedded(world, entropy=entropy)
    assert is_the_same(first, second)
    assert second.identity.readable_by_site
    third = await embedded(world, entropy=entropy, wallet=wallet)
    assert is_the_same(first, third)
    assert wallet.asked == []
    await first.sync()
    told = [notice.sentence for notice in await first.notices() if notice.kind == "escrow-release"]
    assert len(told) == 2
    assert all("A login at https://myapp.example was given this profile's keys" in one for one in told)
    await first.sync()
    assert len(await first.notices()) == 2, "each is told once"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"domain": "evil.example"}, 403, "siwe-domain"),
        ({"uri": "https://evil.example"}, 403, "siwe-uri"),
        ({"issued": -721}, 401, "unauthorized"),
        ({"issued": -721, "until": 3_600}, 401, "unauthorized"),
        ({"issued": 3_600}, 403, "siwe-not-yet-valid"),
        ({"issued": -500, "until": -200}, 403, "siwe-expired"),
        ({"address": "another"}, 403, "siwe-address"),
        ({"signer": "another"}, 403, "not-the-owner"),
    ],
)
async def test_a_login_that_is_not_fresh_or_not_of_the_site_opens_nothing(world, changes, status, code):
    await embedded(world, entropy=os.urandom(32))
    now, other = int(world.clock()), new_wallet()
    fields = {key: changes[key] for key in ("domain", "uri") if key in changes}
    if "issued" in changes:
        fields["issued_at"] = now + changes["issued"]
    if "until" in changes:
        fields["expires_at"] = now + changes["until"]
    address = other.address if "address" in changes else world.wallet.address
    text = login(address, now, **fields)
    with pytest.raises(ServiceRefused) as refused:
        await released(world, text, other if "signer" in changes else None)
    assert refused.value.status in (status, 400, 401, 403), refused.value
    assert refused.value.service_code == code or "issued" in changes


async def test_each_login_counts_once_and_three_a_day(world):
    await embedded(world, entropy=os.urandom(32))
    text = login(world.wallet.address, world.clock())
    assert (await released(world, text))[0]
    with pytest.raises(ServiceRefused, match="used here before"):
        await released(world, text)
    for _ in range(2):
        await released(world, login(world.wallet.address, world.clock()))
    with pytest.raises(CannotTell) as refused:
        await released(world, login(world.wallet.address, world.clock()))
    assert refused.value.status == 429


async def test_what_a_code_has_sealed_no_login_opens(world):
    first = await embedded(world, entropy=os.urandom(32))
    await first.protect_with_code()
    with pytest.raises(NotFound):
        await released(world, login(world.wallet.address, world.clock()))
    with pytest.raises(NotFound):
        await released(world, login(world.wallet.address, world.clock()), app="other.eth")


async def test_a_wrong_entropy_opens_nothing(world):
    await embedded(world, entropy=os.urandom(32))
    with pytest.raises(ProfileExists, match="by the login"):
        await embedded(world, entropy=os.urandom(32))


async def test_without_the_public_alias_nothing_leads_to_the_owner(world):
    client = await world.client()
    with pytest.raises(InvalidInput, match="no escrow"):
        await embedded(world, client, public=False, entropy=os.urandom(32))
    lsp = await embedded(world, client, public=False)
    assert lsp.identity.aliases == ()
    assert not await client.lsp_exists(world.app, world.wallet.address)
    assert (await embedded(world, client, public=False)).identity == lsp.identity
    assert (await embedded(world, client, public=False, fresh=True)).name != lsp.name
    assert (await embedded(world, await world.client(), public=False)).name != lsp.name
    shown = await embedded(world, client)
    assert await client.lsp_exists(world.app, world.wallet.address)
    assert shown.name != lsp.name


BY_ENTROPY, BY_CODE, BY_PASSKEY, UNKNOWN = (bytes((1, kind)) + bytes(40) for kind in (1, 2, 3, 9))
PASSKEY = {"sealedBy": "passkey", "salt": "AAAA", "credentialId": "AAAA", "rpId": "myapp.example"}


@pytest.mark.parametrize(
    ("blob", "said", "by"),
    [
        (BY_ENTROPY, {}, SealedBy.ENTROPY),
        (BY_CODE, {}, SealedBy.CODE),
        (BY_CODE, {"sealedBy": "code"}, SealedBy.CODE),
        (BY_PASSKEY, PASSKEY, SealedBy.PASSKEY),
        (UNKNOWN, PASSKEY, SealedBy.PASSKEY),
        (UNKNOWN, {}, None),
    ],
)
async def test_a_deposit_says_what_seals_it(blob, said, by):
    sealing = sealing_from(said, blob)
    assert (sealing and sealing.sealed_by) == by
    if sealing is not None:
        assert kept_sealing(sealing.text, blob) == sealing
        assert isinstance(sealing, Sealing)


@pytest.mark.parametrize(
    ("blob", "said"),
    [
        (BY_CODE, {"sealedBy": "entropy"}),
        (BY_ENTROPY, {"sealedBy": "magic"}),
        (BY_PASSKEY, {"sealedBy": "passkey"}),
        (BY_PASSKEY, {**PASSKEY, "rpId": ""}),
    ],
)
async def test_a_deposit_that_contradicts_itself_is_refused(blob, said):
    with pytest.raises(InvalidInput):
        sealing_from(said, blob)
