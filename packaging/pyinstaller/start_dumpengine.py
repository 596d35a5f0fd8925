"""The frozen program ``dumpengine``: the terminal."""

import sys

if sys.argv[1:2] == ["--self-test"]:
    from dumpengine.self_test import main
else:
    from dumpengine.cli import main

sys.exit(main(sys.argv[1:]))
