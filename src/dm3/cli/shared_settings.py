"""What `dm3 --help` says of the settings that commands with a vault have in common.

Written down here, so that the help imports no table of options; tests/habits/test_lazy_faces.py compares
both. The data folder by default is another one on each machine.
"""

from typing import Final

SETTINGS: Final = [
    ("--data-dir", "Folder that keeps databases, keys and the vault."),
    ("--vault", "File of the encrypted vault; by default vault.sqlite in the data folder."),
    (
        "--passphrase-file",
        "File with the passphrase of the vault, instead of a prompt; for a service, of its keys.",
    ),
    (
        "--resolver",
        (
            "Off-chain resolver of a domain, as domain=URL; may be repeated. "
            "[dm3.localhost=http://127.0.0.1:8402]"
        ),
    ),
    (
        "--allow-private-addresses",
        (
            "Whether names may lead to loopback and private addresses: yes, no, or auto (yes when a "
            "configured resolver has such an address itself, save for profile links, ENS gateways and "
            "services of names in ENS, which strangers choose). [auto]"
        ),
    ),
    (
        "--rpc-url",
        (
            "JSON-RPC URL of a chain's node, as [chain-id=]URL; may be repeated. On the first, ENS "
            "names are looked up; by all of them contract wallets are verified. Without one only "
            "names of the configured resolvers and wallets that are plain keys are known."
        ),
    ),
    (
        "--ens-registry",
        "Address of the ENS registry on the first chain. [0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e]",
    ),
    (
        "--only-ens",
        (
            "Whether names of configured resolvers are looked up in ENS as well, so that the "
            "contracts verify what is said of them: yes or no. The resolvers are for claims alone "
            "then. [no]"
        ),
    ),
    (
        "--ipfs-gateway",
        (
            "URL of an IPFS gateway, by which profile links into IPFS are followed; what it serves is "
            "checked. Without one they are not."
        ),
    ),
    (
        "--names-file",
        (
            "JSON file of names for development, in the form of static-names: they count before all "
            "other sources."
        ),
    ),
    (
        "--timeout-factor",
        (
            "How many times as long as usual services, nodes and gateways are waited for, from 0.1 to "
            "100; more than 1 is for slow links. [1.0]"
        ),
    ),
    (
        "--who-may-ask",
        (
            "Whose profiles may ask to be linked: own-wallet or anyone. Others are let in one by one, "
            "by the code of `dm3 link pair`. [own-wallet]"
        ),
    ),
    ("--link-term-days", "Longest validity of a link, in days. [365]"),
    (
        "--recovery",
        (
            "Whether you are asked before keys are handed back to a device: ask, or unattended "
            "(without asking where the wallet could read what it signed for and the page is the "
            "link's). `dm3 link recovery` says it for one link. [ask]"
        ),
    ),
    (
        "--link-notices",
        "Which notices of linking you get: all, or recoveries only, which are always told. [all]",
    ),
    ("--recoveries-per-day", "How often a day a link's keys are handed back without asking. [3]"),
    (
        "--link-requests-per-wallet",
        "Requests of one wallet that may wait for your decision; more are refused. [5]",
    ),
    (
        "--link-requests-per-page",
        "Requests from one page that may wait for your decision; more are refused. [20]",
    ),
    (
        "--link-requests",
        "Requests that may wait for your decision at all; more are refused. Strangers' count apart. [100]",
    ),
    ("--clock-skew", "Seconds by which the clock of whoever asks may differ from this one. [120]"),
    ("--undated-request-days", "Days that a Link Message without an end may wait for your decision. [30]"),
    (
        "--send-receipts",
        "Whether senders are told that their messages have come and were read: yes or no. [no]",
    ),
    ("--config", "Configuration file (TOML)."),
    ("--print-config", "Show the configuration and stop."),
]
