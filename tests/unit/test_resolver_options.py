"""A resolver's configuration: domains from options or from a file, its signer, what is wrong with either."""

import pytest

from dm3.base.errors import ConfigurationError
from dm3.cli.commands.configured_services import resolver_settings
from dm3.cli.config.config import Config, load
from dm3.cli.config.options import RESOLVING
from dm3.hosting import load_signer
from dm3.protocol.names.claims import RESERVED_LABELS
from dm3.resolver import DomainSettings

CONTRACT = "0x1DD8938401315464FeD053B8920295aE0f7C60B1"
FILE = f"""
["myapp.eth"]
delivery-services = ["ds.myapp.eth"]
listed-services-only = true
claims-open = false
alias-parents = ["user.myapp.eth", "vip.myapp.eth"]
reserved = ["boss"]
max-aliases = 3
siwe-domains = ["myapp.example"]
siwe-uris = ["https://myapp.example"]
chain-ids = [1, 10]
resolver-contract = "{CONTRACT}"

["Other.eth"]
"""


@pytest.fixture
def configured(tmp_path):
    """A configuration of these flags and nothing else."""
    empty = tmp_path / "config.toml"
    empty.touch()

    def make(**flags: object) -> Config:
        given = {name.replace("_", "-"): value for name, value in flags.items()}
        return load(given, RESOLVING, empty)

    return make


@pytest.fixture
def written(tmp_path, configured):
    """A configuration with this file of domains."""

    def make(text, **flags):
        file = tmp_path / "domains.toml"
        file.write_text(text, encoding="utf-8")
        return configured(domains_file=str(file), **flags)

    return make


def test_a_file_says_everything_of_each_domain(written):
    first, second = resolver_settings(written(FILE, answer_seconds="60")).domains
    assert first == DomainSettings(
        name="myapp.eth",
        delivery_services=("ds.myapp.eth",),
        listed_services_only=True,
        claims_open=False,
        alias_parents=("user.myapp.eth", "vip.myapp.eth"),
        reserved=RESERVED_LABELS | {"boss"},
        max_aliases=3,
        siwe_domains=("myapp.example",),
        siwe_uris=("https://myapp.example",),
        chain_ids=(1, 10),
        resolver_contract=CONTRACT,
    )
    assert second == DomainSettings(name="other.eth")
    assert resolver_settings(written(FILE, answer_seconds="60")).answer_seconds == 60


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no domain"),
        ("[", "file of domains"),
        ("[myapp.eth]\n", "myapp: .*`eth`"),
        ('["myapp.eth"]\nalias-parent = []', "`alias-parent`"),
        ('["myapp.eth"]\nmax-aliases = "3"', "max-aliases"),
        ('["myapp.eth"]\nresolver-contract = 5', "resolver-contract"),
        ('["my..eth"]', "not a valid ENS name"),
        ('"myapp.eth" = 1', "myapp.eth: "),
    ],
)
def test_a_file_of_another_form_is_refused_with_what_is_wrong(written, text, told):
    with pytest.raises(ConfigurationError, match=told) as refused:
        resolver_settings(written(text))
    assert refused.value.hint


def test_a_file_that_is_not_there_is_named(configured, tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.toml: No such file"):
        resolver_settings(configured(domains_file=str(tmp_path / "none.toml")))


def test_options_beside_the_file_that_say_the_same_are_refused(written):
    with pytest.raises(ConfigurationError, match=r"alias-parent .*--alias-parent.* and domains-file"):
        resolver_settings(written(FILE, alias_parent=["x.myapp.eth"]))


def test_contracts_are_given_by_domain(configured):
    flags = {"domain": ["a.eth", "b.eth"], "resolver_contract": [f"B.eth={CONTRACT.lower()}"]}
    config = configured(**flags)
    domains = resolver_settings(config).domains
    assert [domain.resolver_contract for domain in domains] == [None, CONTRACT]
    assert config.shown()["resolver-contract"]["value"] == [f"b.eth={CONTRACT}"]
    with pytest.raises(ConfigurationError, match=r"c\.eth, which is not served"):
        resolver_settings(configured(resolver_contract=[f"c.eth={CONTRACT}"]))


@pytest.mark.parametrize("value", ["b.eth", "b.eth=0x12", f"b..eth={CONTRACT}", f"b.eth={CONTRACT[:-2]}b1"])
def test_contracts_of_another_form_are_refused(configured, value):
    with pytest.raises(ConfigurationError, match="resolver-contract from --resolver-contract"):
        configured(resolver_contract=[value])


def test_a_signer_is_made_once_and_kept_for_its_owner_only(tmp_path):
    file = tmp_path / "new" / "signer.key"
    made = load_signer(file, random=lambda count: b"\x05" * count)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_signer(file, random=lambda count: b"\x06" * count).address == made.address
    file.write_text("05" * 32)
    assert load_signer(file).address == made.address


@pytest.mark.parametrize("inside", ["", "0x12", "S3CRET" * 11, "0x" + "00" * 32, "ключ"])
def test_a_file_that_holds_no_key_is_refused_and_not_shown(tmp_path, inside):
    file = tmp_path / "signer.key"
    file.write_text(inside, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="does not hold a private key") as refused:
        load_signer(file)
    assert not inside or inside not in f"{refused.value}{refused.value.hint}"
    with pytest.raises(ConfigurationError, match="directory"):
        load_signer(tmp_path)
