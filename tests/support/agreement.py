"""Holds `show --json` against Breakpad's minidump_dump, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.breakpad_dump import Block, contexts_after, of_kind

Found = dict[str, Any]

_ARCHITECTURES = {0: "x86", 5: "arm", 9: "x64", 12: "arm64", 0x8003: "arm64"}
_STATES = {0x1000: "commit", 0x2000: "reserve", 0x10000: "free"}
_KINDS = {0: "none", 0x20000: "private", 0x40000: "mapped", 0x1000000: "image"}
_NOT_REGISTERS = ("home", "context_flags", "vector", "debug_control", "last_", "float_save")
_RENAMED = {"mx_csr": "mxcsr"}


def disagreements(found: Found, blocks: list[Block]) -> Iterator[str]:
    """Yield a line for every field both have and differ in; nothing when they agree."""
    for name, ours, theirs in _pairs(found, blocks):
        if ours != theirs:
            yield f"{name}: ours {ours!r}, Breakpad's {theirs!r}"


def compared(found: Found, blocks: list[Block]) -> int:
    """Return how many fields were compared."""
    return sum(1 for _ in _pairs(found, blocks))


Pair = tuple[str, Any, Any]


def _pairs(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    yield from _header(found, blocks)
    yield from _threads(found, blocks)
    yield from _modules(found, blocks)
    yield from _memory(found, blocks)
    yield from _exception(found, blocks)
    yield from _system(found, blocks)
    yield from _misc(found, blocks)
    yield from _crashpad(found, blocks)


def _header(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    head, theirs = found["header"], blocks[0]
    yield "version", int(head["version"], 0), theirs.number("version")
    yield "stream_count", head["stream_count"], theirs.number("stream_count")
    yield "directory", head["directory_rva"], theirs.number("stream_directory_rva")
    yield "timestamp", head["timestamp"], theirs.number("time_date_stamp")
    yield "flags", int(head["flags"], 0), theirs.number("flags")
    streams = [
        (b.number("stream_type"), b.number("location.data_size"), b.number("location.rva"))
        for b in of_kind(blocks, "mDirectory")
    ]
    ours = [(s["type"], s["size"], s["rva"]) for s in found["streams"]]
    yield "streams", ours, [entry for entry in streams if entry[0]]


def _threads(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    theirs = list(of_kind(blocks, "thread"))
    yield "thread count", len(found["threads"]), len(theirs)
    pairs = zip(found["threads"], theirs, contexts_after(blocks, "thread"), strict=False)
    for ours, block, context in pairs:
        where = f"thread {ours['tid']} "
        yield where + "id", ours["tid"], block.number("thread_id")
        suspended = block.number("suspend_count") & 0xFFFFFFFF
        yield where + "suspend_count", ours["suspend_count"], suspended
        yield where + "class", ours["priority_class"], block.number("priority_class")
        yield where + "priority", ours["priority"], block.number("priority")
        yield where + "teb", int(ours["teb"], 0), block.number("teb")
        size = block.number("stack.memory.data_size")
        yield where + "stack size", ours["stack_size"], size
        if size:
            start = block.number("stack.start_of_memory_range")
            yield where + "stack start", int(ours["stack_start"], 0), start
        yield from _registers(where, ours["registers"], context)
    named = ((b.number("thread_id"), b.text("thread_name")) for b in of_kind(blocks, "thread_name"))
    names = {tid: name for tid, name in named if name}
    yield "names", {t["tid"]: t["name"] for t in found["threads"] if t["name"]}, names


def _registers(where: str, ours: dict[str, str], context: Block | None) -> Iterator[Pair]:
    if context is None:
        return
    for name in context.fields:
        short = _RENAMED.get(name, name)
        if not any(word in name for word in _NOT_REGISTERS) and short in ours:
            yield where + name, int(ours[short], 0), context.number(name)


def _modules(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    theirs = list(of_kind(blocks, "module"))
    yield "module count", len(found["modules"]), len(theirs)
    for ours, block in zip(found["modules"], theirs, strict=False):
        where = f"module {ours['name']} "
        yield where + "base", int(ours["base"], 0), block.number("base_of_image")
        yield where + "size", ours["size"], block.number("size_of_image")
        yield where + "checksum", int(ours["checksum"], 0), block.number("checksum")
        yield where + "timestamp", int(ours["timestamp"], 0), block.number("time_date_stamp")
        yield where + "path", ours["path"], block.text("(code_file)")
        if "(cv_record).build_id" in block:
            yield where + "build id", ours["identifier"], block.text("(cv_record).build_id")
        if "(cv_record).age" in block:
            yield where + "pdb", ours["pdb"], block.text("(cv_record).pdb_file_name")
        if "(debug_identifier)" in block and ours["symbols"]:
            yield where + "debug id", ours["symbols"], block.text("(debug_identifier)")
        if ours["version"] not in ("", "0.0.0.0"):
            yield where + "version", ours["version"], block.text("(version)")


def _memory(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    spans = [(int(r["start"], 0), int(r["start"], 0) + r["size"]) for r in found["ranges"]]
    for block in of_kind(blocks, "region"):
        start = block.number("start_of_memory_range")
        end = start + block.number("memory.data_size")
        covered = any(low <= start and end <= high for low, high in spans)
        yield f"memory 0x{start:x}", covered, True
    theirs = list(of_kind(blocks, "info"))
    if theirs:
        yield "region count", len(found["regions"]), len(theirs)
        for ours, block in zip(found["regions"], theirs, strict=False):
            where = f"region {ours['start']} "
            yield where + "start", int(ours["start"], 0), block.number("base_address")
            yield where + "size", ours["size"], block.number("region_size")
            yield where + "state", ours["state"], _STATES[block.number("state")]
            yield where + "protect", int(ours["protect"], 0), block.number("protection")
            yield where + "kind", ours["kind"], _KINDS[block.number("type")]
            base = block.number("allocation_base")
            yield where + "allocation", int(ours["allocation_base"], 0), base
            protect = block.number("allocation_protection")
            yield where + "allocated as", int(ours["allocation_protect"], 0), protect


def _exception(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    for block, context in zip(
        of_kind(blocks, "MDException"), contexts_after(blocks, "MDException"), strict=False
    ):
        ours = found["stop"]
        record = "exception_record.exception_"
        yield "exception thread", ours["thread"], block.number("thread_id")
        yield "exception code", int(ours["code"], 0), block.number(record + "code")
        yield "exception flags", int(ours["flags"], 0), block.number(record + "flags")
        yield "exception address", int(ours["address"], 0), block.number(record + "address")
        count = block.number("exception_record.number_parameters")
        yield "exception parameters", len(ours["parameters"]), count
        yield from _registers("exception ", ours["registers"], context)


def _system(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    for block in of_kind(blocks, "MDRawSystemInfo"):
        ours = found["system"]
        kind = block.number("processor_architecture")
        yield "architecture", ours["architecture"], _ARCHITECTURES[kind]
        for name, field in (
            ("processor_level", "processor_level"),
            ("processor_revision", "processor_revision"),
            ("number_of_processors", "processor_count"),
            ("product_type", "product_type"),
        ):
            yield name, ours[field], block.number(name)
        numbers = [str(block.number(part) & 0xFFFFFFFF) for part in _VERSION]
        yield "version", ours["version"], ".".join(numbers)
        yield "platform", int(ours["platform_id"], 0), block.number("platform_id")
        yield "csd version", ours["csd_version"], block.text("(csd_version)")


_VERSION = ("major_version", "minor_version", "build_number")


def _misc(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    for block in of_kind(blocks, "MDRawMiscInfo"):
        process, system = found["process"], found["system"]
        shared = (
            ("process_id", process["pid"]),
            ("process_create_time", process["created"]),
            ("process_user_time", process["user_time"]),
            ("process_kernel_time", process["kernel_time"]),
            ("processor_max_mhz", system["max_mhz"]),
            ("processor_current_mhz", system["current_mhz"]),
            ("time_zone.bias", system["timezone_bias"] & 0xFFFFFFFFFFFFFFFF),
        )
        for name, ours in shared:
            if name in block:
                yield name, ours, block.number(name)
        for name, ours in (
            ("time_zone.standard_name", system["timezone"]),
            ("build_string", system["build"]),
            ("dbg_bld_str", system["writer"]),
        ):
            if name in block:
                yield name, ours, block.text(name)


def _crashpad(found: Found, blocks: list[Block]) -> Iterator[Pair]:
    for block in of_kind(blocks, "MDRawCrashpadInfo"):
        ours = found["report"]
        yield "report id", ours["report_id"], block.text("report_id")
        yield "client id", ours["client_id"], block.text("client_id")
        for note in ours["annotations"]:
            theirs = block.text(f'simple_annotations["{note["key"]}"]')
            yield f"annotation {note['key']}", note["value"], theirs
