"""A board in a process of its own, so that a test may kill it: ``python … <folder> <name> <resolvers>``.

``resolvers``: as JSON. Prints its URL once it serves. Run with the project's folder as the working directory.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

from dm3.board import BoardSettings
from dm3.hosting import BoardServer
from dm3.net import NetworkSettings
from tests.e2e.sdk_scene import APP

MANY: Final[dict[str, Any]] = {"per_author": 10_000, "in_all": 10_000, "most_waiting": 10_000}
"""More than any test writes."""


async def main(folder: str, name: str, resolvers: str) -> None:
    """Serve until killed."""
    network = NetworkSettings(allow_private=True)
    server = BoardServer(BoardSettings(name=name, **MANY), APP, Path(folder), network=network)
    await server.start(json.loads(resolvers))
    print(server.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
