"""DumpDescription: everything ``show`` says, as frozen data.

Times are Unix seconds, sizes bytes; ``registers`` map names to values, decoded when looked up.
Addresses are :class:`Address`; JSON has both in hex, because half the JSON readers there are lose
bits above 2**53.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any


class Address(int):
    """A place in the process, a register, or a set of flags: shown in hex."""

    def __str__(self) -> str:
        return f"0x{self:X}"


NOWHERE = Address(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderDescription:
    """The first 32 bytes; ``version`` is the whole field, ``flags`` MINIDUMP_TYPE."""

    version: Address
    stream_count: int
    directory_rva: int
    checksum: Address
    timestamp: int
    flags: Address
    flag_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersDescription:
    """Memory use of the process."""

    working_set: int
    peak_working_set: int
    virtual: int
    peak_virtual: int
    private: int
    page_faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessDescription:
    """Which process. ``command_line`` is empty when the dump does not hold it."""

    pid: int
    name: str
    path: str
    ppid: int
    uid: int | None
    command_line: tuple[str, ...]
    created: float
    user_time: float
    kernel_time: float
    counters: CountersDescription | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemDescription:
    """Which machine. ``name`` is a sentence's worth: "Debian GNU/Linux 12 (Linux 6.1.0-18)".

    ``writer`` is what the program that made the dump calls itself; ``timezone_bias`` minutes added
    to local time give UTC.
    """

    name: str
    platform_id: Address
    architecture: str
    version: str
    csd_version: str
    product_type: int
    processor_count: int
    processor_level: int
    processor_revision: int
    processor: str
    max_mhz: int
    current_mhz: int
    build: str
    writer: str
    timezone: str
    timezone_bias: int


@dataclass(frozen=True, slots=True)
class Place:
    """A code address and the module it lies in, with the offset there; empty when in none."""

    address: Address
    module: str = ""
    offset: Address = NOWHERE

    def __str__(self) -> str:
        return f"{self.module}+0x{self.offset:x}" if self.module else f"0x{self.address:x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDescription:
    """Why the process stopped, as its exception stream has it; ``sentence`` for people.

    ``place`` is the code that did it, ``address`` what the stream calls the exception's address:
    the same for most, the memory that was touched for a Linux fault.
    """

    sentence: str
    thread: int
    code: Address
    code_name: str
    flags: Address
    address: Address
    place: Place
    parameters: tuple[Address, ...]
    registers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadDescription:
    """One thread. ``stack_held`` are the bytes of its stack the dump holds."""

    tid: int
    name: str
    place: Place | None
    stack_pointer: Address
    stack_start: Address
    stack_size: int
    stack_held: int
    teb: Address
    suspend_count: int
    priority_class: int
    priority: int
    created: float
    user_time: float
    kernel_time: float
    start_address: Address
    affinity: Address
    missing: str
    registers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDescription:
    """One module. ``symbols`` is the name symbol stores file it under."""

    base: Address
    size: int
    name: str
    path: str
    version: str
    timestamp: Address
    checksum: Address
    codeview: str
    identifier: str
    symbols: str
    pdb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDescription:
    """One region of the address space; ``held`` are the bytes of it in the dump.

    ``protection`` is ``protect`` (PAGE_*) in the letters of ``/proc/PID/maps``.
    """

    start: Address
    size: int
    state: str
    protect: Address
    protection: str
    allocation_base: Address
    allocation_protect: Address
    kind: str
    name: str
    held: int


@dataclass(frozen=True, slots=True)
class RangeDescription:
    """Addresses whose memory the dump holds."""

    start: Address
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleDescription:
    """One open handle or file descriptor."""

    handle: Address
    type: str
    name: str
    attributes: Address
    access: Address
    handle_count: int
    pointer_count: int
    information: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDescription:
    """One entry of the directory; ``holds`` says what in it is private, empty when nothing is."""

    type: int
    name: str
    size: int
    rva: int
    holds: str


@dataclass(frozen=True, slots=True)
class AnnotationDescription:
    """A key and value that the program attached to its crash reports."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class ReportDescription:
    """What Breakpad or Crashpad add: ids of report and installation, a failed assertion."""

    report_id: str
    client_id: str
    annotations: tuple[AnnotationDescription, ...]
    assertion: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What the capture or the reader could not do."""

    where: str
    what: str
    address: Address | None
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpDescription:
    """The whole page. ``missing`` are sentences; ``handles`` None when the dump has no list."""

    path: str
    size: int
    header: HeaderDescription
    process: ProcessDescription
    system: SystemDescription
    stop: StopDescription | None
    report: ReportDescription | None
    memory_bytes: int
    comments: tuple[str, ...]
    missing: tuple[str, ...]
    remarks: tuple[Remark, ...]
    threads: tuple[ThreadDescription, ...]
    modules: tuple[ModuleDescription, ...]
    unloaded_modules: tuple[ModuleDescription, ...]
    regions: tuple[RegionDescription, ...]
    ranges: tuple[RangeDescription, ...]
    handles: tuple[HandleDescription, ...] | None
    streams: tuple[StreamDescription, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object ``dumpengine show --json`` prints, under the names of the fields."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Address):
        return f"0x{value:x}"
    if isinstance(value, Mapping):
        return {name: f"0x{register:x}" for name, register in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
