"""Everything that can be wrong with a LINK or a LINK_RECOVER, in the order in which it is found.

Each fault spoils one thing and leaves the rest right (specification 3.3, 3.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from msgspec import structs

from dm3.base import sha256_hex
from dm3.crypto import Seed
from dm3.model import LinkKind
from dm3.protocol.linking import Reason
from tests.unit.linking.scene import LSP, MALLORY, NOW, OWNER, STRANGER, Ask, link_message
from tests.unit.people import digest

HASH_OF_NOTHING: Final = sha256_hex("nothing")
LINK, RECOVER = LinkKind.REQUEST, LinkKind.RECOVER


@dataclass(frozen=True)
class Fault:
    """A named fault, what is found, and how to commit it; ``of`` are the steps in which it can occur."""

    name: str
    reason: Reason
    commit: Callable[[Ask], Ask]
    of: tuple[LinkKind, ...] = (LINK, RECOVER)


def _publish_as(**falsified: Any) -> Callable[[Ask], Ask]:
    def commit(ask: Ask) -> Ask:
        ask.world.publish(ask.sender, **falsified)
        return ask

    return commit


def _forget_sender(ask: Ask) -> Ask:
    ask.world.texts = {key: text for key, text in ask.world.texts.items() if key[0] != ask.sender.name}
    return ask


def _publish_another(ask: Ask) -> Ask:
    """The profile was changed after the wallet had signed."""
    moved = structs.replace(LSP.profile, delivery_services=("ds2.myapp.eth",))
    ask.world.publish(replace(LSP, profile=moved))
    return ask


def _used(ask: Ask) -> Ask:
    nonce = ask.text.get("nonce", link_message().nonce)
    owner = ask.text.get("owner", OWNER.address)
    ask.world.used[owner, nonce] = HASH_OF_NOTHING
    return ask


def _other_owner(ask: Ask) -> Ask:
    """The wallet of somebody else, who says so and signs rightly."""
    return replace(ask.says(owner=MALLORY.wallet.address), wallet=MALLORY.wallet)


FAULTS: Final = (
    Fault("sender-has-no-profile", Reason.BAD_MESSAGE_SIGNATURE, _forget_sender),
    Fault(
        "sender-s-profile-signed-by-another-wallet",
        Reason.BAD_MESSAGE_SIGNATURE,
        _publish_as(signer=MALLORY),
    ),
    Fault(
        "sender-s-profile-tampered",
        Reason.BAD_MESSAGE_SIGNATURE,
        _publish_as(services=("ds.evil.eth",)),
    ),
    Fault(
        "message-signed-by-another-profile",
        Reason.BAD_MESSAGE_SIGNATURE,
        lambda ask: replace(ask, signs_as=MALLORY),
    ),
    Fault(
        "link-message-with-another-statement",
        Reason.MALFORMED,
        lambda ask: replace(ask, spoil=lambda text: text.replace("Link your", "Empty your")),
    ),
    Fault("another-main-profile", Reason.WRONG_MAIN, lambda ask: ask.says(main_name="bob.user.dm3.eth")),
    Fault("nonce-too-short", Reason.WEAK_NONCE, lambda ask: ask.says(nonce="1234567")),
    Fault("issued-in-the-future", Reason.NOT_YET_VALID, lambda ask: ask.says(issued_at=NOW + 121)),
    Fault(
        "expired",
        Reason.EXPIRED,
        lambda ask: ask.says(expires_at=NOW - 121).carries(valid_until=NOW - 121),
    ),
    Fault("nonce-used-before", Reason.REPLAYED, _used),
    Fault(
        "signed-for-recovery",
        Reason.WRONG_TYPE,
        lambda ask: ask.says(kind=RECOVER),
        of=(LINK,),
    ),
    Fault("signed-for-linking", Reason.WRONG_TYPE, lambda ask: ask.says(kind=LINK), of=(RECOVER,)),
    Fault(
        "signed-for-another-profile", Reason.WRONG_PROFILE, lambda ask: ask.says(profile_name=STRANGER.name)
    ),
    Fault("signed-for-another-hash", Reason.WRONG_HASH, lambda ask: ask.says(profile_hash=HASH_OF_NOTHING)),
    Fault(
        "sent-by-another-profile",
        Reason.WRONG_SENDER,
        lambda ask: replace(ask, sender=STRANGER),
        of=(LINK,),
    ),
    Fault(
        "signed-for-another-target",
        Reason.WRONG_TARGET,
        lambda ask: ask.says(recover_into=STRANGER.signed_profile.hash),
        of=(RECOVER,),
    ),
    Fault(
        "signed-by-another-wallet-than-named",
        Reason.BAD_WALLET_SIGNATURE,
        lambda ask: replace(ask, wallet=STRANGER.wallet),
    ),
    Fault(
        "a-key-in-a-recovery",
        Reason.KEY_IN_RECOVERY,
        lambda ask: ask.carries(profile_key=LSP.keys.seed),
        (RECOVER,),
    ),
    Fault(
        "a-wallet-key-in-a-recovery",
        Reason.KEY_IN_RECOVERY,
        lambda ask: ask.carries(wallet_key=LSP.wallet.key),
        (RECOVER,),
    ),
    Fault("never-linked", Reason.NOT_LINKED, lambda ask: replace(ask, link=None), (RECOVER,)),
    Fault(
        "link-over-since-a-moment",
        Reason.NOT_LINKED,
        lambda ask: replace(ask, link=ask.link and structs.replace(ask.link, valid_until=NOW - 1)),
        (RECOVER,),
    ),
    Fault(
        "a-foreign-wallet-asks",
        Reason.FOREIGN_WALLET,
        _other_owner,
    ),
    Fault(
        "profile-changed-since-signing",
        Reason.WRONG_HASH,
        _publish_another,
    ),
    Fault(
        "key-of-another-profile",
        Reason.WRONG_KEY,
        lambda ask: ask.carries(profile_key=Seed(digest("another seed"))),
        (LINK,),
    ),
    Fault(
        "key-of-another-wallet",
        Reason.WRONG_KEY,
        lambda ask: ask.carries(wallet_key=STRANGER.wallet.key),
        (LINK,),
    ),
)
