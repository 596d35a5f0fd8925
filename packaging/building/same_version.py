"""The window requires the engine of its own version: a hook of its build."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class SameVersion(MetadataHookInterface):
    """Makes the list of dependencies: those of pyproject.toml, and the engine."""

    def update(self, metadata: dict[str, Any]) -> None:
        """See hatchling."""
        text = Path(self.root, "dumpengine", "_version.py").read_text(encoding="utf-8")
        version = re.search(r'"(.+)"\s*$', text)
        assert version is not None
        metadata["dependencies"] = [*self.config["dependencies"], f"dumpengine=={version[1]}"]
