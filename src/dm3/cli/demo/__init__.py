"""`dm3 demo`: the whole story, with real services and separate parties."""

from .play import add_demo_command

__all__ = ["add_demo_command"]
