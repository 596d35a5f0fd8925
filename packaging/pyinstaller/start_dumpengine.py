"""The frozen program ``dumpengine``: the terminal."""

import sys

if sys.argv[1:2] == ["--self-test"]:
    from dumpengine.capture.self_test import main
elif sys.argv[1:] == ["--module", "dumpengine.backends.windows.guard"]:
    from dumpengine.backends.windows.guard import watch

    watch(sys.stdin.buffer)
    sys.exit()
else:
    from dumpengine.cli import main

sys.exit(main(sys.argv[1:]))
