"""Running our services together on one machine: for `dm3 up`, the demo, tests and small operators."""

from .hosts import DeliveryHost, ResolverHost
from .service_keys import load_service_keys
from .signer_keys import load_signer
from .site import Site, SiteSettings
from .widget_server import WidgetServer

__all__ = [
    "DeliveryHost",
    "ResolverHost",
    "Site",
    "SiteSettings",
    "WidgetServer",
    "load_service_keys",
    "load_signer",
]
