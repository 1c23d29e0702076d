"""What `dm3 up` says once it serves: where, and how to go on in another terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from dm3.hosting import BoardServer, Site, WidgetServer
from dm3.resolver import DomainSettings

from ..config.options import TABLE
from ..console.command import Call
from ..console.output import emit
from ..console.widget_snippets import snippets, widget_data
from .sample import SampleSite
from .trial_messenger import TrialMessenger


def announce(
    call: Call,
    site: Site,
    domains: Sequence[DomainSettings],
    widget: WidgetServer | None = None,
    sample: SampleSite | None = None,
    messenger: TrialMessenger | None = None,
    board: BoardServer | None = None,
) -> None:
    """Print the addresses, and for people the commands that come next: to be typed as they stand."""
    resolver, delivery = site.resolver.url, site.delivery.url
    names = [domain.name for domain in domains]
    data = {"ok": True, "resolver": resolver, "deliveryService": delivery, "domains": names}
    if widget is not None:
        data |= widget_data(widget.url, widget.apps)
    if sample is not None:
        data |= {"sample": sample.url}
    if board is not None:
        data |= {"board": board.url, "boardName": board.name}
    if messenger is not None:
        data |= messenger.data
    emit(
        data,
        call.json,
        *([] if sample is None else [f"sample site         {sample.url}   open it in a browser", ""]),
        f"off-chain resolver  {resolver}   serves {', '.join(names)}",
        f"delivery service    {delivery}   is {site.delivery.name}",
        *([] if widget is None else snippets(widget.url, widget.apps)),
        *([] if board is None else [f"board               {board.url}   decide: dm3 board list"]),
        f"data                {call.config['data-dir']}",
        "",
        *_next_steps(names, resolver),
        "",
        _sign_ins(domains[0]),
        "",
        *([] if messenger is None else messenger.lines),
        "Stop with Ctrl-C.",
    )
    sys.stdout.flush()


def browser_url(url: str) -> str:
    """A service of this machine under the name that browsers count to the same site as the sample's pages."""
    return url.replace("://127.0.0.1:", "://localhost:")


def _next_steps(domains: Sequence[str], resolver: str) -> list[str]:
    domain = domains[0]
    dm3 = "dm3" if shutil.which("dm3") else sys.argv[0]
    alice = f"alice.user.{domain}"
    found = TABLE["resolver"].default
    known = all((each, resolver) in found for each in domains)
    setting = ",".join(f"{each}={resolver}" for each in domains)
    steps = [
        ("wallet create", "a wallet for trying things out"),
        (f"profile create --domain {domain} --alias {alice}", "the profile of your messenger"),
        (f"lsp create --app {domain}", "one for an application alone"),
        (f"link request {alice}", "which asks to be linked to yours"),
        ("link list", "its name, which the next commands take"),
        ("link approve NAME", ""),
        (f"send {alice} Hello --from NAME", "a visitor writes to you"),
        ("inbox", "one inbox for both, with that message in it"),
    ]
    width = max(len(step) for step, _ in steps)
    lines = [f"  {dm3} {step:<{width}}   {f'# {why}' if why else ''}".rstrip() for step, why in steps]
    return [
        "Go on in another terminal. Each command asks for the passphrase of your vault, unless",
        "DM3_PASSPHRASE_FILE names a file that holds it:",
        *([] if known else [f"  export DM3_RESOLVER={setting}"]),
        *lines,
        f"or see it all at once: {dm3} demo",
    ]


def _sign_ins(domain: DomainSettings) -> str:
    if domain.siwe_domains:
        return f"Sign-ins at {', '.join(domain.siwe_domains)} make public profiles: dm3 lsp embed"
    return "For dm3 lsp embed, start with --siwe-domain SITE: the site whose sign-ins are to count."
