"""The asking side of linking: a profile that is, or is to be, linked to a main one (specification 3)."""

from __future__ import annotations

from contextlib import suppress
from typing import assert_never

from msgspec.structs import replace

from dm3.base.errors import BadSignature, Dm3Error, LocalProtocolError
from dm3.model import LinkKind, LinkPayload, Message, MessageType
from dm3.protocol.linking import (
    OutgoingLink,
    OutgoingLinkEffect,
    OutgoingLinkStep,
    OwnProfile,
    ask,
    end,
    ending_payload,
    handle_acceptance,
    handle_ending,
    is_superseded,
    issue_time,
    keys_payload,
    new_link_message,
    pairing_proofs,
    pass_time_of_asking,
    print_link_message,
    request_payload,
)
from dm3.store.vault import Change, Conflict

from ..messaging.outgoing import Outgoing
from ..messaging.service_messages import note_handled, put_notice
from ..reading.receiving import OpenedMessage
from ..state.look_ups import Aftermath, nothing_more, step
from ..state.open_profile import OpenProfile
from ..state.records import ASKINGS
from ..state.wallets import Wallet, signature_of
from .addressee import Means, find_addressee, signer_of
from .clock_check import require_right_clock
from .copies import Copies
from .link_messages import enqueue_link
from .published_record import also_known_as, keep_record, linked_elsewhere, publish_waiting, withdraw_record
from .requester_notices import ending_sentence, late_keys_sentence


class LinkRequester:
    """Asks a main profile to take this profile in, and takes in what it answers."""

    def __init__(self, own: OpenProfile, copies: Copies, outgoing: Outgoing) -> None:
        self._own = own
        self._context = own.context
        self._copies = copies
        self._outgoing = outgoing

    async def asked(self) -> OutgoingLink | None:
        """What is known of the link to a main profile; None when none was asked for."""
        return (await self._copies.asked())[0]

    async def with_revision(self) -> tuple[OutgoingLink | None, int]:
        """As `asked`, and its revision in the vault, on which the next step is made."""
        return await self._copies.asked()

    async def request(
        self,
        main_name: str,
        wallet: Wallet | None,
        *,
        term: int,
        public: bool,
        after_accept: bool,
        said: Means,
    ) -> OutgoingLink:
        """Ask ``main_name``, or renew the link; what it raises: `OwnLink.request_link`."""
        identity, context = self._own.identity, self._context
        if identity.is_self_published:
            raise LocalProtocolError(
                f"{identity.name} cannot be linked to another: no resolver keeps its link record",
                hint="Link a profile below a resolver's domain. Others may be linked to this one.",
            )
        signer, account = signer_of(identity, wallet)
        before = await self.asked()
        addressee = await find_addressee(context, identity, before, main_name, account, said)
        message = new_link_message(
            LinkKind.REQUEST,
            main_name=addressee.name,
            uri=identity.uri,
            owner=account,
            profile_name=identity.shown_name,
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

        async def asked() -> OutgoingLink:
            asking, revision = await self.with_revision()
            made = ask(
                asking
                or await linked_elsewhere(context.directory, identity.name, message, context.seconds()),
                text=text,
                message=message,
                wallet_signature=signature,
                after_accept=after_accept or addressee.keys_later,
                public_record=public,
                pairing=None if said.pairing is None else pairing_proofs(said.pairing, text),
                main_owner=addressee.owner,
                other_owner=said.other_owner,
            )
            await self.commit(made, revision)
            return made.asking

        asking = await step(self._own.busy, asked)
        await self._outgoing.hand_over()
        await self.publish()
        return asking

    async def end(self) -> None:
        """End the link or take the request back. Raises `LocalProtocolError` when there is neither."""

        async def ended() -> None:
            asking, revision = await self.with_revision()
            if asking is None:
                raise LocalProtocolError("there is no link to end")
            await self.commit(end(asking), revision)

        await step(self._own.busy, ended)
        await self._outgoing.hand_over()
        await self.publish()

    async def handle_link(self, opened: OpenedMessage) -> Aftermath:
        """Take in what a main profile says of the link to it, as a step of `dm3.client.state.look_ups`."""
        message = opened.message
        sender = await self._context.directory.profile(message.from_)
        main = sender.signed.profile
        asking, revision = await self.with_revision()
        also = await also_known_as(self._context.directory, sender, asking.main_name) if asking else ()
        if is_superseded(asking, message, main, self._own.identity.shown_name, also):
            change = self._context.vault.change()
            note_handled(self._own, change, message)
            await self._context.vault.commit(change)
            return nothing_more
        if message.link is not None and message.link.kind in (LinkKind.REJECT, LinkKind.REVOKE):
            taken = handle_ending(asking, message, main, also)
        else:
            taken = handle_acceptance(
                asking,
                message,
                main,
                self._own.identity.shown_name,
                self._own.identity.profile.hash,
                self._context.seconds(),
                also,
            )
            taken = replace(taken, asking=replace(taken.asking, reads_ours=self._copies.came_by_us(opened)))
        await self.commit(taken, revision, handled=message)
        return nothing_more

    async def commit(self, step: OutgoingLinkStep, revision: int, handled: Message | None = None) -> None:
        """Commit a step with all the messages that it causes (specification 3.3).

        ``revision`` is that of what the step was made on. Raises `Conflict` when there is another by now.
        """
        change = self._context.vault.change()
        if handled is not None:
            note_handled(self._own, change, handled)
        change.put(ASKINGS, self._own.account, step.asking, expect=revision)
        for effect in step.effects:
            await self._prepare(change, effect, step.asking, handled.link if handled else None)
        await self._context.vault.commit(change)

    async def _prepare(
        self, change: Change, effect: OutgoingLinkEffect, asking: OutgoingLink, handled: LinkPayload | None
    ) -> None:
        match effect:
            case OutgoingLinkEffect.SEND_LINK:
                self._send_link(change, asking, request_payload(asking, self._own_profile()))
            case OutgoingLinkEffect.SEND_LINK_WITH_KEYS:
                self._send_link(change, asking, keys_payload(asking, self._own_profile()))
                if not await self._context.lists_as_supported(asking.main_name, MessageType.LINK_REJECT):
                    put_notice(self._own, change, "link-keys", late_keys_sentence(asking))
            case OutgoingLinkEffect.PUBLISH_RECORD:  # published after the commit, by `publish`
                if asking.accepted_message is not None:  # before, there is nothing to be said
                    keep_record(change, self._own.identity, asking)
            case OutgoingLinkEffect.WITHDRAW_RECORD:  # as above
                withdraw_record(change, self._own.identity)
            case OutgoingLinkEffect.SEND_REVOKE:
                await self._send_revoke(change, asking)
            case OutgoingLinkEffect.FORWARD_HISTORY:
                await self._copies.forward_history(change, asking)
            case OutgoingLinkEffect.NOTIFY_USER:
                put_notice(self._own, change, "link-ended", ending_sentence(asking, handled))
            case other:
                assert_never(other)

    def _own_profile(self) -> OwnProfile:
        identity = self._own.identity
        return OwnProfile(
            name=self._own.identity.shown_name,
            hash=identity.profile.hash,
            seed=identity.seed,
            nonce=identity.nonce,
            wallet_key=identity.wallet_key if identity.wallet_is_random else None,
        )

    async def _send_revoke(self, change: Change, asking: OutgoingLink) -> None:
        if not await self._context.lists_as_supported(asking.main_name, MessageType.LINK_REVOKE):
            return
        # A later request may have come there as a renewal or wait for the user: all of them are ended.
        for text in reversed(asking.messages):
            payload = ending_payload(
                LinkKind.REVOKE,
                profile_name=self._own.identity.shown_name,
                profile_hash=self._own.identity.profile.hash,
                link_message=text,
                signing_key=self._own.identity.keys.signing_private,
            )
            self._send_link(change, asking, payload)

    def _send_link(self, change: Change, asking: OutgoingLink, payload: LinkPayload) -> None:
        name = self._own.identity.shown_name
        enqueue_link(
            change,
            self._own,
            payload,
            to=asking.main_name,
            from_=name,
            sender=name,
            # With keys: should the name pass to somebody else on the way, they do not go there.
            receiver_owner=asking.main_owner or None if payload.profile_key else None,
            # Ours alone, and dropped where the other side turns out not to read it.
            optional=payload.kind is LinkKind.REVOKE,
        )

    async def pass_time(self) -> Aftermath:
        """Let a request lapse or the link expire, as a step of `dm3.client.state.look_ups`."""
        asking, revision = await self.with_revision()
        if asking is None:
            return nothing_more
        later = pass_time_of_asking(asking, self._context.seconds())
        if later != asking:
            with suppress(Conflict):  # another program sees to it
                await self._context.vault.put(ASKINGS, self._own.account, later, expect=revision)
        return nothing_more

    async def publish(self) -> None:
        """Publish the link record, now or with the next `sync`."""
        try:
            await publish_waiting(self._own)
        except Dm3Error as error:
            self._own.note(error)
