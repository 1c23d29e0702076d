"""How often one address may ask, and whose address counts behind a proxy."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.resolver import DomainSettings, Resolver, ResolverSettings
from dm3.store import Database
from tests.e2e.delivery_scene import serving
from tests.e2e.resolver_scene import APP, address_claim, resolver_scene
from tests.kit import open_client
from tests.unit.people import ALICE, BOB

GATEWAY = "/0x" + "11" * 20 + "/0x00.json"


def limits(**options):
    return ResolverSettings(domains=(DomainSettings(name=APP),), **options)


async def test_look_ups_of_one_address_have_a_limit_and_claims_another(tmp_path):
    async with resolver_scene(tmp_path, limits(lookups_per_address=3, claims_per_address=2)) as scene:
        asked = [await scene.send("GET", path) for path in ("/names/a.myapp.eth", "/", GATEWAY, GATEWAY, "/")]
        assert [answer.status_code == 429 for answer in asked] == [False, False, False, True, True]
        told = asked[3].json()
        assert told["code"] == "too-many-requests"
        assert told["message"] == told["error"]  # as ERC-3668's clients look for it
        assert asked[3].headers["access-control-allow-origin"] == "*"
        claims = [
            await scene.send("POST", "/profile/address", address_claim(who)) for who in (ALICE, BOB, ALICE)
        ]
        assert [answer.status_code for answer in claims] == [200, 200, 429]
        # Whoever watches over the service is not counted, nor is a page's question whether it may ask.
        assert (await scene.send("GET", "/health")).status_code == 200
        assert (await scene.send("OPTIONS", GATEWAY)).status_code == 204


@pytest.mark.parametrize("option", ["claims_per_address", "lookups_per_address"])
def test_a_limit_below_nothing_is_refused(tmp_path, option):
    database = Database.open(f"sqlite:///{tmp_path}/resolver.sqlite", "resolver")
    with pytest.raises(ConfigurationError, match="at least 0"):
        Resolver(limits(**{option: -1}), database)


async def for_each_client(url, clients):
    """The status that each client gets whom a proxy on this machine asks for."""
    async with open_client(base_url=url) as http:
        return [
            (await http.get("/auth/nobody.eth", headers={"X-Forwarded-For": client})).status_code
            for client in clients
        ]


@pytest.mark.parametrize(
    ("proxies", "statuses"),
    [
        # The clients of a proxy that is known each have an allowance of their own …
        (["127.0.0.1"], [404, 429, 404, 429]),
        (["10.0.0.0/8", "127.0.0.0/8"], [404, 429, 404, 429]),
        # … and nobody else can choose whom to be counted as.
        ([], [404, 429, 429, 429]),
        (["10.0.0.0/8"], [404, 429, 429, 429]),
    ],
)
async def test_behind_a_proxy_it_is_the_client_s_address_that_counts(tmp_path, proxies, statuses):
    async with serving(f"sqlite:///{tmp_path}/ds.sqlite", rate_per_address=1, proxies=proxies) as scene:
        clients = ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"]
        assert await for_each_client(scene.url, clients) == statuses
