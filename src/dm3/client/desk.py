"""The main profile's desk for linking: what waits, what is linked, and what decisions cause."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dm3.base import normalize
from dm3.base.errors import NotFound
from dm3.model import LinkKind, Message
from dm3.protocol.linking import (
    CheckedRequest,
    Decision,
    Effect,
    Link,
    LinkPolicy,
    LinkState,
    MainProfile,
    NonceQuestion,
    Request,
    RequestState,
    Waiting,
    approve,
    check_request,
    decide,
    name_recovered,
    parse_link_message,
    pass_time_at_main,
    reject,
    remove,
    take_revocation,
)
from dm3.store.vault import Change

from .answers import Answer, AnswerDesk
from .context import Context
from .records import LINKS, NONCES, NOTICES, REQUESTS, WINDOWS, Identity, Notice, PairingWindow, UsedNonce


class LinkDesk:
    """Keeps one main profile's requests and links. State and messages are committed together."""

    def __init__(self, context: Context, identity: Identity) -> None:
        self._context = context
        self._identity = identity
        self._answers = AnswerDesk(context, identity)

    async def requests(self) -> list[Request]:
        """The requests on which the user has to decide, oldest first."""
        return [request for request in await self._all_requests() if request.state is RequestState.PENDING]

    async def links(self) -> list[Link]:
        """Every link, whatever its state."""
        found = await self._context.vault.entries(LINKS, section=self._identity.name)
        return [kept.record for kept in found]

    async def active(self) -> list[Link]:
        """The links in force whose keys are held."""
        return [
            link
            for link in await self.links()
            if link.state is LinkState.LINKED and link.profile_key is not None
        ]

    async def take(self, message: Message, handled: Change) -> Decision:
        """Check a LINK or LINK_RECOVER and decide; ``handled`` marks the message as dealt with.

        Raises `LinkRefused`, or `Unreachable` when the checks have to wait.
        """
        if message.link is not None and message.link.kind is LinkKind.REVOKE:
            return await self._take_revocation(message, handled)
        vault, now = self._context.vault, self._context.seconds()
        if message.link is not None:
            message = replace(message, link=name_recovered(message.link, await self.links()))
        profile = message.link.profile_name if message.link else ""
        for name in filter(None, (message.from_, profile)):
            self._context.directory.forget(name)  # a request is checked against what is published now
        request, link = await vault.get(REQUESTS, profile), await vault.get(LINKS, profile)
        checked: CheckedRequest = await self._context.directory.ask(
            check_request(message, self._main(), link, await self.policy(), now), self._answer_nonce
        )
        waiting = await self._waiting(checked)
        decision = decide(checked, request, link, waiting, self._context.policy, now)
        self._use_nonce(handled, checked, now)
        answer = Answer(checked.payload, checked.sender.name, checked.sender.signed.hash)
        await self._commit(handled, profile, decision, answer)
        return decision

    async def _take_revocation(self, message: Message, handled: Change) -> Decision:
        profile = message.from_
        vault = self._context.vault
        linked = (await self._context.directory.profile(profile)).signed.profile
        decision = take_revocation(
            await vault.get(REQUESTS, profile), await vault.get(LINKS, profile), message, linked
        )
        await self._commit(handled, profile, decision)
        return decision

    async def policy(self) -> LinkPolicy:
        """The configured policy, with the pairing window as the user has opened it."""
        window = await self._context.vault.get(WINDOWS, self._identity.name)
        return replace(self._context.policy, window_until=window.until) if window else self._context.policy

    async def open_window(self, seconds: int) -> int:
        """Let other wallets ask for a while; returns until when (UNIX seconds)."""
        until = self._context.seconds() + seconds
        await self._context.vault.put(WINDOWS, self._identity.name, PairingWindow(until))
        return until

    async def approve(self, profile_name: str, valid_until: int | None = None) -> Decision:
        """The user approves the request of ``profile_name``. Raises `NotFound` or `LinkRefused`."""
        profile = normalize(profile_name)
        request = await self._pending(profile)
        link = await self._context.vault.get(LINKS, profile)
        now = self._context.seconds()
        decision = approve(request, link, self._context.policy, now, valid_until)
        answer = Answer(request.payload, request.reply_to, request.reply_hash)
        await self._commit(self._context.vault.change(), profile, decision, answer)
        return decision

    async def reject(self, profile_name: str, reason: str | None) -> None:
        """The user rejects the request of ``profile_name``. Raises `NotFound`."""
        profile = normalize(profile_name)
        request = await self._pending(profile)
        decision = reject(request, await self._context.vault.get(LINKS, profile))
        answer = Answer(request.payload, request.reply_to, request.reply_hash, reason)
        await self._commit(self._context.vault.change(), profile, decision, answer)

    async def remove(self, profile_name: str) -> tuple[Link, Decision]:
        """The user removes a link; its keys are wiped. Raises `NotFound`."""
        profile = normalize(profile_name)
        link = await self._context.vault.get(LINKS, profile)
        if link is None:
            raise NotFound(f"{profile} is not linked")
        decision = remove(await self._context.vault.get(REQUESTS, profile), link)
        change = self._context.vault.change()
        if Effect.SEND_REVOKE in decision.effects:
            await self._answers.revoke(change, link)
        await self._commit(change, profile, decision)
        return link, decision

    async def pass_time(self) -> list[Link]:
        """Let requests lapse and links expire; returns the links that did."""
        now, expired = self._context.seconds(), []
        links = {link.profile_name: link for link in await self.links()}
        requests = {request.profile_name: request for request in await self._all_requests()}
        for profile in links.keys() | requests.keys():
            request, link = requests.get(profile), links.get(profile)
            decision = pass_time_at_main(request, link, self._context.policy, now)
            if (decision.request, decision.link) != (request, link):
                await self._commit(self._context.vault.change(), profile, decision)
            if link is not None and decision.link != link:
                expired.append(link)
        await self._forget_nonces(now)
        return expired

    # --- what is behind it --------------------------------------------------------------------

    def _main(self) -> MainProfile:
        identity = self._identity
        return MainProfile((identity.shown_name, *identity.names), identity.owner)

    async def _all_requests(self) -> list[Request]:
        found = await self._context.vault.entries(REQUESTS, section=self._identity.name)
        return [kept.record for kept in found]

    async def _pending(self, profile: str) -> Request:
        request = await self._context.vault.get(REQUESTS, profile)
        if request is None or request.state is not RequestState.PENDING:
            raise NotFound(f"no request of {profile} waits for a decision")
        return request

    async def _waiting(self, checked: CheckedRequest) -> Waiting:
        pending = await self.requests()
        uri = checked.link_message.uri
        return Waiting(
            len(pending),
            sum(request.owner == checked.owner for request in pending),
            sum(request.uri == uri for request in pending),
        )

    async def _answer_nonce(self, question: Any) -> str | None:
        assert isinstance(question, NonceQuestion)  # noqa: S101  # the only other kind that checks ask
        used = await self._context.vault.get(NONCES, _nonce_key(question.owner, question.nonce))
        return used.message_hash if used else None

    def _use_nonce(self, change: Change, checked: CheckedRequest, now: int) -> None:
        text, policy = checked.link_message, self._context.policy
        until = (text.expires_at or now + policy.undated_life) + 2 * policy.skew
        used = UsedNonce(checked.owner, text.nonce, checked.message_hash, until)
        change.put(NONCES, _nonce_key(checked.owner, text.nonce), used)

    async def _forget_nonces(self, now: int) -> None:
        """Nonces are remembered until their message has expired; after that it is refused anyway."""
        change = self._context.vault.change()
        for kept in await self._context.vault.entries(NONCES):
            if kept.record.expires_at < now:
                change.remove(NONCES, _nonce_key(kept.record.owner, kept.record.nonce))
        await self._context.vault.commit(change)

    async def _commit(
        self, change: Change, profile: str, decision: Decision, answer: Answer | None = None
    ) -> None:
        """Keep what was decided, with the messages that it causes, in one transaction."""
        section = self._identity.name
        if decision.request is None:
            change.remove(REQUESTS, profile)
        else:
            change.put(REQUESTS, profile, decision.request, section=section)
        if decision.link is None:
            change.remove(LINKS, profile)
        else:
            change.put(LINKS, profile, decision.link, section=section)
        for effect in decision.effects:
            await self._prepare(change, effect, profile, decision.link, answer)
        await self._context.vault.commit(change)

    async def _prepare(
        self, change: Change, effect: Effect, profile: str, link: Link | None, answer: Answer | None
    ) -> None:
        match effect:
            case Effect.SEND_ACCEPT | Effect.SEND_KEYS if link is not None and answer is not None:
                self._answers.accept(change, link, answer, with_keys=effect is Effect.SEND_KEYS)
            case Effect.SEND_REJECT if answer is not None:
                # By the name that was asked: by another one it would not be taken for the answer.
                asked = parse_link_message(answer.payload.link_message).main_name
                await self._answers.reject(change, normalize(asked), answer)
            case Effect.FORWARD_HELD:
                await self._answers.forward_held(change, profile)
            case Effect.ASK_USER:
                self._notice(change, "link-request", f"{profile} asks to be linked.")
            case Effect.NOTIFY_OF_END:
                self._notice(change, "link-ended", f"{profile} has ended its link or taken its request back.")
            case Effect.NOTIFY_OF_RECOVERY:
                sentence = f"A device of yours has got back the keys of {profile}. Not you? Remove the link."
                self._notice(change, "recovery", sentence)
            case _:
                pass  # mailboxes are joined and left after the commit; keys go with the record

    def _notice(self, change: Change, kind: str, sentence: str) -> None:
        notice = Notice(self._identity.name, kind, sentence, self._context.seconds())
        change.put(NOTICES, self._context.random(8).hex(), notice, section=self._identity.name)


def _nonce_key(owner: str, nonce: str) -> str:
    return f"{owner}|{nonce}"
