"""Why a process cannot be dumped, in the order in which the kernel would refuse.

The rules are those of ptrace(2), section "Ptrace access mode checking": the caller's user and
group must be all three of the target's, the target must be dumpable, its capabilities must not
exceed the caller's; CAP_SYS_PTRACE replaces each of these. Then the security modules are asked
(Yama: Documentation/admin-guide/LSM/Yama.rst), and one process has one tracer.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from dumpengine.backends.linux.images import IMAGE, is_image
from dumpengine.backends.linux.processor import unsupported_processor
from dumpengine.backends.linux.procfs import read_bytes, read_optional, read_stat, text
from dumpengine.errors import E_ACCESSDENIED, E_INVALIDARG, ErrorKind, Obstacle
from dumpengine.text import printable

CAP_SYS_PTRACE = 1 << 19
PF_KTHREAD = 0x00200000
YAMA = "/proc/sys/kernel/yama/ptrace_scope"

TRACER = "dump-tracer"  # what the tracer that makes a dump is called, as below
SENTINEL = "dump-watch"  # what the tracer that stays with a process is called; 15 bytes at most

_ADMIN = "Dump it as administrator: run DumpDesk or dumpengine with sudo."
_FIELDS = re.compile(
    rb"^(Name|State|Tgid|PPid|TracerPid|Uid|Gid|Kthread|VmSize|VmRSS|Threads|CapPrm|CapEff):\t(.*)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """What /proc/PID/status says about who the process is and who may touch it.

    ``users`` and ``groups`` are the real, effective and saved ids; ``rss`` is bytes, None without
    memory; ``permitted`` are capability bits.
    """

    pid: int
    name: str
    state: str
    tgid: int
    ppid: int
    tracer: int
    users: tuple[int, int, int]
    groups: tuple[int, int, int]
    permitted: int
    effective: int
    has_memory: bool
    rss: int | None
    threads: int
    kernel: bool

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


def read_process_status(pid: int) -> ProcessStatus:
    """Parse /proc/PID/status; raises OSError when the process is gone or hidden."""
    fields = dict(_FIELDS.findall(read_bytes(f"/proc/{pid}/status")))
    if b"Tgid" not in fields:
        raise ProcessLookupError(f"/proc/{pid}/status is empty")
    state = fields[b"State"][:1].decode()
    has_memory = b"VmSize" in fields
    return ProcessStatus(
        pid=pid,
        name=printable(text(fields[b"Name"])),
        state=state,
        tgid=int(fields[b"Tgid"]),
        ppid=int(fields[b"PPid"]),
        tracer=int(fields[b"TracerPid"]),
        users=_three(fields[b"Uid"]),
        groups=_three(fields[b"Gid"]),
        permitted=int(fields[b"CapPrm"], 16),
        effective=int(fields[b"CapEff"], 16),
        has_memory=has_memory,
        rss=int(fields[b"VmRSS"].split()[0]) * 1024 if b"VmRSS" in fields else None,
        threads=int(fields[b"Threads"]),
        kernel=not has_memory and state not in "ZX" and _is_kernel_thread(pid, fields),
    )


def _three(ids: bytes) -> tuple[int, int, int]:
    real, effective, saved, _ = map(int, ids.split())
    return real, effective, saved


def _is_kernel_thread(pid: int, fields: dict[bytes, bytes]) -> bool:
    if b"Kthread" in fields:  # since Linux 6.8
        return fields[b"Kthread"] == b"1"
    data = read_optional(f"/proc/{pid}/stat")
    flags = data[data.rfind(b")") + 2 :].split()
    return len(flags) > 6 and bool(int(flags[6]) & PF_KTHREAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: user, group, capabilities, and the system's Yama setting."""

    pid: int
    user: int
    group: int
    permitted: int
    traces_all: bool
    yama: int

    @classmethod
    def current(cls) -> Caller:
        """Return this process as the caller. Cheap; ask again for every poll."""
        own = read_process_status(os.getpid())
        return cls(
            pid=own.pid,
            user=own.users[0],
            group=own.groups[0],
            permitted=own.permitted,
            traces_all=bool(own.effective & CAP_SYS_PTRACE),
            yama=int(read_optional(YAMA) or 0),
        )


def why_not(pid: int, caller: Caller | None = None) -> Obstacle | None:
    """Return what keeps the caller from dumping ``pid``, or None when nothing seems to.

    Tries nothing on the target. A process may still refuse for reasons that cannot be seen.
    """
    status = _status_or_obstacle(pid)
    if isinstance(status, Obstacle):
        return status
    return obstacle_of(status, caller or Caller.current())


def nothing_to_see(pid: int) -> Obstacle | None:
    """Return why there is no process of this number, or none with memory; None when there is."""
    status = _status_or_obstacle(pid)
    return status if isinstance(status, Obstacle) else _no_process(status)


def _status_or_obstacle(pid: int) -> ProcessStatus | Obstacle:
    try:
        return read_process_status(pid)
    except PermissionError:
        return _hidden(pid)
    except (OSError, KeyError, ValueError):
        return _gone(pid)


def _no_process(status: ProcessStatus) -> Obstacle | None:
    return next((found for check in _EXISTENCE if (found := check(status))), None)


def obstacle_of(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    """Run the checks over facts already read."""
    if found := _no_process(status) or unsupported_processor():
        return found
    if status.pid == caller.pid:  # a helper does it, with our own rights
        return None
    for rule in _RIGHTS:
        if found := rule(status, caller):
            return found
    return None


def _gone(pid: int) -> Obstacle:
    return Obstacle(
        "ended",
        f"There is no process {pid}.",
        "It has ended; refresh the list and choose again.",
        E_INVALIDARG,
        ErrorKind.NO_PROCESS,
    )


def _hidden(pid: int) -> Obstacle:
    return Obstacle(
        "hidden",
        f"The system hides process {pid} from you (/proc is mounted with hidepid).",
        _ADMIN,
    )


def _thread(status: ProcessStatus) -> Obstacle | None:
    if status.tgid == status.pid:
        return None
    return Obstacle(
        "thread",
        f"{status.pid} is a thread of process {status.tgid}, not a process.",
        f"Dump process {status.tgid}: its threads are all in the dump.",
        E_INVALIDARG,
        ErrorKind.USAGE,
    )


def _kernel(status: ProcessStatus) -> Obstacle | None:
    if not status.kernel:
        return None
    return Obstacle(
        "kernel thread",
        f"{status} is a kernel thread and has no memory of its own.",
        "Choose another process; kernel threads cannot be dumped.",
        E_ACCESSDENIED,
    )


def _ended(status: ProcessStatus) -> Obstacle | None:
    if status.state == "Z" and status.threads > 1:
        return None  # its main thread has ended, the others run on and can be dumped
    if status.state == "Z":
        parent = _named(status.ppid)
        sentence = f"{status} has ended and only waits for its parent {parent} to take notice."
    elif status.state == "X" or not status.has_memory:
        sentence = f"{status} is just ending."
    else:
        return None
    remedy = "Its memory is gone: there is nothing left to dump."
    return Obstacle("ended", sentence, remedy, E_INVALIDARG, ErrorKind.NO_PROCESS)


def _other_user(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    if caller.traces_all:
        return None
    if any(user != caller.user for user in status.users):
        owner = user_name(next(user for user in status.users if user != caller.user))
        if status.users[0] == caller.user:
            sentence = f"{status} runs with the rights of the user {owner} (setuid)."
            return Obstacle("more rights", sentence, _ADMIN)
        return Obstacle("other user", f"{status} belongs to the user {owner}.", _ADMIN)
    if other := [group for group in status.groups if group != caller.group]:
        sentence = f"{status} runs with the rights of the group {_group_name(other[0])}."
        return Obstacle("more rights", sentence, _ADMIN)
    return None


def _more_rights(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    if caller.traces_all or not status.permitted & ~caller.permitted:
        return None
    return Obstacle("more rights", f"{status} has capabilities that you do not have.", _ADMIN)


def _not_dumpable(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    if caller.traces_all:
        return None
    try:
        owner = os.stat(f"/proc/{status.pid}/mem").st_uid
    except OSError:
        return _gone(status.pid)
    # proc(5): the files of a process that is not dumpable belong to root. The folder /proc/PID
    # itself does not show it: it is always the effective user's.
    if owner == status.users[1]:
        return None
    sentence = f"{status} is protected: it has forbidden others to read its memory."
    return Obstacle("protected", sentence, _ADMIN)


def _yama(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    if caller.yama >= 3:
        return Obstacle(
            "forbidden here",
            "This system forbids reading other processes, to everybody (ptrace_scope is 3).",
            "It can be changed only with a restart: set kernel.yama.ptrace_scope below 3.",
        )
    if caller.traces_all or caller.yama <= 0:
        return None
    allow = "allow it until the next start with: sudo sysctl kernel.yama.ptrace_scope=0."
    if caller.yama == 2:
        sentence = "This system lets only administrators read processes (ptrace_scope is 2)."
        return Obstacle("forbidden here", sentence, f"Use sudo, or {allow}")
    if _descends(status.ppid, caller.pid):
        return None
    sentence = "This system lets a program read only processes it started (ptrace_scope is 1)."
    # A process can allow others with PR_SET_PTRACER, which nobody can see from outside.
    return Obstacle("forbidden here", sentence, f"Use sudo, or {allow}", certain=False)


def _traced(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    if not status.tracer or status.tracer == caller.pid:
        return None
    tracer = _named(status.tracer)
    if tracer.startswith(f"{SENTINEL} "):
        return Obstacle(
            "watched",
            f"{status} is watched for crashes by {tracer}, and a process can have only one tracer.",
            "Choose “Dump now” in its row under Watches, or end the watch and try again.",
        )
    if is_image(status.pid, status.tracer):
        return _gone(status.pid)
    if tracer.startswith((f"{TRACER} ", f"{IMAGE} ")):
        return Obstacle(
            "being dumped",
            f"Another dump of {status} is being made.",
            "Try again in a moment.",
        )
    return Obstacle(
        f"traced by {tracer.rpartition(' ')[0]}",
        f"{status} is being traced by {tracer}, and a process can have only one tracer.",
        "Detach or end that program, then try again.",
    )


def _isolated(status: ProcessStatus, caller: Caller) -> Obstacle | None:
    del caller
    # Reading this link asks the kernel the same question (PTRACE_MODE_READ): user namespaces,
    # containers and security modules are seen only in its answer.
    try:
        os.readlink(f"/proc/{status.pid}/ns/user")
    except PermissionError:
        sentence = f"{status} is isolated: a container or a security rule keeps it apart."
        remedy = "Dump it from outside the container, as administrator."
        return Obstacle("isolated", sentence, remedy)
    except OSError:
        return _gone(status.pid)
    return None


_EXISTENCE: tuple[Callable[[ProcessStatus], Obstacle | None], ...] = (_thread, _kernel, _ended)
_RIGHTS: tuple[Callable[[ProcessStatus, Caller], Obstacle | None], ...] = (
    _other_user,
    _more_rights,
    _not_dumpable,
    _yama,
    _traced,
    _isolated,
)


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1 and pid != ancestor:
        try:
            pid = read_stat(pid).ppid
        except OSError:
            return False
    return pid == ancestor


def _named(pid: int) -> str:
    """Return ``name (PID)``, or what is known of it."""
    comm = text(read_optional(f"/proc/{pid}/comm").rstrip(b"\n"))
    return f"{printable(comm) or 'a program'} ({pid})"


@lru_cache(maxsize=256)
def user_name(user: int) -> str:
    """Return a user's name, or the number when it has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _group_name(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
