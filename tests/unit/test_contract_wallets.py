"""Contract wallets, the pure part: what is asked of a chain, in which order, and what counts as yes."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dm3.base.encoding import to_hex
from dm3.base.errors import MalformedData, ServiceRefused, TooLarge, Unreachable
from dm3.crypto import personal_hash
from dm3.protocol.wallets.chain import CallQuestion, CallReverted, CodeQuestion, chain_named_in
from dm3.protocol.wallets.contract_wallets import (
    MAX_SIGNATURE_BYTES,
    WRAPPED_SUFFIX,
    WrappedSignature,
    contract_signed,
    erc1271_call,
    is_confirmed,
    is_wrapped,
    unwrap,
    wrap,
)
from dm3.protocol.wallets.wallet_check import WALLET_CHECK

ADDRESS = "0x" + "ab" * 20
TEXT = "hello"
YES = bytes.fromhex("1626ba7e" + "00" * 28)
WRAPPED = WrappedSignature("0x" + "cd" * 20, b"make it", b"\x01" * 65)


def word(number: int) -> str:
    return f"{number:064x}"


def test_the_calldata_of_erc_1271():
    told = erc1271_call(b"\x11" * 32, b"\x22" * 33).hex()
    assert told == ("1626ba7e" + "11" * 32 + word(64) + word(33) + ("22" * 33).ljust(128, "0"))


def test_a_signature_wrapped_as_erc_6492_has_it():
    form = ("cd" * 20).rjust(64, "0") + word(96) + word(160) + word(7) + b"make it".hex().ljust(64, "0")
    form += word(65) + ("01" * 65).ljust(192, "0") + "6492" * 16
    assert wrap(WRAPPED).hex() == form
    assert is_wrapped(wrap(WRAPPED))
    assert unwrap(wrap(WRAPPED)) == WRAPPED
    assert not is_wrapped(WRAPPED.signature)
    assert not is_wrapped(wrap(WRAPPED)[:-1])


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff" * 96)
@example(bytes(31) + b"\x60" + b"\xff" * 64)
@example(bytes.fromhex(word(1) + word(2**255) + word(2**63)))
@example(bytes.fromhex(word(1) + word(0) * 2))
def test_what_is_wrapped_badly_is_malformed(body):
    with contextlib.suppress(MalformedData):
        assert isinstance(unwrap(body + WRAPPED_SUFFIX), WrappedSignature)


@pytest.mark.parametrize("answer", [b"", YES[:4], YES[:31], YES[4:] + YES[:4], b"\xff" * 32, b"\x01"])
def test_what_is_no_yes(answer):
    assert is_confirmed(YES)
    assert is_confirmed(YES + b"more")
    assert not is_confirmed(answer)


def played(signature: str, *answers):
    """The questions that the inquiry puts while it gets ``answers``, and its conclusion."""
    inquiry = contract_signed(ADDRESS, TEXT, signature)
    questions = []
    try:
        questions.append(next(inquiry))
        for answer in answers:
            step = inquiry.throw(answer) if isinstance(answer, Exception) else inquiry.send(answer)
            questions.append(step)
    except StopIteration as conclusion:
        return questions, conclusion.value
    raise AssertionError("it asks on")


GIVEN = b"\x01" * 65
CODE = CodeQuestion(ADDRESS)
CALL = CallQuestion(ADDRESS, erc1271_call(personal_hash(TEXT), GIVEN))
CODE_IS_THERE = b"\x60"


def is_check(question) -> bool:
    return question.to is None and question.data.startswith(WALLET_CHECK)


def test_where_there_is_no_contract_nobody_signed():
    assert played(to_hex(GIVEN), b"") == ([CODE], False)


@pytest.mark.parametrize(("answer", "conclusion"), [(YES, True), (b"", False), (CallReverted(YES), False)])
def test_a_contract_is_asked(answer, conclusion):
    assert played(to_hex(GIVEN), CODE_IS_THERE, answer) == ([CODE, CALL], conclusion)


@pytest.mark.parametrize(("verdict", "conclusion"), [(b"\x01", True), (b"\x00", False)])
@pytest.mark.parametrize("trouble", [ServiceRefused("out of gas"), TooLarge("endless"), MalformedData()])
def test_a_contract_that_troubles_the_node_is_kept_in_bounds(trouble, verdict, conclusion):
    [code, call, check], concluded = played(to_hex(GIVEN), CODE_IS_THERE, trouble, verdict)
    assert (code, call) == (CODE, CALL)
    assert is_check(check)
    assert concluded is conclusion


@pytest.mark.parametrize(("verdict", "conclusion"), [(b"\x01", True), (b"\x00", False)])
def test_a_wrapped_signature_goes_to_the_check_at_once(verdict, conclusion):
    [check], concluded = played(to_hex(wrap(WRAPPED)), verdict)
    assert is_check(check)
    assert WRAPPED.preparation in check.data
    assert concluded is conclusion


@pytest.mark.parametrize(
    "answers",
    [(Unreachable(),), (b"\x60", Unreachable()), (b"\x60", ServiceRefused(), ServiceRefused())],
)
def test_trouble_with_the_chain_is_nobodys_no(answers):
    with pytest.raises((Unreachable, ServiceRefused)):
        played(to_hex(GIVEN), *answers)


@pytest.mark.parametrize("verdict", [b"", b"\x02", b"\x01\x01", YES])
def test_a_node_that_cannot_run_the_check_is_no_no_either(verdict):
    with pytest.raises(MalformedData):
        played(to_hex(wrap(WRAPPED)), verdict)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "signed",
        "0x1",
        "0xzz",
        "0x" + "é" * 130,
        to_hex(WRAPPED_SUFFIX),
        to_hex(b"\xff" * 96 + WRAPPED_SUFFIX),
        "0x" + "00" * (MAX_SIGNATURE_BYTES + 1),
    ],
)
def test_what_cannot_be_a_signature_asks_nobody(signature):
    assert played(signature) == ([], False)


def test_a_text_without_utf_8_form_asks_nobody():
    inquiry = contract_signed(ADDRESS, "\ud800", to_hex(GIVEN))
    with pytest.raises(StopIteration) as conclusion:
        next(inquiry)
    assert conclusion.value.value is False


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("hello", None),
        ("a\nChain ID: 1\nb", 1),
        ("Chain ID: 11155111", 11155111),
        ("Chain ID: 0", 0),
        ("Chain ID: 1\nChain ID: 2", None),
        ("Chain ID: 1\nChain ID: 1", None),
        (" Chain ID: 1", None),
        ("Chain ID: 01", None),
        ("Chain ID: 1 ", None),
        ("Chain ID: -1", None),
        ("Chain ID: 0x1", None),
        ("Chain ID: " + "9" * 20, None),
        ("Chain ID: 1\r\n", None),
        ("chain id: 1", None),
    ],
)
def test_the_chain_that_a_text_names(text, chain):
    assert chain_named_in(text) == chain
