"""The process list, on real processes and on made-up ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from dumpengine.backends.vitals import Vitals
from dumpengine.errors import DumpError, ErrorKind
from dumpengine.processes import listing
from dumpengine.processes.listing import (
    ProcessKey,
    ProcessLister,
    ProcessRow,
    find_process,
    key_of,
    process_name,
    why_not,
)
from tests.support.children import EXE, program, python_child, zombie

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's processes")


def row_of(pid: int, lister: ProcessLister | None = None) -> ProcessRow:
    rows = (lister or ProcessLister()).poll()
    return next(row for row in rows if row.key.pid == pid)


def test_row_of_a_child():
    with python_child("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()") as it:
        row = row_of(it.pid)
        assert row.key == key_of(it.pid)
    assert row.ppid == os.getpid()
    assert row.user == psutil.Process().username()
    assert row.mine
    assert row.threads == 2
    assert row.rss is not None
    assert row.rss > 1 << 20
    assert row.exe is not None
    assert os.path.basename(row.exe).startswith("python")
    assert row.cmdline is not None
    assert "sys.stdin.read()" in row.cmdline
    assert row.status in ("sleeping", "running", "idle", "disk-sleep")
    assert abs(row.started - time.time()) < 60
    assert (row.dumpable, row.reason, row.kernel) == (True, "", False)


@linux
def test_architecture_is_that_of_the_program():
    expected = {"x86_64": "x64", "aarch64": "arm64", "i686": "x86"}[os.uname().machine]
    assert row_of(os.getpid()).arch == expected


def test_rows_are_sorted_and_unique():
    pids = [row.key.pid for row in ProcessLister().poll()]
    assert pids == sorted(set(pids))


def test_a_process_keeps_its_key_and_leaves():
    lister = ProcessLister()
    with python_child() as child:
        first, second = row_of(child.pid, lister), row_of(child.pid, lister)
    assert first.key == second.key
    assert first.key not in {row.key for row in lister.poll()}


def test_processor_use_needs_two_polls():
    lister = ProcessLister()
    with python_child("threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True)"
                      ".start()") as child:  # fmt: skip
        assert row_of(child.pid, lister).cpu_percent is None
        deadline = time.monotonic() + 30
        while not (percent := row_of(child.pid, lister).cpu_percent):
            assert time.monotonic() < deadline, "a busy process shows no processor use"
    assert percent <= 100.0 * (os.cpu_count() or 1)


def test_polls_in_a_hurry_show_no_more_processor_use_than_there_is(monkeypatch):
    lister = ProcessLister()
    row_of(os.getpid(), lister)
    reader = listing._vitals_reader()
    ahead = SimpleNamespace(read=lambda pid: replace(reader.read(pid), cpu_seconds=1_000_000.0))
    monkeypatch.setattr(listing, "_vitals_reader", lambda: ahead)
    assert row_of(os.getpid(), lister).cpu_percent == 100.0 * (os.cpu_count() or 1)


@linux
def test_exec_changes_the_row_and_not_the_key():
    lister = ProcessLister()
    code = "threading.Thread(target=lambda: (sys.stdin.read(), os.execlp('sleep', 'sleep', '60')))"
    with python_child(f"os.dup2(0, 9); {code}.start()\nsys.stdin = open(os.devnull)") as child:
        before = row_of(child.pid, lister)
        assert child.stdin is not None
        child.stdin.close()
        child.stdin = None
        deadline = time.monotonic() + 30
        while (after := row_of(child.pid, lister)).name != "sleep":
            assert time.monotonic() < deadline, "the row still shows the old program"
        assert after.key == before.key
        assert after.cmdline == "sleep 60"


@linux
def test_zombie_says_so():
    with zombie() as pid:
        row = row_of(pid)
    assert (row.status, row.dumpable, row.label) == ("zombie", False, "ended")
    assert row.exe is None
    assert row.rss is None


@linux
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"two\nlines", "two\\x0alines"),
        (b"caf\xe9", "caf\\xe9"),
        (b"a) R 1 (b", "a) R 1 (b"),
        (b"-rf", "-rf"),
    ],
)
def test_odd_names_are_shown_on_one_line(tmp_path, name, shown):
    with program(tmp_path, name) as child:
        row = row_of(child.pid)
        assert find_process(shown) == row.key
    assert row.name == shown
    assert row.exe is not None
    assert row.exe.isprintable()
    assert row.cmdline is not None
    assert row.cmdline.isprintable()


def test_arguments_with_blanks_stay_apart():
    quoted = '"a b"' if listing.ON_WINDOWS else "'a b'"
    assert listing._command_line(["sh", "-c", "a b"]) == f"sh -c {quoted}"
    assert listing._command_line(["nginx: worker process", "", ""]) == "nginx: worker process"


class Scripted:
    """Vitals that a test made up, one answer per process."""

    def __init__(self, answers):
        self.answers = answers

    def read(self, pid):
        answer = self.answers[pid]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def scripted(monkeypatch):
    answers: dict[int, object] = {}
    monkeypatch.setattr(listing.psutil, "pids", lambda: list(answers))
    monkeypatch.setattr(listing, "_vitals_reader", lambda: Scripted(answers))
    return answers


def vitals(**changes) -> Vitals:
    facts = {"started": 100.0, "title": "it", "ppid": 1, "status": "running", "cpu_seconds": 0.0}
    return Vitals(**(facts | changes))


def test_a_reused_id_is_another_process(scripted):
    lister = ProcessLister()
    scripted[os.getpid()] = vitals(cpu_seconds=5.0)
    (old,) = lister.poll()
    scripted[os.getpid()] = vitals(started=200.0, cpu_seconds=50.0)
    (new,) = lister.poll()
    assert old.key != new.key
    assert new.cpu_percent is None


def test_processes_that_end_while_listed_are_left_out(scripted):
    scripted[5] = ProcessLookupError()
    scripted[6] = psutil.NoSuchProcess(6)
    scripted[os.getpid()] = vitals()
    assert [row.key.pid for row in ProcessLister().poll()] == [os.getpid()]


@pytest.mark.parametrize("error", [PermissionError(), psutil.AccessDenied(5)])
def test_a_hidden_process_has_a_row_that_says_so(scripted, error):
    scripted[os.getpid()] = error
    (row,) = ProcessLister().poll()
    assert row.name == f"process {os.getpid()}"
    assert (row.user, row.rss, row.threads, row.exe, row.arch) == (None, None, None, None, "")
    assert not row.dumpable
    assert row.reason


@pytest.mark.parametrize("error", [psutil.AccessDenied(5), psutil.ZombieProcess(5), OSError()])
def test_a_fact_that_cannot_be_read_is_none(error):
    def fact():
        raise error

    assert listing._fact(fact) is None


@linux
def test_psutil_and_our_own_reading_agree():
    with python_child() as child:
        plain = listing._PsutilVitals().read(child.pid)
        fast = listing._vitals_reader().read(child.pid)
    # The child still runs between the two readings: what moves may differ a little.
    for fact, tolerance in (("started", 0.02), ("cpu_seconds", 0.5), ("rss", 4 << 20)):
        assert getattr(plain, fact) == pytest.approx(getattr(fast, fact), abs=tolerance), fact
    for fact in ("ppid", "threads", "kernel", "obstacle"):
        assert getattr(plain, fact) == getattr(fast, fact), fact
    assert {plain.status, fast.status} <= {"running", "sleeping"}


def test_find_by_id_and_by_name(tmp_path):
    with program(tmp_path, b"only-one-of-me") as child:
        key = find_process("only-one-of-me")
        assert key == find_process(f" {child.pid} ") == key_of(child.pid)
        assert process_name(key) == "only-one-of-me" + EXE


def test_a_name_of_several_is_a_usage_error_with_the_list(tmp_path):
    with (
        program(tmp_path, b"twin") as one,
        program(tmp_path, b"twin", "61") as other,
        pytest.raises(DumpError) as caught,
    ):
        find_process("twin")
    assert caught.value.kind is ErrorKind.USAGE
    assert caught.value.cause == "2 processes are called twin."
    _, *remedy = caught.value.remedy.splitlines()
    for child, argument in ((one, "60"), (other, "61")):
        (line,) = (line for line in remedy if line.split()[0] == str(child.pid))
        assert line.endswith(argument) or len(line) == 100  # long ones are cut


@pytest.mark.parametrize("text", ["0", "4194305", "99999999999999999999", "no-such-name", "", "-5"])
def test_nothing_found(text):
    with pytest.raises(DumpError) as caught:
        find_process(text)
    part_of_windows = text == "0" and sys.platform == "win32"
    assert caught.value.kind is (ErrorKind.ACCESS if part_of_windows else ErrorKind.NO_PROCESS)
    assert caught.value.cause.endswith(".")


@linux
def test_a_thread_id_is_a_usage_error():
    code = "t = threading.Thread(target=time.sleep, args=(60,), daemon=True); t.start()"
    with python_child(code) as child:
        (tid,) = set(os.listdir(f"/proc/{child.pid}/task")) - {str(child.pid)}
        with pytest.raises(DumpError) as caught:
            find_process(tid)
    assert caught.value.kind is ErrorKind.USAGE
    assert str(child.pid) in caught.value.remedy


def test_our_own_name_means_others(monkeypatch):
    own = row_of(os.getpid())
    monkeypatch.setattr(ProcessLister, "poll", lambda _: (own,))
    with pytest.raises(DumpError) as caught:
        find_process(own.name)
    assert caught.value.kind is ErrorKind.NO_PROCESS


def test_name_of_a_process_that_is_gone():
    assert process_name(ProcessKey(2**22 + 1, 0.0)) == "process 4194305"


def test_why_not_of_windows_own_processes(monkeypatch):
    monkeypatch.setattr(listing, "ON_WINDOWS", True)
    found = why_not(4)
    assert found is not None
    assert "Windows" in found.sentence
    assert why_not(os.getpid()) is None


@pytest.mark.parametrize("text", ["notepad", "Notepad.exe", "NOTEPAD"])
def test_names_on_windows_need_neither_case_nor_extension(monkeypatch, text):
    key = ProcessKey(4, 0.0)
    row = replace(row_of(os.getpid()), key=key, name="Notepad.exe", exe="C:\\Notepad.exe")
    monkeypatch.setattr(ProcessLister, "poll", lambda _: (row,))
    with pytest.raises(DumpError):
        find_process("notepad.ex")
    monkeypatch.setattr(listing, "ON_WINDOWS", True)
    assert find_process(text) == key


@pytest.mark.live
@pytest.mark.parametrize("busy", [True, False])
def test_processor_time_is_the_targets_and_not_the_readers(busy: bool) -> None:
    code = "while True: pass" if busy else "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        try:
            time.sleep(0.5)
            reader = listing._vitals_reader()
            before = reader.read(child.pid).cpu_seconds
            burn(0.0 if busy else 0.3)
            time.sleep(1.0)
            after = reader.read(child.pid).cpu_seconds
        finally:
            child.kill()
    assert before is not None
    assert after is not None
    spent = after - before
    assert spent > 0.1 if busy else spent < 0.1


def burn(seconds: float) -> None:
    """Use a processor for so long."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
