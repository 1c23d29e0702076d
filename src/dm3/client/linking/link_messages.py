"""The one way in which a profile of ours sends a link message (specification 3.2)."""

from __future__ import annotations

from dm3.crypto import Seed
from dm3.model import Draft, LinkPayload
from dm3.protocol.messages import compose
from dm3.store.vault import Change
from dm3.wire import SERVICE_FALLBACK, link_type

from ..messaging.outbox import enqueue
from ..state.open_profile import OpenProfile


def enqueue_link(
    change: Change,
    own: OpenProfile,
    payload: LinkPayload,
    *,
    to: str,
    from_: str,
    sender: str,
    receiver_hash: str | None = None,
    receiver_owner: str | None = None,
    seed: Seed | None = None,
    optional: bool = False,
) -> None:
    """Sign a link message as ``own`` and add it to the outbox within ``change``.

    ``from_`` is the name that it says it is from, ``sender`` the one that its envelope names; the others are
    those of `dm3.client.messaging.outbox.enqueue`.
    """
    draft = Draft(
        to=to,
        from_=from_,
        timestamp=own.context.milliseconds(),
        type=link_type(payload),
        content=SERVICE_FALLBACK,
        link=payload,
    )
    enqueue(
        change,
        own.context,
        account=own.account,
        to=to,
        sender=sender,
        text=compose(draft, own.identity.keys.signing_private).text,
        receiver_hash=receiver_hash,
        receiver_owner=receiver_owner,
        seed=seed,
        optional=optional,
    )
