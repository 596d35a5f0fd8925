"""DumpDeskScriptFrames as what an interpreter ran."""

from __future__ import annotations

from dumpengine.errors import DumpError
from dumpengine.format.scripts import DUMPDESK_SCRIPT_FRAME, DUMPDESK_SCRIPT_LIST, ScriptFlags
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import headed_entries
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Absent, ScriptFrame, Scripts

_MOST_FRAMES = 1 << 20


def read_scripts(file: DumpFile) -> Scripts | Absent:
    """Return the frames; Absent when the dump has no such stream; raises DumpError.

    Names that cannot be read are noted and left out.
    """
    body = file.body(StreamType.DumpDeskScriptFrames)
    if body is None:
        return Absent("not recorded")
    if len(body) < DUMPDESK_SCRIPT_LIST.SIZE:
        raise bad_format("The list of script frames is too short for its head.")
    head = DUMPDESK_SCRIPT_LIST.unpack(body)
    if head.NumberOfFrames > _MOST_FRAMES:
        raise bad_format(f"The dump has {head.NumberOfFrames} script frames, more than there are.")
    rows = headed_entries(
        body,
        head.SizeOfHeader,
        head.SizeOfFrame,
        head.NumberOfFrames,
        DUMPDESK_SCRIPT_FRAME.SIZE,
    )
    frames: dict[int, list[ScriptFrame]] = {}
    waiters = set()
    for row in DUMPDESK_SCRIPT_FRAME.unpack_many(rows):
        frames.setdefault(row.ThreadId, []).append(_frame(file, row))
        if row.Flags & ScriptFlags.WAITS_FOR_LOCK:
            waiters.add(row.ThreadId)
    return Scripts(
        _string(file, head.LanguageRva),
        _string(file, head.VersionRva),
        {tid: tuple(found) for tid, found in frames.items()},
        head.LockHolder,
        frozenset(waiters),
    )


def _frame(file: DumpFile, row: DUMPDESK_SCRIPT_FRAME) -> ScriptFrame:
    return ScriptFrame(
        _string(file, row.FunctionRva),
        _string(file, row.FileRva),
        row.Line or None,
        bool(row.Flags & ScriptFlags.ENTERED),
    )


def _string(file: DumpFile, rva: int) -> str:
    if not rva:
        return ""
    try:
        return file.source.string(rva, "A name among the script frames")
    except DumpError as error:
        file.note("DumpDeskScriptFrames", error)
        return ""
