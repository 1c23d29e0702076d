"""The client: opened once, it makes, opens and recovers profiles."""

from __future__ import annotations

from pathlib import Path

from dm3.base import checked, normalize, owner_alias
from dm3.base.errors import ConfigurationError, InvalidInput, NotFound
from dm3.crypto import Entropy, HostSignature, Passphrase, RecoveryCode, checksum_address, parse_recovery_code
from dm3.net import Network
from dm3.protocol.ens import Publication
from dm3.protocol.linking import Disclosure, VerifiedRecord, verify_record
from dm3.store.vault import export_vault, rekey_vault

from .devices.joining import JoiningDevice, begin_joining
from .linking.limited_profile import LimitedScopeProfile
from .linking.messenger import Messenger
from .linking.recovery import RecoveringClient
from .linking.views import OutgoingLinkView, outgoing_view
from .profile_removal import DeletingClient
from .profiles.activation import complete
from .profiles.by_signing import create_limited, create_main
from .profiles.embedding import embed, embed_anonymous, find_existing, public_main
from .profiles.ens_names import begun_under, keep, prepare_profile, require_lookup, require_self_published
from .profiles.escrow import hand_in_waiting, reopen
from .profiles.keys import App, make_named, require_app
from .profiles.siwe_login import require_login
from .reading.trust import TrustingClient
from .state.context import Context
from .state.records import ASKINGS, IDENTITIES, AliasClaim, Identity, IdentityKind, Stage
from .state.views import IdentityView, identity_view
from .state.wallets import Wallet
from .vault_transfer import secret_from


@checked
class Client(RecoveringClient, TrustingClient, DeletingClient):
    """Profiles over a vault. Made by `connect`; use it as an async context manager."""

    def __init__(self, context: Context, network: Network | None = None) -> None:
        self.context = context
        self._network = network

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the vault and the connections, after a moment for what is on its way."""
        await self.context.background.close()
        if self._network is not None:
            await self._network.close()
        await self.context.http.aclose()
        await self.context.vault.close()

    async def create_profile(
        self,
        domain: str,
        wallet: Wallet,
        *,
        delivery_services: tuple[str, ...] = (),
        alias: str | None = None,
        entropy: bytes | None = None,
        own_nonce: bool = False,
    ) -> Messenger:
        """Create a main profile below the resolver's ``domain``, with the chosen name ``alias``.

        The wallet signs twice: for the keys, and for the profile. Without ``delivery_services`` it is
        ``ds.<domain>``. Repeating goes on, and for a profile that was begun the wallet does not sign again.
        A contract wallet (else `NotAKeyWallet`) needs ``entropy``, at least 32 random bytes: keys come from
        these. With ``own_nonce`` the text signed for the keys has a random nonce, kept in the vault alone,
        not that of all main profiles, which any page can ask for: further devices need an exported vault.
        Raises what the services answer, and `OtherKeys` when the vault holds the profile with other keys than
        wallet or entropy give now.
        """
        source = Entropy(entropy) if entropy is not None else None
        made = await create_main(self.context, domain, wallet, delivery_services, alias, source, own_nonce)
        return Messenger(self.context, made)

    async def create_named_profile(
        self,
        name: str,
        wallet: Wallet,
        *,
        delivery_services: tuple[str, ...],
        entropy: bytes | None = None,
    ) -> IdentityView:
        """Create a main profile that lives under the ENS name ``name`` alone, without any resolver of dm3.

        Keys are made and kept as by `create_profile`; nobody is told yet. Next, its owner sends the
        transactions of ``prepare_publication(name, name)``, then ``messenger(name)`` takes it into use.
        Repeating returns what is kept. Raises `InvalidInput` without ``delivery_services``, for a name
        below a resolver's domain and for one that this vault uses otherwise, `ConfigurationError` without
        a chain.
        """
        own = require_self_published(self.context, self._connected, name)
        services = tuple(map(normalize, delivery_services))
        held = await begun_under(self.context, own, wallet, services)
        if held is not None:
            return identity_view(held)
        source = Entropy(entropy) if entropy is not None else None
        made = await make_named(self.context, own, wallet, services, source)
        return identity_view(await keep(self.context, made))

    async def messenger(self, name: str) -> Messenger:
        """Open a main profile that is in the vault, and take it into use where that was left to do.

        Raises `NotFound`; for one under a name of its own, when it is first opened: `NotPublished` before
        its owner has published it, `NotYourName` when the name leads elsewhere, `ConfigurationError`
        without a chain.
        """
        held = await self._held(name, IdentityKind.MAIN)
        if held.is_self_published and held.stage is Stage.KEYS_MADE:
            require_lookup(self._connected, held.name)
        return Messenger(self.context, await complete(self.context, held))

    async def join(self, domain: str, *, label: str = "") -> JoiningDevice:
        """Begin to use a main profile on this device that another device has (specification 5.3).

        A temporary profile at the resolver's ``domain`` waits for it: show its code to the other device
        (`JoiningDevice.shown_code`), which takes it to `Devices.invite`; `JoiningDevice.take_over` waits for
        that. ``label`` is how the user knows this device. Calling this again goes on with the same code for
        an hour. Raises what the services answer.
        """
        return await begin_joining(self.context, normalize(domain), label)

    async def prepare_publication(self, profile: str, name: str, *, set_address: bool = False) -> Publication:
        """Prepare publishing the main profile ``profile`` under ``name`` on the chain of ``rpc_url``.

        Its ``transactions`` are for any wallet to sign and send, in their order; after that
        `Messenger.use_name` makes it the shown name. ``set_address`` points the name to the profile's
        address, too. Raises `ConfigurationError` without a chain, `NotFound` for a
        name that is not registered, `CannotPublish`, `InvalidName`, and `Unreachable`.
        """
        identity = await self._held(profile, IdentityKind.MAIN)
        return await prepare_profile(self._connected, identity, name, set_address)

    # --- limited scope profiles ---------------------------------------------------------------

    async def create_lsp(self, app: App, wallet: Wallet, *, public: bool = False) -> LimitedScopeProfile:
        """Create a limited scope profile by signing (way 1 of specification 3.2).

        The wallet signs once. ``public`` ties the profile to the wallet's address by the owner alias,
        which takes a second signature. Repeating goes on with the profile that was begun, whose keys are not
        signed for again. Raises `NotAKeyWallet`, `BadSignature` and what the services answer.
        """
        return LimitedScopeProfile(
            self.context, await create_limited(self.context, require_app(app), wallet, public=public)
        )

    async def embed_lsp(
        self,
        app: App,
        *,
        auth_message: str,
        owner_address: str,
        auth_sig: str,
        entropy: bytes | None = None,
        wallet: Wallet | None = None,
        main_name: str | None = None,
        fresh: bool = False,
        public: bool = True,
        nonce: str | None = None,
    ) -> LimitedScopeProfile:
        """Create a limited scope profile from the host page's login (way 2 of specification 3.2).

        ``auth_message`` and ``auth_sig`` are the SIWE login of ``owner_address``; they authorise the owner
        alias and never touch a key. ``nonce`` is the one that the page issued, where it still knows it.
        ``entropy``: at least 32 bytes of the host's for this user, which makes the profile readable by the
        site and puts its keys in escrow.

        Where the owner has a profile already, it is opened: from this vault, else from its escrow with the
        same ``entropy`` (a fresh login is enough, else the ``wallet`` signs), else by its main profile (of
        ``main_name`` or its link record; the ``wallet`` signs). ``fresh`` makes an independent one beside it,
        without alias. Not ``public``: without alias and escrow, and only this vault leads back to it.
        Raises `SiweRefused` or `BadSignature` for a login that does not hold; `ProfileExists`.
        """
        require_app(app)
        login = HostSignature(auth_message, checksum_address(owner_address), auth_sig)
        owner, source = login.owner, Entropy(entropy) if entropy is not None else None
        now, verifier = self.context.seconds(), self.context.directory.verifier
        await require_login(app, login, now=now, nonce=nonce, verifier=verifier)
        if not public:
            identity = await embed_anonymous(self.context, app, owner, source, fresh=fresh)
            return LimitedScopeProfile(self.context, identity)
        exists = await self.lsp_exists(app, owner)
        if exists and not fresh:
            found = await find_existing(self.context, app, login, wallet, source)
            if found.identity is not None:
                return LimitedScopeProfile(self.context, found.identity)
            main = main_name or await public_main(self.context, found.published)
            if main is None or wallet is None:
                raise found.refusal
            return await self.recover(found.published.name, wallet, main_name=main, app=app)
        claim = AliasClaim(owner_alias(owner, app.name), owner, auth_message, auth_sig)
        identity, errors = await embed(self.context, app, owner, source, None if exists else claim)
        return LimitedScopeProfile(self.context, identity, errors)

    async def reopen_lsp(
        self,
        app: App,
        wallet: Wallet,
        *,
        entropy: bytes | None = None,
        code: RecoveryCode | str | None = None,
    ) -> LimitedScopeProfile:
        """Open the wallet's profile for ``app`` on a further device, from its escrow (specification 3.8).

        With the host's ``entropy`` or the recovery ``code`` under which it was sealed; the wallet signs.
        Raises `MistypedCode` before anybody is asked, `NotFound` when there is no such profile or escrow,
        `EscrowLocked` for another code or entropy, or `EscrowMismatch`.
        """
        given = parse_recovery_code(code) if isinstance(code, str) else code
        key = given if entropy is None else Entropy(entropy)
        if key is None or (given is not None and entropy is not None):
            raise InvalidInput("an escrow opens with either entropy or a recovery code")
        return LimitedScopeProfile(self.context, await reopen(self.context, require_app(app), wallet, key))

    async def primary_name(self, address: str) -> str | None:
        """The ENS name that ``address`` goes by, if that name leads back to it; None without a chain's node.

        Raises `InvalidInput` when that is no address, and `Unreachable`.
        """
        ens = None if self._network is None else self._network.ens
        return None if ens is None else await ens.primary_name(address)

    async def lsp(self, name: str) -> LimitedScopeProfile:
        """Open a limited scope profile that is in the vault. Raises `NotFound`."""
        held = await self._held(name, IdentityKind.LIMITED)
        identity = await complete(self.context, held)
        return LimitedScopeProfile(self.context, identity, await hand_in_waiting(self.context, identity))

    async def profiles(self) -> list[IdentityView]:
        """Every profile in the vault; of one whose creation broke off ``is_begun`` is true."""
        return [identity_view(kept.record) for kept in await self.context.vault.entries(IDENTITIES)]

    async def link_status(self, name: str) -> OutgoingLinkView | None:
        """As `LimitedScopeProfile.link_status`, without opening the profile. Raises `NotFound`."""
        held = await self._held(name, IdentityKind.LIMITED)
        asked = await self.context.vault.get(ASKINGS, held.name)
        return None if asked is None else outgoing_view(asked)

    # --- recovery and verification ------------------------------------------------------------

    async def verify_link(self, name: str, disclosure: Disclosure | None = None) -> VerifiedRecord:
        """Verify the published link record of ``name`` completely (specification 3.4).

        Raises `NotFound`, `MalformedData` or `LinkRefused`.
        """
        self.context.names.forget(name)
        inquiry = verify_record(normalize(name), self.context.seconds(), disclosure)
        return await self.context.directory.ask(inquiry)

    # --- the vault ----------------------------------------------------------------------------

    async def export_vault(self, path: Path | str, passphrase: str | Passphrase) -> int:
        """Write everything in the vault – profiles, links, history, outbox, wallets – into a new file.

        Sealed under ``passphrase`` and readable by its owner only; `import_vault` takes it in elsewhere.
        Returns the number of records. Raises `StoreError` when there is such a file already.
        """
        return await export_vault(
            self.context.vault, Path(path), secret_from(passphrase), self.context.random
        )

    async def change_passphrase(self, current: str | Passphrase, new: str | Passphrase) -> bool:
        """Have the vault open with ``new`` from now on. Raises `VaultLocked` when ``current`` is wrong.

        Copies made before still open with the former one. Returns False while others hold former data.
        """
        return await self.context.vault.change_passphrase(secret_from(current), secret_from(new))

    async def renew_vault_key(self, passphrase: str | Passphrase) -> None:
        """Seal everything in the vault under a new key. Other programs must open it again after that."""
        await rekey_vault(self.context.vault, secret_from(passphrase), self.context.random)

    # --- what is behind it --------------------------------------------------------------------

    @property
    def _connected(self) -> Network:
        if self._network is None:
            raise ConfigurationError("this client has no network")
        return self._network

    async def _held(self, name: str, kind: IdentityKind) -> Identity:
        for identity in [kept.record for kept in await self.context.vault.entries(IDENTITIES)]:
            if identity.kind is kind and normalize(name) in identity.names:
                return identity
        raise NotFound(f"no {kind} profile {normalize(name)} is in this vault")
