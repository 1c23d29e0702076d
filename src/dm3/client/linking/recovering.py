"""Recovery on a device without keys: what a temporary profile asks, and how it takes the keys over."""

from __future__ import annotations

from typing import Final, assert_never

from msgspec import Struct

from dm3.base import owner_of
from dm3.base.errors import BadSignature, LocalProtocolError, MalformedData
from dm3.crypto import KeyWallet, PairingCode, ProfileKeys, wallet_key_from
from dm3.model import LinkKind, LinkPayload, RecordKey
from dm3.protocol.linking import (
    DAY,
    DEFAULT_TERM,
    OutgoingLink,
    OutgoingLinkState,
    Recovery,
    RecoveryEffect,
    RecoveryState,
    RecoveryStep,
    handle_keys,
    handle_refused_recovery,
    new_link_message,
    pairing_proofs,
    parse_record,
    pass_time_of_recovery,
    print_link_message,
    recovery_payload,
)
from dm3.protocol.names import ResolvedProfile, owner_alias_for
from dm3.store.vault import Change

from ..messaging.service_messages import note_handled
from ..profiles.ens_names import address_of_owned
from ..reading.receiving import OpenedMessage
from ..state.context import Context
from ..state.identity import Identity, IdentityKind, Stage
from ..state.look_ups import Aftermath, looked_up, nothing_more
from ..state.open_profile import OpenProfile
from ..state.readers import new_reader
from ..state.records import ASKINGS, IDENTITIES, RECOVERIES
from ..state.wallets import Wallet, signature_of
from .addressee import signer_of
from .clock_check import require_right_clock
from .link_messages import enqueue_link
from .published_record import also_known_as, keep_record

PATIENCE: Final = 30 * DAY
"""How long a recovery waits for the main profile, in seconds: as long as messages are kept."""


class PublishedState(Struct, frozen=True):
    """What is public of a profile that is recovered, and of its main profile.

    ``main_owner`` is the owner of its name, ``reads_ours``: it reads the recovered profile's mailbox.
    """

    published: ResolvedProfile
    main_owner: str
    aliases: tuple[str, ...]
    public_record: bool
    valid_until: int
    reads_ours: bool


async def new_recovery(
    context: Context,
    temporary: Identity,
    published: ResolvedProfile,
    main_name: str,
    wallet: Wallet | None,
    pairing: PairingCode | None = None,
) -> Recovery:
    """Have the wallet sign for recovering ``published`` into ``temporary`` (specification 3.5).

    Without a wallet the one of the temporary profile signs, which counts for some links by ``pairing`` only.
    """
    signer, account = signer_of(temporary, wallet)
    now = context.seconds()
    message = new_link_message(
        LinkKind.RECOVER,
        main_name=main_name,
        uri=temporary.uri,
        owner=account,
        profile_name=published.name,
        profile_hash=published.signed.hash,
        now=now,
        random=context.random,
        term=PATIENCE,
        recover_into=temporary.profile.hash,
        chain_id=context.chain_of(signer),
    )
    text = print_link_message(message)
    main = (await context.directory.profile(main_name)).signed.profile
    await require_right_clock(context, temporary.profile.profile, main)
    signature = await signature_of(signer, text)
    if not await context.directory.verifier.signed(account, text, signature):
        raise BadSignature("the wallet signed with another account than it says it has")
    return Recovery(
        state=RecoveryState.NEW,
        profile_name=published.name,
        profile_hash=published.signed.hash,
        main_name=message.main_name,
        temporary_name=temporary.name,
        link_message=text,
        wallet_signature=signature,
        started_at=now,
        gives_up_at=now + PATIENCE,
        pairing=None if pairing is None else pairing_proofs(pairing, text),
    )


class Recovering:
    """Takes the keys of another profile over for a temporary one."""

    def __init__(self, own: OpenProfile) -> None:
        self._own = own
        self._context = own.context

    async def recovery(self) -> Recovery:
        """How the recovery stands. Raises `LocalProtocolError` where there is none."""
        found = await self._context.vault.get(RECOVERIES, self._own.account)
        if found is None:
            raise LocalProtocolError("this profile recovers nothing")
        return found

    async def handle_link(self, opened: OpenedMessage) -> Aftermath:
        """Take in the main profile's answer, as a step of `dm3.client.state.look_ups`."""
        recovery = await self.recovery()
        main = await self._context.directory.profile(opened.message.from_)
        also = await also_known_as(self._context.directory, main, recovery.main_name)
        if opened.message.link is not None and opened.message.link.kind is LinkKind.REJECT:
            await self.commit(handle_refused_recovery(recovery, opened.message, main.signed.profile, also))
            return nothing_more
        published = await self._context.directory.profile(recovery.profile_name, fresh=True)
        step = handle_keys(recovery, opened.message, main.signed.profile, published, also)
        change = self._context.vault.change()
        note_handled(self._own, change, opened.message)
        await self.commit(step, change, await self._former(published, main.owner, opened.carrier))
        return nothing_more

    async def _former(
        self, published: ResolvedProfile, main_owner: str, carrier: str | None
    ) -> PublishedState:
        """What is public of the profile to take over: its owner alias, and how its link was published."""
        names = self._context.names
        alias = owner_alias_for(published.name, self._own.identity.owner)
        owner, app = owner_of(alias) or (self._own.identity.owner, self._own.identity.app)
        aliased = await address_of_owned(names, owner, app) == published.owner
        value = await looked_up(
            ("link-record", published.name), lambda: names.text(published.name, RecordKey.LINK)
        )
        try:
            record = None if value is None else parse_record(value)
        except MalformedData:
            record = None
        public = record is not None and record.main is not None
        # Where the main profile does not say until when the link is valid, its record does.
        until = record.valid_until if record else self._context.seconds() + DEFAULT_TERM
        aliases, reads_ours = (alias,) if aliased else (), carrier == published.name
        return PublishedState(published, main_owner, aliases, public, until, reads_ours)

    async def pass_time(self) -> Aftermath:
        """Give up after a time, as a step of `dm3.client.state.look_ups`."""
        await self.commit(pass_time_of_recovery(await self.recovery(), self._context.seconds()))
        return nothing_more

    async def commit(
        self, step: RecoveryStep, change: Change | None = None, former: PublishedState | None = None
    ) -> None:
        """Commit a step with what it causes; ``former`` is the profile that is taken over by it."""
        change = change or self._context.vault.change()
        change.put(RECOVERIES, self._own.account, step.recovery)
        adopted: tuple[Identity, OutgoingLink] | None = None
        for effect in step.effects:
            match effect:
                case RecoveryEffect.SEND_RECOVER:
                    self._send(change, step.recovery)
                case RecoveryEffect.ADOPT_KEYS:
                    if step.payload and step.keys and former:
                        adopted = self._adopt(change, step.recovery, step.payload, step.keys, former)
                case RecoveryEffect.PUBLISH_RECORD:  # published after the commit, by `finish`
                    if adopted is not None:
                        keep_record(change, *adopted)
                case RecoveryEffect.DISCARD_TEMPORARY:
                    pass  # after the commit, by `finish` or `forget`: until then it tells how this stands
                case other:
                    assert_never(other)
        await self._context.vault.commit(change)

    def _send(self, change: Change, recovery: Recovery) -> None:
        name = self._own.account
        enqueue_link(
            change, self._own, recovery_payload(recovery), to=recovery.main_name, from_=name, sender=name
        )

    def _adopt(
        self,
        change: Change,
        recovery: Recovery,
        payload: LinkPayload,
        keys: ProfileKeys,
        former: PublishedState,
    ) -> tuple[Identity, OutgoingLink]:
        """Take the profile over, with its link."""
        temporary, published, name = self._own.identity, former.published, recovery.profile_name
        # Way 1 derives its wallet from the seed (other implementations may do so in other ways, and
        # then it is not ours to use); way 2 has sent its random one along.
        wallet_key = payload.wallet_key or wallet_key_from(keys.seed)
        is_its_own = KeyWallet(wallet_key).address == published.owner
        adopted = Identity(
            kind=IdentityKind.LIMITED,
            name=name,
            aliases=former.aliases,
            app=temporary.app,
            uri=temporary.uri,
            address=published.owner,
            owner=temporary.owner,
            seed=keys.seed,
            nonce=payload.nonce or "",
            signed=published.signed.text,
            reader=new_reader(self._context.random),
            stage=Stage.TAKEN_OVER,
            wallet_key=wallet_key if is_its_own else None,
            wallet_is_random=is_its_own and payload.wallet_key is not None,
        )
        asking = OutgoingLink(
            state=OutgoingLinkState.LINKED,
            main_name=recovery.main_name,
            link_message=recovery.link_message,
            wallet_signature=recovery.wallet_signature,
            requested_until=payload.valid_until or former.valid_until,
            valid_until=payload.valid_until or former.valid_until,
            accepted_message=payload.link_message,
            main_signature=payload.signature,
            public_record=former.public_record,
            main_owner=former.main_owner,
            reads_ours=former.reads_ours,
        )
        change.put(IDENTITIES, name, adopted)
        change.put(ASKINGS, name, asking)
        return adopted, asking
