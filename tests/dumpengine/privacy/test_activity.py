"""What threads did: arguments as registers, names as texts."""

from __future__ import annotations

from dumpengine.privacy.activity import filtered_activity, filtered_scripts
from dumpengine.privacy.words import ShownWords
from dumpengine.snapshot import Absent, Range, ScriptFrame, Scripts
from dumpengine.snapshot.ranges import RangeSet
from dumpengine.waiting.facts import Activity, Peer, SystemCall, Thing, WaitedFor

TEXT = int.from_bytes(b"password", "little")
SHOWN = ShownWords(RangeSet([Range(0x7F00_0000_0000, 0x7F00_0000_1000)]), 8)


def test_arguments_keep_numbers_and_addresses_and_names_are_scrubbed() -> None:
    thing = WaitedFor(Thing.PIPE, 3, "/tmp/secret", (Peer(7, "secret", "S"),))
    call = SystemCall(202, (0x7F00_0000_0010, TEXT, 0xFFFFFFFF))
    found = filtered_activity(
        Activity(call=call, things=(thing,)), SHOWN, lambda name: name.replace("secret", "***")
    )
    assert isinstance(found, Activity)
    assert found.call == SystemCall(202, (0x7F00_0000_0010, 0x0DEFACED0DEFACED, 0xFFFFFFFF))
    assert found.things == (WaitedFor(Thing.PIPE, 3, "/tmp/***", (Peer(7, "***", "S"),)),)


def test_frames_of_scripts_are_scrubbed() -> None:
    frame = ScriptFrame("on_secret", "/home/secret/x.py", 7)
    scripts = Scripts("Python", "3.11", {5: (frame,)}, lock_holder=5)
    found = filtered_scripts(scripts, lambda name: name.replace("secret", "***"))
    assert isinstance(found, Scripts)
    assert found.frames == {5: (ScriptFrame("on_***", "/home/***/x.py", 7),)}
    assert found.lock_holder == 5
    assert filtered_scripts(Absent("no"), str) == Absent("no")


def test_what_was_not_recorded_stays_so() -> None:
    assert filtered_activity(Absent("no"), SHOWN, str) == Absent("no")
    assert filtered_activity(Activity(state="R"), SHOWN, str) == Activity(state="R")
