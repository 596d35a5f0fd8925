"""``python -m dumpengine.helper``: started by the launcher, never by hand."""

import sys

from dumpengine.helper.worker import main

sys.exit(main())
