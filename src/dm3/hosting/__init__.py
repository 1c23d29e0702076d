"""Running our services together on one machine: for `dm3 up`, the demo, tests and small operators."""

from typing import TYPE_CHECKING

from dm3.lazy import lazy_face

if TYPE_CHECKING:
    from .board_server import BoardServer
    from .hosts import DeliveryHost, ResolverHost, sqlite_url
    from .service_keys import kept_passphrase, load_service_keys, read_service_keys
    from .signer_keys import load_signer, read_signer
    from .site import Site, SiteSettings
    from .widget_server import WidgetServer
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            ".board_server": ("BoardServer",),
            ".hosts": (
                "DeliveryHost",
                "ResolverHost",
                "sqlite_url",
            ),
            ".service_keys": ("kept_passphrase", "load_service_keys", "read_service_keys"),
            ".signer_keys": ("load_signer", "read_signer"),
            ".site": (
                "Site",
                "SiteSettings",
            ),
            ".widget_server": ("WidgetServer",),
        },
    )

__all__ = [
    "BoardServer",
    "DeliveryHost",
    "ResolverHost",
    "Site",
    "SiteSettings",
    "WidgetServer",
    "kept_passphrase",
    "load_service_keys",
    "load_signer",
    "read_service_keys",
    "read_signer",
    "sqlite_url",
]
