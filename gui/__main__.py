"""``python -m gui``, and the start of every ``dumpdesk``: first of all what makes it quick."""

import builtins
import gc
import sys
from collections.abc import Sequence

# Looking for cycles among modules that all stay takes a tenth of the start. Once there is an
# application, gui.collector decides when that is done.
gc.disable()

# PySide6 replaces the import statement by one that reads the source of every module, to see
# whether it may use `__feature__` (doc.qt.io/qtforpython-6/considerations.html). Ours never do.
# It can go when PySide6 leaves the statement alone, or reads the source only of who asks for it.
_usual_import = builtins.__import__
import PySide6.QtCore  # noqa: E402, F401 - the first of its modules does it

builtins.__import__ = _usual_import


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window; returns the exit code."""
    from gui.app import main as run

    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
