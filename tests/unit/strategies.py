"""What Hypothesis may send: values of any kind, drafts, and valid data with one thing wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from dm3.base import canonical_json
from dm3.base.errors import Dm3Error
from dm3.crypto import Seed, WalletKey
from dm3.model import Attachment, DeliveryInformation, Draft, LinkKind, LinkPayload, MessageType
from dm3.wire.dialects import TYPE_TO_LINK

LONGEST_SENTENCE: Final = 600


def _paired(text: str) -> str:
    """Join surrogates that make a pair: JavaScript has no strings in which they stand apart."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


# JavaScript strings may hold lone surrogates, so ours must cope with them everywhere.
any_text = st.text(st.characters(exclude_categories=()), max_size=40).map(_paired)
exact_ints = st.integers(min_value=-(2**53), max_value=2**53)
any_float = st.floats()
finite_float = st.floats(allow_nan=False, allow_infinity=False)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | exact_ints | finite_float | any_text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(any_text, inner, max_size=5),
    max_leaves=15,
)

awkward_values = st.one_of(
    json_values,
    st.integers(),
    any_float,
    st.sampled_from(["", "0x", "0x00", "AAAA", "a.eth", "\ud800", "x" * 3000, 10**400, [], {}, [[]]]),
)

names = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12), min_size=2, max_size=4
).map(".".join)
hashes = st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex())
seeds = st.binary(min_size=32, max_size=32).map(Seed)
wallet_keys = st.binary(min_size=32, max_size=32).map(WalletKey)
milliseconds = st.integers(min_value=0, max_value=2**53)

attachments = st.builds(Attachment, any_text, st.none() | any_text)
information = st.builds(DeliveryInformation, names, names, st.none() | any_text)
link_payloads = st.builds(
    LinkPayload,
    kind=st.sampled_from(LinkKind),
    profile_name=names,
    profile_hash=hashes,
    valid_until=st.integers(min_value=0, max_value=253_402_300_799),
    link_message=any_text,
    signature=any_text,
    profile_key=st.none() | seeds,
    wallet_key=st.none() | wallet_keys,
    nonce=st.none() | any_text.filter(bool),  # an empty one is read as none
    reason=st.none() | any_text,
    code=st.none() | any_text,
    pairing=st.none() | any_text,
)
plain_types = sorted(set(MessageType) - set(TYPE_TO_LINK))

drafts = st.builds(
    Draft,
    to=names,
    from_=names,
    timestamp=milliseconds,
    type=st.sampled_from(plain_types) | st.just("X_UNKNOWN"),
    content=st.none() | any_text,
    attachments=st.none() | st.lists(attachments, max_size=4).map(tuple),
    reference=st.none() | hashes,
    reply_delivery_instruction=st.none() | any_text,
)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _paths(item, (*at, index))
    return found


@st.composite
def damaged(draw: st.DrawFn, valid: Any) -> Any:
    """``valid`` with one member removed, replaced by anything, or joined by an unknown one."""
    value = copy.deepcopy(valid)
    *way, last = draw(st.sampled_from([path for path in _paths(value) if path]))
    holder = value
    for step in way:
        holder = holder[step]
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            holder[last] = draw(awkward_values)
        case "remove":
            del holder[last]
        case _ if isinstance(holder, dict):
            holder[draw(any_text)] = draw(awkward_values)
        case _:
            holder.append(draw(awkward_values))
    return value


def damaged_text(valid: Any) -> st.SearchStrategy[str]:
    """JSON text of `damaged`, of any JSON value, and text that is no JSON at all."""
    return st.one_of(damaged(valid).map(canonical_json), json_values.map(canonical_json), any_text)


def read_or_refused(read: Callable[[Any], Any], given: Any) -> Any:
    """What ``read`` makes of ``given``; None where it refuses.

    Refusing is raising one of our errors, whose sentence can be sent as UTF-8 and does not hand back
    what was sent at length. Every other exception goes through and fails the test.
    """
    try:
        return read(given)
    except Dm3Error as error:
        sentence = str(error)
        assert sentence.encode("utf-8"), "a sentence must be there"
        assert len(sentence) < LONGEST_SENTENCE, sentence
        return None
