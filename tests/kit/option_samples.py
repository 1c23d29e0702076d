"""Values of the options, as they are typed."""

from dm3.cli.config.options import TABLE

SAMPLES = {
    "data-dir": ("/a", "/b", "/c"),
    "vault": ("/a", "/b", "/c"),
    "passphrase-file": ("/a", "/b", "/c"),
    "log-level": ("debug", "info", "error"),
    "release-label": ("help", "support", "info"),
    "resolver": ("a.eth=http://a", "b.eth=http://b", "c.eth=https://c"),
    "allow-private-addresses": ("auto", "yes", "no"),
    "rpc-url": ("http://a.example", "http://b.example", "10=http://c.example"),
    "ens-registry": ("0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20),
    "ipfs-gateway": ("http://a.example", "http://b.example", "http://c.example"),
    "names-file": ("/a", "/b", "/c"),
    "domain": ("a.eth", "b.eth", "c.eth"),
    "alias-parent": ("a.eth", "b.eth", "c.eth"),
    "siwe-domain": ("a.example", "b.example", "c.example"),
    "static-names": ("/a", "/b", "/c"),
    "domains-file": ("/a", "/b", "/c"),
    "ccip-signer-file": ("/a", "/b", "/c"),
    "resolver-contract": tuple(f"a.eth=0x{digits * 20}" for digits in ("11", "22", "33")),
    "name": ("a.eth", "b.eth", "c.eth"),
    "public-url": ("https://a", "https://b", "https://c"),
    "trusted-proxy": ("127.0.0.1", "10.0.0.0/8", "::1"),
    "host": ("127.0.0.1", "127.0.0.2", "::1"),
    "unknown-senders": ("accept", "refuse", "accept"),
    "blocked-sender": ("a.eth", "b.eth", "c.eth"),
    "escrow-login": tuple(f"{app}.eth={app}.example" for app in "abc"),
    "widget-url": ("https://a.example", "https://b.example", "https://c.example"),
    "widget-to": ("a.eth", "b.eth", "c.eth"),
    "widget-origin": ("https://a.example", "https://b.example", "https://c.example"),
    "board-name": ("a.eth", "b.eth", "c.eth"),
    "board-chars": ("500", "600", "700"),
    "board-moderation": ("hold", "publish", "hold"),
    "who-may-ask": ("own-wallet", "anyone", "own-wallet"),
    "recovery": ("ask", "unattended", "ask"),
    "link-notices": ("all", "recoveries", "all"),
}


def samples(name):
    """Three values of an option: for the file, the environment and the flag."""
    default = TABLE[name].default
    if name in SAMPLES:
        return SAMPLES[name]
    if isinstance(default, bool):
        return ("yes", "no", "yes")
    if isinstance(default, float):
        return ("0.5", "1.5", "2.5")
    assert isinstance(default, int), f"give three values of {name} in SAMPLES"
    return ("10001", "10002", "10003")
