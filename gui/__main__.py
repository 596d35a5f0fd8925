"""``python -m gui``, and the start of every ``dumpdesk``."""

import gc
import sys
from collections.abc import Sequence

# Looking for cycles among modules that all stay takes a tenth of the start. Once there is an
# application, gui.collector decides when that is done.
gc.disable()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window; returns the exit code."""
    from gui.app import main as run

    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
