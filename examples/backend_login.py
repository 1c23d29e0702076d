"""A dApp's backend hands its SIWE login to the widget: three lines in any framework.

    python examples/backend_login.py login.json

reads {"authMessage", "ownerAddress", "authSig"} as the page posts it, and prints the widget's parameters.
"""

import asyncio
import json
import sys
from pathlib import Path

import dm3

APP = dm3.App("myapp.eth", "https://myapp.example")


async def main(login: dict[str, str]) -> None:
    # --- the three lines -----------------------------------------------------------------------
    parameters = await dm3.widget_parameters(
        APP, auth_message=login["authMessage"], owner_address=login["ownerAddress"], auth_sig=login["authSig"]
    )
    # --------------------------------------------------------------------------------------------
    print(json.dumps(parameters))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
