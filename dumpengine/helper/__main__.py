"""``python -m dumpengine.helper``: started by the launcher, never by hand."""

import sys

from dumpengine.helper.program import main

sys.exit(main(sys.argv[1:]))
