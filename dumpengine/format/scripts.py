"""DumpDeskScriptFrames (0x44440003): the frames of an interpreted language.

A stream of ours. The head is followed by one entry per frame, thread by thread, the innermost
first. Names are offsets of MINIDUMP_STRINGs, 0 for none.
"""

from enum import IntFlag

from dumpengine.format.layout import U32, Struct, layout


class ScriptFlags(IntFlag):
    """What is known of a frame, and on its innermost frame of a thread."""

    ENTERED = 1  # machine code called it
    WAITS_FOR_LOCK = 2  # the thread waits for the interpreter's global lock


@layout(size=32)
class DUMPDESK_SCRIPT_LIST(Struct):
    """Head of the stream. ``LockHolder`` is a thread's id, 0 for none."""

    SizeOfHeader: U32 = 32
    SizeOfFrame: U32 = 20
    NumberOfFrames: U32 = 0
    LanguageRva: U32 = 0
    VersionRva: U32 = 0
    LockHolder: U32 = 0
    Reserved0: U32 = 0
    Reserved1: U32 = 0


@layout(size=20)
class DUMPDESK_SCRIPT_FRAME(Struct):
    """One frame; ``Line`` is 0 when it is not known."""

    ThreadId: U32 = 0
    FunctionRva: U32 = 0
    FileRva: U32 = 0
    Line: U32 = 0
    Flags: U32 = 0
