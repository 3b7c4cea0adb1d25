"""The command ``vestibule``."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # What is imported stays: to look for garbage in it meanwhile, and ever after, is time for nothing.
    gc.disable()
    from vestibule.cli import run

    gc.freeze()
    gc.enable()
    # At its end Python would look through all its memory for what to free: a sixth of a second, for nothing.
    atexit.register(gc.freeze)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
