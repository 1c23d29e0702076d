"""A limited scope profile by its host page's login: made, or opened as leads back to it."""

from __future__ import annotations

from dm3.base import owner_alias
from dm3.crypto import Entropy, HostSignature

from ..profiles.app import App
from ..profiles.embedding import embed, embed_anonymous, find_existing, public_main
from ..profiles.ens_names import is_owned
from ..profiles.siwe_login import require_login
from ..state.context import Context
from ..state.identity import AliasClaim
from ..state.wallets import Wallet
from .limited_profile import LimitedScopeProfile
from .recoveries import ANSWER_TIMEOUT, Recoveries


class HostLogin:
    """A login that a host's page has had signed, and the ``entropy`` that it gives for this user."""

    def __init__(
        self, context: Context, app: App, login: HostSignature, nonce: str | None, entropy: Entropy | None
    ) -> None:
        self._context = context
        self._app = app
        self._login = login
        self._nonce = nonce
        self._entropy = entropy

    async def open(
        self, wallet: Wallet | None, main_name: str | None, *, fresh: bool, public: bool
    ) -> LimitedScopeProfile:
        """As `Client.embed_lsp`."""
        context, app, owner = self._context, self._app, self._login.owner
        now, verifier = context.seconds(), context.directory.verifier
        await require_login(app, self._login, now=now, nonce=self._nonce, verifier=verifier)
        if not public:
            made = await embed_anonymous(context, app, owner, self._entropy, fresh=fresh)
            return LimitedScopeProfile(context, made)
        exists = await is_owned(context.names, owner, app.name)
        if exists and not fresh:
            return await self._existing(wallet, main_name)
        alias = owner_alias(owner, app.name)
        claim = AliasClaim(alias, owner, self._login.message, self._login.signature)
        identity, errors = await embed(context, app, owner, self._entropy, None if exists else claim)
        return LimitedScopeProfile(context, identity, errors)

    async def _existing(self, wallet: Wallet | None, main_name: str | None) -> LimitedScopeProfile:
        """The owner's profile that is published: from here, from its escrow, or from its main profile."""
        context, app = self._context, self._app
        found = await find_existing(context, app, self._login, wallet, self._entropy)
        if found.identity is not None:
            return LimitedScopeProfile(context, found.identity)
        main = main_name or await public_main(context, found.published)
        if main is None or wallet is None:
            raise found.refusal
        return await Recoveries(context).run(found.published.name, wallet, main, app, None, ANSWER_TIMEOUT)
