"""Names as contracts know them: nodes and the wire form of DNS (EIP-137, ENSIP-10)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dm3.base import normalize
from dm3.base.errors import InvalidName, MalformedData
from dm3.protocol.ens import dns_decode, dns_encode, labelhash, namehash
from tests.unit.strategies import names


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("", "00" * 32),
        ("eth", "93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae"),
        ("foo.eth", "de9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"),
        ("FOO.eth", "de9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"),
        ("addr.reverse", "91d1777781884d03a6757a803996e38de2a42967fb37eeaca72729271025a9e2"),
    ],
)
def test_nodes_are_those_of_eip_137(name, node):
    assert namehash(name).hex() == node


def test_labelhash_takes_one_label_in_normal_form():
    assert labelhash("eth").hex() == "4f5b812789fc606be1b3b16908db13fc7a9adf7ca72641f84d75b47069d3d7f0"
    for label in ("a.b", "Eth", ""):
        with pytest.raises(InvalidName):
            labelhash(label)


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("eth", b"\x03eth\x00"),
        ("alice.myapp.eth", b"\x05alice\x05myapp\x03eth\x00"),
        ("Alice.eth", b"\x05alice\x03eth\x00"),
        ("💩.eth", b"\x04\xf0\x9f\x92\xa9\x03eth\x00"),
    ],
)
def test_wire_form_of_dns(name, wire):
    assert dns_encode(name) == wire
    assert dns_decode(wire) == normalize(name)


@given(names)
def test_wire_form_round_trip(name):
    assert dns_decode(dns_encode(name)) == normalize(name)


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00", id="root"),
        pytest.param(b"\x03eth", id="no end"),
        pytest.param(b"\x04eth\x00", id="label longer than the data"),
        pytest.param(b"\x03eth\x00\x00", id="something behind the end"),
        pytest.param(b"\x03eth\x00\x03com\x00", id="two names"),
        pytest.param(b"\xc0\x0c", id="pointer of DNS"),
        pytest.param(b"\x03Eth\x00", id="not in normal form"),
        pytest.param(b"\x03a.b\x03eth\x00", id="dot inside of a label"),
        pytest.param(b"\x02\xff\xfe\x03eth\x00", id="not UTF-8"),
        pytest.param(b"\x01\x00\x03eth\x00", id="control character"),
        pytest.param(b"\x42[" + b"0" * 64 + b"]\x03eth\x00", id="hash in place of a label"),
        pytest.param(b"\xff" + b"a" * 255 + b"\x03eth\x00", id="label too long"),
        pytest.param(b"\x01a" * 2000 + b"\x00", id="name too long"),
    ],
)
def test_other_wire_forms_are_refused(wire):
    with pytest.raises(MalformedData):
        dns_decode(wire)


@given(st.binary(max_size=300))
@example(b"\x05alice\x03eth\x00")
def test_reading_either_gives_the_name_or_refuses(wire):
    try:
        name = dns_decode(wire)
    except MalformedData:
        return
    assert dns_encode(name) == wire


@pytest.mark.parametrize("name", ["", ".", "a..eth", "a" * 64 + ".eth"])
def test_names_that_are_none_have_no_wire_form(name):
    with pytest.raises(InvalidName):
        dns_encode(name)
