"""The asking side of linking: a profile that is, or is to be, linked to a main one (specification 3)."""

from __future__ import annotations

from contextlib import suppress
from typing import assert_never

from msgspec.structs import replace

from dm3.base.errors import BadSignature, Dm3Error, LocalProtocolError
from dm3.crypto import PairingCode
from dm3.model import Draft, LinkKind, LinkPayload, Message, MessageType
from dm3.protocol.linking import (
    DEFAULT_TERM,
    Asking,
    AskingEffect,
    AskingState,
    AskingStep,
    Disclosure,
    OwnProfile,
    ask,
    disclosure_of,
    end,
    ending_payload,
    is_superseded,
    issue_time,
    keys_payload,
    new_link_message,
    pairing_proofs,
    pass_time_of_asking,
    print_link_message,
    request_payload,
    take_acceptance,
    take_ending,
)
from dm3.protocol.messages import compose
from dm3.store.vault import Change, Conflict
from dm3.wire import SERVICE_FALLBACK, link_type

from ..messaging.outbox import enqueue
from ..reading.receiving import Opened
from ..state.look_ups import Aftermath, nothing_more, step
from ..state.records import ASKINGS
from ..state.wallets import Wallet, signature_of
from .addressee import find_addressee, means, signer_of
from .clock_check import require_right_clock
from .copies import CopyingAccount
from .published_record import also_known_as, keep_record, linked_elsewhere, publish_waiting, withdraw_record
from .requester_notices import ending_sentence, late_keys_sentence


class LinkableProfile(CopyingAccount):
    """A profile that can ask to be linked to another: one for an application, or any other."""

    async def request_link(
        self,
        main_name: str,
        wallet: Wallet | None,
        *,
        term: int = DEFAULT_TERM,
        public: bool = False,
        hand_over_after_accept: bool = False,
        pairing: PairingCode | str | None = None,
        other_owner: bool = False,
        allow_unknown: bool = False,
    ) -> Asking:
        """Ask the main profile ``main_name`` to take this profile in (specification 3.3).

        ``wallet`` is the owner's and signs the Link Message; None: the profile's own. ``term`` in seconds. On
        a link that is there already this renews its validity. ``public`` has the published record name the
        main profile; ``hand_over_after_accept`` sends the keys only after the acceptance.

        A main profile of another account than the one that signs is asked with the ``pairing`` code that its
        messenger shows, and the keys go only once its acceptance has proved that code; for programs
        ``other_owner`` says that it is meant. ``allow_unknown``: ask it, though nothing is known of what it
        reads, with the keys only after the acceptance. Each is said once, and holds for renewals.

        Raises `AnotherOwner`, `MistypedPairingCode`, `UnsupportedByPeer` when the main profile takes no
        links, `NothingKnown` where it does not say so, `BadSignature` when the wallet is not the owner's,
        `NotFound` or `Unreachable` when the main profile cannot be looked up, `LocalProtocolError` for a
        profile that no resolver keeps a link record of, and `Conflict` when another program with this vault
        takes such a step meanwhile.
        """
        identity, context = self._identity, self._context
        if identity.is_self_published:
            raise LocalProtocolError(
                f"{identity.name} cannot be linked to another: no resolver keeps its link record",
                hint="Link a profile below a resolver's domain. Others may be linked to this one.",
            )
        said = means(pairing, other_owner, allow_unknown)
        signer, account = signer_of(identity, wallet)
        before = await self.link()
        addressee = await find_addressee(context, identity, before, main_name, account, said)
        message = new_link_message(
            LinkKind.REQUEST,
            main_name=addressee.name,
            uri=identity.uri,
            owner=account,
            profile_name=self.name,
            profile_hash=identity.profile.hash,
            now=issue_time(before, context.seconds()),
            random=context.random,
            term=term,
            chain_id=context.chain_of(signer),
        )
        text = print_link_message(message)
        main = (await context.directory.profile(main_name)).signed.profile
        await require_right_clock(context, identity.profile.profile, main)
        signature = await signature_of(signer, text)
        if not await context.directory.verifier.signed(account, text, signature):
            raise BadSignature(
                f"the wallet that signed is not the profile's owner {identity.owner}",
                hint="Choose the account with which the profile was made.",
            )

        async def asked() -> Asking:
            asking, revision = await self._asked()
            made = ask(
                asking or await linked_elsewhere(context, identity, message),
                text=text,
                message=message,
                wallet_signature=signature,
                after_accept=hand_over_after_accept or addressee.keys_later,
                public_record=public,
                pairing=None if said.pairing is None else pairing_proofs(said.pairing, text),
                main_owner=addressee.owner,
                other_owner=other_owner,
            )
            await self._step(made, revision)
            return made.asking

        asking = await step(self._busy, asked)
        await self._hand_over()
        await self._afterwards()
        return asking

    async def renew_link(self, wallet: Wallet | None, *, term: int = DEFAULT_TERM) -> Asking:
        """Move the validity of the link; raises `LocalProtocolError` when there is none."""
        asking = await self.link()
        if asking is None or asking.state is not AskingState.LINKED:
            raise LocalProtocolError("there is no link to renew", hint="Ask for one with request_link.")
        return await self.request_link(asking.main_name, wallet, term=term, public=asking.public_record)

    async def disclosure(self) -> Disclosure:
        """What proves the link to somebody to whom the private record alone tells nothing."""
        asking = await self.link()
        if asking is None:
            raise LocalProtocolError("there is no link to disclose")
        return disclosure_of(asking, self._identity.keys)

    async def end_link(self) -> None:
        """End the link, or take the request back: the record is withdrawn, the main profile is told.

        From now on only: keys that were handed over cannot be taken back. Raises `LocalProtocolError`
        when there is neither.
        """

        async def ended() -> None:
            asking, revision = await self._asked()
            if asking is None:
                raise LocalProtocolError("there is no link to end")
            await self._step(end(asking), revision)

        await step(self._busy, ended)
        await self._hand_over()
        await self._afterwards()

    async def _take_link(self, opened: Opened) -> Aftermath:
        message = opened.message
        sender = await self._context.directory.profile(message.from_)
        main = sender.signed.profile
        asking, revision = await self._asked()
        also = await also_known_as(self._context, sender, asking.main_name) if asking else ()
        if is_superseded(asking, message, main, self.name, also):
            change = self._context.vault.change()
            self._remember(change, message)
            await self._context.vault.commit(change)
            return nothing_more
        if message.link is not None and message.link.kind in (LinkKind.REJECT, LinkKind.REVOKE):
            taken = take_ending(asking, message, main, also)
        else:
            taken = take_acceptance(
                asking,
                message,
                main,
                self.name,
                self._identity.profile.hash,
                self._context.seconds(),
                also,
            )
            taken = replace(taken, asking=replace(taken.asking, reads_ours=self._came_by_us(opened)))
        await self._step(taken, revision, handled=message)
        return nothing_more

    async def _step(self, step: AskingStep, revision: int, handled: Message | None = None) -> None:
        """Commit a step with all the messages that it causes (specification 3.3).

        ``revision`` is that of what the step was made on. Raises `Conflict` when there is another by now.
        """
        change = self._context.vault.change()
        if handled is not None:
            self._remember(change, handled)
        change.put(ASKINGS, self._identity.name, step.asking, expect=revision)
        for effect in step.effects:
            await self._prepare(change, effect, step.asking, handled.link if handled else None)
        await self._context.vault.commit(change)

    async def _prepare(
        self, change: Change, effect: AskingEffect, asking: Asking, handled: LinkPayload | None
    ) -> None:
        match effect:
            case AskingEffect.SEND_LINK:
                self._send_link(change, asking, request_payload(asking, self._own()))
            case AskingEffect.SEND_LINK_WITH_KEYS:
                self._send_link(change, asking, keys_payload(asking, self._own()))
                if not await self._context.lists_as_supported(asking.main_name, MessageType.LINK_REJECT):
                    self._notice(change, "link-keys", late_keys_sentence(asking))
            case AskingEffect.PUBLISH_RECORD:  # published after the commit, by `_afterwards`
                if asking.accepted_message is not None:  # before, there is nothing to be said
                    keep_record(change, self._identity, asking)
            case AskingEffect.WITHDRAW_RECORD:  # as above
                withdraw_record(change, self._identity)
            case AskingEffect.SEND_REVOKE:
                await self._send_revoke(change, asking)
            case AskingEffect.FORWARD_HISTORY:
                await self._forward_history(change, asking)
            case AskingEffect.NOTIFY_USER:
                self._notice(change, "link-ended", ending_sentence(asking, handled))
            case other:
                assert_never(other)

    def _own(self) -> OwnProfile:
        identity = self._identity
        return OwnProfile(
            name=self.name,
            hash=identity.profile.hash,
            seed=identity.seed,
            nonce=identity.nonce,
            wallet_key=identity.wallet_key if identity.wallet_is_random else None,
        )

    async def _send_revoke(self, change: Change, asking: Asking) -> None:
        if not await self._context.lists_as_supported(asking.main_name, MessageType.LINK_REVOKE):
            return
        # A later request may have come there as a renewal or wait for the user: all of them are ended.
        for text in reversed(asking.messages):
            payload = ending_payload(
                LinkKind.REVOKE,
                profile_name=self.name,
                profile_hash=self._identity.profile.hash,
                link_message=text,
                signing_key=self._identity.keys.signing_private,
            )
            self._send_link(change, asking, payload)

    def _send_link(self, change: Change, asking: Asking, payload: LinkPayload) -> None:
        draft = Draft(
            to=asking.main_name,
            from_=self.name,
            timestamp=self._context.milliseconds(),
            type=link_type(payload),
            content=SERVICE_FALLBACK,
            link=payload,
        )
        message = compose(draft, self._identity.keys.signing_private)
        enqueue(
            change,
            self._context,
            account=self._identity.name,
            to=asking.main_name,
            sender=self.name,
            text=message.text,
            # With keys: should the name pass to somebody else on the way, they do not go there.
            receiver_owner=asking.main_owner or None if payload.profile_key else None,
            # Ours alone, and dropped where the other side turns out not to read it.
            optional=payload.kind is LinkKind.REVOKE,
        )

    async def _pass_time(self) -> Aftermath:
        asking, revision = await self._asked()
        if asking is None:
            return nothing_more
        later = pass_time_of_asking(asking, self._context.seconds())
        if later != asking:
            with suppress(Conflict):  # another program sees to it
                await self._context.vault.put(ASKINGS, self._identity.name, later, expect=revision)
        return nothing_more

    async def _afterwards(self) -> None:
        """Publish the link record, now or with the next `sync`."""
        try:
            await publish_waiting(self._context, self._identity)
        except Dm3Error as error:
            self.errors.append(error)
