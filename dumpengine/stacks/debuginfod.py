"""Asks debuginfod servers for files by their build id; only ever those the user named.

A server learns the build ids of the programs and libraries that are looked at, and so which ones
they are. https://sourceware.org/elfutils/Debuginfod.html, debuginfod(8): GET /buildid/ID/debuginfo
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

_PATIENCE = 10.0  # seconds without a byte
_MOST_BYTES = 2 << 30
_SCHEMES = ("http://", "https://")
_NOT_FOUND = 404


class Debuginfod:
    """The user's ``servers``, and the cache that debuginfod's own client uses as well."""

    def __init__(self, servers: Sequence[str], cache: Path | None = None) -> None:
        self._servers = [server.rstrip("/") for server in servers if server.startswith(_SCHEMES)]
        self._cache = cache or _default_cache()

    def find(self, build_id: bytes, kind: str) -> Path | None:
        """Return the "executable" or "debuginfo" of a build, fetched or fetched before.

        None when no server has it. A server that cannot be reached is not asked again.
        """
        if len(build_id) < 4 or not self._servers:
            return None
        path = self._cache / build_id.hex() / kind
        if path.is_file() and path.stat().st_size:
            return path
        for server in list(self._servers):
            try:
                return self._fetch(f"{server}/buildid/{build_id.hex()}/{kind}", path)
            except HTTPError as error:
                if error.code != _NOT_FOUND:
                    self._servers.remove(server)
            except (URLError, HTTPException, OSError, ValueError):
                self._servers.remove(server)
        return None

    def _fetch(self, url: str, path: Path) -> Path:
        """Download into a file beside ``path``, which appears when it is whole."""
        with urlopen(Request(url, headers={"User-Agent": "dumpengine"}), timeout=_PATIENCE) as body:
            size = int(body.headers.get("Content-Length") or 0)
            if size > _MOST_BYTES:
                raise ValueError("it is larger than any file with symbols")
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent)
            try:
                with open(handle, "wb") as file:
                    shutil.copyfileobj(body, file)
                if size and os.path.getsize(name) != size:
                    raise ValueError("it was cut off")
                os.replace(name, path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise
        return path


def _default_cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "debuginfod_client"
