"""What must fail does: attempts that a client of ours would not even make, and their errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dm3.base.errors import KeyRuleViolation
from dm3.cli.console.output import short
from dm3.client import Client, LimitedScopeProfile, context_of, parts_of
from dm3.client.messaging import dispatch, enqueue
from dm3.client.state import ASKINGS
from dm3.crypto import HostSignature, KeyWallet, seed_from
from dm3.model import Draft, LinkKind, LinkPayload, MessageType
from dm3.protocol.linking import new_link_message, print_link_message
from dm3.protocol.messages import compose

from .scenes import ALICE, DAY, Cast, expect, login_text
from .stage import Stage
from .transcript import Transcript


async def must_fail(stage: Stage, cast: Cast, out: Transcript) -> None:
    """A sign-in as seed, a foreign wallet, a replay, an expired request: each is refused."""
    async with out.step("7", "What must fail does"):
        reasons = {"siwe-as-seed": _sign_in_as_seed(stage, out)}
        client = await stage.party()
        lsp = await client.create_lsp(stage.app, stage.wallet)
        now = client.seconds()

        foreign = _request(stage, lsp, now, stage.new_wallet())
        reasons["foreign-wallet"] = await _refused(cast, client, lsp, foreign, out)

        own = parts_of(cast.lsp).own
        asked = await own.context.vault.get(ASKINGS, own.account)
        accepted, signature = (asked.link_message, asked.wallet_signature) if asked else ("", "")
        replayed = _payload(lsp, accepted, signature, now + DAY)
        reasons["replayed"] = await _refused(cast, client, lsp, replayed, out)

        expired = _request(stage, lsp, now - 2 * DAY, stage.wallet)
        reasons["expired"] = await _refused(cast, client, lsp, expired, out)

        expect(not await cast.alice.link_requests(), "nothing of this is shown as approvable")
        wanted = {
            "siwe-as-seed": "key-rule",
            "foreign-wallet": "bad-wallet-signature",
            "replayed": "replayed",
            "expired": "expired",
        }
        expect(reasons == wanted, f"each is refused for its own reason: {reasons}")
        out.note(refused=reasons)


def _sign_in_as_seed(stage: Stage, out: Transcript) -> str:
    text = login_text(stage, stage.wallet.address, 1_700_000_000)
    login = HostSignature(text, stage.wallet.address, stage.wallet.sign_now(text))
    # The type checker refuses this call; at run time it is refused as well.
    unchecked: Callable[[Any], Any] = seed_from
    try:
        unchecked(login)
    except KeyRuleViolation as error:
        out.say("Key rule", str(error))
        return error.code
    return "accepted"


def _request(stage: Stage, lsp: LimitedScopeProfile, now: int, signer: KeyWallet) -> LinkPayload:
    """A LINK that names Alice's wallet as owner, signed by ``signer`` at the time ``now``."""
    identity = parts_of(lsp).own.identity
    message = new_link_message(
        LinkKind.REQUEST,
        main_name=ALICE,
        uri=identity.uri,
        owner=stage.wallet.address,
        profile_name=identity.name,
        profile_hash=identity.profile.hash,
        now=now,
        random=stage.random,
        term=DAY,
    )
    text = print_link_message(message)
    return _payload(lsp, text, signer.sign_now(text), now + DAY)


def _payload(lsp: LimitedScopeProfile, text: str, signature: str, valid_until: int) -> LinkPayload:
    identity = parts_of(lsp).own.identity
    return LinkPayload(
        kind=LinkKind.REQUEST,
        profile_name=identity.name,
        profile_hash=identity.profile.hash,
        valid_until=valid_until,
        link_message=text,
        signature=signature,
        profile_key=identity.seed,
        nonce=identity.nonce,
    )


async def _refused(
    cast: Cast, client: Client, lsp: LimitedScopeProfile, payload: LinkPayload, out: Transcript
) -> str:
    """Send the request past our own client's checks; returns the reason that Alice's inbox gives."""
    context, identity = context_of(client), parts_of(lsp).own.identity
    draft = Draft(
        to=ALICE,
        from_=identity.name,
        timestamp=context.milliseconds(),
        type=MessageType.LINK,
        link=payload,
    )
    message = compose(draft, identity.keys.signing_private)
    change = context.vault.change()
    enqueue(change, context, account=identity.name, to=ALICE, sender=identity.name, text=message.text)
    await context.vault.commit(change)
    await dispatch(context, identity.name)
    before = len(await cast.alice.refused())
    await cast.alice.sync()
    refused = (await cast.alice.refused())[before:]
    expect(len(refused) == 1, f"the request of {short(identity.name)} is refused")
    out.say("Refused", f"{refused[0].sentence} [{refused[0].reason}]")
    return refused[0].reason
