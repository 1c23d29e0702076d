"""What a delivery service accepts, and how it is asked."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .accepting import (
        SCHEMES,
        Accepted,
        AcceptingRules,
        Question,
        Receiver,
        ReceiverQuestion,
        RoomQuestion,
        SenderQuestion,
        UnknownReceiver,
        UnknownSender,
        UnknownSenders,
        accept,
    )
    from .auth_challenge import check_challenge
    from .jsonrpc import (
        Call,
        Refused,
        answer_text,
        error_json,
        internal_error_json,
        read_request,
        result_json,
    )
    from .postmark import sealed_postmark
    from .rpc_refusals import InvalidParams, InvalidRequest, LimitExceeded, code_of, unknown_method
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".accepting": (
                "Accepted",
                "AcceptingRules",
                "Question",
                "Receiver",
                "ReceiverQuestion",
                "RoomQuestion",
                "SCHEMES",
                "UnknownSender",
                "SenderQuestion",
                "UnknownReceiver",
                "UnknownSenders",
                "accept",
            ),
            ".auth_challenge": ("check_challenge",),
            ".jsonrpc": (
                "Call",
                "Refused",
                "answer_text",
                "error_json",
                "internal_error_json",
                "read_request",
                "result_json",
            ),
            ".postmark": ("sealed_postmark",),
            ".rpc_refusals": (
                "InvalidParams",
                "InvalidRequest",
                "LimitExceeded",
                "code_of",
                "unknown_method",
            ),
        },
    )

__all__ = [
    "SCHEMES",
    "Accepted",
    "AcceptingRules",
    "Call",
    "InvalidParams",
    "InvalidRequest",
    "LimitExceeded",
    "Question",
    "Receiver",
    "ReceiverQuestion",
    "Refused",
    "RoomQuestion",
    "SenderQuestion",
    "UnknownReceiver",
    "UnknownSender",
    "UnknownSenders",
    "accept",
    "answer_text",
    "check_challenge",
    "code_of",
    "error_json",
    "internal_error_json",
    "read_request",
    "result_json",
    "sealed_postmark",
    "unknown_method",
]
