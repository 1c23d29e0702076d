"""The registry: what all requests of one resolver share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dm3.base import address_of, normalize, one_spelling, same_name
from dm3.base.errors import NotFound
from dm3.model import RecordKey
from dm3.net import WalletVerifier
from dm3.protocol.names import ClaimsClosed, UnlistedService, domain_of
from dm3.service import StoreClock
from dm3.store import Database
from dm3.store.resolver import NONCE_GRACE, NameStore, ProfileRow

from .known_names import KnownNames, NameRecords
from .metrics import Metrics
from .settings import Domain, ResolverSettings, StaticName, check_domains, check_static


class Registry:
    """Domains, static names, and the store with its clock."""

    def __init__(
        self,
        settings: ResolverSettings,
        database: Database,
        verifier: WalletVerifier,
        clock: StoreClock,
    ) -> None:
        self.domains = check_domains(settings)
        self.ttl = settings.ttl
        self.store = NameStore(database)
        self.known = KnownNames(self.look_up)
        self.verifier = verifier
        self.metrics = Metrics()
        self._clock = clock
        self.static: dict[str, StaticName] = {}
        self._added: dict[str, StaticName] = {}
        self.replace_static(settings.static)

    def add_static(self, name: str, given: StaticName) -> None:
        """Serve a name of the operator's own. Raises `ConfigurationError`."""
        normal, checked = check_static(name, given, self.domains)
        self._added[one_spelling(normal)] = checked
        self.static = {**self.static, **self._added}

    def replace_static(self, names: Mapping[str, StaticName]) -> None:
        """Serve these names of the operator's in place of the former ones, beside those that were added.

        Raises `ConfigurationError`, and nothing is changed then.
        """
        checked = dict(check_static(name, given, self.domains) for name, given in names.items())
        self.static = {**{one_spelling(name): given for name, given in checked.items()}, **self._added}

    def now(self) -> int:
        """The time in UNIX seconds."""
        return self._clock.now()

    def may_be_forgotten(self, expires_at: int) -> bool:
        """Whether a nonce that counted until then may have been used, and removed since.

        The clock may have been set back after that, and the nonce would seem to count.
        """
        return expires_at + NONCE_GRACE < self._clock.furthest()

    def now_ms(self) -> int:
        """The time in UNIX milliseconds."""
        return self._clock.milliseconds()

    def domain_of(self, name: str) -> Domain:
        """The served domain that ``name`` belongs to. Raises `NotServed` or `InvalidName`."""
        return self.domains[domain_of(name, self.domains)]

    async def profile(self, name: str) -> ProfileRow:
        """The profile registered under an address name or alias. Raises `NotFound`."""
        normal = normalize(name)
        self.domain_of(normal)
        found = await self.store.profile(one_spelling(normal))
        if found is None:
            raise NotFound(f"no profile is registered under {normal}")
        return found

    async def look_up(self, name: str) -> NameRecords | None:
        """What is registered under ``name`` (normal form) in this moment; None for nothing."""
        found = await self.store.find(one_spelling(name))
        if found is None:
            return None
        profile = {RecordKey.PROFILE.value: "data:application/json," + found.profile.signed_profile}
        return NameRecords(name, found.profile.name, found.profile.address, {**found.records, **profile})

    def static_records(self, name: str) -> NameRecords | None:
        """What the operator gave ``name`` (normal form)."""
        static = self.static.get(one_spelling(name))
        return None if static is None else NameRecords(name, name, static.address, static.texts)

    def require_open(self, domain: Domain) -> None:
        """Raise `ClaimsClosed` unless names below ``domain`` can be claimed."""
        if not domain.claims_open:
            raise ClaimsClosed(domain.name)

    def require_listed(self, domain: Domain, services: Sequence[str]) -> None:
        """Raise `UnlistedService` unless ``domain`` takes profiles with these delivery services."""
        listed = domain.delivery_services
        if domain.listed_services_only and not any(
            same_name(one, other) for one in services for other in listed
        ):
            raise UnlistedService(f"{domain.name} takes profiles that list {' or '.join(listed)}")

    def application_of(self, address_name: str) -> Domain:
        """The served domain right above ``<address>.addr``. Raises `NotServed` for other names."""
        own = address_of(address_name)
        return self.domains[domain_of(own[1] if own else address_name, self.domains)]
