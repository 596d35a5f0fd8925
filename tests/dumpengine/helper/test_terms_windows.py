"""The administrator's helper on Windows against an asker who means harm: refused each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.options import CaptureOptions
from tests.support.windows import needs_windows, target

if sys.platform != "win32":
    pytest.skip("drives the Windows API", allow_module_level=True)

from dumpengine.backends.windows import api, named_pipe
from dumpengine.backends.windows.transport import PipeChannel, file_message, handle_of
from dumpengine.helper import agreed, terms_windows, worker
from dumpengine.helper.protocol import Capture, ProtocolError
from dumpengine.processes.listing import key_of, process_name

pytestmark = [needs_windows]


@pytest.fixture(scope="module")
def victim() -> Iterator[int]:
    with target() as child:
        yield child.pid
        assert child.answers()


class NeverCalled:
    """In the place of capture_dump: a refused request must not get there."""

    called = False

    def __call__(self, *_arguments: Any, **_options: Any) -> Any:
        self.called = True
        raise ProtocolError("never to be seen")


class Asker:
    """One conversation with a helper that was allowed to dump ``pid``, in this very process."""

    def __init__(self, pid: int, name: str | None = None) -> None:
        key = key_of(pid)
        options = CaptureOptions(dump_type=MinidumpType.Normal)
        self.request = json.loads(Capture(key, options).encode())
        name = process_name(key) if name is None else name
        terms = terms_windows.Terms("", os.getpid(), pid, name)
        (its_reading, writing), (reading, its_writing) = os.pipe(), os.pipe()
        here = api.kernel32().OpenProcess(api.PROCESS_DUP_HANDLE, False, os.getpid())
        helper = terms_windows.HelpersChannel(its_reading, its_writing, here)
        self.channel = PipeChannel(reading, writing, 1)
        self.code: int | None = None

        def serve() -> None:
            try:
                self.code = worker.serve(helper, terms.check, 10)
            finally:
                helper.close()
                api.kernel32().CloseHandle(here)

        self._thread = threading.Thread(target=serve)
        self._thread.start()

    def send(self, handle: object, **changes: Any) -> None:
        self.channel.send(json.dumps({"message": "file", "handle": handle}).encode() + b"\n")
        self.channel.send(json.dumps(self.request | changes).encode() + b"\n")

    def refusal(self) -> str:
        line = self.channel.receive(10)
        self.channel.close()
        self._thread.join(10)
        assert self.code == 2
        assert line is not None
        return str(json.loads(line)["cause"])


@pytest.fixture
def asker(victim: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asker]:
    capture = NeverCalled()
    monkeypatch.setattr(worker, "capture_dump", capture)
    yield Asker(victim)
    assert not capture.called


def test_another_process_than_allowed(asker: Asker, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        asker.send(handle_of(file.fileno()), pid=os.getpid())
        assert "another process" in asker.refusal()


def test_without_a_start_time(asker: Asker, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        asker.send(handle_of(file.fileno()), started=0.0)
        assert "when the process started" in asker.refusal()


def test_the_helper_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(worker, "capture_dump", NeverCalled())
    asker = Asker(os.getpid())
    with (tmp_path / "out").open("wb") as file:
        asker.send(handle_of(file.fileno()))
        assert "the helper itself" in asker.refusal()


def test_another_name_than_the_prompt_showed(
    victim: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(worker, "capture_dump", NeverCalled())
    asker = Asker(victim, "harmless")
    with (tmp_path / "out").open("wb") as file:
        asker.send(handle_of(file.fileno()))
        assert "another name" in asker.refusal()


@pytest.mark.parametrize(
    "handle", [None, "4", True, 0, -1, -2, 1.5, [4], 1 << 31, 1 << 64, 0x7FFFFFFC]
)
def test_no_handles(asker: Asker, handle: object) -> None:
    asker.send(handle)
    assert "handle" in asker.refusal()


def test_no_file_at_all(asker: Asker) -> None:
    asker.channel.send(json.dumps(asker.request).encode() + b"\n")
    assert "no file came along" in asker.refusal()


def _process(_folder: Path) -> int:
    return int(
        api.kernel32().OpenProcess(api.PROCESS_QUERY_LIMITED_INFORMATION, False, os.getpid())
    )


def _pipe(_folder: Path) -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return handle_of(writing)


def _opened(flags: int) -> Callable[[Path], int]:
    def open_it(folder: Path) -> int:
        (folder / "full").write_bytes(b"precious")
        return handle_of(os.open(folder / "full", flags))

    return open_it


FILES: dict[str, tuple[Callable[[Path], int], str]] = {
    "a process": (_process, "not a file"),
    "a pipe": (_pipe, "not a file"),
    "the null device": (lambda _folder: handle_of(os.open("nul", os.O_RDWR)), "not a file"),
    "read only": (_opened(os.O_RDONLY), "not open for writing"),
    "not empty": (_opened(os.O_RDWR), "not empty"),
}


@pytest.mark.parametrize("what", FILES)
def test_wrong_files(asker: Asker, tmp_path: Path, what: str) -> None:
    offer, reason = FILES[what]
    asker.send(offer(tmp_path))
    assert reason in asker.refusal()
    if (tmp_path / "full").exists():
        assert (tmp_path / "full").read_bytes() == b"precious"


def test_two_files(asker: Asker, tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as first, (tmp_path / "b").open("wb") as second:
        asker.channel.send(file_message(handle_of(first.fileno())))
        asker.send(handle_of(second.fileno()))
        assert "a second file" in asker.refusal()


def test_one_who_does_not_listen_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreed, "SEND_LIMIT", 0.2)
    (its_reading, writing), (reading, its_writing) = os.pipe(), os.pipe()
    helper = terms_windows.HelpersChannel(its_reading, its_writing, 0)

    def talk() -> None:
        for _ in range(10_000):
            helper.send(b"x" * 4096 + b"\n")

    with pytest.raises(OSError, match="nobody listens"):
        talk()
    helper.close()
    os.close(reading)
    os.close(writing)


def test_what_was_said_last_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    (its_reading, writing), (reading, its_writing) = os.pipe(), os.pipe()
    helper = terms_windows.HelpersChannel(its_reading, its_writing, 0)
    asker = PipeChannel(reading, writing, 1)
    for number in range(1000):
        helper.send(b"%d\n" % number)
    helper.close()
    assert [asker.receive(10) for _ in range(1000)] == [b"%d" % n for n in range(1000)]
    assert asker.receive(10) is None
    asker.close()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--elevated"],
        ["--elevated", "x", "--asker", "1", "--pid", "2"],
        ["--elevated", "x", "--asker", "x", "--pid", "2", "--dump", "a"],
        ["--elevated", "x", "--asker", "1", "--pid", "-2", "--dump", "a"],
        ["--elevated", "x", "--asker", "1", "--pid", "9" * 30, "--dump", "a"],
        ["--elevated", "x", "--asker", "0", "--pid", "2", "--dump", "a"],
        ["--elevated", "x", "--asker", "1", "--pid", "2", "--dump", "a", "--tracer"],
    ],
)
def test_wrong_commands(arguments: list[str]) -> None:
    with pytest.raises(ProtocolError):
        terms_windows.Terms.read(arguments)


def test_the_users_variables_name_no_dll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUMPENGINE_DLL", r"C:\evil.dll")
    assert terms_windows.main([]) == 2
    assert "DUMPENGINE_DLL" not in os.environ


# -- the pipes -------------------------------------------------------------------------------------


@pytest.fixture
def pipes() -> Iterator[named_pipe.Pipes]:
    made = named_pipe.Pipes()
    yield made
    made.close()


def test_pipes_tell_who_is_at_the_other_end(pipes: named_pipe.Pipes) -> None:
    assert not pipes.opened()
    opened = named_pipe.open_pipes(pipes.name, os.getpid())
    assert pipes.opened()
    assert pipes.peers() == {os.getpid()}
    named_pipe.close(opened)


def test_pipes_are_opened_once(pipes: named_pipe.Pipes) -> None:
    opened = named_pipe.open_pipes(pipes.name, os.getpid())
    with pytest.raises(OSError, match=r"."):
        named_pipe.open_pipes(pipes.name, os.getpid())
    named_pipe.close(opened)


def test_pipes_somebody_else_has_made(pipes: named_pipe.Pipes) -> None:
    with pytest.raises(OSError, match="made by another process"):
        named_pipe.open_pipes(pipes.name, os.getpid() + 1)


def test_a_name_that_is_taken_is_not_shared(
    pipes: named_pipe.Pipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_pipe.secrets, "token_hex", lambda _size: pipes.name.split("-")[1])
    with pytest.raises(OSError, match=r"."):
        named_pipe.Pipes()


@pytest.mark.parametrize(
    "name", ["", "dumpdesk-", r"..\x", r"dumpdesk-\\server\pipe\x", "dumpdesk-" + "g" * 32]
)
def test_names_of_no_conversation(name: str) -> None:
    with pytest.raises(OSError, match="not the name"):
        named_pipe.open_pipes(name, os.getpid())


def test_the_access_list_is_as_written(pipes: named_pipe.Pipes) -> None:
    """Administrators, and nobody else: not who made it, not everybody."""
    import ctypes

    library = api.load("advapi32")
    text, owner = ctypes.c_wchar_p(), ctypes.c_void_p()
    pipe = ctypes.c_void_p(pipes._handles[0])
    only_list = 4  # DACL_SECURITY_INFORMATION
    assert not library.GetSecurityInfo(
        pipe, 6, only_list, None, None, None, None, ctypes.byref(owner)
    )
    assert library.ConvertSecurityDescriptorToStringSecurityDescriptorW(
        owner, 1, only_list, ctypes.byref(text), None
    )
    entries = (text.value or "").split("(")[1:]
    assert [entry.split(";")[-1] for entry in entries] == ["BA)"]


def test_a_helper_with_nobody_to_talk_to_ends() -> None:
    code = "import sys; from dumpengine.helper.program import main; sys.exit(main(sys.argv[1:]))"
    words = ["--elevated", "dumpdesk-" + "0" * 32, "--asker", "4", "--pid", "4", "--dump", "a"]
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")
