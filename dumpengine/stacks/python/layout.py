"""Where CPython keeps what leads to its frames: offsets in its structs, by version.

Since 3.13 the interpreter describes itself (``_Py_DebugOffsets`` in Include/internal/, the start
of ``_PyRuntime``). For 3.11 and 3.12 the offsets come from those versions' headers, compiled with
``offsetof``; they did not change after each .0.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

COOKIE = b"xdebugpy"
HEAD_SIZE = 1024  # more than any _Py_DebugOffsets has
_BIGGEST = 1 << 20  # offsets are small numbers; a PyInterpreterState has some 400 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Byte offsets, each in the struct its name begins with; -1 where the version has none."""

    runtime_interpreters: int
    interpreter_next: int
    interpreter_threads: int
    thread_next: int
    thread_id: int
    thread_native_id: int
    thread_frame: int  # the innermost frame, or what leads to it
    frame_code: int
    frame_previous: int
    frame_instruction: int
    frame_owner: int
    code_filename: int
    code_name: int
    code_qualname: int
    code_linetable: int
    code_first_line: int
    code_instructions: int
    bytes_size: int
    bytes_data: int
    text_length: int
    text_state: int
    text_ascii: int  # where the characters of an ASCII string begin
    gil: int  # of the lock's struct in the runtime, or of the pointer to it in the interpreter
    gil_holder: int
    gil_locked: int
    cframe_frame: int = -1  # 3.11 and 3.12 keep the frame behind one more pointer
    frame_is_entry: int = -1  # 3.11 marks frames that C called
    gil_in_runtime: bool = False
    own_text_gap: int = 16  # what a string that is not ASCII has in front of its characters
    own_state_shift: int = 2  # bits in front of a string's kind
    free_threaded: bool = False


_BEFORE_13 = Layout(
    runtime_interpreters=40,
    interpreter_next=0,
    interpreter_threads=72,
    thread_next=8,
    thread_id=136,
    thread_native_id=144,
    thread_frame=56,
    cframe_frame=0,
    frame_code=0,
    frame_previous=8,
    frame_instruction=56,
    frame_owner=70,
    code_filename=112,
    code_name=120,
    code_qualname=128,
    code_linetable=136,
    code_first_line=68,
    code_instructions=192,
    bytes_size=16,
    bytes_data=32,
    text_length=16,
    text_state=32,
    text_ascii=40,
    gil=384,
    gil_holder=8,
    gil_locked=16,
)
_BY_VERSION = {
    (3, 11): replace(
        _BEFORE_13,
        interpreter_threads=16,
        thread_id=152,
        thread_native_id=160,
        cframe_frame=8,
        frame_code=32,
        frame_previous=48,
        frame_is_entry=68,
        frame_owner=69,
        code_first_line=72,
        code_instructions=184,
        text_ascii=48,
        own_text_gap=24,
        gil=360,
        gil_in_runtime=True,
    ),
    (3, 12): _BEFORE_13,
}

# The words of _Py_DebugOffsets behind the cookie, struct by struct.
_DESCRIBED = {
    (3, 13): """
        head: version free_threaded
        runtime: size finalizing interpreters
        interpreter: size id next threads gc modules sysdict builtins gil gil_state gil_enabled
            gil_locked gil_holder
        thread: size prev next interp frame id native_id datastack status
        frame: size previous code instruction localsplus owner
        code: size filename name qualname linetable first_line argcount localsplusnames
            localspluskinds instructions
        object: size type
        type: size name repr flags
        tuple: size item count
        list: size item count
        dict: size keys values
        float: size value
        long: size tag digit
        bytes: size size_ data
        text: size state length ascii
    """,
    (3, 14): """
        head: version free_threaded
        runtime: size finalizing interpreters
        interpreter: size id next threads main gc modules sysdict builtins gil gil_state
            gil_enabled gil_locked gil_holder code_generation tlbc_generation
        thread: size prev next interp frame id native_id datastack status
        frame: size previous code instruction localsplus owner stackpointer tlbc_index
        code: size filename name qualname linetable first_line argcount localsplusnames
            localspluskinds instructions tlbc
        object: size type
        type: size name repr flags
        tuple: size item count
        list: size item count
        set: size used table mask
        dict: size keys values
        float: size value
        long: size tag digit
        bytes: size size_ data
        text: size state length ascii
    """,
}


def known_layout(version: int) -> Layout | None:
    """Return the layout of a version before 3.13 (PY_VERSION_HEX), None for others."""
    return _BY_VERSION.get((version >> 24, version >> 16 & 0xFF))


def described_version(head: bytes) -> int:
    """Return PY_VERSION_HEX from the start of ``_PyRuntime``, 0 where it describes nothing."""
    if len(head) < 16 or not head.startswith(COOKIE):
        return 0
    return int.from_bytes(head[8:16], "little")


def described_layout(head: bytes) -> Layout | None:
    """Return the layout that ``_PyRuntime`` describes; None for versions we do not know."""
    version = described_version(head)
    words = _names(_DESCRIBED.get((version >> 24 & 0xFF, version >> 16 & 0xFF), ""))
    if not words or len(head) < 8 + 8 * len(words):
        return None
    at = dict(zip(words, struct.unpack_from(f"<{len(words)}Q", head, 8), strict=True))
    if any(value > _BIGGEST for name, value in at.items() if name != "head.version"):
        return None
    return Layout(
        runtime_interpreters=at["runtime.interpreters"],
        interpreter_next=at["interpreter.next"],
        interpreter_threads=at["interpreter.threads"],
        thread_next=at["thread.next"],
        thread_id=at["thread.id"],
        thread_native_id=at["thread.native_id"],
        thread_frame=at["thread.frame"],
        frame_code=at["frame.code"],
        frame_previous=at["frame.previous"],
        frame_instruction=at["frame.instruction"],
        frame_owner=at["frame.owner"],
        code_filename=at["code.filename"],
        code_name=at["code.name"],
        code_qualname=at["code.qualname"],
        code_linetable=at["code.linetable"],
        code_first_line=at["code.first_line"],
        code_instructions=at["code.instructions"],
        bytes_size=at["bytes.size_"],
        bytes_data=at["bytes.data"],
        text_length=at["text.length"],
        text_state=at["text.state"],
        text_ascii=at["text.ascii"],
        gil=at["interpreter.gil"],
        gil_holder=at["interpreter.gil_holder"] - at["interpreter.gil_state"],
        gil_locked=at["interpreter.gil_locked"] - at["interpreter.gil_state"],
        own_state_shift=8 if at["head.free_threaded"] else 2,
        free_threaded=bool(at["head.free_threaded"]),
    )


def _names(description: str) -> list[str]:
    names: list[str] = []
    group = ""
    for word in description.split():
        if word.endswith(":"):
            group = word[:-1]
        else:
            names.append(f"{group}.{word}")
    return names
