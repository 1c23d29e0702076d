"""``python -m bench.delivery_process FOLDER``: the delivery service that is measured, until its input ends.

``FOLDER/names.json`` holds everybody's published profile; who is not in it is refused as a sender.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from dm3.delivery import DeliverySettings
from dm3.hosting import DeliveryHost
from dm3.net import NetworkSettings
from dm3.protocol.delivery.accepting import UnknownSenders
from dm3.service import run

SERVICE: Final = "ds.bench.eth"
NAMES: Final = "names.json"


WITHOUT_LIMITS: Final = DeliverySettings(
    name=SERVICE,
    unknown_senders=UnknownSenders.REFUSE,
    rate_per_address=0,
    rate_per_sender=0,
    rate_of_strangers=0,
    rate_per_receiver=0,
    bytes_per_address=0,
    bytes_per_sender=0,
    bytes_of_strangers=0,
    stranger_bytes_per_address=0,
)


async def serve(folder: Path, settings: DeliverySettings = WITHOUT_LIMITS) -> None:
    """As ``dm3 delivery-service`` does it, with a durable database in ``folder`` and no limits of rate."""
    host = DeliveryHost(settings, folder, network=NetworkSettings(names_file=folder / NAMES))
    try:
        await host.start({})
        print(host.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await host.stop()


if __name__ == "__main__":
    run(serve(Path(sys.argv[1])))
