"""Running our services together on one machine: for `dm3 up`, the demo, tests and small operators."""

from .service_keys import load_service_keys
from .site import Site, SiteSettings

__all__ = ["Site", "SiteSettings", "load_service_keys"]
