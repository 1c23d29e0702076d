"""What one main profile keeps of linking: requests, links and used nonces, each under its own account.

Several programs may have the same vault open. What a decision replaces must still be what it was made on;
else the commit raises `Conflict`, and whoever decides reads anew.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from dm3.model import LinkKind
from dm3.protocol.linking import CheckedRequest, Decision, Link, LinkPolicy, NonceQuestion, Request
from dm3.store.vault import Change, Vault, Versioned

from ..state.own_records import UsedNonce
from ..state.records import LINKS, NONCES, REQUESTS, link_key


class LinkSnapshot(Struct, frozen=True):
    """What is held of one profile, and in which revisions (0: nothing).

    ``request`` is the one of a certain kind, kept under ``request_key``: somebody who wants the keys back
    takes no request to be linked away, and is not approved in its place.
    """

    profile: str
    request_key: str
    request: Request | None
    link: Link | None
    request_revision: int
    link_revision: int


class LinkStore:
    """The requests and links of the main profile ``account``, and the nonces that wallets have used."""

    def __init__(self, vault: Vault, account: str) -> None:
        self._vault = vault
        self._account = account

    async def held(self, profile: str, kind: LinkKind = LinkKind.REQUEST) -> LinkSnapshot:
        """What is held of ``profile`` now: its link, and its request of this ``kind``."""
        key = link_key(self._account, profile)
        request_key = f"{key}|{kind}" if kind is LinkKind.RECOVER else key
        request, link = await self._vault.find(REQUESTS, request_key), await self._vault.find(LINKS, key)
        return LinkSnapshot(
            profile, request_key, _record(request), _record(link), _revision(request), _revision(link)
        )

    async def requests(self) -> list[Request]:
        """Every request, whatever its state, oldest first."""
        return [kept.record for kept in await self._vault.entries(REQUESTS, section=self._account)]

    def keep(self, change: Change, held: LinkSnapshot, decision: Decision) -> None:
        """Put what was decided in the place of ``held``."""
        key = link_key(self._account, held.profile)
        if decision.request is not None:
            change.put(
                REQUESTS,
                held.request_key,
                decision.request,
                section=self._account,
                expect=held.request_revision,
            )
        else:
            change.remove(REQUESTS, held.request_key, expect=held.request_revision)
        if decision.link is not None:
            change.put(LINKS, key, decision.link, section=self._account, expect=held.link_revision)
        else:
            change.remove(LINKS, key, expect=held.link_revision)

    # --- nonces: of wallets, so of all main profiles in the vault --------------------------------------

    async def used_by(self, question: NonceQuestion) -> str | None:
        """The message that has used this wallet's nonce."""
        used = await self._vault.get(NONCES, _nonce_key(question.owner, question.nonce))
        return used.message_hash if used else None

    def use_nonce(
        self, change: Change, checked: CheckedRequest, policy: LinkPolicy, now: int, *, again: bool
    ) -> None:
        """Remember a request's nonce; only what was awaited (``again``) may use one that is used."""
        text = checked.link_message
        until = (text.expires_at or now + policy.undated_life) + 2 * policy.skew
        used = UsedNonce(checked.owner, text.nonce, checked.message_hash, until)
        key = _nonce_key(checked.owner, text.nonce)
        if again:
            change.put(NONCES, key, used, section=checked.owner)
        else:
            change.put(NONCES, key, used, section=checked.owner, expect=0)

    async def forget_nonces(self, now: int) -> None:
        """Nonces are remembered until their message has expired; after that it is refused anyway."""
        change = self._vault.change()
        for kept in await self._vault.entries(NONCES):
            if kept.record.expires_at < now:
                change.remove(NONCES, _nonce_key(kept.record.owner, kept.record.nonce))
        await self._vault.commit(change)


def _record(kept: Versioned[Any] | None) -> Any:
    return kept.record if kept else None


def _revision(kept: Versioned[Any] | None) -> int:
    return kept.revision if kept else 0


def _nonce_key(owner: str, nonce: str) -> str:
    return f"{owner}|{nonce}"
