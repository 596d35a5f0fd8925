"""``types``: what can be put into a dump."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from dumpengine.cli.command import Command, Example
from dumpengine.cli.output import print_json
from dumpengine.cli.shared import JSON
from dumpengine.dump_types import FLAGS, PRESETS, format_dump_type


def _types(arguments: Namespace) -> int:
    """Print every preset and flag with its number and its meaning."""
    if arguments.json:
        print_json(_types_json())
        return 0
    print("Presets")
    for preset in PRESETS.values():
        print(f"  {preset.name:<8} 0x{preset.value:<8X} {preset.sentence}")
        print(f"           {format_dump_type(preset.value).replace('|', ', ')}")
    group = None
    for flag in FLAGS:
        if flag.group is not group:
            group = flag.group
            print(f"\n{group.value}")
        print(f"  0x{flag.value:<8X} {flag.name}: {flag.sentence}")
        print(f"             On Windows: {flag.windows}")
        print(f"             On Linux: {flag.linux}")
    return 0


def _types_json() -> dict[str, Any]:
    return {
        "presets": [
            {
                "name": preset.name,
                "value": int(preset.value),
                "hex": f"0x{preset.value:X}",
                "title": preset.title,
                "sentence": preset.sentence,
                "flags": format_dump_type(preset.value).split("|"),
            }
            for preset in PRESETS.values()
        ],
        "flags": [
            {
                "name": flag.name,
                "api_name": flag.api_name,
                "value": int(flag.value),
                "hex": f"0x{flag.value:X}",
                "group": flag.group.value,
                "title": flag.title,
                "sentence": flag.sentence,
                "windows": flag.windows,
                "linux": flag.linux,
            }
            for flag in FLAGS
        ],
    }


COMMAND = Command(
    name="types",
    run=_types,
    summary="explain every preset and flag",
    arguments=(JSON,),
    examples=(Example(line="types", why="every preset and flag, with its meaning"),),
)
