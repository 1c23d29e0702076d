"""The client: opened once, it makes, opens and recovers profiles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dm3.base import checked, normalize
from dm3.base.errors import InvalidInput
from dm3.crypto import (
    Entropy,
    HostSignature,
    PairingCode,
    Passphrase,
    RecoveryCode,
    checksum_address,
    parse_recovery_code,
)
from dm3.net import Network
from dm3.store.vault import export_vault, rekey_vault

from .devices.joining import JoiningDevice, begin_joining
from .linking.host_login import HostLogin
from .linking.limited_profile import LimitedScopeProfile
from .linking.messenger import Messenger
from .linking.recoveries import ANSWER_TIMEOUT, Recoveries
from .linking.views import OutgoingLinkView, outgoing_view
from .profile_removal import DeletedProfile, ProfileRemoval
from .profiles.activation import complete
from .profiles.app import App, require_app
from .profiles.by_signing import create_limited, create_main
from .profiles.ens_names import is_owned
from .profiles.ens_profiles import EnsProfiles
from .profiles.escrow import hand_in_waiting
from .profiles.escrow_opening import reopen
from .reading.peer_profiles import PeerProfiles
from .state.context import Context
from .state.identity import IdentityKind, Stage
from .state.open_profile import held_identity
from .state.records import ASKINGS, IDENTITIES
from .state.views import IdentityView, identity_view
from .state.wallets import Wallet
from .vault_transfer import secret_from


@checked
class Client:
    """Profiles over a vault. Made by `connect`; use it as an async context manager."""

    def __init__(self, context: Context, network: Network | None = None) -> None:
        self._context = context
        self._network = network
        self._ens = EnsProfiles(context, network)
        self._peers = PeerProfiles(context)
        self._recoveries = Recoveries(context)
        self._removal = ProfileRemoval(context)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the vault and the connections, after a moment for what is on its way."""
        await self._context.background.close()
        if self._network is not None:
            await self._network.close()
        await self._context.http.aclose()
        await self._context.vault.close()

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
        made = await create_main(self._context, domain, wallet, delivery_services, alias, source, own_nonce)
        return Messenger(self._context, made)

    async def messenger(self, name: str) -> Messenger:
        """Open a main profile that is in the vault, and take it into use where that was left to do.

        Raises `NotFound`; for one under a name of its own, when it is first opened: `NotPublished` before
        its owner has published it, `NotYourName` when the name leads elsewhere, `ConfigurationError`
        without a chain.
        """
        held = await held_identity(self._context.vault, name, IdentityKind.MAIN)
        if held.is_self_published and held.stage is Stage.KEYS_MADE:
            self._ens.require_lookup(held.name)
        return Messenger(self._context, await complete(self._context, held))

    async def join(self, domain: str, *, label: str = "") -> JoiningDevice:
        """Begin to use a main profile on this device that another device has (specification 5.3).

        A temporary profile at the resolver's ``domain`` waits for it: show its code to the other device
        (`JoiningDevice.shown_code`), which takes it to `Devices.invite`; `JoiningDevice.take_over` waits for
        that. ``label`` is how the user knows this device. Calling this again goes on with the same code for
        an hour. Raises what the services answer.
        """
        return await begin_joining(self._context, normalize(domain), label)

    async def discard_profile(self, name: str) -> None:
        """Forget a profile whose creation broke off. Raises `NotFound`, or `LocalProtocolError` in use."""
        await self._removal.discard(name)

    async def delete_profile(self, name: str) -> DeletedProfile:
        """Have a profile be gone from this vault: keys, conversations, outbox and notices.

        At its delivery services this device's mailbox is given up, as far as they can be reached now. What
        is published under its names stays, and so do sealed copies of its keys and what other devices have.
        End its links first, and close what has the profile in use. Raises `NotFound` where the vault has no
        such profile, and `LocalProtocolError` while it is linked or being created.
        """
        return await self._removal.delete(name)

    # --- limited scope profiles ---------------------------------------------------------------

    async def create_lsp(self, app: App, wallet: Wallet, *, public: bool = False) -> LimitedScopeProfile:
        """Create a limited scope profile by signing (way 1 of specification 3.2).

        The wallet signs once. ``public`` ties the profile to the wallet's address by the owner alias,
        which takes a second signature. Repeating goes on with the profile that was begun, whose keys are not
        signed for again. Raises `NotAKeyWallet`, `BadSignature` and what the services answer.
        """
        return LimitedScopeProfile(
            self._context, await create_limited(self._context, require_app(app), wallet, public=public)
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
        login = HostSignature(auth_message, checksum_address(owner_address), auth_sig)
        source = Entropy(entropy) if entropy is not None else None
        opening = HostLogin(self._context, require_app(app), login, nonce, source)
        return await opening.open(wallet, main_name, fresh=fresh, public=public)

    async def lsp_exists(self, app: App, owner: str) -> bool:
        """Whether ``owner`` has a profile for ``app`` that is publicly theirs (specification 3.1)."""
        return await is_owned(self._context.names, owner, require_app(app).name)

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
        return LimitedScopeProfile(self._context, await reopen(self._context, require_app(app), wallet, key))

    async def lsp(self, name: str) -> LimitedScopeProfile:
        """Open a limited scope profile that is in the vault. Raises `NotFound`."""
        held = await held_identity(self._context.vault, name, IdentityKind.LIMITED)
        identity = await complete(self._context, held)
        return LimitedScopeProfile(self._context, identity, await hand_in_waiting(self._context, identity))

    async def profiles(self) -> list[IdentityView]:
        """Every profile in the vault; of one whose creation broke off ``is_begun`` is true."""
        return [identity_view(kept.record) for kept in await self._context.vault.entries(IDENTITIES)]

    async def link_status(self, name: str) -> OutgoingLinkView | None:
        """As `LimitedScopeProfile.link_status`, without opening the profile. Raises `NotFound`."""
        held = await held_identity(self._context.vault, name, IdentityKind.LIMITED)
        asked = await self._context.vault.get(ASKINGS, held.name)
        return None if asked is None else outgoing_view(asked)

    # --- recovery and peers -------------------------------------------------------------------

    async def recover(
        self,
        profile_name: str,
        wallet: Wallet | None,
        *,
        main_name: str | None = None,
        app: App | None = None,
        pairing: PairingCode | str | None = None,
        timeout: float = ANSWER_TIMEOUT,  # noqa: ASYNC109  cancelling would leave the request half asked
    ) -> LimitedScopeProfile:
        """Recover a linked profile on a device that has none of its keys (specification 3.5).

        ``profile_name`` may be its owner alias. ``wallet`` is the owner's. ``main_name`` is needed where the
        link is not published with its main profile's name, ``app`` where the page's URI is not ``https://``
        and the application's ENS name. A link that was made by a pairing code takes a new one (``pairing``)
        and its user's word; without a ``wallet`` the profile that waits for the keys signs.
        Waits up to ``timeout`` seconds for the main profile's answer; raises `Unreachable` when none came,
        `LinkRefused` when its user has rejected it, and `UnsupportedByPeer` when it gives no keys back.
        The request stays valid for 30 days: calling this again goes on waiting for its answer.
        """
        return await self._recoveries.run(profile_name, wallet, main_name, app, pairing, timeout)

    @property
    def recoveries(self) -> Recoveries:
        """Recoveries step by step, for programs that do not wait for the answer."""
        return self._recoveries

    @property
    def ens(self) -> EnsProfiles:
        """ENS names: profiles under one alone, publishing under one, an address's own."""
        return self._ens

    @property
    def peers(self) -> PeerProfiles:
        """Profiles of others: what is published, whose keys count, which links are verified."""
        return self._peers

    @property
    def resolvers(self) -> Mapping[str, str]:
        """The resolvers' URLs by the domain below which they have names, as `connect` was given them."""
        return MappingProxyType(self._context.resolvers)

    def seconds(self) -> int:
        """The time that this client goes by, in UNIX seconds."""
        return self._context.seconds()

    # --- the vault ----------------------------------------------------------------------------

    async def export_vault(self, path: Path | str, passphrase: str | Passphrase) -> int:
        """Write everything in the vault – profiles, links, history, outbox, wallets – into a new file.

        Sealed under ``passphrase`` and readable by its owner only; `import_vault` takes it in elsewhere.
        Returns the number of records. Raises `StoreError` when there is such a file already.
        """
        return await export_vault(
            self._context.vault, Path(path), secret_from(passphrase), self._context.random
        )

    async def change_passphrase(self, current: str | Passphrase, new: str | Passphrase) -> bool:
        """Have the vault open with ``new`` from now on. Raises `VaultLocked` when ``current`` is wrong.

        Copies made before still open with the former one. Returns False while others hold former data.
        """
        return await self._context.vault.change_passphrase(secret_from(current), secret_from(new))

    async def renew_vault_key(self, passphrase: str | Passphrase) -> None:
        """Seal everything in the vault under a new key. Other programs must open it again after that."""
        await rekey_vault(self._context.vault, secret_from(passphrase), self._context.random)


def context_of(client: Client) -> Context:
    """What a client works with, for whoever has to reach behind its face, such as tests."""
    return client._context
