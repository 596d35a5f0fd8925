"""A live process as procfs shows it; looked at before the stop, brought up to date during it.

Whatever a look has found out already costs nothing the second time, so the stop is short.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dumpengine.backends.linux import procfs, texts
from dumpengine.backends.linux.activity import UNSEEN, Look, ThreadNumbers, look_at, standing_in
from dumpengine.backends.linux.handles import open_handles
from dumpengine.backends.linux.images import waits_for_image
from dumpengine.backends.linux.mappings import regions
from dumpengine.backends.linux.memory import LiveMemory
from dumpengine.backends.linux.modules import Image, ImageReader
from dumpengine.backends.linux.things import Things
from dumpengine.backends.linux.threads import affinity
from dumpengine.format.proc_maps import Mapping, parse_maps
from dumpengine.snapshot import (
    Absent,
    Architecture,
    Handle,
    Region,
    Registers,
    read_memory,
)
from dumpengine.waiting.facts import Activity, SystemCall, WaitedFor
from dumpengine.waiting.system_calls import (
    CODE_BEFORE,
    Waits,
    goes_on,
    how_it_waits,
    number_in_code,
)

_AT_ENTRY = 9
_MACHINES = {3: Architecture.X86, 62: Architecture.AMD64, 183: Architecture.ARM64}  # EM_*


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """What procfs tells of a thread; ``stat`` is None when it had left.

    ``look`` is what it did before the stop, empty for a thread that was seen only later.
    """

    name: str
    stat: procfs.Stat | None
    affinity: int
    look: Look = UNSEEN


class ProcessView:
    """Facts about process ``pid`` that need no stop. Close it when done.

    ``task`` is the thread whose address space is read, see :func:`procfs.living_task`.

    ``maps`` (the text), ``mappings`` and ``images`` are those of the last :meth:`look`;
    ``memory`` reads the process as it is now.
    """

    def __init__(self, pid: int, *, handles: bool = False) -> None:
        self.pid = pid
        self.task = procfs.living_task(pid)
        self.mappings: tuple[Mapping, ...] = ()
        self.images: list[Image] = []
        self.streams: dict[int, bytes] = texts.read_texts(pid, self.task)
        self.handles: tuple[Handle, ...] | Absent = (
            open_handles(pid) if handles else Absent("not asked for")
        )
        self.maps = b""
        self._threads: dict[int, ThreadFacts] = {}
        self._entry = procfs.auxv(procfs.read_optional(f"/proc/{self.task}/auxv")).get(_AT_ENTRY, 0)
        self._image_reader = ImageReader(self._read)
        self.memory = LiveMemory(self.task, ())
        self._numbers = ThreadNumbers(pid)
        self._things = Things(pid, self._read)
        self.ours: set[int] = set()  # threads of another capture's, which wait for its image
        self._numbers_at: dict[int, int | None] = {}

    def close(self) -> None:
        """Close all files behind it."""
        self.memory.close()

    def look(self) -> None:
        """Read the address space as it is now."""
        self.look_again(procfs.read_bytes(f"/proc/{self.task}/maps"))

    def look_again(self, maps: bytes) -> None:
        """Bring everything up to date with these maps; what did not change is kept."""
        changed = maps != self.maps
        if changed:
            self.maps = maps
            self.mappings = parse_maps(maps)
        # Which pages are populated may have changed all the same: a new memory asks again.
        self.memory.close()
        self.memory = LiveMemory(self.task, regions(self.mappings, ()))
        if changed:
            self.images = self._image_reader.images(self.mappings, self._entry)

    def look_at_threads(self) -> None:
        """Remember the facts of all threads there are now, and what they wait for."""
        for tid in procfs.task_ids(self.pid):
            self._threads[tid] = self._read_thread(tid, runs=True)
        self.ours = {tid for tid in self._threads if waits_for_image(self.pid, tid)}
        looks = [facts.look for facts in self._threads.values()]
        self._things.look(
            (self._waits(look, look.call), look.call) for look in looks if look.call is not None
        )

    def thread(self, tid: int) -> ThreadFacts:
        """Return a thread's facts, as they were when first asked for."""
        if tid not in self._threads:
            self._threads[tid] = self._read_thread(tid, runs=False)
        return self._threads[tid]

    def activity(self, tid: int, registers: Registers | Absent) -> Activity | Absent:
        """Return what a thread was doing that stopped with these registers."""
        facts = self.thread(tid)
        if facts.stat is None:
            return Absent("it has left")
        call = facts.look.call
        if isinstance(registers, Registers):
            call = self._resolved(standing_in(registers), registers.pc)
        return Activity(
            state=facts.look.state,
            wait_channel=facts.look.wait_channel,
            processor_time=(facts.stat.user_ticks + facts.stat.kernel_ticks) / procfs.CLOCK_TICKS,
            number=self._numbers.of(tid),
            call=call,
            things=self._waited_for(facts.look, call),
        )

    def _resolved(self, call: SystemCall | None, pc: int) -> SystemCall | None:
        """A call that goes on after an interruption, as every stop is one: the code tells which."""
        if call is None or not goes_on(call, self.architecture.value):
            return call
        if pc not in self._numbers_at:
            self._numbers_at[pc] = number_in_code(self._read(pc - CODE_BEFORE, CODE_BEFORE))
        number = self._numbers_at[pc]
        return call if number is None else replace(call, number=number)

    def _waited_for(self, look: Look, call: SystemCall | None) -> tuple[WaitedFor, ...]:
        return self._things.of(self._waits(look, call), call) if call else ()

    def _waits(self, look: Look, call: SystemCall | None) -> Waits:
        return how_it_waits(call, self.architecture.value, look.wait_channel)

    @property
    def architecture(self) -> Architecture:
        """What the program runs, by its file in memory."""
        machine = self.images[0].elf.machine if self.images else 62
        return _MACHINES.get(machine, Architecture.UNKNOWN)

    def regions(self) -> tuple[Region, ...]:
        """Describe the address space, modules marked as images."""
        return regions(
            self.mappings,
            sorted((image.module.base, image.module.end) for image in self.images),
        )

    def _read_thread(self, tid: int, *, runs: bool) -> ThreadFacts:
        try:
            stat = procfs.read_stat(self.pid, tid)
        except (OSError, ValueError):
            return ThreadFacts("", None, 0)
        look = look_at(self.pid, tid, stat) if runs else UNSEEN
        if look.call is not None:
            look = replace(look, call=self._resolved(look.call, look.pc))
        return ThreadFacts(stat.name, stat, affinity(tid), look)

    def _read(self, address: int, size: int) -> bytes:
        return read_memory(self.memory, address, size)
