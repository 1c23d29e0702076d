"""What the HTTP answers of services say."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .answers import (
        CANNOT_OPEN,
        PLAIN_REFUSAL,
        HttpAnswer,
        cannot_tell,
        is_plain_acceptance,
        plain_refusal,
        printable,
        read_gateway_answer,
        read_rpc_answer,
        read_service_answer,
    )
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".answers": (
                "CANNOT_OPEN",
                "HttpAnswer",
                "PLAIN_REFUSAL",
                "cannot_tell",
                "is_plain_acceptance",
                "plain_refusal",
                "printable",
                "read_gateway_answer",
                "read_rpc_answer",
                "read_service_answer",
            ),
        },
    )

__all__ = [
    "CANNOT_OPEN",
    "PLAIN_REFUSAL",
    "HttpAnswer",
    "cannot_tell",
    "is_plain_acceptance",
    "plain_refusal",
    "printable",
    "read_gateway_answer",
    "read_rpc_answer",
    "read_service_answer",
]
