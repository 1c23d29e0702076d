"""A request to be linked, its parts open to be falsified one by one, and somebody who answers checks.

Used by the unit tests and by the generator of `vectors/linking/`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from msgspec import structs

from dm3.base import normalize, read_json, sha256_hex
from dm3.base.errors import Dm3Error
from dm3.crypto import KeyWallet, PairingCode, parse_pairing_code, recover_personal
from dm3.model import Draft, LinkKind, LinkMessage, LinkPayload, Message, RecordKey
from dm3.protocol.linking import (
    CheckedRequest,
    Link,
    LinkPolicy,
    LinkState,
    MainProfile,
    NonceQuestion,
    PairingOffer,
    Waiting,
    check_request,
    pairing_proofs,
    print_link_message,
)
from dm3.protocol.messages.composing import compose
from dm3.protocol.names.resolving import AddressQuestion, TextQuestion, WalletQuestion
from dm3.wire import data_uri, link_type
from tests.unit.people import Person, digest, person

T = TypeVar("T")

NOW: Final = 1_800_000_000
DAY: Final = 86_400
TERM: Final = 30 * DAY
MAIN_NAME: Final = "alice.user.dm3.eth"
APP_URI: Final = "https://myapp.example"
NOBODY: Final = Waiting(0, 0, 0)
POLICY: Final = LinkPolicy()
CODE: Final = parse_pairing_code("7KQ2M-9XWD4")
OTHER_CODE: Final = parse_pairing_code("7KQ2M-9XWD5")


def _address_person(label: str) -> Person:
    made = person(label, "ds.myapp.eth")
    return replace(made, name=f"{made.wallet.address.lower()}.addr.myapp.eth")


MAIN: Final = person(MAIN_NAME, "ds.dm3.eth")
"""The main profile; its wallet is the owner's."""
LSP: Final = _address_person("limited scope profile")
TEMPORARY: Final = _address_person("temporary profile")
STRANGER: Final = _address_person("another limited scope profile")
MALLORY: Final = person("mallory.eth", "ds.evil.eth")
OWNER: Final = MAIN.wallet
LSP_SEED: Final = LSP.keys.seed
KEY_NONCE: Final = "0x" + digest("key-creation nonce").hex()
MAIN_PROFILE: Final = MainProfile((MAIN_NAME, f"{OWNER.address.lower()}.addr.dm3.eth"), OWNER.address)


@dataclass
class World:
    """What can be found out: names, wallets that are contracts, and nonces that were used."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    contracts: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    used: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def publish(
        self, someone: Person, *, signer: Person | None = None, services: tuple[str, ...] = ()
    ) -> None:
        """Publish a profile; another ``signer`` or other ``services`` make it one that does not hold."""
        signed = replace(someone, wallet=signer.wallet).signed_profile if signer else someone.signed_profile
        members = read_json(signed.text)
        if services:
            members["profile"]["deliveryServices"] = list(services)
        self.texts[someone.name, RecordKey.PROFILE] = data_uri(members)
        self.addresses[someone.name] = someone.wallet.address

    def answer(self, question: Any) -> Any:
        """Answer as the client's directory and desk do."""
        self.asked.append(question)
        match question:
            case TextQuestion(name, key):
                return self.texts.get((name, key))
            case AddressQuestion(name):
                return self.addresses.get(name)
            case NonceQuestion(owner, nonce):
                return self.used.get((owner, nonce))
            case WalletQuestion(address, text, signature) if address in self.contracts:
                return (text, signature) in self.contracts[address]
            case WalletQuestion(address, text, signature):
                try:
                    return recover_personal(text, signature) == address
                except Dm3Error:
                    return False
        raise AssertionError(f"nobody asks {question}")

    def conclude(self, inquiry: Generator[Any, Any, T]) -> T:
        """Answer every question of ``inquiry`` and return what it concludes."""
        try:
            question = next(inquiry)
            while True:
                question = inquiry.send(self.answer(question))
        except StopIteration as conclusion:
            return conclusion.value  # type: ignore[no-any-return]


def everybody() -> World:
    """A world in which all people of this scene have published their profiles."""
    world = World()
    for someone in (MAIN, LSP, TEMPORARY, STRANGER, MALLORY):
        world.publish(someone)
    return world


def link_message(step: LinkKind = LinkKind.REQUEST, **changes: Any) -> LinkMessage:
    """What the owner's wallet signs; ``changes`` replace parts."""
    values: dict[str, Any] = {
        "main_name": MAIN_NAME,
        "uri": APP_URI,
        "nonce": digest("link nonce").hex()[:32],
        "issued_at": NOW - 60,
        "expires_at": NOW - 60 + TERM,
        "kind": step,
        "profile_name": LSP.name,
        "profile_hash": LSP.signed_profile.hash,
        "recover_into": TEMPORARY.signed_profile.hash if step is LinkKind.RECOVER else None,
        "owner": OWNER.address,
    }
    return LinkMessage(**{**values, **changes})


@dataclass(frozen=True)
class Ask:
    """A LINK or LINK_RECOVER in the making: everything is right until it is replaced.

    ``text``: changes to what the wallet signs; ``payload``: to what the message says; ``spoil`` changes
    the printed text before it is signed, ``code`` is proved over that text.
    """

    kind: LinkKind = LinkKind.REQUEST
    text: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    wallet: KeyWallet = OWNER
    sender: Person = LSP
    signs_as: Person | None = None
    to: str = MAIN_NAME
    hashed: bool = False
    code: PairingCode | None = None
    spoil: Callable[[str], str] = lambda text: text
    now: int = NOW
    main: MainProfile = MAIN_PROFILE
    policy: LinkPolicy = POLICY
    link: Link | None = None
    world: World = field(default_factory=everybody)

    def says(self, **changes: Any) -> Ask:
        """With these changes to what the wallet signs."""
        return replace(self, text={**self.text, **changes})

    def carries(self, **changes: Any) -> Ask:
        """With these changes to the message's payload."""
        return replace(self, payload={**self.payload, **changes})

    @property
    def link_message(self) -> str:
        """The text that the wallet signed."""
        return self.spoil(print_link_message(link_message(self.kind, **self.text)))

    def message(self) -> Message:
        """The message as it arrives."""
        text = self.link_message
        expires = self.text.get("expires_at", NOW - 60 + TERM)
        with_keys = self.kind is LinkKind.REQUEST
        values: dict[str, Any] = {
            "kind": self.kind,
            "profile_name": LSP.name,
            "profile_hash": LSP.signed_profile.hash,
            "valid_until": NOW + DAY if expires is None else expires,
            "link_message": text,
            "signature": self.wallet.sign_now(sha256_hex(text) if self.hashed else text),
            "profile_key": LSP_SEED if with_keys else None,
            "nonce": KEY_NONCE if with_keys else None,
        }
        if self.code is not None:
            values["pairing"] = pairing_proofs(self.code, text).request
        payload = LinkPayload(**{**values, **self.payload})
        draft = Draft(
            to=normalize(self.to),
            from_=self.sender.name,
            timestamp=self.now * 1000,
            type=link_type(payload),
            link=payload,
        )
        return compose(draft, (self.signs_as or self.sender).keys.signing_private)

    def check(self) -> CheckedRequest:
        """What the main profile finds."""
        return self.world.conclude(check_request(self.message(), self.main, self.link, self.policy, self.now))


def offered(**changes: Any) -> MainProfile:
    """The main profile that has shown `CODE`; ``changes`` replace parts of the offer."""
    offer = {"code": CODE, "until": NOW + 600, **changes}
    return structs.replace(MAIN_PROFILE, offer=PairingOffer(**offer))


def pair(wallet: KeyWallet = MALLORY.wallet, code: PairingCode | None = CODE, **changes: Any) -> Ask:
    """A LINK by another wallet than the main profile's own, without keys, by a code."""
    values: dict[str, Any] = {"wallet": wallet, "code": code, "main": offered(), **changes}
    bare = {"profile_key": None, "wallet_key": None, "nonce": None}
    return Ask(**values).says(owner=wallet.address).carries(**bare)


def pair_again(wallet: KeyWallet = MALLORY.wallet, code: PairingCode | None = CODE, **changes: Any) -> Ask:
    """A LINK_RECOVER of a link that was made by pairing, by a new code."""
    link = held_link(owner=MALLORY.wallet.address, paired=True)
    values: dict[str, Any] = {"wallet": wallet, "code": code, "main": offered(), "link": link, **changes}
    return recover(**values).says(owner=wallet.address)


def recover(**changes: Any) -> Ask:
    """A LINK_RECOVER by the temporary profile, of a link that is in force."""
    return Ask(**{"kind": LinkKind.RECOVER, "sender": TEMPORARY, "link": held_link(), **changes})


def held_link(**changes: Any) -> Link:
    """The link that the main profile holds after `Ask` was approved."""
    values: dict[str, Any] = {
        "state": LinkState.LINKED,
        "profile_name": LSP.name,
        "profile_hash": LSP.signed_profile.hash,
        "main_name": MAIN_NAME,
        "owner": OWNER.address,
        "uri": APP_URI,
        "valid_until": NOW + DAY,
        "linked_at": NOW - DAY,
        "link_message": print_link_message(
            link_message(nonce=digest("first nonce").hex()[:32], issued_at=NOW - DAY, expires_at=NOW + DAY)
        ),
        "vocabulary": "LINK",
        "profile_key": LSP_SEED,
        "nonce": KEY_NONCE,
    }
    return Link(**{**values, **changes})
