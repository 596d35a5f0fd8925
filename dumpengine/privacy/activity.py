"""What threads did, as a filtered dump may show it: arguments are registers, names are texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dumpengine.privacy.registers import filtered_value
from dumpengine.privacy.words import ShownWords
from dumpengine.snapshot import Absent, Scripts
from dumpengine.waiting.facts import Activity, WaitedFor


def filtered_activity(
    activity: Activity | Absent, shown: ShownWords, name: Callable[[str], str]
) -> Activity | Absent:
    """Return it with arguments that are numbers or addresses, and with ``name`` done to names."""
    if isinstance(activity, Absent):
        return activity
    call = activity.call
    if call is not None:
        arguments = tuple(filtered_value(value, shown) for value in call.arguments)
        call = replace(call, arguments=arguments)
    things = tuple(_thing(thing, name) for thing in activity.things)
    return replace(activity, call=call, things=things)


def filtered_scripts(scripts: Scripts | Absent, name: Callable[[str], str]) -> Scripts | Absent:
    """Return the frames of an interpreter with ``name`` done to functions and files."""
    if isinstance(scripts, Absent):
        return scripts
    frames = {
        tid: tuple(
            replace(frame, function=name(frame.function), file=name(frame.file)) for frame in stack
        )
        for tid, stack in scripts.frames.items()
    }
    return replace(scripts, frames=frames)


def _thing(thing: WaitedFor, name: Callable[[str], str]) -> WaitedFor:
    peers = tuple(replace(peer, name=name(peer.name)) for peer in thing.peers)
    return replace(thing, name=name(thing.name), peers=peers)
