"""Stand-ins for the engine, the desktop and the questions, for tests of the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import dumpengine
from dumpengine import (
    CaptureRequest,
    CaptureResult,
    DumpError,
    Estimate,
    MinidumpType,
    Phase,
    ProcessKey,
    ProcessRow,
    Progress,
    Stacks,
    WatchRequest,
)
from dumpengine import Event as WatchEvent
from gui.dialogs import Dialogs, Question
from gui.services import Services
from gui.titles.facts import ProcessWindows

START = 1_790_000_000.0
GB = 10**9
MB = 10**6


def row(pid: int, name: str, **facts: Any) -> ProcessRow:
    """Return a process of this user; ``facts`` override."""
    started = facts.pop("started", START + pid)
    base = ProcessRow(
        key=ProcessKey(pid, started),
        name=name,
        user="ann",
        cpu_percent=0.0,
        rss=12 * MB,
        threads=1,
        arch="x64",
        started=started,
        ppid=1,
        exe=f"/usr/bin/{name}",
        cmdline=f"/usr/bin/{name} --serve",
        status="sleeping",
        mine=True,
        dumpable=True,
        reason="",
        kernel=False,
    )
    return replace(base, **facts)


def refused(pid: int, name: str, label: str, reason: str, **facts: Any) -> ProcessRow:
    """Return a process that cannot be dumped."""
    return row(pid, name, dumpable=False, label=label, reason=reason, **facts)


def root(pid: int, name: str, **facts: Any) -> ProcessRow:
    """Return a process of root's."""
    usual = {
        "user": "root",
        "mine": False,
        "exe": None,
        "cmdline": f"/usr/sbin/{name} -D",
        "dumpable": False,
        "label": "other user",
        "reason": f"{name} ({pid}) belongs to the user root.",
    }
    return row(pid, name, **usual | facts)


def some_processes() -> tuple[ProcessRow, ...]:
    """Return a small desktop: a tree, other users, refusals of every kind."""
    return (
        root(1, "systemd", ppid=0, cmdline="/sbin/init"),
        root(
            2,
            "kthreadd",
            ppid=0,
            kernel=True,
            label="kernel thread",
            reason="kthreadd (2) is a kernel thread and has no memory of its own.",
            cmdline=None,
            rss=None,
            threads=1,
        ),
        root(
            77,
            "kworker/0:1",
            ppid=2,
            kernel=True,
            label="kernel thread",
            reason="kworker (77) is a kernel thread and has no memory of its own.",
            cmdline=None,
            rss=None,
        ),
        root(812, "sshd", rss=8 * MB),
        row(4402, "bash", ppid=812, rss=6 * MB, cmdline="-bash"),
        row(
            4711,
            "checkout-service",
            ppid=4402,
            cpu_percent=97.3,
            rss=int(2.1 * GB),
            threads=64,
            cmdline="/opt/shop/bin/checkout --port 8181 --workers 64",
            exe="/opt/shop/bin/checkout",
            status="running",
        ),
        refused(
            4750,
            "postgres",
            "traced by gdb",
            "gdb (5121) is tracing postgres (4750).",
            ppid=4711,
            cpu_percent=0.1,
            rss=80 * MB,
            status="tracing-stop",
        ),
        row(5120, "firefox", cpu_percent=3.4, rss=int(1.4 * GB), threads=212),
        row(5121, "gdb", ppid=4402, rss=140 * MB, threads=9),
        row(5300, "legacy-tool", arch="x86", rss=44 * MB, status="stopped"),
        row(5400, "python3", rss=31 * MB, cmdline="python3 -m http.server 8000"),
        row(5401, "ssh-agent", rss=5 * MB),
        root(
            5500,
            "mystery",
            user=None,
            cpu_percent=None,
            rss=None,
            threads=None,
            arch="",
            label="hidden",
            reason="The system shows nothing of this process.",
            cmdline=None,
        ),
        refused(
            5600,
            "crashed",
            "zombie",
            "crashed (5600) has ended and only waits for its parent bash (4402) to take notice.",
            ppid=4402,
            status="zombie",
            rss=0,
            threads=1,
        ),
    )


class FakeLister:
    """Gives the rows a test puts here."""

    def __init__(self, rows: tuple[ProcessRow, ...]) -> None:
        self.rows = rows
        self.polls = 0

    def poll(self) -> tuple[ProcessRow, ...]:
        self.polls += 1
        return self.rows


@dataclass
class FakeCapture:
    """Plays a capture step by step: it stands at each step until the test lets it go on."""

    request: CaptureRequest
    steps: tuple[Progress, ...]
    result: Callable[[CaptureRequest], CaptureResult]
    go: Event = field(default_factory=Event)
    reached: Event = field(default_factory=Event)
    cancelled: Event = field(default_factory=Event)
    running: bool = False

    def run(
        self,
        on_progress: Callable[[Progress], None],
        on_log: Callable[[tuple[str, ...]], None],
    ) -> CaptureResult:
        self.running = True
        for step in self.steps:
            on_progress(step)
            on_log((step.last,) if step.last else ())
        self.reached.set()
        self.go.wait(30)
        self.running = False
        if self.cancelled.is_set():
            return failed(
                self.request,
                0x800704C7,
                "cancelled",
                "Cancelled.",
                "Nothing was kept and the process runs on.",
            )
        return self.result(self.request)

    def cancel(self) -> None:
        self.cancelled.set()
        self.go.set()


def succeeded(request: CaptureRequest, **facts: Any) -> CaptureResult:
    """Write a file and return the result of a capture that went well."""
    request.path.write_bytes(b"MDMP" + bytes(60))
    base = CaptureResult(
        ok=True,
        pid=request.key.pid,
        name=request.name,
        dump_type=int(request.options.dump_type),
        path=str(request.path),
        size=int(2.1 * GB),
        mode="snapshot",
        pause_ms=21.4,
        elapsed_ms=740.0,
        memory_bytes=int(2.09 * GB),
        threads=64,
        modules=41,
        ranges=812,
    )
    return replace(base, **facts)


def failed(
    request: CaptureRequest, hresult: int, error: str, cause: str, remedy: str
) -> CaptureResult:
    """Return the result of a capture that failed."""
    return CaptureResult(
        ok=False,
        pid=request.key.pid,
        name=request.name,
        dump_type=int(request.options.dump_type),
        hresult=hresult,
        error=error,
        cause=cause,
        remedy=remedy,
    )


def disk_full(request: CaptureRequest) -> CaptureResult:
    """Return a failure that has remedies."""
    return failed(
        request,
        0x80070070,
        "destination",
        "There is not enough space at the destination.",
        "Free some space, choose another folder, or use a smaller preset.",
    )


def ended(request: CaptureRequest) -> CaptureResult:
    """Return a failure without a remedy the window could offer."""
    return failed(
        request,
        0x80070057,
        "no_process",
        f"{request.name} ({request.key.pid}) ended while it was being dumped.",
        "Start it again and choose it in the list.",
    )


def not_allowed(request: CaptureRequest) -> CaptureResult:
    """Return a failure that more rights would cure."""
    return failed(
        request,
        0x80070005,
        "access",
        f"{request.name} ({request.key.pid}) belongs to the user root.",
        "Ask an administrator.",
    )


HALF_WAY = (
    Progress(Phase.PREPARING),
    Progress(Phase.STOPPING, running=False, pause_ms=4.0, threads=64, last="Thread 4711 main"),
    Progress(
        Phase.COLLECTING,
        running=False,
        pause_ms=12.0,
        threads=64,
        modules=41,
        last="Module libc.so.6",
    ),
    Progress(
        Phase.MEMORY,
        done=0,
        total=int(2.1 * GB),
        pause_ms=21.4,
        threads=64,
        modules=41,
        last="Memory 0x7f53a0000000",
    ),
    Progress(
        Phase.MEMORY,
        done=int(1.2 * GB),
        total=int(2.1 * GB),
        pause_ms=21.4,
        threads=64,
        modules=41,
        last="heap 0x7f53a8000000",
    ),
)


class FakeWalk:
    """A look at stacks: gives the next of ``looks``, raises it when it is an error."""

    def __init__(self, target: ProcessKey | Path, looks: list[Stacks | DumpError]) -> None:
        self.target = target
        self.cancelled = False
        self._looks = looks

    def run(self) -> Stacks:
        look = self._looks.pop(0) if self._looks else Stacks(process="nobody", pid=1)
        if isinstance(look, DumpError):
            raise look
        return look

    def cancel(self) -> None:
        self.cancelled = True


class FakeWatch:
    """A watch that tells what the test says, until it is stopped or ``over``."""

    def __init__(self, request: WatchRequest) -> None:
        self.request = request
        self.stopped = False
        self.dumps_wanted = 0
        self.error: DumpError | None = None
        self._events: Queue[WatchEvent | None] = Queue()

    def run(self, tell: Callable[[WatchEvent], None]) -> None:
        while (event := self._events.get(timeout=30)) is not None:
            tell(event)
        if self.error:
            raise self.error

    def tell(self, *events: WatchEvent) -> None:
        for event in events:
            self._events.put(event)

    def over(self) -> None:
        self._events.put(None)

    def dump_now(self) -> None:
        self.dumps_wanted += 1

    def stop(self) -> None:
        self.stopped = True
        self.over()


class FakeEngine:
    """All services of the window, under the test's control."""

    def __init__(self, rows: tuple[ProcessRow, ...] | None = None) -> None:
        self.lister = FakeLister(some_processes() if rows is None else rows)
        self.windows: dict[int, ProcessWindows] = {}
        self.captures: list[FakeCapture] = []
        self.steps: tuple[Progress, ...] = HALF_WAY
        self.result: Callable[[CaptureRequest], CaptureResult] = succeeded
        self.free: int | None = 41 * GB
        self.swept: list[Path] = []
        self.estimate_error: Exception | None = None
        self.elevation_obstacle = ""
        self.walks: list[FakeWalk] = []
        self.watches: list[FakeWatch] = []
        self.looks: list[Stacks | DumpError] = []
        self.estimate_gate = Event()
        self.estimate_gate.set()

    def look_at_windows(self) -> dict[int, ProcessWindows]:
        return dict(self.windows)

    def make_capture(self, request: CaptureRequest) -> FakeCapture:
        capture = FakeCapture(request, self.steps, self.result)
        self.captures.append(capture)
        return capture

    def estimate(self, _key: ProcessKey, dump_type: MinidumpType) -> Estimate:
        self.estimate_gate.wait(30)
        if self.estimate_error:
            raise self.estimate_error
        sizes = {
            MinidumpType.WithFullMemory: int(2.1 * GB),
            MinidumpType.WithPrivateReadWriteMemory: int(1.9 * GB),
            MinidumpType.WithDataSegs: 18 * MB,
            MinidumpType.WithHandleData: 40 * 1024,
        }
        asked = {flag: size for flag, size in sizes.items() if dump_type & flag}
        return Estimate(total=300 * 1024 + max(asked.values(), default=0), by_flag=sizes)

    def make_watch(self, request: WatchRequest) -> FakeWatch:
        watch = FakeWatch(request)
        self.watches.append(watch)
        return watch

    def walk(self, target: ProcessKey | Path, _symbols: Sequence[Path]) -> FakeWalk:
        walk = FakeWalk(target, self.looks)
        self.walks.append(walk)
        return walk

    def services(self) -> Services:
        return Services(
            list_processes=self.lister.poll,
            capture=self.make_capture,
            estimate=self.estimate,
            threads=lambda key: tuple((key.pid + i, f"worker-{i}") for i in range(4)),
            modules=lambda _key: (
                ("checkout", "/opt/shop/bin/checkout", 4 * MB),
                ("libc.so.6", "/usr/lib/libc.so.6", 2 * MB),
            ),
            free_space=lambda _folder: self.free,
            file_name=_file_name,
            sweep=self.swept.append,
            check=dumpengine.check_dump,
            open_dump=dumpengine.open_dump,
            elevation_obstacle=lambda: self.elevation_obstacle,
            stacks=self.walk,
            watch=self.make_watch,
        )


def _file_name(template: str, name: str, pid: int, when: datetime) -> str:
    return template.format(
        name=name.replace("/", "_"), pid=pid, date=f"{when:%Y-%m-%d}", time=f"{when:%H%M%S}"
    )


class FakeDialogs(Dialogs):
    """Records questions and answers them as the test says; nothing is ever shown."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.told: list[str] = []
        self.answer: str | None = None
        self.file: Path | None = None
        self.text = ""

    def ask(self, _parent: Any, question: Question, answered: Callable[[str], None]) -> None:
        self.questions.append(question)
        if self.answer is not None:
            answered(self.answer)

    def tell(self, _parent: Any, _title: str, text: str) -> None:
        self.told.append(text)

    def pick_dump(self, _parent: Any, _folder: Path, picked: Callable[[Path], None]) -> None:
        if self.file:
            picked(self.file)

    def ask_text(
        self, _parent: Any, _title: str, _label: str, answered: Callable[[str], None]
    ) -> None:
        answered(self.text)


class FakeDesktop:
    """Records what would be opened and copied."""

    def __init__(self) -> None:
        self.opened: list[Path] = []
        self.copied: list[str] = []
        self.started: list[list[str]] = []
        self.notices: list[tuple[str, str, bool]] = []

    def open_folder(self, folder: Path) -> bool:
        self.opened.append(folder)
        return True

    def start(self, command: list[str]) -> bool:
        self.started.append(command)
        return True

    def notify(self, _window: Any, title: str, sentence: str, failed: bool) -> None:
        self.notices.append((title, sentence, failed))

    def copy(self, text: str) -> None:
        self.copied.append(text)


@contextmanager
def released(engine: FakeEngine) -> Iterator[None]:
    """Let every capture go on when the test is over, so that no thread is left standing."""
    try:
        yield
    finally:
        engine.estimate_gate.set()
        for capture in engine.captures:
            capture.go.set()
