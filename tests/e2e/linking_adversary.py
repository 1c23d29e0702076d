"""Mallory: sees every envelope, has profiles and wallets of her own, and knows what a thief could know.

She never has the keys of the others. The owner's wallet signs what her page shows, with her page's honest
address, and hashes that nobody can read. Every move here must come to nothing.
"""

from __future__ import annotations

import copy
import json
from enum import StrEnum
from typing import Any, Final

import httpx
from msgspec.structs import replace

from dm3.base import canonical_json, sha256_hex
from dm3.base.errors import Dm3Error
from dm3.client import LimitedScopeProfile, parts_of
from dm3.client.messaging.outbox import forward
from dm3.crypto import KeyWallet, sign
from dm3.model import Draft, LinkKind, LinkMessage, LinkPayload
from dm3.protocol.linking import parse_link_message, print_link_message
from dm3.protocol.messages.composing import compose, open_envelope
from dm3.wire import envelope_from, link_type
from tests.e2e.linking_network import Line, Network, PartyTransport
from tests.e2e.linking_parties import Party
from tests.kit import open_client
from tests.kit.hostile import HOSTILE_PAGE, BlindWallet
from tests.kit.inside import context_of, identity_of

VICTIM_PAGE: Final = "https://myapp.example"


class Forgery(StrEnum):
    """What Mallory pretends."""

    LINK_OWN = "her own profile, signed by her own wallet"
    LINK_CLAIMING_OWNER = "her own profile, with the owner named and her wallet's signature"
    LINK_OF_VICTIM = "the victim's profile, signed by her wallet"
    LINK_STOLEN_TEXT = "her own profile, with the owner's signed text for the victim's"
    RECOVER_OWN_WALLET = "recovery into her profile, signed by her wallet"
    RECOVER_CLAIMING_OWNER = "recovery into her profile, with the owner named"
    RECOVER_STOLEN_LINK = "recovery with the owner's signed text for linking"
    RECOVER_STOLEN_RECOVERY = "recovery into her profile, with the owner's signed text for a recovery"
    LINK_OF_HER_PAGE = "her own profile, which the owner's wallet has signed on her page"
    LINK_OPAQUE = "her own profile, of which the owner's wallet has signed the hash"
    RECOVER_OF_HER_PAGE = "recovery into her profile, which the owner's wallet has signed on her page"
    RECOVER_OPAQUE = "recovery into her profile, of which the owner's wallet has signed the hash"
    RECOVER_UNBOUND = "recovery for which the owner's wallet has signed a text that binds nothing"
    ACCEPT_AS_HERSELF = "acceptance of the victim's request, signed by herself"
    ACCEPT_AS_MAIN = "acceptance in the main profile's name, signed by herself"
    ACCEPT_WITH_KEYS = "keys of her own for a device that recovers"
    REVOKE_AS_MAIN = "the end of the link, in the main profile's name"


class Tampering(StrEnum):
    """What Mallory does to an envelope on its way."""

    MESSAGE = "message"
    INFORMATION = "deliveryInformation"
    HASH = "messageHash"
    SIGNATURE = "signature"
    ANOTHER_MESSAGE = "another message"


class Mallory:
    """The adversary; ``party`` is her client, with a limited scope profile of her own."""

    def __init__(self, party: Party, wallet: KeyWallet, network: Network) -> None:
        self.party = party
        self.wallet = wallet
        self._network = network
        self._http = open_client(transport=PartyTransport(Line(network)))
        self._looked_at = 0
        self._made = 0

    @property
    def profile(self) -> LimitedScopeProfile:
        """Her own profile."""
        assert isinstance(self.party.account, LimitedScopeProfile)
        return self.party.account

    async def submit(self, host: str, envelope: Any) -> None:
        """Hand an envelope in once more, whatever comes of it."""
        call = {"jsonrpc": "2.0", "id": 1, "method": "dm3_submitMessage", "params": [envelope]}
        try:
            # What is answered is not read: something else may stand there, and answer anything.
            async with self._http.stream("POST", f"http://{host}/rpc", content=canonical_json(call)):
                pass
        except httpx.ConnectError:
            return  # the service is down

    async def tamper(self, index: int, how: Tampering) -> None:
        """Hand in a changed copy of an envelope that passed."""
        host, original = self._network.submitted[index]
        envelope = copy.deepcopy(original)
        metadata = envelope["metadata"]
        match how:
            case Tampering.MESSAGE:
                sealed = json.loads(envelope["message"])
                sealed["ciphertext"] = sealed["ciphertext"][4:8] + sealed["ciphertext"][4:]
                envelope["message"] = canonical_json(sealed)
            case Tampering.INFORMATION:
                sealed = json.loads(metadata["deliveryInformation"])
                sealed["ciphertext"] = sealed["ciphertext"][4:8] + sealed["ciphertext"][4:]
                metadata["deliveryInformation"] = canonical_json(sealed)
            case Tampering.HASH:
                metadata["messageHash"] = sha256_hex(metadata["messageHash"])
            case Tampering.SIGNATURE:
                key = identity_of(self.profile).keys.signing_private
                metadata["signature"] = sign(key, canonical_json({**metadata, "signature": None}))
            case Tampering.ANOTHER_MESSAGE:
                envelope["message"] = self._network.submitted[0][1]["message"]
        await self.submit(host, envelope)

    async def forge(self, forgery: Forgery, victim: Victim) -> None:
        """Send one forged linking message."""
        made = self._payload(forgery, victim)
        if made is None:
            return  # there is nothing to steal yet
        payload, to = made
        pretends = forgery in (Forgery.ACCEPT_AS_MAIN, Forgery.REVOKE_AS_MAIN)
        draft = Draft(
            to=to,
            from_=victim.main_name if pretends else self.profile.name,
            timestamp=int(self._network.now * 1000),
            type=link_type(payload),
            link=payload,
        )
        message = compose(draft, identity_of(self.profile).keys.signing_private)
        vault = context_of(self.party.client).vault
        change = vault.change()
        own = parts_of(self.profile).own
        forward(change, own, to=to, sender=self.profile.name, text=message.text)
        await vault.commit(change)
        await self.profile.deliver()

    def _payload(self, forgery: Forgery, victim: Victim) -> tuple[LinkPayload, str] | None:
        own = identity_of(self.profile)
        ours = {"profile_name": own.name, "profile_hash": own.profile.hash, "profile_key": own.seed}
        theirs = {"profile_name": victim.name, "profile_hash": victim.hash}
        into = own.profile.hash
        match forgery:
            case Forgery.LINK_OWN:
                return self._signed(
                    LinkKind.REQUEST, victim, ours, owner=self.wallet.address
                ), victim.main_name
            case Forgery.LINK_CLAIMING_OWNER:
                return self._signed(LinkKind.REQUEST, victim, ours, owner=victim.owner), victim.main_name
            case Forgery.LINK_OF_VICTIM:
                return self._signed(LinkKind.REQUEST, victim, theirs, owner=None), victim.main_name
            case Forgery.RECOVER_OWN_WALLET:
                made = self._signed(
                    LinkKind.RECOVER, victim, theirs, owner=self.wallet.address, recover_into=into
                )
                return made, victim.main_name
            case Forgery.RECOVER_CLAIMING_OWNER:
                made = self._signed(LinkKind.RECOVER, victim, theirs, owner=victim.owner, recover_into=into)
                return made, victim.main_name
            case Forgery.LINK_OF_HER_PAGE:
                made = self._signed(LinkKind.REQUEST, victim, ours, owner=victim.owner, uri=HOSTILE_PAGE)
                return self._as_shown(victim, made), victim.main_name
            case Forgery.LINK_OPAQUE:
                made = self._signed(LinkKind.REQUEST, victim, ours, owner=victim.owner)
                return self._as_hash(victim, made), victim.main_name
            case Forgery.RECOVER_OF_HER_PAGE:
                made = self._signed(
                    LinkKind.RECOVER, victim, theirs, owner=victim.owner, recover_into=into, uri=HOSTILE_PAGE
                )
                return self._as_shown(victim, made), victim.main_name
            case Forgery.RECOVER_OPAQUE:
                made = self._signed(LinkKind.RECOVER, victim, theirs, owner=victim.owner, recover_into=into)
                return self._as_hash(victim, made), victim.main_name
            case Forgery.RECOVER_UNBOUND:
                made = self._signed(LinkKind.RECOVER, victim, theirs, is_bound=False)
                return self._as_shown(victim, made), victim.main_name
            case Forgery.LINK_STOLEN_TEXT if victim.link_text:
                return self._stolen(LinkKind.REQUEST, victim.link_text, ours), victim.main_name
            case Forgery.RECOVER_STOLEN_LINK if victim.link_text:
                return self._stolen(LinkKind.RECOVER, victim.link_text, theirs), victim.main_name
            case Forgery.RECOVER_STOLEN_RECOVERY if victim.recovery_text:
                return self._stolen(LinkKind.RECOVER, victim.recovery_text, theirs), victim.main_name
            case Forgery.ACCEPT_AS_HERSELF | Forgery.ACCEPT_AS_MAIN if victim.link_text:
                return self._answer(LinkKind.ACCEPT, victim.link_text[0], theirs), victim.name
            case Forgery.ACCEPT_WITH_KEYS if victim.recovery_text and victim.temporary_name:
                keys = {**theirs, "profile_key": own.seed}
                return self._answer(LinkKind.ACCEPT, victim.recovery_text[0], keys), victim.temporary_name
            case Forgery.REVOKE_AS_MAIN if victim.link_text:
                return self._answer(LinkKind.REVOKE, victim.link_text[0], theirs), victim.name
            case _:
                return None

    def _signed(
        self,
        kind: LinkKind,
        victim: Victim,
        about: dict[str, Any],
        *,
        uri: str = VICTIM_PAGE,
        is_bound: bool = True,
        **parts: Any,
    ) -> LinkPayload:
        now = int(self._network.now)
        self._made += 1
        bound = {"profile_name": about["profile_name"], "profile_hash": about["profile_hash"], **parts}
        text = print_link_message(
            LinkMessage(
                main_name=victim.main_name,
                uri=uri,
                nonce=sha256_hex(f"{kind} {now} {self._made} {victim.main_name}")[2:34],
                issued_at=now,
                expires_at=now + 3_600,
                kind=kind if is_bound else None,
                **(bound if is_bound else {}),
            )
        )
        return LinkPayload(
            kind=kind,
            valid_until=now + 3_600,
            link_message=text,
            signature=self.wallet.sign_now(text),
            **about,
        )

    def _as_shown(self, victim: Victim, payload: LinkPayload) -> LinkPayload:
        return replace(payload, signature=victim.wallet.sign_now(payload.link_message))

    def _as_hash(self, victim: Victim, payload: LinkPayload) -> LinkPayload:
        return replace(payload, signature=BlindWallet(victim.wallet).sign_now(payload.link_message))

    def _stolen(self, kind: LinkKind, signed: tuple[str, str], about: dict[str, Any]) -> LinkPayload:
        text, signature = signed
        until = parse_link_message(text).expires_at or 0
        return LinkPayload(kind=kind, valid_until=until, link_message=text, signature=signature, **about)

    def _answer(self, kind: LinkKind, text: str, about: dict[str, Any]) -> LinkPayload:
        signature = sign(identity_of(self.profile).keys.signing_private, sha256_hex(text))
        return LinkPayload(
            kind=kind,
            valid_until=int(self._network.now) + 60,
            link_message=text,
            signature=signature,
            **about,
        )

    def look_again(self) -> None:
        """Next time she looks at all that has passed."""
        self._looked_at = 0

    def read_what_passed(self) -> list[LinkPayload]:
        """Every linking payload that she can open among the envelopes that passed since the last look."""
        found = []
        for _, envelope in self._network.submitted[self._looked_at :]:
            try:
                opened = open_envelope(envelope_from(envelope), identity_of(self.profile).keys)
            except Dm3Error:
                continue  # not for her
            if opened.message.link is not None:
                found.append(opened.message.link)
        self._looked_at = len(self._network.submitted)
        return found


class Victim:
    """What Mallory knows of the profile she is after; the texts are signed by the owner's ``wallet``."""

    def __init__(self, main_name: str, wallet: KeyWallet, name: str, profile_hash: str) -> None:
        self.main_name = main_name
        self.wallet = wallet
        self.owner = wallet.address
        self.name = name
        self.hash = profile_hash
        self.link_text: tuple[str, str] | None = None
        self.recovery_text: tuple[str, str] | None = None
        self.temporary_name: str | None = None
