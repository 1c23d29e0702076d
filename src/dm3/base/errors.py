"""The errors of the whole house.

An error's docstring is the sentence a person reads, its ``code`` is what a program compares, and its
``fault`` says who has to act: the caller, the other side of the wire, the network, or the operator of
this machine. ``hint`` says what to do next.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Fault(StrEnum):
    """Who has to act for the error to go away."""

    CALLER = "caller"
    REMOTE = "remote"
    NETWORK = "network"
    OPERATOR = "operator"


class Dm3Error(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    fault: ClassVar[Fault] = Fault.CALLER
    hint: str = ""
    """What to do next; of one error where it was made with its own, else of its kind."""
    definite: ClassVar[bool] = False
    """Whether a look-up that ended so was answered; else nothing is final for it (specification 4)."""

    def __init__(self, detail: str = "", *, hint: str | None = None, verbatim: bool = False) -> None:
        """``verbatim``: the detail is the whole sentence, because somebody else has said it."""
        super().__init__(detail)
        self.detail = detail
        if hint is not None:
            self.hint = hint
        self._verbatim = verbatim

    def __str__(self) -> str:
        if self._verbatim:
            return self.detail
        sentence = (type(self).__doc__ or "").strip().split("\n", 1)[0]
        return f"{sentence.rstrip('.')}: {self.detail}" if self.detail else sentence


class InvalidInput(Dm3Error):
    """That value cannot be used."""

    code = "invalid-input"
    definite = True


class InvalidName(InvalidInput):
    """That is not a valid ENS name."""

    code = "invalid-name"
    hint = "Names are labels joined by dots, in ENSIP-15 normal form, such as alice.user.dm3.eth."


class ConfigurationError(Dm3Error):
    """The configuration cannot be used."""

    code = "configuration"
    fault = Fault.OPERATOR
    hint = "See `dm3 --help` and docs/operating.md for the options and their form."


class LocalProtocolError(Dm3Error):
    """That step is not possible in this state."""

    code = "wrong-state"


class KeyRuleViolation(LocalProtocolError):
    """Keys must not be derived from a signature that somebody else may have seen."""

    code = "key-rule"
    hint = "A host page's signature may authorise an alias; keys come from entropy or an owned signature."


class RemoteProtocolError(Dm3Error):
    """The other side sent something that does not follow the protocol."""

    code = "remote-protocol"
    fault = Fault.REMOTE


class MalformedData(RemoteProtocolError):
    """The data is not well-formed."""

    code = "malformed"
    definite = True


class TooLarge(RemoteProtocolError):
    """The data is larger than allowed."""

    code = "too-large"


class BadSignature(RemoteProtocolError):
    """A signature does not fit the data and the key it should belong to."""

    code = "bad-signature"
    definite = True
    hint = "Do not trust this data; ask its sender to send it again."


class CannotOpen(RemoteProtocolError):
    """The sealed data cannot be opened with this key."""

    code = "cannot-open"
    hint = "It was altered on its way or sealed for another profile."


class UnsupportedByPeer(RemoteProtocolError):
    """The other side does not support this kind of message."""

    code = "unsupported-by-peer"


class NotFound(Dm3Error):
    """There is nothing under that name."""

    code = "not-found"
    definite = True


class NotAuthentic(Dm3Error):
    """It is not certain whose that is."""

    code = "not-authentic"
    fault = Fault.REMOTE


class Unreachable(Dm3Error):
    """The service cannot be reached."""

    code = "unreachable"
    fault = Fault.NETWORK
    hint = "Check the address and the network; what was to be sent is kept and tried again."


class CannotTell(Unreachable):
    """That cannot be told now."""

    code = "cannot-tell"
    hint = "Nothing is given up or refused for it. Try again later, or find out what stands in between."

    def __init__(
        self,
        detail: str = "",
        *,
        hint: str | None = None,
        verbatim: bool = False,
        status: int = 0,
        service_code: int | str = "",
    ) -> None:
        """``status``: of the HTTP answer that told nothing, 0 where there was none."""
        super().__init__(detail, hint=hint, verbatim=verbatim)
        self.status = status
        self.service_code = service_code


class NobodyAsked(CannotTell):
    """Nobody could be asked about that."""

    code = "nobody-asked"
    hint = "Name a node of the chain (rpc-url), or the resolver of the name's domain (resolver)."


class ForbiddenAddress(Dm3Error):
    """That network address must not be contacted."""

    code = "forbidden-address"
    fault = Fault.REMOTE
    hint = "Loopback and private addresses need the option allow-private-addresses."


class ServiceRefused(Dm3Error):
    """The service refused the request."""

    code = "service-refused"
    fault = Fault.REMOTE

    def __init__(
        self,
        detail: str = "",
        *,
        hint: str | None = None,
        verbatim: bool = False,
        status: int = 0,
        service_code: int | str = "",
    ) -> None:
        super().__init__(detail, hint=hint, verbatim=verbatim)
        self.status = status
        self.service_code = service_code


class AlreadyTaken(Dm3Error):
    """That name already belongs to somebody else."""

    code = "already-taken"
    hint = "Choose another name, or authorise the change with the key that holds it."


class VaultLocked(Dm3Error):
    """The vault cannot be opened with this passphrase."""

    code = "vault-locked"
    hint = "Check the passphrase; without it the keys in the vault cannot be recovered."


class StoreError(Dm3Error):
    """The data on disk cannot be used."""

    code = "store"
    fault = Fault.OPERATOR
    hint = "Check that the file is the right one, that it may be written, and that the disk is not full."
