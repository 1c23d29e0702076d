"""What keeps one main profile's devices in step, wired in one place (specification 5.2)."""

from __future__ import annotations

from msgspec import Struct

from ..state.open_profile import OpenProfile
from .admission import DeviceAdmission
from .stores import DeviceStores, stores_of
from .sync import DeviceSync
from .telling import Telling


class DeviceParts(Struct, frozen=True):
    """The parts that a main profile has for its devices.

    ``stores``: what is kept of them.
    ``telling``: what is told to the others.
    ``admission``: which of them count.
    ``sync``: takes in what the others tell.
    """

    stores: DeviceStores
    telling: Telling
    admission: DeviceAdmission
    sync: DeviceSync


def wire_devices(own: OpenProfile) -> DeviceParts:
    """Make what keeps the devices of a main profile in step."""
    stores = stores_of(own)
    telling = Telling(own, stores)
    admission = DeviceAdmission(own, stores, telling)
    return DeviceParts(stores, telling, admission, DeviceSync(own, stores, telling, admission))
