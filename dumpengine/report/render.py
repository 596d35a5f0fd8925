"""DumpDescription -> a page for people, through rich; plain text when that is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dumpengine.report.description import (
    DumpDescription,
    HandleDescription,
    ModuleDescription,
    RegionDescription,
    ThreadDescription,
)
from dumpengine.report.words import time_text
from dumpengine.text import printable, size_text

_SHOWN_REMARKS = 10


def render(description: DumpDescription, console: Console, details: Collection[str] = ()) -> None:
    """Print the page and the tables named in ``details`` (see DETAILS)."""
    _page(description, console)
    for name, show in DETAILS.items():
        if name in details:
            console.print()
            show(description, console)


def _page(found: DumpDescription, console: Console) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(found):
        table.add_row(Text(name), Text(printable(value)))
    console.print(table)
    _list(console, "Not in this dump", found.missing)
    remarks = [f"{r.where}: {r.what}" + _skipped(r.skipped) for r in found.remarks]
    _list(console, "Remarks", remarks)


def _comment_lines(found: DumpDescription) -> Iterable[tuple[str, str]]:
    for comment in found.comments:
        for number, line in enumerate(comment.splitlines()):
            yield "" if number else "Comment", line


def _lines(found: DumpDescription) -> Iterable[tuple[str, str]]:
    process, system = found.process, found.system
    if found.path:
        yield "File", f"{found.path} ({size_text(found.size)})"
    yield "Made", time_text(found.header.timestamp)
    yield "Dump type", f"0x{found.header.flags:X} ({', '.join(found.header.flag_names)})"
    yield "Program", f"{process.name or 'unknown'}, process {process.pid}"
    if process.path:
        yield "", process.path
    if process.command_line:
        yield "Command", " ".join(process.command_line)
    yield "Started", f"{time_text(process.created)}{_processor_time(found)}"
    yield "System", system.name
    yield "Processor", _processor(found)
    yield "Stopped by", found.stop.sentence if found.stop else _NOT_CRASHED
    yield "Threads", _threads_line(found)
    yield "Modules", f"{len(found.modules)}"
    yield "Memory", f"{size_text(found.memory_bytes)} in {len(found.ranges)} ranges"
    if process.counters:
        yield "", f"the process used {size_text(process.counters.working_set)} then"
    if found.handles is not None:
        yield "Handles", f"{len(found.handles)}"
    yield from _comment_lines(found)
    if found.report:
        if found.report.assertion:
            yield "Assertion", found.report.assertion
        for note in found.report.annotations:
            yield "Annotation", f"{note.key}: {note.value}"


_NOT_CRASHED = "Nothing crashed: the dump shows the process as it ran."


def _processor_time(found: DumpDescription) -> str:
    used = found.process.user_time + found.process.kernel_time
    return f", {used:.0f} s of processor time" if used else ""


def _processor(found: DumpDescription) -> str:
    system = found.system
    clock = f" at {system.max_mhz} MHz" if system.max_mhz else ""
    model = f", {system.processor}" if system.processor else ""
    return f"{system.architecture}, {system.processor_count} processors{clock}{model}"


def _threads_line(found: DumpDescription) -> str:
    names = [thread.name for thread in found.threads if thread.name]
    return f"{len(found.threads)}" + (f", {len(names)} with names" if names else "")


def _skipped(size: int) -> str:
    return f" ({size_text(size)} missing)" if size else ""


def _list(console: Console, title: str, items: Collection[str]) -> None:
    if not items:
        return
    console.print()
    console.print(Text(title, style="bold"))
    for item in list(items)[:_SHOWN_REMARKS]:
        console.print(Text(f"  {printable(item)}"))
    if len(items) > _SHOWN_REMARKS:
        console.print(Text(f"  and {len(items) - _SHOWN_REMARKS} more"))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a details table."""

    title: str
    right: bool = False


def _table(
    console: Console, columns: Iterable[_Column], rows: Iterable[tuple[object, ...]]
) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        justify = "right" if column.right else "left"
        table.add_column(column.title, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    console.print(table)


def _threads(found: DumpDescription, console: Console) -> None:
    columns = (
        _Column("Thread", right=True),
        _Column("Name"),
        _Column("At"),
        _Column("Stack", right=True),
        _Column("Processor s", right=True),
        _Column("Remark"),
    )
    _table(console, columns, map(_thread_row, found.threads))


def _thread_row(thread: ThreadDescription) -> tuple[object, ...]:
    return (
        thread.tid,
        thread.name,
        thread.place or "",
        size_text(thread.stack_held),
        f"{thread.user_time + thread.kernel_time:.2f}",
        thread.missing,
    )


def _modules(found: DumpDescription, console: Console) -> None:
    columns = (
        _Column("Base", right=True),
        _Column("Size", right=True),
        _Column("Version"),
        _Column("Symbols"),
        _Column("Path"),
    )
    _table(console, columns, map(_module_row, found.modules))
    if found.unloaded_modules:
        console.print(Text("Unloaded before", style="bold"))
        _table(console, columns, map(_module_row, found.unloaded_modules))


def _module_row(module: ModuleDescription) -> tuple[object, ...]:
    return (module.base, size_text(module.size), module.version, module.symbols, module.path)


def _memory(found: DumpDescription, console: Console) -> None:
    if not found.regions:
        short = (_Column("Start", right=True), _Column("Size", right=True))
        _table(console, short, ((r.start, size_text(r.size)) for r in found.ranges))
        return
    columns = (
        _Column("Start", right=True),
        _Column("Size", right=True),
        _Column("In the dump", right=True),
        _Column("Access"),
        _Column("Kind"),
        _Column("Name"),
    )
    used = (region for region in found.regions if region.state != "free")
    _table(console, columns, map(_region_row, used))


def _region_row(region: RegionDescription) -> tuple[object, ...]:
    return (
        region.start,
        size_text(region.size),
        size_text(region.held) if region.held else "",
        region.protection,
        region.kind,
        region.name,
    )


def _handles(found: DumpDescription, console: Console) -> None:
    if found.handles is None:
        console.print(Text("The dump holds no list of handles."))
        return
    columns = (_Column("Handle", right=True), _Column("Type"), _Column("Access"), _Column("Name"))
    _table(console, columns, map(_handle_row, found.handles))


def _handle_row(handle: HandleDescription) -> tuple[object, ...]:
    return (handle.handle, handle.type, handle.access, handle.name)


def _streams(found: DumpDescription, console: Console) -> None:
    columns = (
        _Column("Type", right=True),
        _Column("Name"),
        _Column("Size", right=True),
        _Column("Offset", right=True),
    )
    _table(console, columns, ((f"0x{s.type:X}", s.name, s.size, s.rva) for s in found.streams))


DETAILS: dict[str, Callable[[DumpDescription, Console], None]] = {
    "threads": _threads,
    "modules": _modules,
    "memory": _memory,
    "handles": _handles,
    "streams": _streams,
}
