"""The frozen program ``dumpengine-helper``: captures for the window, which starts it."""

import sys

from dumpengine.helper.program import main

sys.exit(main(sys.argv[1:]))
