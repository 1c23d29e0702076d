"""The scenes of the demo, in order. Each checks what it shows: a wrong result ends the demo."""

from __future__ import annotations

from dm3.base.errors import Dm3Error
from dm3.cli.console.output import local_time, short
from dm3.client import Client, LimitedScopeProfile, Messenger
from dm3.protocol.linking import LinkState, OutgoingLinkState
from dm3.protocol.wallets import SiweMessage, print_siwe

from .stage import APP_DOMAIN, APP_PAGE, MAIN_DOMAIN, Stage
from .transcript import Transcript

DAY = 86_400
SUPPORT = f"support.{APP_DOMAIN}"
ALICE = f"alice.user.{MAIN_DOMAIN}"


class DemoFailed(Dm3Error):
    """The demo did not go as it must."""

    code = "demo-failed"
    hint = "This is a defect; please report it with the output of `dm3 demo --json`."


def expect(condition: bool, what: str) -> None:
    """Raise `DemoFailed` unless ``condition`` holds."""
    if not condition:
        raise DemoFailed(what)


class Cast:
    """Who has come on stage so far."""

    alice: Messenger
    support: Messenger
    lsp: LimitedScopeProfile
    visitor: Client


async def main_profile(stage: Stage, cast: Cast, out: Transcript) -> None:
    """Alice's messenger."""
    async with out.step("1", "Alice has a main profile"):
        cast.alice = await (await stage.party()).create_profile(MAIN_DOMAIN, stage.wallet, alias=ALICE)
        out.say("Alice", f"{ALICE} = {short(cast.alice.identity.name)}, at ds.{MAIN_DOMAIN}")
        out.note(name=ALICE, addressName=cast.alice.identity.name)


async def anonymous_chat(stage: Stage, cast: Cast, out: Transcript) -> None:
    """An LSP by signing, a question and an answer."""
    async with out.step("2", "A visitor writes anonymously from the application's page"):
        support = await stage.party()
        cast.support = await support.create_profile(APP_DOMAIN, stage.new_wallet(), alias=SUPPORT)
        cast.visitor = await stage.party()
        cast.lsp = await cast.visitor.create_lsp(stage.app, stage.wallet)
        out.say("Visitor", f"signs once; the profile is {short(cast.lsp.name)}")
        expect(
            not await cast.visitor.lsp_exists(stage.app, stage.wallet.address),
            "nothing public ties the profile to the wallet",
        )
        await cast.lsp.send(SUPPORT, "Hello, my order does not arrive.")
        question = [message.content for message in await cast.support.sync()]
        expect(question == ["Hello, my order does not arrive."], "support reads the question")
        out.say("Support", f"reads: {question[0]}")
        await cast.support.send(cast.lsp.name, "Sorry! We are looking into it.")
        answer = [message.content for message in await cast.lsp.sync()]
        expect(answer == ["Sorry! We are looking into it."], "the visitor reads the answer")
        out.say("Visitor", f"reads: {answer[0]}")
        out.note(lsp=cast.lsp.name, question=question[0], answer=answer[0])


async def link(stage: Stage, cast: Cast, out: Transcript) -> None:
    """LINK, approval, LINK_ACCEPT, the record, and its verification by somebody else."""
    async with out.step("3", "The visitor's profile is linked to Alice's"):
        await cast.lsp.request_link(ALICE, stage.wallet)
        await cast.alice.sync()
        requests = await cast.alice.link_requests()
        expect(len(requests) == 1, "Alice's inbox shows the request")
        request = requests[0]
        whose = "her own wallet" if request.own_wallet else "a foreign wallet"
        until = local_time(request.valid_until)
        out.say("Alice", f"is asked: {short(request.profile_name)} from {request.uri}")
        out.say("", f"signed by {whose} {request.owner}, until {until}")
        await cast.alice.approve(request.profile_name)
        out.say("Alice", "approves")
        await cast.lsp.sync()
        asking = await cast.lsp.link_status()
        expect(asking is not None and asking.state is OutgoingLinkState.LINKED, "the acceptance arrives")
        stranger = await stage.party()
        private = await stranger.peers.verify_link(cast.lsp.name)
        opened = await stranger.peers.verify_link(cast.lsp.name, await cast.lsp.disclosure())
        expect(private.main is None and opened.main == ALICE, "a third party verifies the record")
        out.say("Stranger", "verifies network.dm3.link: linked, to whom is not told")
        out.say("", f"and, where Alice discloses it, that it is {opened.main}")
        out.note(owner=request.owner, uri=request.uri, main=opened.main, state=LinkState.LINKED)


async def one_inbox(_: Stage, cast: Cast, out: Transcript) -> None:
    """The conversation in Alice's inbox, and an answer as the LSP while its page is closed."""
    async with out.step("4", "The conversation goes on in Alice's inbox"):
        await cast.alice.sync()
        earlier = [message.content for message in await cast.alice.messages(SUPPORT, profile=cast.lsp.name)]
        expect(len(earlier) == 2, "the earlier conversation is there")
        out.say("Alice", f"sees {len(earlier)} earlier messages with {SUPPORT}")
        await cast.support.send(cast.lsp.name, "It is on its way again.")
        late = [message.content for message in await cast.alice.sync()]
        expect(late == ["It is on its way again."], "what came while the page was closed is not lost")
        out.say("Alice", f"reads, the page being closed: {late[0]}")
        await cast.alice.send_as(cast.lsp.name, SUPPORT, "Great, thank you!")
        heard = await cast.support.sync()
        expect([message.peer for message in heard] == [cast.lsp.name], "support hears the same profile")
        out.say("Support", f"reads from {short(heard[0].peer)}: {heard[0].content}")
        out.note(earlier=earlier, late=late[0], answeredAs=cast.lsp.name)


async def recovery(stage: Stage, cast: Cast, out: Transcript) -> None:
    """A second device gets the keys back through the main profile."""
    async with out.step("5", "A second device recovers the profile"):
        device = await stage.party()
        asking = await device.recoveries.begin(stage.app, cast.lsp.name, ALICE, stage.wallet)
        out.say("Device", f"asks through the temporary profile {short(asking.name)}")
        await cast.alice.sync()
        notices = [notice.sentence for notice in await cast.alice.notices() if notice.kind == "recovery"]
        expect(len(notices) == 1, "Alice is told")
        out.say("Alice", notices[0].replace(cast.lsp.name, short(cast.lsp.name)))
        await asking.sync()
        adopted = await asking.finish()
        expect(adopted is not None and adopted.name == cast.lsp.name, "the keys arrive")
        recovered = await device.lsp(cast.lsp.name)
        await recovered.sync()
        held = await recovered.messages(SUPPORT)
        expect(len(held) == 4, "the conversation is there")
        out.say("Device", f"is {short(recovered.name)} again, with {len(held)} messages")
        await recovered.send(SUPPORT, "Writing from my phone now.")
        heard = [message.content for message in await cast.support.sync()]
        expect(heard == ["Writing from my phone now."], "the conversation goes on")
        out.say("Support", f"reads: {heard[0]}")
        await cast.lsp.sync()
        out.note(profile=recovered.name, messages=len(held))


def login_text(stage: Stage, address: str, now: int) -> str:
    """The host page's sign-in message."""
    return print_siwe(
        SiweMessage(
            domain="myapp.example",
            address=address,
            statement="Sign in to My App.",
            uri=APP_PAGE,
            chain_id=1,
            nonce=stage.random(12).hex(),
            issued_at=now,
        )
    )


async def embedded_and_renewed(stage: Stage, cast: Cast, out: Transcript) -> None:
    """Way 2, with the host's login; and a renewal that moves only the validity."""
    async with out.step("6", "Embedded, with the application's own sign-in; and a renewal"):
        page = await stage.party()
        owner = stage.wallet.address
        before = await page.lsp_exists(stage.app, owner)
        text = login_text(stage, owner, page.seconds())
        signature = stage.wallet.sign_now(text)
        embedded = await page.embed_lsp(stage.app, auth_message=text, owner_address=owner, auth_sig=signature)
        after = await page.lsp_exists(stage.app, owner)
        expect((before, after) == (False, True), "lspExists before and after")
        out.say("Page", f"lspExists: {before} → {after}; no further signature was asked for")
        out.say("", f"{short(embedded.name)} with a random wallet of its own")
        old = await cast.alice.links()
        await cast.lsp.renew_link(stage.wallet, term=30 * DAY)
        await cast.alice.sync()
        new = await cast.alice.links()
        expect(new[0].valid_until < old[0].valid_until, "the validity moves")
        expect(not await cast.alice.link_requests(), "Alice is not asked")
        out.say("Alice", f"link now valid until {local_time(new[0].valid_until)}; she was not asked")
        out.note(before=before, after=after, embedded=embedded.name, validUntil=new[0].valid_until)
