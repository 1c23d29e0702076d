"""A delivery service in a process of its own, so that a test may kill it: ``python … <database url>``.

Prints its URL once it serves. Run with the project's folder as the working directory.
"""

import asyncio
import sys
import time

from tests.e2e.delivery_scene import serving


async def main(url: str) -> None:
    """Serve until killed."""
    async with serving(url, clock=time.time, rate_of_strangers=0, rate_per_address=0) as scene:
        print(scene.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
