"""The shop's support: a dm3 profile, and a bot that answers until somebody from the team does."""

import asyncio
import secrets
from pathlib import Path

import dm3

WORDS = {
    "order": "Orders leave us within two days. Which number has yours?",
    "price": "All prices on this page include tax and shipping.",
    "return": "You may return everything within 30 days. Write us what it is, and we send a label.",
    "human": "A person from our team reads this conversation, too, and answers here.",
}


def answer(text: str) -> str:
    """What the bot says; here is the place for people, tickets, or a program that knows more."""
    if text.startswith("**"):  # a form's title
        return "Thank you, we have read it. If you want to add something, write it here."
    found = next((said for word, said in WORDS.items() if word in text.lower()), None)
    return found or f"Hello! I am the shop's bot and know about: {', '.join(WORDS)}."


async def keep_desk(app: str, name: str, resolver: str, folder: Path, opened: asyncio.Event) -> None:
    """Answer whoever writes, until cancelled; ``opened`` is set once the desk can be written to."""
    vault = folder / "support.vault"
    async with await dm3.connect(
        {app: resolver}, vault=vault, passphrase=_passphrase(folder), allow_private=True
    ) as client:
        wallet = await dm3.development_wallet(client, "support")
        desk = await client.create_profile(app, wallet, alias=name)
        opened.set()
        async for message in desk.incoming():
            await desk.send(message.peer, answer(message.content or ""))


def _passphrase(folder: Path) -> str:
    """Made at the first start, in a file that only its owner reads. In production it comes from elsewhere."""
    file = folder / "support.passphrase"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16))
    return file.read_text()
