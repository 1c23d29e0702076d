"""QR codes on a terminal, in half blocks, for another device to read."""

from __future__ import annotations

import io
import sys

import segno


def print_qr_code(text: str) -> None:
    """Show ``text`` on standard error as a QR code, where that is a terminal which can."""
    if not sys.stderr.isatty():
        return
    drawn = io.StringIO()
    segno.make_qr(text, error="l").terminal(drawn, compact=True, border=2)
    try:
        sys.stderr.write(drawn.getvalue())
    except UnicodeEncodeError:
        return  # the text itself is shown beside it
