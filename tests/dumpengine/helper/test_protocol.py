"""What window and helper say to each other arrives whole."""

from __future__ import annotations

from dataclasses import MISSING, fields

from dumpengine.callbacks import Phase, Progress
from dumpengine.helper.protocol import decode_line, decode_progress, encode_progress


def test_a_progress_arrives_with_every_field():
    sent = Progress(Phase.MEMORY, 1, 2, 3.5, False, 4, 5, "six", "seven")
    unsaid = [f.name for f in fields(Progress) if getattr(sent, f.name) == f.default]
    assert all(f.default is not MISSING for f in fields(Progress)[1:])
    assert unsaid == []  # a field added later is to be sent too
    assert decode_progress(decode_line(encode_progress(sent))) == sent
