"""Takes the package from the top of the repository; an editable installation points there."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Engine(BuildHookInterface[Any]):
    """A hook of the build: files outside this folder cannot be selected, but can be included."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See hatchling."""
        if version != "editable":
            build_data["force_include"]["../../dumpengine"] = "dumpengine"
