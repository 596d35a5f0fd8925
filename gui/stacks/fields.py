"""The columns of groups and frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from dumpengine import Frame, Stacks, ThreadStack, Trust, own_frame
from gui.i18n import tr
from gui.viewer.columns import Columns
from gui.viewer.table import Field

_NAMED = 3  # threads of a group that its row.names


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Threads that stand alike. ``moved`` is None where there is no earlier look to compare with.

    ``place`` counts the groups as they were found: the largest first.
    """

    place: int
    threads: tuple[ThreadStack, ...]
    frames: tuple[Frame, ...]
    moved: bool | None = None

    @property
    def names(self) -> str:
        """Who they are, long lists cut short."""
        shown = [thread.name or str(thread.id) for thread in self.threads[:_NAMED]]
        more = len(self.threads) - _NAMED
        return ", ".join([*shown, tr("{n} more").format(n=more)] if more > 0 else shown)

    @property
    def waits_for(self) -> str:
        """What the first one that waits is waiting for."""
        return next((thread.waits_for for thread in self.threads if thread.waits_for), "")

    @property
    def inside(self) -> str:
        """The innermost function of the program itself; a library's where it has none."""
        frame = own_frame(self.threads[0]) if self.threads else None
        return frame.function if frame else ""


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One frame and its number."""

    number: int
    frame: Frame


def group_rows(stacks: Stacks, still: frozenset[int] | None = None) -> list[GroupRow]:
    """Return the groups, the largest first.

    ``still`` are the threads that did not move since an earlier look, None without one.
    """
    by_id = {thread.id: thread for thread in stacks.threads}
    groups = sorted(stacks.groups, key=lambda group: -len(group.threads))
    return [
        GroupRow(
            place,
            tuple(by_id[tid] for tid in group.threads if tid in by_id),
            group.frames,
            None if still is None else not still.issuperset(group.threads),
        )
        for place, group in enumerate(groups)
    ]


def group_fields() -> tuple[Field[GroupRow], ...]:
    """Columns of the groups of threads."""
    columns: Columns[GroupRow] = Columns()
    return (
        columns.sorted(
            tr("Threads"),
            lambda row: str(len(row.threads)),
            lambda row: (len(row.threads), -row.place),
        ),
        columns.text(tr("Who"), lambda row: row.names),
        columns.text(tr("In"), lambda row: row.inside),
        columns.text(tr("Waits for"), lambda row: row.waits_for),
        columns.text(tr("Moved"), _moved),
    )


def _moved(row: GroupRow) -> str:
    if row.moved is None:
        return "–"
    return tr("yes") if row.moved else tr("no")


def frame_fields() -> tuple[Field[FrameRow], ...]:
    """Columns of the frames of one stack."""
    columns: Columns[FrameRow] = Columns()
    return (
        columns.sorted(tr("#"), lambda row: str(row.number), lambda row: row.number),
        columns.text(tr("Function"), lambda row: function_text(row.frame)),
        columns.text(tr("Line"), lambda row: _line(row.frame)),
        columns.text(tr("Module"), lambda row: row.frame.module),
        columns.text(tr("Found by"), lambda row: trust_text(row.frame.trust)),
        columns.sorted(
            tr("Address"),
            lambda row: f"0x{row.frame.address:016x}",
            lambda row: row.frame.address,
            fixed=True,
        ),
    )


def function_text(frame: Frame) -> str:
    """Return ``read+0x14``; the place in the module where there is no name."""
    if frame.function:
        inlined = tr(" (inlined)") if frame.inlined else ""
        offset = f"+0x{frame.function_offset:x}" if frame.function_offset else ""
        return f"{frame.function}{offset}{inlined}"
    return f"+0x{frame.offset:x}" if frame.offset is not None else "?"


def _line(frame: Frame) -> str:
    if not frame.file:
        return ""
    name = PurePosixPath(frame.file.replace("\\", "/")).name
    return f"{name}:{frame.line}" if frame.line else name


def trust_text(trust: Trust) -> str:
    """Return how a frame was found, and so how far it is to be trusted."""
    return {
        Trust.CONTEXT: tr("registers"),
        Trust.SIGNAL: tr("signal's registers"),
        Trust.CFI: tr("unwind table"),
        Trust.UNWIND_INFO: tr("unwind table"),
        Trust.INTERPRETER: tr("interpreter"),
        Trust.FRAME_POINTER: tr("frame pointer"),
        Trust.SCAN: tr("guess"),
    }[trust]
