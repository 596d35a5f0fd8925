"""The elevated helper against a client that means harm: refused, and nothing has changed.

The refusals run in threads of this process, with the capture replaced by something that must not
be called; what a process of its own adds is tested with one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.options import CaptureOptions

pytest.importorskip("fcntl", reason="the elevated helper is Linux'")

from dumpengine import check_dump
from dumpengine.helper import worker
from dumpengine.helper.protocol import MAX_LINE, Capture
from dumpengine.processes.listing import key_of, process_name
from tests.support.children import SOME_USER, needs_root, python_child
from tests.support.hostile import Client, NeverCalled, open_files, opened, state

RANDOM_CASES = 1000


@pytest.fixture(scope="module")
def target() -> Iterator[int]:
    with python_child() as child:
        yield child.pid


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> NeverCalled:
    recorder = NeverCalled()
    monkeypatch.setattr(worker, "capture_dump", recorder)
    return recorder


class Aftermath:
    """Holds that a refusal left everything as it was."""

    def __init__(self, target: int, capture: NeverCalled) -> None:
        self._target = target
        self._capture = capture
        self._files = open_files()

    def check(self, client: Client, cause: str) -> None:
        assert not self._capture.calls
        assert client.code == 2
        assert cause.startswith("The request was refused: ")
        assert state(self._target) == ("S", 0)
        assert open_files() == self._files


@pytest.fixture
def aftermath(target: int, capture: NeverCalled) -> Aftermath:
    return Aftermath(target, capture)


FIELDS: list[tuple[str, Any]] = [
    *(("pid", value) for value in (0, -1, "1", None, True, 1.5, [1], (1 << 22) + 1, 1 << 64)),
    *(("started", value) for value in (None, "now", -1, 1e13, float("nan"), float("inf"), 0.0)),
    *(("dump_type", value) for value in (-1, 1 << 32, 1 << 31, "full", None, 2.0, True)),
    *(("mode", value) for value in ("fast", "", None, 7, "x" * 5000)),
    *(("user_streams", value) for value in ({}, "x", [1], [{}] * 5000, [{"type": 1}])),
    *(("user_streams", [{"type": kind, "data": "AA=="}]) for kind in (-1, 1 << 32, "1", None)),
    ("user_streams", [{"type": 0x10000, "data": "not base64!"}]),
    ("user_streams", [{"type": 0x10000, "data": "", "file": "/etc/shadow"}]),
    ("exception", {"thread_id": 1, "pointers": 1 << 40}),
    ("exception", {"thread_id": -1}),
    ("path", "/etc/shadow"),
    *(("exclude_threads", value) for value in ([0], [-1], ["1"], [1 << 33], {}, [1] * 5000)),
    *(("exclude_modules", value) for value in ([1], ["x" * 5000], {}, [None])),
    *(("message", value) for value in ("cancel", "finished", "", None, 1, ["capture"])),
]


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_a_wrong_field(
    target: int, aftermath: Aftermath, tmp_path: Path, field: str, value: Any
) -> None:
    client = Client(target)
    file = opened(tmp_path / "out")
    client.send(client.request(**{field: value}), [file])
    os.close(file)
    aftermath.check(client, client.finish())
    assert (tmp_path / "out").stat().st_size == 0


LINES = {
    "nothing": b"",
    "an empty line": b"\n",
    "no JSON": b"dump 1\n",
    "a list": b"[]\n",
    "a number": b"1\n",
    "no text": b"\xff\xfe\x00\n",
    "deeply nested": b"[" * 100_000 + b"\n",
    "a huge number": b'{"message": "capture", "pid": ' + b"9" * 5000 + b"}\n",
    "half a line": b'{"message": "capture", "pid"',
    "no end": b"x" * (MAX_LINE + (1 << 17)),
    "a long list": b'{"message": "capture", "pid": [' + b"0," * 100_000 + b"0]}\n",
}


@pytest.mark.parametrize("what", LINES)
def test_a_wrong_line(target: int, aftermath: Aftermath, tmp_path: Path, what: str) -> None:
    client = Client(target)
    with (tmp_path / "out").open("wb") as file:
        client.send(LINES[what], [file.fileno()] if LINES[what] else [])
    aftermath.check(client, client.finish())


def _pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


FILES = {
    "a device": lambda _folder: os.open("/dev/null", os.O_RDWR),
    "a folder": lambda folder: os.open(folder, os.O_RDONLY),
    "a pipe": lambda _folder: _pipe(),
    "a socket": lambda _folder: socket.socket().detach(),
    "read only": lambda folder: opened(folder / "full", os.O_RDONLY),
    "appending": lambda folder: opened(folder / "out", os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    "a mere path": lambda folder: opened(folder / "full", os.O_PATH | os.O_RDWR),
    "not empty": lambda folder: opened(folder / "full", os.O_RDWR),
}


@pytest.mark.parametrize("what", FILES)
def test_a_wrong_file(target: int, aftermath: Aftermath, tmp_path: Path, what: str) -> None:
    (tmp_path / "full").write_bytes(b"precious")
    client = Client(target)
    file = FILES[what](tmp_path)
    client.send(client.request(), [file])
    os.close(file)
    aftermath.check(client, client.finish())
    assert (tmp_path / "full").read_bytes() == b"precious"


def test_no_file(target: int, aftermath: Aftermath) -> None:
    client = Client(target)
    client.send(client.request())
    aftermath.check(client, client.finish())


def test_two_files_one_after_the_other(target: int, aftermath: Aftermath, tmp_path: Path) -> None:
    client = Client(target)
    with (tmp_path / "a").open("wb") as first, (tmp_path / "b").open("wb") as second:
        line = client.request()
        client.send(line[:20], [first.fileno()])
        client.send(line[20:], [second.fileno()])
    aftermath.check(client, client.finish())


def test_somebody_elses_file(target: int, aftermath: Aftermath, tmp_path: Path) -> None:
    client = Client(target, user=SOME_USER)
    with (tmp_path / "out").open("wb") as file:
        client.send(client.request(), [file.fileno()])
    cause = client.finish()
    aftermath.check(client, cause)
    assert "belongs to someone else" in cause


@pytest.mark.parametrize(
    ("pid", "reason"),
    [(os.getppid(), "another process"), (os.getpid(), "another process"), (1, "another process")],
)
def test_another_process_than_allowed(
    target: int, aftermath: Aftermath, tmp_path: Path, pid: int, reason: str
) -> None:
    client = Client(target)
    with (tmp_path / "out").open("wb") as file:
        client.send(client.request(pid=pid), [file.fileno()])
    cause = client.finish()
    aftermath.check(client, cause)
    assert reason in cause


def test_the_helper_itself(target: int, aftermath: Aftermath, tmp_path: Path) -> None:
    client = Client(os.getpid())
    with (tmp_path / "out").open("wb") as file:
        client.send(client.request(), [file.fileno()])
    cause = client.finish()
    aftermath.check(client, cause)
    assert "the helper itself" in cause


def test_a_kernel_thread(target: int, aftermath: Aftermath, tmp_path: Path) -> None:
    if Path("/proc/2/comm").exists() and Path("/proc/2/comm").read_text() == "kthreadd\n":
        client = Client(2)
        with (tmp_path / "out").open("wb") as file:
            client.send(client.request(), [file.fileno()])
        cause = client.finish()
        aftermath.check(client, cause)
        assert "kernel thread" in cause
    else:
        pytest.skip("the kernel's threads are not seen from here")


def test_another_name_than_the_prompt_showed(
    target: int, aftermath: Aftermath, tmp_path: Path
) -> None:
    client = Client(target, name="harmless")
    with (tmp_path / "out").open("wb") as file:
        client.send(client.request(), [file.fileno()])
    cause = client.finish()
    aftermath.check(client, cause)
    assert "another name" in cause


def test_a_pid_that_changed_hands(target: int, tmp_path: Path) -> None:
    client = Client(target)
    with (tmp_path / "out").open("wb") as file:
        client.send(client.request(started=client.key.started - 1000), [file.fileno()])
    assert "its number now names another one" in client.finish()
    assert state(target) == ("S", 0)
    assert (tmp_path / "out").stat().st_size == 0


def _random_case(chance: random.Random, client: Client, folder: Path) -> tuple[bytes, list[int]]:
    """One that must be refused: a broken line, a wrong field among right ones, or a wrong file."""
    line = client.request()
    good = opened(folder / "out")
    match chance.randrange(5):
        case 0:
            return chance.randbytes(chance.randrange(200)) + b"\n", [good]
        case 1:
            return line[: chance.randrange(len(line) - 1)], [good]
        case 2:
            place = chance.randrange(1, len(line) - 2)
            return line[:place] + b"\0" + line[place:], [good]
        case 3:
            changes = dict(chance.sample(FIELDS, chance.randrange(1, 4)))
            return client.request(**changes), [good]
        case _:
            (folder / "full").write_bytes(b"precious")
            os.close(good)
            return line, [FILES[chance.choice(list(FILES))](folder)]


def test_a_thousand_random_cases(target: int, aftermath: Aftermath, tmp_path: Path) -> None:
    chance = random.Random(20261123)
    for number in range(RANDOM_CASES):
        client = Client(target)
        line, files = _random_case(chance, client, tmp_path)
        client.send(line, files)
        for file in files:
            os.close(file)
        try:
            aftermath.check(client, client.finish())
        except AssertionError:
            raise AssertionError(f"case {number}: {line[:200]!r}") from None
    assert (tmp_path / "out").stat().st_size == 0


def test_many_at_once(target: int, aftermath: Aftermath) -> None:
    clients = [Client(target) for _ in range(200)]
    for client in clients:
        client.send(b"{}\n")
    causes = [client.finish() for client in clients]
    for client, cause in zip(clients, causes, strict=True):
        aftermath.check(client, cause)


class Endless:
    """In the place of capture_dump: goes on until it is cancelled."""

    def __call__(self, *_arguments: Any, callback: Any, **_options: Any) -> Any:
        while not callback.cancel():
            signal.sigtimedwait([], 0.01)
        raise worker.DumpError(0x800704C7)


@pytest.mark.parametrize(
    "word", [b"{}\n", b"nonsense\n", b'{"message": "capture"}\n', b"x" * (MAX_LINE + (1 << 17))]
)
def test_sending_nonsense_during_a_capture_ends_it(
    target: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: bytes
) -> None:
    monkeypatch.setattr(worker, "capture_dump", Endless())
    client = Client(target)
    with (tmp_path / "out").open("wb") as file:
        client.send(client.request(), [file.fileno()])
    assert json.loads(client.end.recv(1 << 16))["message"] == "started"
    client.send(word)
    assert "Cancelled" in client.finish()


def test_sending_another_file_during_a_capture_ends_it(
    target: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "capture_dump", Endless())
    client = Client(target)
    with (tmp_path / "out").open("wb") as file, (tmp_path / "b").open("wb") as other:
        client.send(client.request(), [file.fileno()])
        client.send(b'{"message": "cancel"', [other.fileno()])
    assert "Cancelled" in client.finish()


# -- the program itself ---------------------------------------------------------------------------

_MAIN = "import sys; from dumpengine.helper.program import main; sys.exit(main(sys.argv[1:]))"


def _start(user: int, *arguments: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the helper as pkexec does; it keeps this process's own rights."""
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    surroundings = {**os.environ, "PKEXEC_UID": str(user)}
    with theirs:
        helper = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *arguments], stdin=theirs, env=surroundings
        )
    return helper, ours


def _answers(end: socket.socket) -> list[dict[str, Any]]:
    data = b""
    with suppress(ConnectionResetError):
        while block := end.recv(1 << 16):
            data += block
    return [json.loads(line) for line in data.splitlines()]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--tracer"],
        ["--self-test"],
        ["--version"],
        ["--pid", "1"],
        ["--pid", "x", "--dump", "a"],
        ["--pid", "-1", "--dump", "a"],
        ["--pid", "0", "--dump", "a"],
        ["--pid", "9" * 30, "--dump", "a"],
        ["--pid", "1", "--dump", "a", "--tracer"],
    ],
)
def test_under_pkexec_it_does_one_thing_only(arguments: list[str]) -> None:
    helper, end = _start(os.getuid(), *arguments)
    with closing(end):
        answers = _answers(end)
        assert helper.wait(30) == 2
    assert [each["cause"] for each in answers] == [
        "The request was refused: the command names no process."
    ]


def _granted(pid: int, user: int) -> tuple[subprocess.Popen[bytes], socket.socket, bytes]:
    key = key_of(pid)
    helper, end = _start(user, "--pid", str(pid), "--dump", process_name(key))
    return helper, end, Capture(key, CaptureOptions(dump_type=MinidumpType(0))).encode()


def test_what_was_allowed_is_done(target: int, tmp_path: Path) -> None:
    helper, end, line = _granted(target, os.getuid())
    with closing(end), (tmp_path / "out.dmp").open("wb") as file:
        socket.send_fds(end, [line], [file.fileno()])
        answers = _answers(end)
    assert helper.wait(30) == 0
    assert answers[-1]["message"] == "finished"
    assert check_dump(tmp_path / "out.dmp").ok
    assert state(target) == ("S", 0)


@needs_root
def test_another_users_process_into_the_askers_file(tmp_path: Path) -> None:
    with python_child(user=SOME_USER) as child, (tmp_path / "out.dmp").open("wb") as file:
        os.fchown(file.fileno(), SOME_USER + 1, SOME_USER + 1)
        helper, end, line = _granted(child.pid, SOME_USER + 1)
        with closing(end):
            socket.send_fds(end, [line], [file.fileno()])
            answers = _answers(end)
        assert helper.wait(30) == 0
        assert state(child.pid) == ("S", 0)
    assert answers[-1]["message"] == "finished"
    assert (tmp_path / "out.dmp").stat().st_uid == SOME_USER + 1
    assert check_dump(tmp_path / "out.dmp").ok


def test_leaving_after_the_request_ends_the_helper(target: int, tmp_path: Path) -> None:
    helper, end, line = _granted(target, os.getuid())
    with (tmp_path / "out.dmp").open("wb") as file:
        socket.send_fds(end, [line], [file.fileno()])
    end.close()
    assert helper.wait(30) in (0, 1)
    assert state(target) == ("S", 0)


def test_the_terminals_signals_do_not_stop_it() -> None:
    """A helper that is stopped while its target stands still would keep it so."""
    helper, end, _line = _granted(os.getppid(), os.getuid())
    with closing(end):
        end.sendall(b"{")
        _wait_until_settled(helper.pid)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
            helper.send_signal(number)
        end.sendall(b"}\n")
        assert "refused" in _answers(end)[-1]["cause"]
    assert helper.wait(30) == 2


def _wait_until_settled(pid: int) -> None:
    """Wait until the process ignores SIGTSTP: it has settled in."""
    bit = 1 << (signal.SIGTSTP - 1)
    for _ in range(3000):
        status = Path(f"/proc/{pid}/status").read_text()
        ignored = int(status.split("SigIgn:\t")[1].split()[0], 16)
        if ignored & bit:
            return
        signal.sigtimedwait([], 0.01)
    raise AssertionError("the helper did not settle in")


def test_who_does_not_listen_is_not_waited_for() -> None:
    """The reports come from inside the capture: they must not hold it up."""
    code = (
        "import socket, sys; from dumpengine.helper.terms import settle_in\n"
        "from dumpengine.helper.channel import Channel\n"
        "ours, theirs = socket.socketpair(); settle_in(ours)\n"
        "try: Channel(ours).send(b'x' * (32 << 20))\n"
        "except OSError: sys.exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 7
