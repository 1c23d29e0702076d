"""How a domain is meant to be set up, and what is said where it is not."""

from __future__ import annotations

from msgspec import Struct

from dm3.base.errors import LocalProtocolError

from .transactions import PreparedTransaction


class Wanted(Struct, frozen=True, kw_only=True):
    """How ``domain`` is meant to be set up; what is None is taken as it is found.

    ``gateway`` is a URL template of ERC-3668, ``signer`` the address of its key. ``sample`` is a name to
    resolve, else the domain's delivery service ``ds.<domain>`` is looked for.
    """

    domain: str
    contract: str | None = None
    verifier: str | None = None
    gateway: str | None = None
    signer: str | None = None
    sample: str | None = None


class NotSetUp(LocalProtocolError):
    """This step of the set-up is not done.

    ``transactions`` would do it; the advice says it to a person.
    """

    code = "not-set-up"

    def __init__(self, found: str, hint: str, *transactions: PreparedTransaction) -> None:
        super().__init__(found, hint=hint, verbatim=True)
        self.transactions = transactions
