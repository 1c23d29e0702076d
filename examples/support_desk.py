"""A support desk: answers whoever writes, in about twenty lines.

    python examples/support_desk.py helpdesk.user.dm3.localhost

runs against the services of `make up`. Names such as `support` are reserved: the domain's operator gives one
to the desk with dm3 resolver claim support --for NAME. The desk keeps its keys in support.vault, under the
passphrase in the file that DM3_PASSPHRASE_FILE names, and makes itself a wallet at the first start.
"""

import asyncio
import os
import sys
from pathlib import Path

import dm3

RESOLVERS = {"dm3.localhost": os.environ.get("DM3_RESOLVER_URL", "http://127.0.0.1:8402")}


async def answer(message: dm3.StoredMessage) -> str:
    """What the desk says; here is the place for people, tickets, or a program that knows more."""
    return f"Thank you! We have got your message of {len(message.content or '')} characters."


async def main(name: str, passphrase: str) -> None:
    async with await dm3.connect(
        RESOLVERS, vault="support.vault", passphrase=passphrase, allow_private=True
    ) as client:
        wallet = await dm3.development_wallet(client, "support")
        desk = await client.create_profile(name.split(".", 2)[2], wallet, alias=name)
        print(f"{desk.name} is open", flush=True)
        async for message in desk.incoming():
            await desk.send(message.peer, await answer(message))


if __name__ == "__main__":
    secret = Path(os.environ["DM3_PASSPHRASE_FILE"]).read_text(encoding="utf-8").strip()
    try:
        asyncio.run(main(sys.argv[1], secret))
    except dm3.Dm3Error as error:
        sys.exit(f"{error} {error.hint or ''}")
