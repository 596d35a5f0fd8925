"""DumpDeskScriptFrames: what an interpreter ran."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.format.scripts import DUMPDESK_SCRIPT_FRAME, DUMPDESK_SCRIPT_LIST, ScriptFlags
from dumpengine.snapshot import ScriptFrame, Scripts
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source


def write_scripts(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the stream; None when no interpreter was found."""
    scripts = source.snapshot.scripts
    if not isinstance(scripts, Scripts):
        return None
    frames = list(_frames(image, source, scripts))
    head = DUMPDESK_SCRIPT_LIST(
        NumberOfFrames=len(frames),
        LanguageRva=image.string(scripts.language),
        VersionRva=image.string(scripts.version),
        LockHolder=scripts.lock_holder,
    )
    return image.append(head.pack() + pack_many(frames))


def _frames(image: FileImage, source: Source, scripts: Scripts) -> Iterator[DUMPDESK_SCRIPT_FRAME]:
    for chosen in source.choice.threads:
        tid = chosen.thread.tid
        flags = ScriptFlags.WAITS_FOR_LOCK if tid in scripts.lock_waiters else ScriptFlags(0)
        for frame in scripts.frames.get(tid, ()):
            yield _frame(image, source, tid, frame, flags)
            flags = ScriptFlags(0)


def _frame(
    image: FileImage, source: Source, tid: int, frame: ScriptFrame, flags: ScriptFlags
) -> DUMPDESK_SCRIPT_FRAME:
    file = source.name_of(frame.file)
    return DUMPDESK_SCRIPT_FRAME(
        ThreadId=tid,
        FunctionRva=image.string(frame.function) if frame.function else 0,
        FileRva=image.string(file) if file else 0,
        Line=frame.line or 0,
        Flags=flags | (ScriptFlags.ENTERED if frame.entered else 0),
    )
