"""A small shop with a chat, forms, and users who write to each other: what a dApp's developer adds to a site.

    python examples/dapp --widget http://localhost:8403 --resolver http://127.0.0.1:8402

`dm3 up --sample yes` (or `make up`) starts it beside the services that it needs.
"""

import argparse
import asyncio
import contextlib
import socket
import sys
from pathlib import Path

import uvicorn
from desk import keep_desk
from shop import make_site


async def main(given: argparse.Namespace) -> None:
    stop, opened = asyncio.Event(), asyncio.Event()
    if given.socket is None:
        listening = socket.create_server(("127.0.0.1", given.port))
    else:
        listening = socket.socket(fileno=given.socket)
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)  # whoever started it has ended
    origin = f"http://localhost:{listening.getsockname()[1]}"
    support = f"desk.user.{given.app}"
    site = make_site(given.app, support, origin, given.widget)
    server = uvicorn.Server(uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    desk = asyncio.create_task(keep_desk(given.app, support, given.resolver, given.folder, opened))
    ended = asyncio.create_task(stop.wait())
    ready = asyncio.create_task(opened.wait())
    await asyncio.wait({serving, desk, ended, ready}, return_when=asyncio.FIRST_COMPLETED)
    if opened.is_set():
        print(f"The sample shop is at {origin}", flush=True)
        await asyncio.wait({serving, desk, ended}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    for task in (desk, ended, ready):
        task.cancel()
    await serving
    with contextlib.suppress(asyncio.CancelledError):
        await desk  # or it says why it has ended


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--app", default="dm3.localhost", help="the application's ENS name")
    parser.add_argument("--widget", required=True, help="URL of the widget host")
    parser.add_argument("--resolver", required=True, help="URL of the application's resolver")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the support desk keeps its keys")
    parser.add_argument("--port", type=int, default=8404)
    parser.add_argument("--socket", type=int, help="a listening socket, in place of a port")
    asyncio.run(main(parser.parse_args()))
