"""`dm3 up --try-messenger yes`: a messenger with a ready-made profile, which stops with the services."""

import httpx
import pytest

from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.kit import open_sync_client

WANTED = ("--resolver-port", "0", "--delivery-port", "0", "--messenger-port", "0", "--try-messenger", "yes")


def opened(announced):
    """The settings page, in a browser that has used the one-time address."""
    origin = announced["messenger"]
    local = origin.replace("messenger.localhost", "127.0.0.1")
    token = announced["oneTimeAddress"].removeprefix(f"{origin}/open#")
    own = {"Host": origin.partition("://")[2], "Sec-Fetch-Site": "same-origin", "Origin": origin}
    with open_sync_client() as http:
        answer = http.post(f"{local}/session", content=token, headers=own)
        assert answer.status_code == 204
        assert http.post(f"{local}/session", content=token, headers=own).status_code == 403, "it counts once"
        return http.get(f"{local}/settings", headers=own)


def test_the_messenger_is_ready_and_stays_the_same_and_stops_with_the_services(tmp_path):
    operator, data = Person(tmp_path / "op"), ("--data-dir", str(tmp_path / "data"))
    with up(operator, "up", *WANTED, *data) as services:
        first = services.announced
        assert first["messengerName"] == f"me.user.{DOMAIN}"
        page = opened(first)
        assert page.status_code == 200
        assert first["messengerName"] in page.text
        assert services.stop().code == 0
    with open_sync_client() as http, pytest.raises(httpx.ConnectError):
        http.get(first["messenger"].replace("messenger.localhost", "127.0.0.1"))
    with up(operator, "up", *WANTED, *data) as services:
        assert services.announced["messengerName"] == first["messengerName"]
        assert opened(services.announced).status_code == 200
        assert services.stop().code == 0


def test_people_are_told_its_address_as_the_last_lines(tmp_path):
    operator = Person(tmp_path / "op")
    process = operator.start("up", *WANTED)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "Stop with Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], operator.end(process)
    process.terminate()
    assert operator.end(process).code == 0
    assert "".join(lines[-6:]).count("http://messenger.localhost:") == 1
    assert f"me.user.{DOMAIN}" in "".join(lines[-6:])
