"""Inside the fresh system, as a user: dump a process as administrator, and say what came of it."""

from __future__ import annotations

import pwd
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, "/trial")

from dumpengine import (
    CaptureOptions,
    CaptureRequest,
    HelperCapture,
    MinidumpType,
    check_dump,
    key_of,
    process_name,
)


def main(pid: int) -> int:
    """Dump the process; print one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "elevated.dmp"
        key = key_of(pid)
        options = CaptureOptions(dump_type=MinidumpType.WithFullMemory)
        request = CaptureRequest(
            key=key, name=process_name(key), path=path, options=options, elevated=True
        )
        result = HelperCapture(request).run()
        if not result.ok:
            print(f"{result.error}: {result.cause} {result.remedy}")
            return 1
        status = path.stat()
        owner = pwd.getpwuid(status.st_uid).pw_name
        whole = "whole" if check_dump(path).ok and result.memory_bytes else "broken"
        mode = f"{status.st_mode & 0o7777:04o}"
        print(f"finished: owner {owner}, mode {mode}, {whole}, {result.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
