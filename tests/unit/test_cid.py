"""Content identifiers of IPFS, and the files in single blocks."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base.errors import MalformedData
from dm3.protocol.names.cid import DAG_PB, RAW, Cid, UncheckableCid, file_in, read_cid
from tests.unit.ipfs import cid_of, dag_pb_block
from tests.unit.strategies import read_or_refused

ZERO = hashlib.sha256(b"0").digest()
# SHA-256 of "0" as a raw and as a dag-pb block, in every base that is read; made with another program.
SPELLINGS = {
    RAW: [
        "bafkreic75tvwn76in44nsutynrwws3dzyln4eoo5j2i3izzj245cp62x5e",
        "BAFKREIC75TVWN76IN44NSUTYNRWWS3DZYLN4EOO5J2I3IZZJ245CP62X5E",
        "zb2rhd6jTUt94FLVLjrCJ6Wy3NMDxm2sDuwArDfuDaNeHGRi8",
        "k2cwueb1h2vtiacm6t78w1adiuyqwwxwpsu7vlg3oodqvi5v04iqpkvd",
        "K2CWUEB1H2VTIACM6T78W1ADIUYQWWXWPSU7VLG3OODQVI5V04IQPKVD",
        "f015512205feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
        "F015512205FECEB66FFC86F38D952786C6D696C79C2DBC239DD4E91B46729D73A27FB57E9",
    ],
    DAG_PB: [
        "bafybeic75tvwn76in44nsutynrwws3dzyln4eoo5j2i3izzj245cp62x5e",
        "BAFYBEIC75TVWN76IN44NSUTYNRWWS3DZYLN4EOO5J2I3IZZJ245CP62X5E",
        "zdj7WbtMLrjkgTvQsCDwwHr9WpT5uEysH1L8Pq8GM5ThSs9gL",
        "k2jmtxtr6i8zmux7r8q1b20e6e7w3bzmpf5nh2jd7zdnhf2a2hpoge7d",
        "K2JMTXTR6I8ZMUX7R8Q1B20E6E7W3BZMPF5NH2JD7ZDNHF2A2HPOGE7D",
        "f017012205feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
        "F017012205FECEB66FFC86F38D952786C6D696C79C2DBC239DD4E91B46729D73A27FB57E9",
        "QmUo6yRfuCzKY9tJDCLEH8ytTh3Y9jbCG5RbbYgnt1JFWQ",
    ],
}


@pytest.mark.parametrize(
    ("codec", "text"), [(codec, text) for codec, texts in SPELLINGS.items() for text in texts]
)
def test_every_spelling_is_read(codec, text):
    assert read_cid(text) == Cid(codec, ZERO)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", MalformedData),
        ("b", MalformedData),
        ("x" * 200, MalformedData),
        ("Qm" + "0" * 44, MalformedData),
        ("Qm" + "1" * 44, MalformedData),
        ("uAXASIA", MalformedData),
        ("bAFKREIC", MalformedData),
        ("b1111", MalformedData),
        ("fzz", MalformedData),
        ("f0155122001", MalformedData),
        ("f0255122000", MalformedData),
        ("f80808080808080808080", MalformedData),
        ("f0171" + "1220" + "00" * 32, UncheckableCid),
        ("f0155" + "1340" + "00" * 64, MalformedData),
        ("f0155" + "1320" + "00" * 32, UncheckableCid),
        ("f0155" + "0004" + "00" * 4, UncheckableCid),
        ("f0155" + "1220" + "00" * 33, MalformedData),
        ("f0155" + "1210" + "00" * 16, MalformedData),
    ],
)
def test_what_cannot_be_read(text, error):
    with pytest.raises(error):
        read_cid(text)


@given(st.text(max_size=110) | st.binary(max_size=60).map(lambda data: "f" + data.hex()))
def test_any_text_is_read_or_refused(text):
    read_or_refused(read_cid, text)


def test_small_files_as_content_and_as_block():
    # The CID that every IPFS node gives "hello world\n" by default.
    known = read_cid("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o")
    content = b"hello world\n"
    assert file_in(known, content) == file_in(known, dag_pb_block(content)) == content
    raw = read_cid(cid_of(RAW, content))
    assert file_in(raw, content) == content
    for cid in (known, raw):
        with pytest.raises(MalformedData, match="is not what"):
            file_in(cid, b"hello world")
    empty = read_cid("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH")
    assert file_in(empty, b"") == b""


@pytest.mark.parametrize(
    ("block", "error"),
    [
        (b"\x12\x00\x0a\x04\x08\x02\x18\x00", UncheckableCid),  # links to others
        (b"\x0a\x02\x08\x01", UncheckableCid),  # a folder
        (b"\x0a\x00", UncheckableCid),
        (b"", UncheckableCid),
        (b"\x0a\x7f\x08", MalformedData),  # ends too early
        (b"\x0a", MalformedData),
        (b"\x09\x00", MalformedData),  # no kind of field that these have
        (b"\x08\x05", MalformedData),  # a number where a message is due
        (b"\x0a\x04\x08\x02\x10\x05", MalformedData),  # a number where the content is due
    ],
)
def test_blocks_that_hold_no_small_file(block, error):
    cid = read_cid(cid_of(DAG_PB, block))
    with pytest.raises(error):
        file_in(cid, block)


@given(st.binary(max_size=80))
def test_any_block_is_read_or_refused(block):
    read_or_refused(lambda data: file_in(read_cid(cid_of(DAG_PB, data)), data), block)
