"""How links end and change: told endings, rotated keys, other wallets, other vocabularies."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import dm3
from dm3.base import sha256_hex, to_base64
from dm3.cli.demo.stage import Stage, stage
from dm3.client import LimitedScopeProfile, Messenger
from dm3.client.messaging.dispatcher import dispatch
from dm3.client.messaging.outbox import enqueue
from dm3.model import Draft, LinkKind, LinkMessage, LinkPayload, Message, RecordKey
from dm3.protocol.linking import Doubt, LinkState, OutgoingLinkState, print_link_message
from dm3.protocol.messages.composing import compose, open_envelope
from tests.kit.inside import context_of, held_links, identity_of

ALICE = "alice.user.dm3.eth"
DAY = 86_400


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path, os.urandom) as set_up:
        yield set_up


async def make_alice(scene: Stage, **policy: Any) -> Messenger:
    client = await scene.party()
    if policy:
        changed = dm3.LinkPolicy(**policy)
        object.__setattr__(context_of(client), "policy", changed)
    return await client.create_profile("dm3.eth", scene.wallet, alias=ALICE)


async def make_lsp(scene: Stage) -> LimitedScopeProfile:
    return await (await scene.party()).create_lsp(scene.app, scene.wallet)


async def linked(scene: Stage) -> tuple[Messenger, LimitedScopeProfile]:
    alice, lsp = await make_alice(scene), await make_lsp(scene)
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    return alice, lsp


async def record_of(lsp: LimitedScopeProfile) -> str | None:
    names = context_of(lsp).names
    names.forget(lsp.name)
    return await names.text(lsp.name, RecordKey.LINK)


async def test_a_rejection_is_told_with_its_reason(scene: Stage) -> None:
    alice, lsp = await make_alice(scene), await make_lsp(scene)
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    await alice.reject(lsp.name, reason="Not now.")
    await lsp.sync()
    asking = await lsp.link_status()
    assert asking is not None
    assert asking.state is OutgoingLinkState.UNLINKED
    [notice] = await lsp.notices()
    assert (notice.kind, notice.sentence) == ("link-ended", f"{ALICE} has refused the link: Not now.")
    assert await alice.link_requests() == []
    # A new signature of the owner is a new decision, and is shown again.
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    assert len(await alice.link_requests()) == 1


async def test_the_main_profile_ends_a_link(scene: Stage) -> None:
    alice, lsp = await linked(scene)
    assert await record_of(lsp)
    await alice.remove_link(lsp.name)
    assert await alice.links() == []
    await lsp.sync()
    asking = await lsp.link_status()
    assert asking is not None
    assert asking.state is OutgoingLinkState.UNLINKED
    assert await record_of(lsp) is None
    assert [notice.sentence for notice in await lsp.notices()] == [f"{ALICE} has ended the link."]
    assert lsp.errors == []
    assert await lsp.refused() == []


async def test_the_linked_profile_ends_a_link(scene: Stage) -> None:
    alice, lsp = await linked(scene)
    await lsp.end_link()
    assert await record_of(lsp) is None
    await alice.sync()
    assert await alice.links() == []
    # What was told of the request was taken back when it was approved.
    assert [notice.kind for notice in await alice.notices()] == ["link-ended"]
    with pytest.raises(dm3.LinkRefused):
        await alice.send_as(lsp.name, "somebody.myapp.eth", "no longer")


async def test_the_user_may_want_no_other_notices_than_of_recoveries(scene: Stage) -> None:
    alice, lsp = await make_alice(scene, notices=dm3.Notices.RECOVERIES), await make_lsp(scene)
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    device = await (await scene.party()).recoveries.begin(scene.app, lsp.name, ALICE, scene.wallet)
    await alice.sync()
    await device.sync()
    assert await device.finish() is not None
    await lsp.end_link()
    await alice.sync()
    assert [notice.kind for notice in await alice.notices()] == ["recovery"]


async def test_a_request_that_is_repeated_is_told_once(scene: Stage) -> None:
    alice, lsp = await make_alice(scene), await make_lsp(scene)
    for _ in range(3):
        await lsp.request_link(ALICE, scene.wallet)
        await alice.sync()
    assert [notice.kind for notice in await alice.notices()] == ["link-request"]


async def test_a_request_is_taken_back(scene: Stage) -> None:
    alice, lsp = await make_alice(scene), await make_lsp(scene)
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    await lsp.end_link()
    await alice.sync()
    assert await alice.link_requests() == []


async def test_an_old_revocation_ends_no_newer_link(scene: Stage) -> None:
    alice, lsp = await linked(scene)
    await lsp.end_link()
    await alice.sync()
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    await alice.approve(lsp.name)
    first = (await alice.refused(), len(await alice.links()))
    assert first == ([], 1)
    await lsp.sync()
    asking = await lsp.link_status()
    assert asking is not None
    assert asking.state is OutgoingLinkState.LINKED


async def test_new_keys_are_approved_and_carry_on(scene: Stage) -> None:
    alice, lsp = await linked(scene)
    support = await (await scene.party()).create_profile(
        "myapp.eth", scene.new_wallet(), alias="support.myapp.eth"
    )
    before = identity_of(lsp).keys.signing_public
    await support.send(lsp.name, "sealed for the old keys")
    await lsp.rotate_keys()
    assert identity_of(lsp).keys.signing_public != before
    assert [message.content for message in await lsp.sync()] == ["sealed for the old keys"]
    assert await lsp.refused() == []
    await support.sync()
    context_of(support).directory.forget(lsp.name)
    await support.send(lsp.name, "sealed for the new keys")
    assert [message.content for message in await lsp.sync()] == ["sealed for the new keys"]
    context_of(alice).directory.forget(lsp.name)
    await lsp.request_link(ALICE, scene.wallet)
    await alice.sync()
    assert [request.profile_name for request in await alice.link_requests()] == [lsp.name]
    await alice.approve(lsp.name)
    await lsp.sync()
    links = await held_links(alice)
    assert [(link.state, link.profile_key == identity_of(lsp).seed) for link in links] == [
        (LinkState.LINKED, True)
    ]
    assert await lsp.refused() == []


async def test_two_ordinary_profiles_are_linked(scene: Stage) -> None:
    alice = await make_alice(scene)
    work = await (await scene.party()).create_profile("myapp.eth", scene.wallet, alias="work.myapp.eth")
    client = await (await scene.party()).create_profile(
        "myapp.eth", scene.new_wallet(), alias="client.myapp.eth"
    )
    await work.request_link(ALICE, scene.wallet)
    await alice.sync()
    await alice.approve("work.myapp.eth")
    await work.sync()
    await client.send("work.myapp.eth", "An offer, please.")
    assert [(m.profile, m.content) for m in await alice.sync()] == [("work.myapp.eth", "An offer, please.")]
    await alice.send_as("work.myapp.eth", "client.myapp.eth", "Here it is.")
    assert [(m.peer, m.content) for m in await client.sync()] == [("work.myapp.eth", "Here it is.")]
    assert await alice.refused() == []


OLDER_TEXT = """Link your local profile with your dm3 account:
{main}

(There is no paid transaction initiated.
The signature is used offcain only.)

URI: https://myapp.example
Version: 1
Chain ID: 1
Nonce: {nonce}
Issued At: {issued}"""


async def send_older(
    scene: Stage, lsp: LimitedScopeProfile, vocabulary: str, *, with_key: bool, sender: LimitedScopeProfile
) -> str:
    """Ask as an implementation of an older page would; returns the Link Message."""
    context = context_of(sender)
    issued = __import__("datetime").datetime.now(__import__("datetime").UTC)
    text = OLDER_TEXT.format(main=ALICE, nonce=context.random(8).hex(), issued=issued.isoformat())
    signature = scene.wallet.sign_now(sha256_hex(text))
    seed = identity_of(lsp).seed
    payload = LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name="",
        profile_hash="",
        valid_until=0,
        link_message=text,
        signature=signature,
        profile_key=seed if with_key else None,
        vocabulary=vocabulary,
    )
    sent = await send_payload(sender, payload, vocabulary)
    assert to_base64(seed.reveal()) in sent or not with_key
    assert '"LSP":{' in sent
    return text


async def send_payload(sender: LimitedScopeProfile, payload: LinkPayload, type: str) -> str:
    """Send Alice a linking message as another implementation writes it; returns the message."""
    context = context_of(sender)
    draft = Draft(to=ALICE, from_=sender.name, timestamp=context.milliseconds(), type=type, link=payload)
    message = compose(draft, identity_of(sender).keys.signing_private)
    change = context.vault.change()
    enqueue(change, context, account=sender.name, to=ALICE, sender=sender.name, text=message.text)
    await context.vault.commit(change)
    assert await dispatch(context, sender.name) == []
    return message.text


@pytest.mark.parametrize("vocabulary", ["LSP_LINK", "LINK_LSP"])
async def test_older_pages_are_read_and_answered_in_kind(scene: Stage, vocabulary: str) -> None:
    alice, lsp = await make_alice(scene), await make_lsp(scene)
    await send_older(scene, lsp, vocabulary, with_key=True, sender=lsp)
    await alice.sync()
    assert await alice.refused() == []
    (request,) = await alice.link_requests()
    assert (request.doubts, request.own_wallet, request.profile_name) == ((Doubt.OPAQUE,), True, lsp.name)
    await alice.approve(lsp.name)
    (link,) = await alice.links()
    assert (link.state, link.profile_hash) == (LinkState.LINKED, lsp.identity.signed.hash)
    answer = await answer_to(lsp)
    assert answer.type == "LSP_LINK_ACCEPT"
    assert f'"LSP":{{"linkMessage":"{lsp.name}"' in answer.text

    # Without a key it means recovery; nothing binds the text to a device, so the user is asked.
    device = await make_lsp(scene)
    await send_older(scene, lsp, vocabulary, with_key=False, sender=device)
    await alice.sync()
    assert await alice.refused() == []
    (again,) = await alice.link_requests()
    assert (again.kind, again.profile_name, again.reply_to) == (
        LinkKind.RECOVER,
        lsp.name,
        device.name,
    )
    await alice.approve(again)
    keys = await answer_to(device)
    assert keys.link is not None
    assert keys.link.profile_key == identity_of(lsp).seed


async def test_a_literal_peer_renews_without_anybody_s_being_asked_or_answered(scene: Stage) -> None:
    alice, lsp = await make_alice(scene), await make_lsp(scene)
    await lsp.request_link(ALICE, scene.wallet, term=30 * DAY)
    await alice.sync()
    await alice.approve(lsp.name)
    await lsp.sync()
    [before] = await held_links(alice)
    # As the specification writes it: no resources that bind the text, the same everything, a later end.
    context, own = context_of(lsp), identity_of(lsp)
    now = context.seconds() + 1
    said = LinkMessage(
        main_name=ALICE,
        uri="https://myapp.example",
        nonce=context.random(16).hex(),
        issued_at=now,
        expires_at=now + 60 * DAY,
    )
    text = print_link_message(said)
    assert "Resources:" not in text
    payload = LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=lsp.name,
        profile_hash=own.profile.hash,
        valid_until=now + 60 * DAY,
        link_message=text,
        signature=scene.wallet.sign_now(text),
        profile_key=own.seed,
        nonce=own.nonce,
    )
    await send_payload(lsp, payload, "LINK")
    await alice.sync()
    assert (await alice.link_requests(), await alice.refused()) == ([], [])
    [after] = await held_links(alice)
    assert after.valid_until == now + 60 * DAY > before.valid_until
    assert (after.profile_key, after.state) == (before.profile_key, LinkState.LINKED)
    assert [line.what for line in after.history] == ["linked", "renewed"]
    assert await waiting_for(lsp) == []


async def answer_to(profile: LimitedScopeProfile) -> Message:
    """The message that waits for ``profile``, opened."""
    return (await waiting_for(profile))[-1]


async def waiting_for(profile: LimitedScopeProfile) -> list[Message]:
    """The messages that wait for ``profile``, opened."""
    service = await context_of(profile).service("ds.myapp.eth")
    token = await service.authenticate(profile.name, identity_of(profile).keys.signing_private)
    page = await service.fetch(profile.name, token, reader="looking")
    envelopes = [one.envelope for one in page.messages if one.envelope is not None]
    return [open_envelope(envelope, identity_of(profile).keys).message for envelope in envelopes]


async def test_a_reopened_profile_finds_its_link_again(scene: Stage) -> None:
    """A device that got the keys from the escrow knows of the link by the published record only."""
    alice = await make_alice(scene)
    first = await (await scene.party()).create_lsp(scene.app, scene.wallet, public=True)
    code = await first.protect_with_code()
    await first.request_link(ALICE, scene.wallet)
    await alice.sync()
    await alice.approve(first.name)
    await first.sync()

    again = await (await scene.party()).reopen_lsp(scene.app, scene.wallet, code=code)
    assert await again.link_status() is None
    asking = await again.request_link(ALICE, scene.wallet, term=60 * DAY)
    assert asking.state is OutgoingLinkState.LINKED
    await alice.sync()
    assert await alice.link_requests() == []
    (link,) = await alice.links()
    assert abs(link.valid_until - asking.valid_until) <= 1
    await again.send("nobody.myapp.eth", "a copy of this goes to the inbox")
    await alice.sync()
    assert [m.content for m in await alice.messages("nobody.myapp.eth", profile=first.name)] == [
        "a copy of this goes to the inbox"
    ]
