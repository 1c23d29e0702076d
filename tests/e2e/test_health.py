"""What a load balancer asks of both services."""

import pytest

from tests.e2e.sdk_scene import MAIN
from tests.kit import open_client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("service", ["resolver", "delivery"])
async def test_head_on_health_answers_like_get_without_a_body(place, service):
    url = getattr(place.sites[MAIN], service).url
    async with open_client(base_url=url) as client:
        full, head = await client.get("/health"), await client.head("/health")
    assert (full.status_code, full.json()["status"]) == (200, "ok")
    assert (head.status_code, head.content) == (200, b"")
    kept = ("content-type", "content-length")
    assert [head.headers.get(name) for name in kept] == [full.headers[name] for name in kept]
