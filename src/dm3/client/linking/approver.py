"""The main profile's desk for linking: what waits, what is linked, and what decisions cause."""

from __future__ import annotations

from functools import partial
from typing import Any, NoReturn

from msgspec.structs import replace

from dm3.base import normalize
from dm3.base.errors import NotFound
from dm3.model import LinkKind, Message
from dm3.protocol.linking import (
    CheckedRequest,
    Decision,
    Disclosure,
    Link,
    LinkPolicy,
    LinkRefused,
    MainProfile,
    NonceQuestion,
    Reason,
    RecoveryMode,
    Request,
    approve,
    check_request,
    decide,
    disclosure_held,
    handle_revocation,
    is_decision_told,
    named_payloads,
    pass_time_at_main,
    reject,
    remove,
    require_one_name,
)
from dm3.store.vault import Change, Conflict

from ..state.linked_profiles import LinkedProfiles
from ..state.open_profile import OpenProfile
from ..state.settings_record import policy_of
from .approver_effects import LinkAftermath, LinkEffects
from .approver_notices import LinkNotices
from .linked_mailboxes import LinkedMailboxes
from .pairing import HeldOffer, PairingDesk
from .pending_requests import PendingRequests
from .refused_requests import RefusedRequests
from .replies import Answer, LinkReplies
from .store import LinkSnapshot, LinkStore
from .views import RequestView


class LinkApprover:
    """Keeps one main profile's requests and links. State and messages are committed together."""

    def __init__(
        self,
        own: OpenProfile,
        linked: LinkedProfiles,
        mailboxes: LinkedMailboxes,
    ) -> None:
        self._own = own
        self._context = own.context
        self._linked = linked
        self._book = LinkStore(own.context.vault, own.account)
        self._pending = PendingRequests(self._book)
        self._answers = LinkReplies(own)
        self._notices = LinkNotices(own)
        self._effects = LinkEffects(self._answers, self._notices, mailboxes, own.note)
        self._refused = RefusedRequests(own, self._answers)
        self.pairing = PairingDesk(own)

    async def policy(self) -> LinkPolicy:
        """The rules that are in force: what the user has set, else what the program was started with."""
        return await policy_of(self._context, self._own.account)

    async def requests(self) -> list[Request]:
        """The requests on which the user has to decide, oldest first."""
        return await self._pending.all()

    async def links(self) -> list[Link]:
        """Every link, whatever its state."""
        return await self._linked.all()

    async def link(self, profile_name: str) -> Link | None:
        """The link with ``profile_name`` (in normal form), whatever its state."""
        return (await self._book.held(profile_name)).link

    async def disclosure(self, profile_name: str) -> Disclosure:
        """What proves the link with ``profile_name``. Raises `NotFound` or `LinkRefused`."""
        link = await self.link(normalize(profile_name))
        if link is None:
            raise NotFound(f"{normalize(profile_name)} is not linked")
        return disclosure_held(link, self._own.identity.keys.signing_private)

    async def handle(self, message: Message, handled: Change) -> LinkAftermath:
        """Check a LINK or LINK_RECOVER and decide; ``handled`` marks the message as dealt with.

        Returns what is left to be done with services. Raises `LinkRefused`, or `Unreachable` when the checks
        have to wait.
        """
        if message.link is not None and message.link.kind is LinkKind.REVOKE:
            return await self._handle_revocation(message, handled)
        if message.link is None:
            raise LinkRefused(Reason.WRONG_TYPE)
        # One request may be about several profiles, of which the user says which: each waits by itself.
        refusals: list[tuple[Message, LinkRefused]] = []
        later, taken = LinkAftermath(), 0
        for payload in named_payloads(message.link, await self.links()):
            one = replace(message, link=payload)
            try:
                later.extend(await self._handle_one(one, handled, first=taken == 0))
                taken += 1
            except LinkRefused as refused:
                refusals.append((one, refused))
        if taken == 0:
            await self._close(*refusals[-1])
        await self._context.vault.commit(handled)
        return later

    async def _close(self, message: Message, refused: LinkRefused) -> NoReturn:
        """Nothing of a request counts: tell the asker who may know it, and count a wrong code, once.

        Always raises: ``refused``, or what still has to be looked up; until then nothing is changed.
        """
        assert message.link is not None  # noqa: S101  # by `take`
        offer = await self.pairing.held()
        held = await self._book.held(message.link.profile_name, message.link.kind)
        answer = partial(self._answer_nonce, message.hash)
        await self._refused.tell(message, self._main(offer), refused, held.link, answer)
        if refused.reason is Reason.WRONG_PAIRING:
            await self.pairing.count_wrong_try(offer, message.from_)
        raise refused

    async def _handle_one(self, message: Message, handled: Change, *, first: bool) -> LinkAftermath:
        """Check and decide for one profile; ``first``: the request's nonce is not used up by it yet."""
        now, payload = self._context.seconds(), message.link
        assert payload is not None  # noqa: S101  # by `take`
        for name in filter(None, (message.from_, payload.profile_name)):
            self._context.directory.forget(name)  # a request is checked against what is published now
        held = await self._book.held(payload.profile_name, payload.kind)
        policy = await self.policy()
        offer = await self.pairing.held()
        checked = await self._check(message, held, offer, policy, now)
        waiting = await self._pending.counted(checked, held.link)
        if held.link is None:
            require_one_name(checked, await self._book.requests(), policy, now)
        decision = decide(checked, held.request, held.link, waiting, policy, now)
        # The one Link Message that may come twice is that of a link whose keys were still to come.
        again = held.link is not None and held.link.link_message == checked.payload.link_message
        question = NonceQuestion(checked.owner, checked.link_message.nonce)
        again = again or await self._book.used_by(question) == checked.message_hash
        if first:
            self._book.use_nonce(handled, checked, policy, now, again=again)
        if checked.paired is not None:
            self.pairing.use_up(handled, offer)
        answer = Answer(
            checked.payload, checked.sender.name, checked.sender.signed.hash, paired=checked.paired
        )
        return await self._prepare(handled, held, decision, answer)

    async def _check(
        self, message: Message, held: LinkSnapshot, offer: HeldOffer, policy: LinkPolicy, now: int
    ) -> CheckedRequest:
        inquiry = check_request(message, self._main(offer), held.link, policy, now)
        answer = partial(self._answer_nonce, message.hash)
        checked: CheckedRequest = await self._context.directory.ask(inquiry, answer)
        return checked

    def _main(self, offer: HeldOffer) -> MainProfile:
        identity = self._own.identity
        return MainProfile((identity.shown_name, *identity.names), identity.owner, offer.offer)

    async def _handle_revocation(self, message: Message, handled: Change) -> LinkAftermath:
        held = await self._book.held(message.from_)
        linked = (await self._context.directory.profile(held.profile)).signed.profile
        decision = handle_revocation(held.request, held.link, message, linked)
        return await self._commit(handled, held, decision)

    async def approve(
        self, asked: str | RequestView, valid_until: int | None = None
    ) -> tuple[Link | None, LinkAftermath]:
        """The user approves this request, or the one of a profile to be linked.

        Returns the link, and what is left to be done with services. Raises `NotFound`, `LinkRefused`, or
        `Conflict` when another program has decided meanwhile.
        """
        held, request = await self._pending.meant(asked)
        now = self._context.seconds()
        decision = approve(request, held.link, await self.policy(), now, valid_until)
        answer = Answer(request.payload, request.reply_to, request.reply_hash, paired=request.paired)
        change = self._context.vault.change()
        for other in await self._pending.of_same_message(request):
            # It was about this profile then, and not about those.
            self._book.keep(change, other, Decision(request=None, link=other.link))
        return decision.link, await self._commit(change, held, decision, answer)

    async def reject(self, asked: str | RequestView, reason: str | None) -> None:
        """The user rejects this request, or that of a profile. Raises `NotFound`, or `Conflict` as above."""
        held, request = await self._pending.meant(asked, rejecting=True)
        decision = reject(request, held.link)
        answer: Answer | None = Answer(request.payload, request.reply_to, request.reply_hash, reason)
        # It may be about another profile, which may be approved yet.
        if not is_decision_told(request) or await self._pending.of_same_message(request):
            answer = None
        await self._commit(self._context.vault.change(), held, decision, answer)

    async def remove(self, profile_name: str) -> LinkAftermath:
        """The user removes a link; its keys are wiped. Raises `NotFound`, or `Conflict` as above."""
        held = await self._book.held(normalize(profile_name))
        if held.link is None:
            raise NotFound(f"{held.profile} is not linked")
        decision = remove(held.request, held.link)
        return await self._commit(self._context.vault.change(), held, decision)

    async def set_recovery(self, profile_name: str, mode: RecoveryMode | None) -> Link:
        """Whether the user is asked before keys of this link are given back; None: as the policy says.

        Raises `NotFound`, or `Conflict` as above.
        """
        held = await self._book.held(normalize(profile_name))
        if held.link is None:
            raise NotFound(f"{held.profile} is not linked")
        link = replace(held.link, recovery=mode)
        await self._commit(self._context.vault.change(), held, Decision(request=held.request, link=link))
        return link

    async def pass_time(self) -> LinkAftermath:
        """Let requests lapse and links expire; returns what is left to be done with services."""
        await self.pairing.retire_window()
        await self.pairing.forget_lapsed()
        now, later, policy = self._context.seconds(), LinkAftermath(), await self.policy()
        links = {link.profile_name: link for link in await self._linked.of_round()}
        requests = {(one.profile_name, one.payload.kind): one for one in await self._book.requests()}
        both = {(profile, LinkKind.REQUEST) for profile in links} | requests.keys()
        for profile, kind in sorted(both):
            request, link = requests.get((profile, kind)), links.get(profile)
            decision = pass_time_at_main(request, link, policy, now)
            if (decision.request, decision.link) != (request, link):
                held = await self._book.held(profile, kind)
                decision = pass_time_at_main(held.request, held.link, policy, now)
                try:
                    later.extend(await self._commit(self._context.vault.change(), held, decision))
                except Conflict:
                    continue  # another program sees to it
        await self._book.forget_nonces(now)
        return later

    # --- what is behind it --------------------------------------------------------------------

    async def _answer_nonce(self, asking: str, question: Any) -> str | None:
        assert isinstance(question, NonceQuestion)  # noqa: S101  # the only other kind that checks ask
        used_by = await self._book.used_by(question)
        # By this same message: another device of the profile has told of it before it came here.
        return None if used_by == asking else used_by

    async def _commit(
        self, change: Change, held: LinkSnapshot, decision: Decision, answer: Answer | None = None
    ) -> LinkAftermath:
        """Keep what was decided, with the messages that it causes, in one transaction."""
        later = await self._prepare(change, held, decision, answer)
        await self._context.vault.commit(change)
        return later

    async def _prepare(
        self, change: Change, held: LinkSnapshot, decision: Decision, answer: Answer | None
    ) -> LinkAftermath:
        self._book.keep(change, held, decision)
        if held.request is not None and decision.request is None:
            self._notices.settle(change, held.profile)
        return await self._effects.prepare(change, held, decision, answer)
