"""The options of the resolver: rows of `dm3.cli.config.options`."""

from __future__ import annotations

from typing import Final

from dm3.base import normalize
from dm3.resolver import ANSWER_SECONDS, CLAIMS_A_MINUTE, LOOKUPS_A_MINUTE, TTL, ResolverSettings

from .option import Option, as_domain_contract, as_number, as_path, as_text

LOCAL_DOMAIN: Final = "dm3.localhost"

RESOLVER_ROWS: Final = (
    Option(
        name="domain",
        help="Domain that the resolver serves; may be repeated, the first is the default.",
        default=(LOCAL_DOMAIN,),
        read=normalize,
        many=True,
    ),
    Option(
        name="alias-parent",
        help="Name below which aliases may be claimed; by default user.<domain>. May be repeated.",
        default=(),
        read=normalize,
        many=True,
    ),
    Option(
        name="release-label",
        help="Reserved label that anybody may claim, such as support; may be repeated.",
        default=(),
        read=as_text,
        many=True,
    ),
    Option(
        name="siwe-domain",
        help="Site whose sign-in messages authorise owner aliases, such as myapp.example.",
        default=(),
        read=as_text,
        many=True,
    ),
    Option(
        name="static-names",
        help='JSON file of fixed names: {"name": {"address": …, "texts": {…}}}.',
        default=None,
        read=as_path,
    ),
    Option(
        name="domains-file",
        help="TOML file of the domains that the resolver serves, one table for each, in place of domain, "
        "alias-parent, siwe-domain and resolver-contract.",
        default=None,
        read=as_path,
    ),
    Option(
        name="ccip-signer-file",
        help="File with the private key that signs answers to ENS clients, made if it is not there; "
        "without one they get none.",
        default=None,
        read=as_path,
    ),
    Option(
        name="resolver-contract",
        help="Resolver contract that sends ENS clients of a domain here, as domain=0x…; may be repeated.",
        default=(),
        read=as_domain_contract,
        many=True,
    ),
    Option(
        name="lookup-ttl",
        help="Seconds for which a name that was looked up over plain HTTP may be kept.",
        default=TTL,
        read=as_number,
        sets=(ResolverSettings, "ttl"),
    ),
    Option(
        name="answer-seconds",
        help="Seconds that a signed answer to ENS clients is valid.",
        default=ANSWER_SECONDS,
        read=as_number,
        sets=(ResolverSettings, "answer_seconds"),
    ),
    Option(
        name="claims-per-address",
        help="Claims and records a minute that one IP address may send; 0: any number.",
        default=CLAIMS_A_MINUTE,
        read=as_number,
        sets=(ResolverSettings, "claims_per_address"),
    ),
    Option(
        name="lookups-per-address",
        help="Look-ups a minute by one IP address, those of ENS clients included; 0: any number.",
        default=LOOKUPS_A_MINUTE,
        read=as_number,
        sets=(ResolverSettings, "lookups_per_address"),
    ),
)
