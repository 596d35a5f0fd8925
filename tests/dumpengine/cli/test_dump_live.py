"""``dump`` on real processes, above all where it cannot succeed.

After every failure: cause and remedy on one line, the fixed exit code, nothing left behind, and a
target that runs on, untraced.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from dumpengine.callbacks import Phase, Progress
from dumpengine.cli import main
from dumpengine.cli import progress as views
from tests.support.children import (
    SOME_USER,
    needs_kernel_threads,
    needs_root,
    program,
    python_child,
    state_of,
    tracer_of,
    zombie,
)

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="captures on Linux"),
]
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.access import read_process_status

MEGABYTES_32 = "memory = bytearray(b'DumpDesk') * (4 << 20)"


@pytest.fixture
def target():
    with python_child(MEGABYTES_32) as child:
        yield child


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_unharmed(child) -> None:
    assert child.poll() is None
    assert tracer_of(child.pid) == 0
    assert state_of(child.pid) in "SR"
    assert not children_of(child.pid)


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def failure(capsys) -> str:
    """Return the one line that says why, without the phases before it."""
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("dumpengine: ")] == lines[-1:]
    return lines[-1]


class Meddler(views.NoView):
    """Does something, once, when the capture begins to copy memory."""

    def __init__(self, meddle) -> None:
        self._meddle = meddle
        self.meddled = threading.Event()
        self.told = threading.Event()

    def show(self, progress: Progress) -> None:
        if progress.phase is Phase.MEMORY and not self.meddled.is_set():
            self.meddled.set()
            self._meddle(self)

    def cancelling(self) -> None:
        self.told.set()


@pytest.fixture
def meddle(monkeypatch):
    def install(action) -> Meddler:
        view = Meddler(action)
        monkeypatch.setattr(views, "progress_view", lambda **_: view)
        return view

    return install


@contextmanager
def small_disk(folder: Path, size: str):
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("dump_type", ["mini", "full"])
@pytest.mark.parametrize("mode", ["auto", "snapshot", "stop"])
def test_a_dump_and_its_summary(target, folder, capsys, dump_type, mode):
    assert main(["dump", str(target.pid), "-t", dump_type, "--mode", mode, "-o", "a.dmp"]) == 0
    printed = capsys.readouterr()
    assert f"({target.pid}) to {folder / 'a.dmp'}" in printed.out
    assert "stood still for" in printed.out
    assert "stopping the threads" in printed.err
    assert os.stat("a.dmp").st_mode & 0o777 == 0o600
    assert (os.stat("a.dmp").st_size > 32 << 20) is (dump_type == "full")
    assert os.listdir() == ["a.dmp"]
    assert_unharmed(target)
    assert main(["check", "a.dmp"]) == 0


def test_json_tells_what_the_file_holds(target, folder, capsys):
    assert main(["dump", str(target.pid), "-t", "0x2", "--json"]) == 0
    printed = capsys.readouterr()
    value = json.loads(printed.out)
    assert printed.err == ""
    assert value["size"] == os.stat(value["path"]).st_size > value["memory_bytes"] > 32 << 20
    assert (value["threads"], value["pid"]) == (1, target.pid)
    assert value["pause_ms"] > 0
    assert Path(value["path"]).name.startswith("python")
    main(["show", value["path"], "--json"])
    assert json.loads(capsys.readouterr().out)["process"]["pid"] == target.pid


def test_comment_and_user_stream_come_back_out(target, folder, capfd):
    (folder / "notes").write_bytes(b"\x00\xffnotes")
    arguments = f"dump {target.pid} -o a.dmp -q --user-stream 0x10001=notes --comment".split()
    assert main([*arguments, "seen twice"]) == 0
    assert main(["extract", "a.dmp", "0x10001", "-o", "copy"]) == 0
    assert (folder / "copy").read_bytes() == b"\x00\xffnotes"
    assert main(["extract", "a.dmp", "commentstreamw", "-o", "comment"]) == 0
    assert (folder / "comment").read_bytes().decode("utf-16-le") == "seen twice\0"


def test_excluded_threads_and_modules_are_not_in_the_dump(folder, capsys):
    thread = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    with python_child(thread) as child:
        (tid,) = set(os.listdir(f"/proc/{child.pid}/task")) - {str(child.pid)}
        for name, options in (
            ("all", []),
            ("some", ["--exclude-thread", tid, "--exclude-module", "libc.so.6"]),
        ):
            assert main(["dump", str(child.pid), "-q", "-o", name, *options]) == 0
            capsys.readouterr()
            assert main(["show", name, "--json"]) == 0
            shown = json.loads(capsys.readouterr().out)
            modules = [Path(module["path"]).name for module in shown["modules"]]
            assert ("libc.so.6" in modules) is (name == "all")
            assert len(shown["threads"]) == (2 if name == "all" else 1)


def test_no_such_process(folder, capsys):
    assert main(["dump", "4194305"]) == 4
    assert failure(capsys) == (
        "dumpengine: There is no process with the number 4194305. Look at the list of processes "
        "and choose again."
    )
    assert os.listdir() == []


def test_zombie(folder, capsys):
    with zombie() as pid:
        assert main(["dump", str(pid)]) == 4
    assert "has ended and only waits for its parent" in failure(capsys)
    assert os.listdir() == []


@needs_kernel_threads
def test_kernel_thread(folder, capsys):
    assert main(["dump", "2"]) == 3
    assert "is a kernel thread and has no memory of its own" in failure(capsys)
    assert os.listdir() == []


def test_process_given_twice(target, folder, capsys):
    assert main(["dump", str(target.pid), str(target.pid)]) == 2
    assert f"{target.pid} was given twice" in failure(capsys)
    assert os.listdir() == []
    assert_unharmed(target)


def test_name_of_two_processes(folder, tmp_path_factory, capsys):
    binaries = tmp_path_factory.mktemp("binaries")
    with program(binaries, b"twin") as one, program(binaries, b"twin") as other:
        assert main(["dump", "twin"]) == 2
        message = capsys.readouterr().err
        assert message.startswith("dumpengine: 2 processes are called twin.")
        assert all(str(child.pid) in message for child in (one, other))
        assert os.listdir() == []
        assert_unharmed(one)


def test_traced_process_names_its_tracer(target, folder, capsys):
    seize = f"assert ctypes.CDLL(None).ptrace(0x4206, {target.pid}, 0, 0) == 0"
    with python_child(seize) as tracer:
        assert main(["dump", str(target.pid)]) == 3
        assert f"is being traced by {read_process_status(tracer.pid)}" in failure(capsys)
        assert tracer_of(target.pid) == tracer.pid
    assert os.listdir() == []


@pytest.mark.parametrize("name", ["dump-tracer", "image 77"])
def test_a_process_that_another_dump_is_made_of(target, folder, capsys, name):
    seize = f"assert ctypes.CDLL(None).ptrace(0x4206, {target.pid}, 0, 0) == 0"
    with python_child(f"open('/proc/self/comm', 'w').write({name!r}); {seize}"):
        assert main(["dump", str(target.pid)]) == 3
        message = failure(capsys)
        assert "Another dump of" in message
        assert "try again in a moment" in message.lower()


def test_existing_file_is_kept_and_replaced_only_on_request(target, folder, capsys):
    Path("a.dmp").write_bytes(b"precious")
    assert main(["dump", str(target.pid), "-o", "a.dmp"]) == 5
    assert "is already there" in failure(capsys)
    assert Path("a.dmp").read_bytes() == b"precious"
    assert main(["dump", str(target.pid), "-o", "a.dmp", "--overwrite"]) == 0
    assert Path("a.dmp").read_bytes()[:4] == b"MDMP"
    assert os.listdir() == ["a.dmp"]
    assert_unharmed(target)


@pytest.mark.parametrize("path", ["nowhere/a.dmp", "nowhere/"])
def test_folder_that_does_not_exist(target, folder, capsys, path):
    assert main(["dump", str(target.pid), "-o", path]) == 5
    assert str(folder / "nowhere") in failure(capsys)
    assert os.listdir() == []
    assert_unharmed(target)


def test_folder_that_may_not_be_written_to(target, folder):
    if os.geteuid() != 0:
        folder.chmod(0o500)
        command = []
    elif shutil.which("setpriv"):
        # Root writes everywhere, unless this one capability is taken from it.
        os.chown(folder, SOME_USER, SOME_USER)
        command = ["setpriv", "--bounding-set=-dac_override"]
    else:
        pytest.skip("setpriv is not here")
    script = "import sys; from dumpengine.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["dump", str(target.pid), "-o", str(folder / "a.dmp")]
    done = subprocess.run(
        [*command, sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 5, done.stderr
    assert f"Not allowed to write to {folder}" in done.stderr.splitlines()[-1]
    assert os.listdir(folder) == []
    assert_unharmed(target)


@needs_root
def test_read_only_destination(target, folder, capsys):
    with small_disk(folder, "1m"):
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        assert main(["dump", str(target.pid), "-o", str(folder / "a.dmp")]) == 5
        assert "read-only" in failure(capsys)
    assert_unharmed(target)


@needs_root
def test_disk_too_small_is_found_before_the_target_stops(target, folder, capsys, meddle):
    view = meddle(lambda _: None)
    with small_disk(folder, "8m"):
        assert main(["dump", str(target.pid), "-t", "full", "-o", str(folder / "a.dmp")]) == 5
        assert "Free some space" in failure(capsys)
        assert os.listdir(folder) == []
    assert not view.meddled.is_set()
    assert_unharmed(target)


@needs_root
def test_others_cannot_take_the_room_meanwhile(target, folder, meddle):
    def fill(_view):
        with open(folder / "other", "wb") as other, pytest.raises(OSError, match="No space"):
            other.write(bytes(60 << 20))

    meddle(fill)
    with small_disk(folder, "80m"):
        assert main(["dump", str(target.pid), "-t", "full", "-o", str(folder / "a.dmp")]) == 0
    assert_unharmed(target)


@needs_root
@pytest.mark.parametrize("mode", ["stop", "snapshot"])
def test_disk_that_cannot_reserve_and_fills_up_meanwhile(
    target, folder, capsys, meddle, mode, monkeypatch
):
    monkeypatch.setattr("dumpengine.capture.write_dump.reserve", lambda _fd, _size: None)

    def fill(_view):
        with open(folder / "other", "wb") as other:
            other.write(bytes(60 << 20))

    meddle(fill)
    with small_disk(folder, "80m"):
        arguments = ["-t", "full", "--mode", mode, "-o", str(folder / "a.dmp")]
        assert main(["dump", str(target.pid), *arguments]) == 5
        assert "Free some space" in failure(capsys)
        assert os.listdir(folder) == ["other"]
    assert_unharmed(target)


def test_target_killed_meanwhile(folder, capsys, meddle):
    # Large enough that most of it is still to be read when the first progress is told.
    with python_child("memory = bytearray(b'DumpDesk') * (32 << 20)") as child:
        meddle(lambda _: (child.kill(), child.wait()))
        assert main(["dump", str(child.pid), "-t", "full", "--mode", "stop", "-o", "a.dmp"]) == 4
        assert f"Process {child.pid} ended during the capture" in failure(capsys)
    assert os.listdir() == []


@pytest.mark.parametrize("mode", ["stop", "snapshot"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cancel_while_memory_is_copied(target, folder, capsys, meddle, mode, number):
    def interrupt(view):
        os.kill(os.getpid(), number)
        assert view.told.wait(30)

    Path("a.dmp").write_bytes(b"precious")
    view = meddle(interrupt)
    arguments = ["-t", "full", "--mode", mode, "-o", "a.dmp", "--overwrite"]
    assert main(["dump", str(target.pid), *arguments]) == 130
    assert view.told.is_set()
    assert failure(capsys) == ("dumpengine: Cancelled. Nothing was kept and the process runs on.")
    assert os.listdir() == ["a.dmp"]
    assert Path("a.dmp").read_bytes() == b"precious"
    assert_unharmed(target)


def test_the_program_itself_from_start_to_end(target, folder):
    done = subprocess.run(
        [sys.executable, "-m", "dumpengine", "dump", str(target.pid), "-q"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert (done.returncode, done.stderr) == (0, "")
    (name,) = os.listdir()
    assert done.stdout == f"{folder / name}\n"
    assert_unharmed(target)
