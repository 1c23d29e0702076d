"""Further scenes: how links end, how keys change, how a profile is reopened without its main profile."""

from __future__ import annotations

from dm3.cli.console.output import short
from dm3.client import LimitedScopeProfile
from dm3.protocol.linking import LinkState, OutgoingLinkState

from .scenes import ALICE, SUPPORT, Cast, expect, login_text
from .stage import APP_DOMAIN, Stage
from .transcript import Transcript


async def _approve(cast: Cast, lsp: LimitedScopeProfile) -> None:
    await cast.alice.sync()
    await cast.alice.approve(lsp.name)
    await lsp.sync()


async def keys_later_and_an_end(stage: Stage, cast: Cast, out: Transcript) -> None:
    """The keys are handed over only after the acceptance; then Alice ends the link."""
    async with out.step("8", "Keys only after the acceptance, and the end of a link"):
        lsp = await (await stage.party()).create_lsp(stage.app, stage.wallet)
        await lsp.request_link(ALICE, stage.wallet, hand_over_after_accept=True)
        await _approve(cast, lsp)
        held = {link.profile_name: link.state for link in await cast.alice.links()}
        expect(held[lsp.name] is LinkState.AWAITING_KEYS, "the link waits for its keys")
        out.say("Alice", f"has approved {short(lsp.name)}: {held[lsp.name]}")
        await cast.alice.sync()
        held = {link.profile_name: link.state for link in await cast.alice.links()}
        expect(held[lsp.name] is LinkState.LINKED, "the keys have come")
        out.say("Alice", f"has the keys: {held[lsp.name]}")
        await cast.alice.remove_link(lsp.name)
        await lsp.sync()
        asking = await lsp.link_status()
        expect(asking is not None and asking.state is OutgoingLinkState.UNLINKED, "the profile is told")
        out.say("Visitor", (await lsp.notices())[-1].sentence)
        out.note(profile=lsp.name, ended=True)


async def new_keys(stage: Stage, cast: Cast, out: Transcript) -> None:
    """After a leak: new keys under the old names, approved by Alice."""
    async with out.step("9", "New keys after a leak, under the same name"):
        old = cast.lsp.identity.signed.hash
        await cast.lsp.rotate_keys()
        new = cast.lsp.identity.signed.hash
        expect(old != new, "the profile is another")
        await cast.lsp.request_link(ALICE, stage.wallet)
        await _approve(cast, cast.lsp)
        held = {link.profile_name: link.profile_hash for link in await cast.alice.links()}
        expect(held[cast.lsp.name] == new, "Alice holds the new keys")
        out.say("Visitor", f"{short(cast.lsp.name)}: {old[:10]}… → {new[:10]}…, approved by Alice")
        out.note(profile=cast.lsp.name, before=old, after=new)


async def two_profiles(stage: Stage, cast: Cast, out: Transcript) -> None:
    """Any two profiles can be linked: Alice's work profile into her private inbox."""
    async with out.step("10", "Two ordinary profiles in one inbox"):
        work_name = f"alice.{APP_DOMAIN}"
        work = await (await stage.party()).create_profile(APP_DOMAIN, stage.wallet, alias=work_name)
        await work.request_link(ALICE, stage.wallet)
        await cast.alice.sync()
        await cast.alice.approve(work_name)
        await work.sync()
        await cast.support.send(work_name, "A question for the office.")
        read = [(message.profile, message.content) for message in await cast.alice.sync()]
        expect((work_name, "A question for the office.") in read, "it is in Alice's inbox")
        await cast.alice.send_as(work_name, SUPPORT, "The office is listening.")
        heard = [message.peer for message in await cast.support.sync()]
        expect(heard == [work_name], "support hears the work profile")
        out.say("Alice", f"reads and answers as {work_name} from her own inbox")
        out.note(profile=work_name)


async def escrow(stage: Stage, cast: Cast, out: Transcript) -> None:
    """A profile that was never linked is reopened on another device with its recovery code."""
    async with out.step("11", "A recovery code instead of a main profile"):
        owner = stage.new_wallet()
        page = await stage.party()
        text = login_text(stage, owner.address, page.seconds())
        signature = owner.sign_now(text)
        first = await page.embed_lsp(
            stage.app, auth_message=text, owner_address=owner.address, auth_sig=signature
        )
        code = await first.protect_with_code()
        out.say("Visitor", "is shown a recovery code; the delivery service keeps a sealed blob")
        device = await stage.party()
        again = await device.reopen_lsp(stage.app, owner, code=code)
        expect(again.name == first.name, "it is the same profile")
        await again.send(SUPPORT, "Same me, other device.")
        heard = [message.peer for message in await cast.support.sync()]
        expect(heard == [first.name], "support hears the same profile")
        out.say("Device", f"is {short(again.name)} again, by the code and the wallet's signature")
        out.note(profile=again.name)
