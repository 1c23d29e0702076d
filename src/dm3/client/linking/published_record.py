"""A profile's published link record: kept to be published, handed to the resolver, read back."""

from __future__ import annotations

from contextlib import suppress

from dm3.base import same_name
from dm3.base.errors import BadSignature, Dm3Error, MalformedData, NotFound
from dm3.model import LinkMessage, RecordKey
from dm3.net import Directory
from dm3.protocol.linking import OutgoingLink, OutgoingLinkState, make_record, record_uri, verify_record
from dm3.protocol.names import ResolvedProfile
from dm3.store.vault import Change, Conflict

from ..state.identity import Identity
from ..state.open_profile import OpenProfile
from ..state.own_records import PendingRecord
from ..state.records import RECORDS


def keep_record(change: Change, identity: Identity, asking: OutgoingLink) -> None:
    """Have the record of an accepted link published by the next `publish_waiting`."""
    record = make_record(asking, identity.name, identity.profile.hash, identity.keys)
    _keep(change, identity.name, record_uri(record))


def withdraw_record(change: Change, identity: Identity) -> None:
    """Have the record taken back."""
    _keep(change, identity.name, None)


def _keep(change: Change, name: str, value: str | None) -> None:
    change.put(RECORDS, name, PendingRecord(name, RecordKey.LINK, value), section=name)


async def also_known_as(directory: Directory, sender: ResolvedProfile, asked: str) -> tuple[str, ...]:
    """``asked``, the name by which a main profile was asked, where it leads to the one that answers.

    What the answer signs names it, so the holder of the key has used both.
    """
    if same_name(sender.name, asked):
        return ()
    try:
        found = await directory.profile(asked)
    except (NotFound, BadSignature, MalformedData):
        return ()
    return (asked,) if found.signed.hash == sender.signed.hash else ()


async def publish_waiting(own: OpenProfile) -> None:
    """Publish what waits, if something does. Raises what the resolver answers; then it waits on."""
    context, identity = own.context, own.identity
    kept = await context.vault.find(RECORDS, identity.name)
    if kept is None:
        return
    pending = kept.record
    await context.resolver_for(pending.name).publish_record(
        pending.name, pending.key, pending.value, identity.keys.signing_private, context.milliseconds()
    )
    context.names.forget(pending.name)
    change = context.vault.change()
    change.remove(RECORDS, identity.name, expect=kept.revision)
    with suppress(Conflict):  # the link has gone on meanwhile, and what is published then waits
        await context.vault.commit(change)


async def linked_elsewhere(
    directory: Directory, name: str, message: LinkMessage, now: int
) -> OutgoingLink | None:
    """The link as another device has made it, where this one knows of it by the published record.

    ``name`` is this profile's, ``now`` in UNIX seconds.
    The main profile will take the request ``message`` for a renewal then and not answer it. Should it be
    another main profile than the record means, it answers, and that counts.
    """
    try:
        found = await directory.ask(verify_record(name, now))
    except Dm3Error:
        return None
    if found.main is not None and not same_name(found.main, message.main_name):
        return None
    return OutgoingLink(
        state=OutgoingLinkState.LINKED,
        main_name=message.main_name,
        link_message="",
        wallet_signature="",
        requested_until=found.record.valid_until,
        valid_until=found.record.valid_until,
        public_record=found.main is not None,
    )
