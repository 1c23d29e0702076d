"""What the operator of a resolver decides about names while it serves: reserved labels, static names."""

import json
import signal

import pytest

from tests.e2e.cli_scene import DOMAIN, Person, up
from tests.kit import get

SUPPORT = f"support.user.{DOMAIN}"
HOLDER = "0x" + "12" * 20


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """An operator with a file of static names, its running services, and two people."""
    folder = tmp_path_factory.mktemp("operator")
    operator = Person(folder / "operator")
    names = operator.home / "names.json"
    names.write_text("{}")
    free = ("--resolver-port", "0", "--delivery-port", "0", "--static-names", str(names))
    with up(operator, "up", *free) as services:
        at = f"{DOMAIN}={services.announced['resolver']}"
        desk, other = (Person(folder / name, resolver=at) for name in ("desk", "other"))
        for person in (desk, other):
            person.must_here("wallet", "create")
        yield operator, services, desk, other


def test_a_reserved_name_goes_to_the_profile_that_the_operator_says(scene):
    operator, _, desk, other = scene
    refused = desk.run_here("profile", "create", "--alias", SUPPORT)
    assert refused.code == 7
    assert "dm3 resolver claim" in refused.err
    mine = desk.must_here("profile", "create")
    given = operator.must_here("resolver", "claim", "support", "--for", mine["name"])
    assert given == {"ok": True, "alias": SUPPORT, "for": mine["name"]}
    assert other.run_here("profile", "create", "--alias", SUPPORT).code == 7, "it is for the desk alone"
    made = desk.must_here("profile", "create", "--alias", SUPPORT)
    assert made["aliases"] == [SUPPORT]
    assert other.must_here("profile", "show", SUPPORT)["owner"] == made["owner"]
    theirs = operator.run_here("resolver", "claim", "support", "--for", f"{HOLDER}.addr.{DOMAIN}")
    assert theirs.code == 9
    assert mine["name"] in " ".join(theirs.err.split())


def test_a_name_that_was_released_can_be_reserved_again(scene):
    operator, _, _, other = scene
    name = other.must_here("profile", "create")["name"]
    operator.must_here("resolver", "claim", f"help.user.{DOMAIN}", "--for", name)
    assert operator.must_here("resolver", "claim", "help", "--withdraw")["for"] is None
    assert other.run_here("profile", "create", "--alias", f"help.user.{DOMAIN}").code == 7


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("support",), 3),
        (("support", "--for", f"{HOLDER}.addr.else.eth"), 3),
        (("support.user.else.eth", "--for", f"{HOLDER}.addr.{DOMAIN}"), 3),
        (("support", "--for", f"nobody.user.{DOMAIN}"), 5),
        (("support", "--withdraw", "--data-dir", "/nowhere"), 5),
    ],
)
def test_what_the_operator_cannot_mean_is_refused(scene, arguments, code):
    assert scene[0].run_here("resolver", "claim", *arguments).code == code


def test_static_names_are_read_again_at_sighup(scene):
    operator, services, _, _ = scene
    url = f"{services.announced['resolver']}/names/new.{DOMAIN}"
    names = operator.home / "names.json"

    assert get(url).status_code == 404
    names.write_text("[")
    services.process.send_signal(signal.SIGHUP)
    assert "stay as they were" in services.process.stderr.readline()
    names.write_text(json.dumps({f"new.{DOMAIN}": {"address": HOLDER}}))
    services.process.send_signal(signal.SIGHUP)
    assert "Read again: 1" in services.process.stderr.readline()
    assert get(url).status_code == 200
