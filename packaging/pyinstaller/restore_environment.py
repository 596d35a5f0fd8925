"""Runs before the program: what we start must find the system's libraries, not ours.

PyInstaller's loader points LD_LIBRARY_PATH at the program's folder and keeps what was there under
another name. The dynamic linker has read it by now, so that only our children see the change: a
file manager that we open would load our copies of its libraries, and may not start with them.
"""

import os
import sys

if sys.platform.startswith("linux"):
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
