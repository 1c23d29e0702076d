"""`dm3 …`: the command line. The only place where everything is put together."""

from .main import main

__all__ = ["main"]
