"""Making profiles, and finding them again: keys, names, escrow."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .activation import NotFoundByService
    from .by_signing import OtherKeys
    from .ens_names import NotPublished, NotYourName
    from .keys import NotAKeyWallet
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".activation": ("NotFoundByService",),
            ".by_signing": ("OtherKeys",),
            ".ens_names": (
                "NotPublished",
                "NotYourName",
            ),
            ".keys": ("NotAKeyWallet",),
        },
    )

__all__ = ["NotAKeyWallet", "NotFoundByService", "NotPublished", "NotYourName", "OtherKeys"]
