"""The client: opened once, it makes, opens and recovers profiles."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from dm3.base import normalize, owner_alias, same_name
from dm3.base.errors import AlreadyTaken, BadSignature, InvalidInput, NotFound, Unreachable
from dm3.crypto import Entropy, HostSignature, Passphrase, RandomBytes, checksum_address
from dm3.net import ChainWalletVerifier, Directory, JsonRpcChain, WalletVerifier
from dm3.net.fetching import LinkFetcher
from dm3.net.guarded import open_http
from dm3.net.resolver_client import ResolverNames
from dm3.protocol.linking import Disclosure, LinkPolicy, RecoveryState, VerifiedRecord, verify_record
from dm3.protocol.owner_alias import owner_alias_message
from dm3.protocol.siwe import check_siwe, parse_siwe
from dm3.store.vault import Vault

from .context import Context, Wallet
from .creation import ALIAS_TERM, App, complete, make_by_signing, make_embedded, make_main
from .linked import LimitedScopeProfile
from .messenger import Messenger
from .records import IDENTITIES, RECOVERIES, AliasClaim, Identity, IdentityKind, Stage
from .recovering import RecoveringDevice, new_recovery


class ProfileExists(AlreadyTaken):
    """The owner has a profile for this application already."""

    code = "profile-exists"
    hint = "Recover it through its main profile, or say fresh=True for a new, independent one."


class Client:
    """Profiles over a vault. Made by `connect`; use it as an async context manager."""

    def __init__(self, context: Context, chain: JsonRpcChain | None = None) -> None:
        self.context = context
        self._chain = chain

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the vault and the connections."""
        if self._chain is not None:
            await self._chain.close()
        await self.context.http.aclose()
        await self.context.vault.close()

    # --- main profiles ------------------------------------------------------------------------

    async def create_profile(
        self,
        domain: str,
        wallet: Wallet,
        *,
        delivery_services: tuple[str, ...] = (),
        alias: str | None = None,
        entropy: bytes | None = None,
    ) -> Messenger:
        """Create a main profile below the resolver's ``domain``, with the chosen name ``alias``.

        The wallet signs twice: for the keys, and for the profile. Without ``delivery_services`` it is
        ``ds.<domain>``. Raises what resolver and delivery service answer; repeating goes on. A contract
        wallet (else `NotAKeyWallet`) needs ``entropy``, at least 32 random bytes: keys come from these.
        """
        source = Entropy(entropy) if entropy is not None else None
        identity = await make_main(self.context, domain, wallet, delivery_services, alias, source)
        held = await self.context.vault.get(IDENTITIES, identity.name)
        return Messenger(self.context, await complete(self.context, _resumed(held, identity)))

    async def messenger(self, name: str) -> Messenger:
        """Open a main profile that is in the vault. Raises `NotFound`."""
        return Messenger(
            self.context, await complete(self.context, await self._held(name, IdentityKind.MAIN))
        )

    # --- limited scope profiles ---------------------------------------------------------------

    async def create_lsp(self, app: App, wallet: Wallet, *, public: bool = False) -> LimitedScopeProfile:
        """Create a limited scope profile by signing (way 1 of ``protocol.md`` 3.2).

        The wallet signs once. ``public`` ties the profile to the wallet's address by the owner alias,
        which takes a second signature; without it the profile is anonymous.
        """
        identity = await make_by_signing(self.context, app, wallet, None)
        if public:
            message = self._alias_text(app, identity)
            signature = await wallet.sign_message(message)
            claim = AliasClaim(owner_alias(identity.owner, app.name), identity.owner, message, signature)
            identity = replace(identity, claim=claim)
        return LimitedScopeProfile(self.context, await complete(self.context, identity))

    async def embed_lsp(
        self,
        app: App,
        *,
        auth_message: str,
        owner_address: str,
        auth_sig: str,
        entropy: bytes | None = None,
        fresh: bool = False,
    ) -> LimitedScopeProfile:
        """Create a limited scope profile from the host page's login (way 2 of ``protocol.md`` 3.2).

        ``auth_message`` and ``auth_sig`` are the SIWE login of ``owner_address``; they authorise the owner
        alias and never touch a key. ``entropy``: at least 32 bytes of the host's, which makes the profile
        readable by the site. ``fresh`` makes an independent profile, without alias, where one exists.

        Raises `SiweRefused` or `BadSignature` for a login that does not hold, and `ProfileExists`.
        """
        owner = checksum_address(owner_address)
        await self._check_login(app, HostSignature(auth_message, owner, auth_sig))
        exists = await self.lsp_exists(app, owner)
        if exists and not fresh:
            raise ProfileExists(f"{owner_alias(owner, app.name)}")
        claim = AliasClaim(owner_alias(owner, app.name), owner, auth_message, auth_sig)
        identity = await make_embedded(
            self.context,
            app,
            owner,
            entropy=Entropy(entropy) if entropy is not None else None,
            claim=None if exists else claim,
        )
        return LimitedScopeProfile(self.context, await complete(self.context, identity))

    async def lsp_exists(self, app: App, owner: str) -> bool:
        """Whether ``owner`` has a profile for ``app`` that is publicly theirs (``protocol.md`` 3.1)."""
        alias = owner_alias(owner, app.name)
        self.context.names.forget(alias)
        return await self.context.names.address(alias) is not None

    async def lsp(self, name: str) -> LimitedScopeProfile:
        """Open a limited scope profile that is in the vault. Raises `NotFound`."""
        held = await self._held(name, IdentityKind.LIMITED)
        return LimitedScopeProfile(self.context, await complete(self.context, held))

    async def profiles(self) -> list[Identity]:
        """Every profile in the vault."""
        return [kept.record for kept in await self.context.vault.entries(IDENTITIES)]

    # --- recovery and verification ------------------------------------------------------------

    async def start_recovery(
        self, app: App, profile_name: str, main_name: str, wallet: Wallet
    ) -> RecoveringDevice:
        """Ask ``main_name`` for the keys of ``profile_name`` through a temporary profile.

        Raises `NotFound` when the profile is not published. See `recover` for the whole way.
        """
        published = await self.context.directory.profile(profile_name, fresh=True)
        temporary = await make_embedded(
            self.context, app, wallet.address, entropy=None, claim=None, kind=IdentityKind.TEMPORARY
        )
        recovery = await new_recovery(self.context, temporary, published, main_name, wallet)
        device = RecoveringDevice(self.context, await complete(self.context, temporary))
        await device.begin(recovery)
        return device

    async def pending_recovery(self, profile_name: str, main_name: str) -> RecoveringDevice | None:
        """The recovery of ``profile_name`` that was begun before and still waits for its answer."""
        for kept in await self.context.vault.entries(RECOVERIES):
            recovery = kept.record
            temporary = await self.context.vault.get(IDENTITIES, recovery.temporary_name)
            if (
                temporary is not None
                and recovery.state in (RecoveryState.ASKING, RecoveryState.RECOVERED)
                and recovery.gives_up_at > self.context.seconds()
                and same_name(recovery.profile_name, profile_name)
                and same_name(recovery.main_name, main_name)
            ):
                return RecoveringDevice(self.context, await complete(self.context, temporary))
        return None

    async def recover(
        self, app: App, profile_name: str, main_name: str, wallet: Wallet, *, patience: float = 300
    ) -> LimitedScopeProfile:
        """Recover a linked profile on a device that has none of its keys (``protocol.md`` 3.5).

        Waits up to ``patience`` seconds for the main profile's answer; raises `Unreachable` when none
        came. The request stays valid for an hour: calling this again goes on waiting for its answer.
        """
        device = await self.pending_recovery(profile_name, main_name)
        if device is None:
            device = await self.start_recovery(app, profile_name, main_name, wallet)
        ends = self.context.now() + patience
        while True:
            left = ends - self.context.now()
            await device.sync(wait=max(0.0, min(left, 20.0)))
            adopted = await device.finish()
            if adopted is not None:
                profile = LimitedScopeProfile(self.context, adopted)
                await profile.sync()
                return profile
            if left <= 0:
                raise Unreachable(f"{main_name} has not answered; is that messenger running?")

    async def verify_link(self, name: str, disclosure: Disclosure | None = None) -> VerifiedRecord:
        """Verify the published link record of ``name`` completely (``protocol.md`` 3.4).

        Raises `NotFound`, `MalformedData` or `LinkRefused`.
        """
        self.context.names.forget(name)
        inquiry = verify_record(normalize(name), self.context.seconds(), disclosure)
        return await self.context.directory.ask(inquiry)

    # --- what is behind it --------------------------------------------------------------------

    async def _held(self, name: str, kind: IdentityKind) -> Identity:
        wanted = normalize(name)
        for identity in await self.profiles():
            if identity.kind is kind and wanted in identity.names:
                return identity
        raise NotFound(f"no {kind} profile {wanted} is in this vault")

    async def _check_login(self, app: App, login: HostSignature) -> None:
        check_siwe(
            parse_siwe(login.message),
            now=self.context.seconds(),
            domains=(app.domain,),
            address=login.owner,
        )
        if not await self.context.directory.verifier.signed(login.owner, login.message, login.signature):
            raise BadSignature("the login was not signed by the account that it names")

    def _alias_text(self, app: App, identity: Identity) -> str:
        now = self.context.seconds()
        nonce = self.context.random(16).hex()
        return owner_alias_message(app.name, identity.owner, identity.name, nonce, now, now + ALIAS_TERM)


def _resumed(held: Identity | None, made: Identity) -> Identity:
    """Go on with what is in the vault where it is the same profile."""
    if held is None or held.signed != made.signed:
        return made
    if made.claim is not None and made.claim.alias not in held.aliases:
        return replace(held, stage=Stage.NAME_CLAIMED, claim=made.claim)
    return held


async def connect(
    resolvers: Mapping[str, str],
    *,
    vault: Path | str | None = None,
    passphrase: str | Passphrase | None = None,
    allow_private: bool = False,
    policy: LinkPolicy | None = None,
    rpc_url: str | None = None,
    verifier: WalletVerifier | None = None,
    now: Callable[[], float] = time.time,
    random: RandomBytes = os.urandom,
) -> Client:
    """Open a client.

    ``resolvers``: base URLs of the off-chain resolvers by the domain that they serve. ``vault``: the file
    that keeps keys and messages, encrypted under ``passphrase``; without one all is forgotten at the end.
    ``allow_private`` lets names lead to loopback and private addresses, for development. ``rpc_url`` is a
    chain's node, by which contract wallets are verified; ``verifier`` does it in its place.

    Raises `VaultLocked` for a wrong passphrase, `StoreError`, `InvalidName`, `InvalidInput`, or
    `ConfigurationError` for an ``rpc_url`` that is none.
    """
    chain = JsonRpcChain(rpc_url) if rpc_url is not None else None
    if verifier is None and chain is not None:
        verifier = ChainWalletVerifier(chain)
    if vault is None:
        opened = Vault.in_memory(random=random)
    else:
        if passphrase is None:
            raise InvalidInput("a vault in a file needs a passphrase")
        secret = Passphrase(passphrase.encode("utf-8")) if isinstance(passphrase, str) else passphrase
        opened = await Vault.open(Path(vault), secret, random=random)
    http = open_http(allow_private=allow_private)
    served = {normalize(domain): url for domain, url in resolvers.items()}
    names = ResolverNames(http, served)
    directory = Directory(names, links=LinkFetcher(http), verifier=verifier)
    context = Context(
        http=http,
        directory=directory,
        resolvers=served,
        names=names,
        vault=opened,
        policy=policy or LinkPolicy(),
        now=now,
        random=random,
    )
    return Client(context, chain)
