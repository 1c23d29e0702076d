"""Extras of the package that are not installed, as errors of ours that say what to install."""

from __future__ import annotations

from importlib.util import find_spec

from dm3.lazy import EXTRAS, MissingExtra

from .errors import ConfigurationError


def require_extra(extra: str) -> None:
    """Make sure that ``extra`` is installed, without importing it. Raises `ConfigurationError`."""
    for package in sorted(EXTRAS[extra]):
        if not _is_there(package):
            raise as_error(MissingExtra(extra, package))


def as_error(missing: MissingExtra) -> ConfigurationError:
    """What is missing, as an error that clients and the command line report as any other."""
    return ConfigurationError(missing.sentence, hint=missing.hint)


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False
