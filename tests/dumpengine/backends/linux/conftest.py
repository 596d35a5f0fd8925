"""Imported on Linux only: what the back-end asks the system for is not there elsewhere."""

from __future__ import annotations

import sys

if not sys.platform.startswith("linux"):
    collect_ignore_glob = ["test_*.py"]
