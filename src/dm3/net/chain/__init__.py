"""Chains: asked over a node, wallets verified on them, transactions sent."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .json_rpc import ask_chain
    from .transaction_costs import ETHER, MAX_COST, Costs, NotSent, chain_id, estimate, in_ether
    from .transactions import Mined, send
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".json_rpc": ("ask_chain",),
            ".transaction_costs": (
                "Costs",
                "ETHER",
                "MAX_COST",
                "NotSent",
                "chain_id",
                "estimate",
                "in_ether",
            ),
            ".transactions": (
                "Mined",
                "send",
            ),
        },
    )

__all__ = [
    "ETHER",
    "MAX_COST",
    "Costs",
    "Mined",
    "NotSent",
    "ask_chain",
    "chain_id",
    "estimate",
    "in_ether",
    "send",
]
