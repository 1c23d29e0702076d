"""What comes back from the main profile, its parts open to be falsified one by one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dm3.base import sha256_hex
from dm3.crypto import PairingCode, sign
from dm3.model import Draft, LinkKind, LinkMessage, LinkPayload, Message
from dm3.protocol.linking import (
    OutgoingLink,
    OutgoingLinkStep,
    OwnProfile,
    Recovery,
    RecoveryState,
    ask,
    begin,
    pairing_proofs,
    print_link_message,
)
from dm3.protocol.messages.composing import compose
from dm3.protocol.names.resolving import ResolvedProfile, resolve_profile
from dm3.wire import link_type
from tests.unit.linking.scene import (
    KEY_NONCE,
    LSP,
    LSP_SEED,
    MAIN,
    MAIN_NAME,
    NOW,
    OWNER,
    TEMPORARY,
    everybody,
    link_message,
)
from tests.unit.people import Person

OWN = OwnProfile(
    name=LSP.name, hash=LSP.signed_profile.hash, seed=LSP_SEED, nonce=KEY_NONCE, wallet_key=LSP.wallet.key
)


def asked(
    asking: OutgoingLink | None = None,
    *,
    after_accept: bool = False,
    code: PairingCode | None = None,
    **changes: Any,
) -> OutgoingLinkStep:
    message: LinkMessage = link_message(**changes)
    text = print_link_message(message)
    return ask(
        asking,
        text=text,
        message=message,
        wallet_signature=OWNER.sign_now(text),
        after_accept=after_accept,
        public_record=False,
        pairing=None if code is None else pairing_proofs(code, text),
    )


@dataclass(frozen=True)
class Accept:
    """A LINK_ACCEPT in the making, right until parts are replaced."""

    asking: OutgoingLink
    sender: Person = MAIN
    payload: dict[str, Any] = field(default_factory=dict)

    def carries(self, **changes: Any) -> Accept:
        return replace(self, payload={**self.payload, **changes})

    def message(self) -> Message:
        text = self.asking.link_message
        values: dict[str, Any] = {
            "kind": LinkKind.ACCEPT,
            "profile_name": LSP.name,
            "profile_hash": LSP.signed_profile.hash,
            "valid_until": self.asking.requested_until,
            "link_message": text,
            "signature": sign(self.sender.keys.signing_private, sha256_hex(text)),
            "pairing": self.asking.pairing and self.asking.pairing.acceptance,
        }
        payload = LinkPayload(**{**values, **self.payload})
        draft = Draft(
            to=LSP.name, from_=self.sender.name, timestamp=NOW * 1000, type=link_type(payload), link=payload
        )
        return compose(draft, self.sender.keys.signing_private)


PATIENCE = 3_600
TEXT = print_link_message(link_message(LinkKind.RECOVER, issued_at=NOW, expires_at=NOW + PATIENCE))
NEW = Recovery(
    state=RecoveryState.NEW,
    profile_name=LSP.name,
    profile_hash=LSP.signed_profile.hash,
    main_name=MAIN_NAME,
    temporary_name=TEMPORARY.name,
    link_message=TEXT,
    wallet_signature=OWNER.sign_now(TEXT),
    started_at=NOW,
    gives_up_at=NOW + PATIENCE,
)
ASKING = begin(NEW).recovery


def published(name: str = LSP.name, world=None) -> ResolvedProfile:
    return (world or everybody()).conclude(resolve_profile(name))


@dataclass(frozen=True)
class Keys:
    """A LINK_ACCEPT with keys in the making, right until parts are replaced."""

    recovery: Recovery = ASKING
    sender: Person = MAIN
    payload: dict[str, Any] = field(default_factory=dict)
    published: ResolvedProfile = field(default_factory=published)

    def carries(self, **changes: Any) -> Keys:
        return replace(self, payload={**self.payload, **changes})

    def message(self) -> Message:
        values: dict[str, Any] = {
            "kind": LinkKind.ACCEPT,
            "profile_name": LSP.name,
            "profile_hash": LSP.signed_profile.hash,
            "valid_until": NOW + 86_400,
            "link_message": TEXT,
            "signature": sign(self.sender.keys.signing_private, sha256_hex(TEXT)),
            "profile_key": LSP_SEED,
            "nonce": KEY_NONCE,
            "pairing": self.recovery.pairing and self.recovery.pairing.acceptance,
        }
        payload = LinkPayload(**{**values, **self.payload})
        draft = Draft(
            to=TEMPORARY.name,
            from_=self.sender.name,
            timestamp=NOW * 1000,
            type=link_type(payload),
            link=payload,
        )
        return compose(draft, self.sender.keys.signing_private)
