"""The linked profile's table of transitions as data, for the TypeScript in ``web/``: both sides have one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from dm3.protocol.linking.tables import ASKING

FILE: Final = Path(__file__).parents[2] / "web" / "protocol" / "linking" / "table.json"


def requester_table() -> str:
    """The file's text."""
    rows = [
        {
            "state": str(row.state),
            "event": str(row.event),
            "next": str(row.next),
            "effects": list(map(str, row.effects)),
        }
        for row in ASKING.rows
    ]
    return json.dumps({"start": str(ASKING.start), "rows": rows}, indent=1) + "\n"
