"""A linked profile changes its keys: the main profile says so, and goes on with the new ones."""

import pytest

from dm3.client.linking.linked_mailboxes import KeysChanged
from dm3.client.linking.messenger import Messenger
from tests.e2e.sdk_scene import link, texts, world_in
from tests.kit.inside import context_of, identity_of


async def told_of(alice: Messenger) -> list[str]:
    """The codes of what went wrong in a look, and which links are shown as outdated."""
    await alice.sync()
    return [error.code for error in alice.errors]


async def test_changed_keys_are_said_until_new_ones_are_approved(tmp_path):
    async with world_in(tmp_path) as world:
        alice, lsp = await world.linked()
        team = await world.team()
        await alice.sync()  # reads the linked mailbox, with a token of the keys before
        assert await alice.outdated_links() == ()
        await lsp.rotate_keys()

        assert await told_of(alice) == ["keys-changed"]
        await told_of(alice)  # looks up again, as the next start of a program does
        assert await alice.outdated_links() == (lsp.name,)
        with pytest.raises(KeysChanged, match=lsp.name) as refused:
            await alice.send_as(lsp.name, team.name, "with keys that count no more")
        assert "dm3 link list" in refused.value.hint

        again = Messenger(context_of(alice), identity_of(alice))  # another program: nothing in memory
        assert await told_of(again) == ["keys-changed"]
        assert await again.outdated_links() == (lsp.name,)

        await link(alice, lsp, world.wallet)
        assert await alice.outdated_links() == ()
        context_of(team).directory.forget(lsp.name)
        await team.send(lsp.name, "sealed for the new keys")
        assert texts(await alice.sync()) == ["sealed for the new keys"]
        assert alice.errors == []


async def test_a_link_whose_keys_have_changed_can_be_removed(tmp_path):
    async with world_in(tmp_path) as world:
        alice, lsp = await world.linked()
        await lsp.rotate_keys()
        await alice.remove_link(lsp.name)
        assert await told_of(alice) == []
        assert await alice.outdated_links() == ()
