"""What users see of their devices."""

from __future__ import annotations

from msgspec import Struct

from dm3.protocol.devices import Device, Standing

from ..state.device_records import OwnDevice


class DeviceView(Struct, frozen=True, kw_only=True):
    """A device of a main profile.

    ``id``: what tells it from the others.
    ``label``: the name that its user gave it.
    ``standing``: whether it belongs to the profile.
    ``heard_at``: when it last told something here, in UNIX seconds; 0 for this device, and before it has
    told anything.
    ``is_this``: it is the one that this client runs on.
    ``is_behind``: something that it has told has not come here yet.
    """

    id: str
    label: str
    standing: Standing
    heard_at: int = 0
    is_this: bool = False
    is_behind: bool = False


class Removal(Struct, frozen=True):
    """What came of removing a device.

    ``device``: the one that was removed.
    ``links``: the linked profiles whose keys it may still have.
    """

    device: DeviceView
    links: tuple[str, ...]


def device_view(device: Device) -> DeviceView:
    """Another device."""
    return DeviceView(
        id=device.id,
        label=device.label,
        standing=device.standing,
        heard_at=device.heard_at,
        is_behind=bool(device.missing),
    )


def own_device_view(own: OwnDevice) -> DeviceView:
    """The one that this client runs on."""
    standing = Standing.REMOVED if own.removed else Standing.KNOWN
    return DeviceView(id=own.id, label=own.label, standing=standing, is_this=True)
