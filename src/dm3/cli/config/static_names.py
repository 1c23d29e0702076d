"""The file of static names: read at the start, and again at SIGHUP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dm3.base import read_json
from dm3.base.errors import ConfigurationError, MalformedData, TooLarge
from dm3.resolver import StaticName


def read_static_names(path: Path | None) -> Mapping[str, StaticName]:
    """The names in the file; none without one. Raises `ConfigurationError`."""
    if path is None:
        return {}
    try:
        names = read_json(path.read_bytes())
        return {name: _static_name(name, fields) for name, fields in names.items()}
    except OSError as error:
        raise ConfigurationError(f"the file of static names {path}: {error.strerror}") from None
    except (MalformedData, TooLarge, ValueError, AttributeError, TypeError):
        raise ConfigurationError(
            f"the file of static names {path} has another form",
            hint='It looks like {"ds.myapp.eth": {"texts": {"network.dm3.deliveryService": "data:…"}}}.',
        ) from None


def _static_name(name: str, fields: dict[str, Any]) -> StaticName:
    unknown = fields.keys() - {"texts", "address"}
    if unknown:
        raise ConfigurationError(
            f"the static name {name[:100]!r} has the member {min(unknown)[:60]!r}, which is not known",
            hint='A name has "address" and "texts".',
        )
    return StaticName(dict(fields.get("texts") or {}), fields.get("address"))
