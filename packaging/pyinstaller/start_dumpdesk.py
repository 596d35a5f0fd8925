"""The frozen program ``dumpdesk``: the window."""

import sys

if sys.argv[1:2] == ["--self-test"]:
    from gui.self_test import main
else:
    from gui.__main__ import main

sys.exit(main(sys.argv[1:]))
