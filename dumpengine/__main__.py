"""``python -m dumpengine``: the same as the program ``dumpengine``."""

import sys

from dumpengine.cli import main

if __name__ == "__main__":
    sys.exit(main())
