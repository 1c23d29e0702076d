"""Text records: data URIs and links (specification 2.2)."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm3.base import canonical_json, read_json
from dm3.base.errors import MalformedData
from dm3.wire import InlineRecord, IpfsRecord, UrlRecord, data_uri, read_signed_profile, read_text_record
from tests.unit.strategies import any_text, json_values, read_or_refused
from tests.unit.vectors import as_text, refusal, vectors

HASH = "0x" + "ab" * 32
OBJECT = {"profile": {"deliveryServices": ["ds.eth"]}, "signature": "0x"}
TEXT = canonical_json(OBJECT)
ENCODED = base64.b64encode(TEXT.encode()).decode()


def inline(record: str) -> str:
    found = read_text_record(record)
    assert isinstance(found, InlineRecord)
    return found.text


@pytest.mark.parametrize("case", vectors("profiles", kind="text-record", valid=True))
def test_reads_the_reference_s_records(case):
    assert read_signed_profile(inline(case["text_record"])).text == as_text(case["signed_profile"])


@pytest.mark.parametrize("case", vectors("profiles", kind="text-record", valid=False))
def test_refuses_what_the_reference_refuses(case):
    error = refusal(case)
    with pytest.raises(error) as refused:
        read_signed_profile(inline(case["text_record"]))
    assert type(refused.value) is error


@given(st.dictionaries(any_text, json_values, max_size=4))
def test_what_was_written_is_read(value):
    record = data_uri(value)
    assert record.isascii(), "the reference garbles other letters in a plain data URI"
    assert canonical_json(read_json(inline(record))) == canonical_json(value)


@pytest.mark.parametrize(
    "record",
    [
        f"data:application/json,{TEXT}",
        f"data:application/json;charset=utf-8,{TEXT}",
        f"data:Application/JSON,{TEXT}",
        f"data:application/json,{quote(TEXT)}",
        f"data:application/json;charset=utf-8,{quote(TEXT, safe='')}",
        f"data:application/json;base64,{ENCODED}",
        f"data:application/json;BASE64,{ENCODED}",
        f"data:application/json;charset=utf-8;base64,{ENCODED}",
        f"data:application/json;base64,{ENCODED.rstrip('=')}",
        f"data:application/json;base64,{quote(ENCODED, safe='')}",
        f"data:application/json;base64,{ENCODED[:20]}\n {ENCODED[20:]}\n",
        f'data:application/json;charset="utf-8",{TEXT}',
        f"data:application/json;Charset=US-ASCII;base64,{ENCODED}",
        f"data: application/json ; charset=utf-8 ; base64,{ENCODED}",
        f"DATA:application/json,{TEXT}",
        f"  data:application/json,{TEXT}\n",
        f"data:application/json, {TEXT}",
        "data:application/json," + TEXT.replace('"', "%22"),
        "data:application/json," + quote(json.dumps(OBJECT, indent=2)),
        "data:application/json," + json.dumps(OBJECT, indent=2),
    ],
)
def test_every_way_of_writing_an_object_is_read(record):
    assert json.loads(inline(record)) == OBJECT


def test_a_percent_sign_in_plain_json_stays():
    assert inline('data:application/json,{"url":"https://a/%7B"}') == '{"url":"https://a/%7B"}'


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("", id="nothing"),
        pytest.param(TEXT, id="bare JSON"),
        pytest.param("data:,", id="no type"),
        pytest.param("data:application/json", id="no comma"),
        pytest.param(f"data:text/plain,{TEXT}", id="other type"),
        pytest.param(f"data:application/jsonp,{TEXT}", id="almost the type"),
        pytest.param("data:application/json;base64,ä", id="letters in base64"),
        pytest.param("data:application/json;base64,Q", id="one digit"),
        pytest.param("data:application/json;base64,/w==", id="not UTF-8 in base64"),
        pytest.param("data:application/json,%ff", id="not UTF-8 in percent-encoding"),
        pytest.param(f"data:application/json;charset=utf-16,{TEXT}", id="other charset"),
        pytest.param(f'data:application/json;charset="latin1;base64,{ENCODED}', id="open quote"),
        pytest.param("data:application/json;base64,%C3%A4", id="hidden letters in base64"),
        pytest.param("data:application/json,\ud800", id="lone surrogate"),
        pytest.param(f"http://a.example/p?dm3Hash={HASH}", id="http"),
        pytest.param("https://a.example/p", id="no hash"),
        pytest.param("https://a.example/p?dm3Hash=0x12", id="short hash"),
        pytest.param(f"https://a.example/p?dm3hash={HASH}", id="hash misspelt"),
        pytest.param(f"https://a.example/p#dm3Hash={HASH}", id="hash in the fragment"),
        pytest.param(f"https://[a/p?dm3Hash={HASH}", id="no URL"),
        pytest.param("ipfs://", id="no CID"),
        pytest.param("ipfs://../../etc/passwd", id="path without CID"),
        pytest.param("ftp://a.example/p", id="other scheme"),
        pytest.param("data:application/json," + "x" * 200_000, id="too long"),
    ],
)
def test_anything_else_is_refused(record):
    with pytest.raises(MalformedData, match="text record"):
        read_text_record(record)


def test_links_keep_what_is_needed_to_check_them():
    url = f"https://a.example/p.json?x=1&dm3Hash={HASH.upper().replace('0X', '0x')}"
    assert read_text_record(url) == UrlRecord(url, HASH)
    shouting = f"HTTPS://a.example/p.json?dm3Hash={HASH}"
    assert read_text_record(f" {shouting} ") == UrlRecord(shouting, HASH)
    cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
    assert read_text_record(f"ipfs://{cid}") == IpfsRecord(cid)
    assert read_text_record(f"ipfs://ipfs/{cid}/p.json?dm3Hash={HASH}") == IpfsRecord(f"{cid}/p.json", HASH)


@given(
    st.one_of(
        any_text,
        any_text.map("data:".__add__),
        any_text.map("data:application/json,".__add__),
        any_text.map("data:application/json;base64,".__add__),
        any_text.map("https://".__add__),
        any_text.map(lambda text: f"https://{text}?dm3Hash={HASH}"),
        any_text.map("ipfs://".__add__),
    )
)
def test_any_record_is_read_or_refused(record):
    read_or_refused(read_text_record, record)
