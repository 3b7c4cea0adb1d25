"""The kiosk of one browser: what textual-serve starts for each. Not for use by hand."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from functools import partial

from vestibule import i18n, terminal
from vestibule.config import folders
from vestibule.kiosk.connection import KioskConnection


def main() -> int:
    """Run it until the browser leaves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--idle", type=float, required=True)
    parser.add_argument("--codes-only", action="store_true")
    options = parser.parse_args()
    i18n.use(i18n.preferred())
    profile = terminal.prepare(os.environ)
    from vestibule.kiosk.running import Kiosk, once

    connect = partial(KioskConnection, folders(), options.site)
    return asyncio.run(once(Kiosk(connect, profile, options.idle, options.codes_only)))


if __name__ == "__main__":
    sys.exit(main())
