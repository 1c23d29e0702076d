"""From its creation on a profile is a reader of its mailbox, and the only one (specification 3.6)."""

import pytest
import sqlalchemy as sa

from dm3.store.delivery.tables import mailbox_name, reader
from tests.e2e.sdk_scene import APP, MAIN, link
from tests.kit.inside import identity_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def readers_of(world, site, name):
    """The readers that the delivery service of a site knows for a name."""
    database = world.place.sites[site].delivery._database
    query = (
        sa.select(reader.c.reader)
        .join(mailbox_name, mailbox_name.c.mailbox == reader.c.mailbox)
        .where(mailbox_name.c.name == name)
    )
    return set(await database.read(lambda connection: connection.execute(query).scalars().all()))


async def test_a_new_profile_is_the_only_reader_under_its_own_id(world):
    alice, visitor = await world.alice(), await world.lsp()
    for site, account in ((MAIN, alice), (APP, visitor)):
        for name in account.identity.names:
            assert await readers_of(world, site, name) == {identity_of(account).reader}


async def test_what_comes_before_the_first_fetch_waits_for_the_profile_whoever_else_reads(world):
    alice, visitor, team = await world.alice(), await world.lsp(), await world.team()
    await link(alice, visitor, world.wallet)
    await team.send(visitor.name, "for both")
    await alice.sync()  # holds the keys, fetches, acknowledges
    assert [message.content for message in await visitor.sync() if message.peer == team.name] == ["for both"]
    assert len(await readers_of(world, APP, visitor.name)) == 2, "the page and the messenger, nobody unnamed"
