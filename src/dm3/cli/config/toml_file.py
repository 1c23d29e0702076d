"""A file of an operator's settings, read as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from dm3.base.errors import ConfigurationError


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """What stands in the file; ``what`` names it in errors. Raises `ConfigurationError`."""
    try:
        with path.open("rb") as opened:
            return tomllib.load(opened)
    except OSError as error:
        raise ConfigurationError(f"{what} {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{what} {path}: {error}") from None
    except RecursionError:
        raise ConfigurationError(f"{what} {path}: it is nested too deeply") from None
