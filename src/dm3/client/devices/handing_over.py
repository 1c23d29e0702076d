"""Handing the main profile over to a device that joins, sealed for it alone (specification 5.3)."""

from __future__ import annotations

from dm3.model import DEVICE_SYNC, Draft, SignedProfile
from dm3.protocol.devices import (
    Device,
    Handover,
    JoinCode,
    Vouched,
    admitted,
    asks,
    device_id,
    seal_handover,
    vouch_item,
)
from dm3.protocol.messages import compose

from ..messaging.outbox import enqueue
from ..state.context import Context
from ..state.device_records import OwnDevice
from ..state.identity import Identity
from .stores import DeviceStores

UNNAMED = "a device that joins"


async def hand_over(
    context: Context,
    identity: Identity,
    stores: DeviceStores,
    own: OwnDevice,
    code: JoinCode,
    joining: SignedProfile,
) -> Device:
    """Admit the device that shows ``code``, and put what it is handed over into the outbox.

    ``joining`` is its temporary profile, as it is published; its signing key is the device's. Should the name
    lead to another profile when the message is sent, it goes nowhere.
    """
    key = joining.profile.signing_key
    device = admitted(asks(device_id(key), key, UNNAMED, 0))
    vouched = Vouched(device.id, key, UNNAMED, own.id)
    handover = Handover(
        name=identity.name,
        aliases=identity.aliases,
        app=identity.app,
        uri=identity.uri,
        address=identity.address,
        owner=identity.owner,
        seed=identity.seed,
        nonce=identity.nonce,
        signed=identity.signed,
        key=own.keys.signing_public,
        label=own.label,
        vouching=vouch_item(identity.name, vouched, own.keys.signing_private),
    )
    draft = Draft(
        to=code.name,
        from_=identity.name,
        timestamp=context.milliseconds(),
        type=DEVICE_SYNC,
        content=seal_handover(code, handover, context.random),
    )
    message = compose(draft, identity.keys.signing_private)
    change = context.vault.change()
    stores.book.put(change, device)
    stores.items.put_new(change, handover.vouching)
    stores.items.tell(change, handover.vouching)
    enqueue(
        change,
        context,
        account=identity.name,
        to=code.name,
        sender=identity.name,
        text=message.text,
        receiver_hash=code.profile_hash,
    )
    await context.vault.commit(change)
    return device
