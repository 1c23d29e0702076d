"""A main profile whose keys come from a text that no other page can have signed."""

import pytest

import dm3
from dm3.base.errors import Dm3Error
from dm3.client.profiles.by_signing import OtherKeys
from dm3.crypto import DEFAULT_NONCE
from tests.e2e.sdk_scene import MAIN, new_wallet, texts, world_in
from tests.kit.inside import identity_of


class Noting:
    """A wallet that notes what it signs."""

    def __init__(self, wallet):
        self._wallet, self.signed = wallet, []
        self.address = wallet.address

    async def sign_message(self, text):
        self.signed.append(text)
        return await self._wallet.sign_message(text)


async def test_its_text_is_asked_for_once_and_its_vault_opens_it_again_here_and_elsewhere(tmp_path):
    async with world_in(tmp_path / "sites") as world:
        wallet, kept = Noting(new_wallet()), {"vault": tmp_path / "v", "passphrase": "some words of mine"}
        client = await world.client(**kept)
        alice = await client.create_profile(MAIN, wallet, own_nonce=True)
        nonce = identity_of(alice).nonce
        assert nonce != DEFAULT_NONCE
        assert len(nonce) == 2 + 64
        assert any(nonce in text for text in wallet.signed)
        assert not any(DEFAULT_NONCE in text for text in wallet.signed)

        # Again, with or without saying so: the same text, so the same keys.
        for own_nonce in (False, True):
            again = await client.create_profile(MAIN, wallet, own_nonce=own_nonce)
            assert identity_of(again).seed == identity_of(alice).seed
        assert not any(DEFAULT_NONCE in text for text in wallet.signed)

        # What a page gets by having the usual text signed opens nothing and replaces nothing.
        page = await world.client()
        with pytest.raises(Dm3Error):
            await page.create_profile(MAIN, wallet)
        bob = await (await world.client()).create_profile(MAIN, new_wallet())
        await bob.send(alice.name, "hello")
        assert texts(await alice.sync()) == ["hello"]

        await client.export_vault(tmp_path / "moved", "for the road")
        await dm3.import_vault(
            tmp_path / "moved",
            "for the road",
            into=tmp_path / "new",
            into_passphrase="other words",
        )
        second = await world.client(vault=tmp_path / "new", passphrase="other words")
        assert identity_of(await second.messenger(alice.name)).seed == identity_of(alice).seed


async def test_a_profile_that_has_the_usual_nonce_keeps_its_keys(tmp_path):
    async with world_in(tmp_path / "sites") as world:
        wallet, client = new_wallet(), await world.client()
        alice = await client.create_profile(MAIN, wallet)
        assert identity_of(alice).nonce == DEFAULT_NONCE
        again = await client.create_profile(MAIN, wallet, own_nonce=True)
        assert identity_of(again).seed == identity_of(alice).seed
        with pytest.raises(OtherKeys):
            await client.create_profile(MAIN, wallet, entropy=bytes(range(32)))
