"""What an HTTP answer is: a yes, a definite no, or nothing that tells anything now (specification 4).

A no is one only in the form in which the asked service gives it. A proxy's page, a log-in page, a redirect,
an empty or non-JSON body, or a status that does not belong there tell nothing about what was asked: for
them nothing is refused, given up, or remembered for long. Every client of ours reads answers here.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from dm3.base import MAX_JSON_BYTES, read_json
from dm3.base.errors import (
    AlreadyTaken,
    CannotTell,
    Dm3Error,
    MalformedData,
    NotFound,
    ServiceRefused,
    TooLarge,
)

MAX_SENTENCE: Final = 500
MAX_REFUSAL: Final = 64 * 1024
"""The longest refusal that is read, in bytes."""
LATER: Final = frozenset({408, 425, 429})
"""Statuses that ask to come back, whatever is said with them."""
ACCEPTED: Final = frozenset({b"OK", b'"OK"'})
"""What the reference's services say, as text or as JSON, where they have done what they were asked for."""
PLAIN_REFUSAL: Final = "plain-refusal"
"""The code of a message that a plain service refuses for what it is."""
CANNOT_OPEN: Final = "cannot-open"
"""The code of a message that a service cannot open: it was sealed for other keys than the service has."""
NEVER_OF_A_GATEWAY: Final = frozenset({401, 403, 407})
"""Whoever may ask a chain may ask its gateways: these are of something in between."""


class HttpAnswer(Struct, frozen=True):
    """What came back.

    ``origin`` is who was asked, for sentences.
    ``status`` is HTTP's.
    ``body`` is as it came, in bytes.
    ``cache_control`` is the header of that name, which says for how long it holds; "" for none.
    """

    origin: str
    status: int
    body: bytes
    cache_control: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


def read_service_answer(answer: HttpAnswer, *, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The JSON value that a service of dm3 answers with; None where the body is empty.

    A refusal of theirs is ``{"error": sentence, "code": code}`` with a status of 4xx. Raises `NotFound`,
    `AlreadyTaken` or `ServiceRefused` for one, else `CannotTell`.
    """
    if answer.is_success:
        return None if not answer.body else value_of(answer, max_bytes=max_bytes)
    raise _refusal_of_service(answer)


def _refusal_of_service(answer: HttpAnswer) -> Dm3Error:
    told = _told(answer)
    sentence, code = told.get("error"), told.get("code")
    if not isinstance(sentence, str) or not isinstance(code, str):
        return cannot_tell(answer)
    sentence, code = sentence[:MAX_SENTENCE], code[:100]
    hint = told["hint"][:MAX_SENTENCE] if isinstance(told.get("hint"), str) else None
    if answer.status >= 500 or answer.status in LATER:
        return CannotTell(sentence, hint=hint, verbatim=True, status=answer.status, service_code=code)
    if not 400 <= answer.status < 500:
        return cannot_tell(answer)
    if answer.status == 404 and not code.startswith("http-"):  # which says that there is no such route
        return NotFound(sentence, hint=hint, verbatim=True)
    if answer.status == 409:
        return AlreadyTaken(sentence, hint=hint, verbatim=True)
    return ServiceRefused(sentence, hint=hint, verbatim=True, status=answer.status, service_code=code)


def read_gateway_answer(answer: HttpAnswer, *, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The JSON value that a CCIP-Read gateway answers with (ERC-3668).

    Its refusal is a status of 4xx with ``{"message": sentence}``; ``error`` is read as well. Raises
    `NotFound` or `ServiceRefused` for one, else `CannotTell`.
    """
    if answer.status == 200:
        return value_of(answer, max_bytes=max_bytes)
    told = _told(answer)
    sentences = (told.get(key) for key in ("message", "error"))
    sentence = next((text for text in sentences if isinstance(text, str) and text), "")
    shown = printable(sentence)
    said = f"{answer.origin} answers with status {answer.status}" + (shown and f": {shown}")
    definite = 400 <= answer.status < 500 and answer.status not in LATER | NEVER_OF_A_GATEWAY
    if not sentence or not definite:
        raise CannotTell(said, status=answer.status)
    if answer.status == 404:
        raise NotFound(said)
    raise ServiceRefused(said, status=answer.status)


def read_rpc_answer(answer: HttpAnswer, *, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """The JSON-RPC response in ``answer``, whatever the status: with an ``error`` object, or a ``result``.

    Raises `CannotTell` for everything else.
    """
    try:
        value = read_json(answer.body, what=f"the answer of {answer.origin}", max_bytes=max_bytes)
    except (MalformedData, TooLarge):
        raise cannot_tell(answer) from None
    if not isinstance(value, dict):
        raise cannot_tell(answer)
    error = value.get("error")
    if isinstance(error, dict) and isinstance(error.get("code", error.get("message")), int | str):
        return value
    if error is None and "result" in value and answer.is_success:
        return value
    raise cannot_tell(answer)


def is_plain_acceptance(answer: HttpAnswer) -> bool:
    """Whether a plain service, as the reference's are, has taken a message: it says ``OK``.

    Other words, pages and silence may be of anything in between.
    """
    return answer.is_success and answer.body.strip() in ACCEPTED


def plain_refusal(answer: HttpAnswer) -> ServiceRefused | None:
    """The refusal of a message by a plain service: 400, and no page of something in between."""
    if answer.status not in (400, 413) or b"<" in answer.body[:MAX_SENTENCE]:
        return None
    told = _told(answer).get("error")
    said = told if isinstance(told, str) else answer.body.decode("utf-8", "replace")
    sentence = f"{answer.origin} does not take the message" + (said and f": {printable(said)}")
    return ServiceRefused(sentence, verbatim=True, status=answer.status, service_code=PLAIN_REFUSAL)


def value_of(answer: HttpAnswer, *, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The JSON value in the body. Raises `CannotTell` when there is none."""
    try:
        return read_json(answer.body, what=f"the answer of {answer.origin}", max_bytes=max_bytes)
    except (MalformedData, TooLarge):
        raise cannot_tell(answer) from None


def cannot_tell(answer: HttpAnswer) -> CannotTell:
    """The error for an answer that is not one of the asked service."""
    if answer.status == 413:
        return CannotTell(
            f"{answer.origin} answered 413, though not in a form of its own: what stands in front of it lets "
            "nothing as large as this through",
            hint="Send less at once, or have the service's operator let larger requests through its proxy.",
            status=413,
        )
    if 300 <= answer.status < 400:
        why = f"answered {answer.status}, a redirect, which is not followed"
    elif not answer.body:
        why = f"answered {answer.status} and nothing else"
    else:
        why = f"answered {answer.status} in a form that is none of its own"
    return CannotTell(f"{answer.origin} {why}; something may stand in between", status=answer.status)


def printable(text: str, longest: int = 300) -> str:
    """The beginning of ``text`` that somebody else has written, fit to stand in a sentence."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:longest])


def _told(answer: HttpAnswer) -> dict[str, Any]:
    """The JSON object of a refusal; empty where there is none."""
    try:
        value = read_json(answer.body, what="the refusal", max_bytes=MAX_REFUSAL)
    except (MalformedData, TooLarge):
        return {}
    return value if isinstance(value, dict) else {}
