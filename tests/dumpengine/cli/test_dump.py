"""``dump`` with an engine that a test made up: what is asked of it, and what is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import dumpengine.capture.write_dump
from dumpengine.capture.result import CaptureResult
from dumpengine.cli import main
from dumpengine.cli.commands.dump import summary
from dumpengine.errors import E_CANCELLED, E_DISK_FULL, DumpError, ErrorKind
from dumpengine.options import Mode, UserStream
from dumpengine.snapshot import SoftError
from tests.support.children import python_child

not_windows = pytest.mark.skipif(os.name == "nt", reason="Windows has such a DLL")

JSON_FIELDS = (
    "ok path size pid name dump_type flags mode pause_ms elapsed_ms memory_bytes threads modules "
    "ranges skipped_bytes skipped warnings hresult error cause remedy restarted_calls "
    "target_ended of_one_moment"
).split()


class Engine:
    """Stands in for capture_dump: notes the call, asks the callback, answers or fails."""

    def __init__(self) -> None:
        self.error: DumpError | None = None
        self.calls: list[tuple] = []
        self.options: dict = {}

    def __call__(self, process, file, options, **about):
        self.calls.append((process, file, options))
        self.options = about
        if self.error:
            raise self.error
        return CaptureResult(
            ok=True,
            pid=process.pid,
            name="it",
            dump_type=int(options.dump_type),
            path=str(file),
            size=5,
        )


@pytest.fixture
def engine(monkeypatch, tmp_path):
    fake = Engine()
    monkeypatch.setattr(dumpengine.capture.write_dump, "capture_dump", fake)
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def pid():
    with python_child() as child:
        yield str(child.pid)


def test_default_path_is_in_this_folder_and_gets_a_number_when_taken(engine, pid, monkeypatch):
    monkeypatch.setattr("dumpengine.cli.commands.dump.dump_file_name", lambda *_: "a.dmp")
    assert main(["dump", pid]) == 0
    assert (engine.calls[0][1], engine.options["numbered"]) == (Path("a.dmp"), True)
    assert main(["dump", pid, "-o", "b.dmp"]) == 0
    assert engine.options["numbered"] is False  # a name that was asked for is that name


def test_default_name_has_name_and_pid(engine, pid):
    main(["dump", pid])
    assert engine.calls[0][1].name.startswith("python")
    assert f"_{pid}_" in engine.calls[0][1].name


def test_a_folder_as_output_gets_the_default_name(engine, pid, tmp_path):
    main(["dump", pid, "-o", str(tmp_path)])
    assert engine.calls[0][1].parent == tmp_path
    assert engine.calls[0][1].suffix == ".dmp"


def test_options_reach_the_engine(engine, pid, tmp_path):
    (tmp_path / "notes").write_bytes(b"abc")
    arguments = f"dump {pid} -o x.dmp -t full --mode stop --overwrite --user-stream 0x10001=notes"
    assert main([*arguments.split(), "--comment", "hé 😀"]) == 0
    key, file, options = engine.calls[0]
    assert (str(key.pid), file, options.dump_type) == (pid, Path("x.dmp"), 0x61826)
    assert (options.mode, engine.options["overwrite"]) == (Mode.STOP, True)
    assert options.user_streams == (UserStream(0x10001, b"abc"),)
    assert options.comment == "hé 😀"


def test_quiet_prints_the_path_alone(engine, pid, capsys):
    assert main(["dump", pid, "-q", "-o", "x.dmp"]) == 0
    assert capsys.readouterr() == ("x.dmp\n", "")


def test_json_is_one_object_with_the_fixed_fields(engine, pid, capsys):
    assert main(["dump", pid, "--json", "-o", "x.dmp", "-t", "full"]) == 0
    printed = capsys.readouterr()
    value = json.loads(printed.out)
    assert set(value) == set(JSON_FIELDS)
    assert (value["ok"], value["pid"], value["dump_type"]) == (True, int(pid), 0x61826)
    assert (value["hresult"], value["cause"], value["remedy"]) == (None, None, None)
    assert "WithFullMemory" in value["flags"]
    assert printed.err == ""


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_every_kind_of_failure_has_its_exit_code(engine, pid, capsys, kind):
    engine.error = DumpError(E_DISK_FULL, "It is so.", "Do this.", kind=kind)
    assert main(["dump", pid]) == kind.exit_code
    assert capsys.readouterr().err.splitlines()[-1] == "dumpengine: It is so. Do this."


def test_json_of_a_failure(engine, pid, capsys):
    engine.error = DumpError(E_CANCELLED)
    assert main(["dump", pid, "--json"]) == 130
    value = json.loads(capsys.readouterr().out)
    assert set(value) == set(JSON_FIELDS)
    assert (value["ok"], value["hresult"], value["path"]) == (False, 0x800704C7, None)
    assert (value["pid"], value["error"]) == (int(pid), "cancelled")


def test_json_without_a_process_has_no_pid(engine, capsys):
    assert main(["dump", "no-such-process", "--json"]) == 4
    value = json.loads(capsys.readouterr().out)
    assert (value["pid"], value["name"], value["error"]) == (None, "no-such-process", "no_process")
    assert engine.calls == []


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["{pid}", "{pid}"], "{pid} was given twice"),
        (["{pid}", "1"], "2 processes were given"),
        pytest.param(["{pid}", "--dll", "dbgcore.dll"], "Windows", marks=not_windows),
    ],
)
def test_usage_is_checked_before_anything_happens(engine, pid, capsys, arguments, about):
    assert main(["dump", *(word.format(pid=pid) for word in arguments)]) == 2
    message = capsys.readouterr().err
    assert about.format(pid=pid) in message
    assert message.count("\n") == 1
    assert engine.calls == []


@pytest.mark.parametrize(
    ("stream", "about"),
    [("notes.txt", "N=FILE"), ("x=notes.txt", "N=FILE"), ("70000=missing.txt", "missing.txt")],
)
def test_a_stream_is_read_before_anything_happens(engine, pid, capsys, stream, about):
    with pytest.raises(SystemExit) as caught:
        main(["dump", pid, "--user-stream", stream])
    message = capsys.readouterr().err
    assert caught.value.code == 2
    assert about in message
    assert message.count("\n") == 1
    assert engine.calls == []


RESULT = CaptureResult(
    ok=True,
    pid=4711,
    name="checkout",
    dump_type=0x61826,
    path="/tmp/c.dmp",
    size=3 << 30,
    mode="snapshot",
    pause_ms=21.4,
    elapsed_ms=1900.0,
    memory_bytes=3 << 30,
    threads=64,
    modules=1,
    ranges=1200,
    skipped_bytes=12288,
    skipped=tuple(SoftError("memory", "I/O error", 0x1000 * n, 4096) for n in range(7)),
    warnings=("Linux keeps no list.",),
)


def test_summary_says_what_a_tester_asks():
    text = "\n".join(summary(RESULT))
    for fact in (
        "checkout (4711) to /tmp/c.dmp",
        "3.2 GB (type 0x61826)",
        "1.9 s; it stood still for 21 ms (mode snapshot)",
        "64 threads, 1 module, 3.2 GB of memory in 1,200 ranges",
        "12.3 KB in 7 places",
        "memory at 0x1000, 4.1 KB: I/O error",
        "and 2 more",
        "Linux keeps no list.",
        "passwords",
    ):
        assert fact in text


def test_summary_of_a_filtered_dump_warns_less():
    filtered = CaptureResult(ok=True, pid=1, name="it", dump_type=0x1205AC, path="/tmp/c.dmp")
    text = "\n".join(summary(filtered))
    assert "passwords" not in text
    assert "skipped" not in text
    assert "stood still" not in text


def test_summary_shows_contradictions():
    odd = CaptureResult(ok=True, pid=1, name="it", dump_type=0x2 | 0x8, path="/tmp/c.dmp")
    assert "Only the stacks are blanked" in "\n".join(summary(odd))


def test_summary_of_a_redacted_dump_does_not_say_that_only_stacks_are_blanked():
    redacted = CaptureResult(ok=True, pid=1, name="it", dump_type=0x2 | 0x8, path="/tmp/c.dmp")
    assert "are blanked" not in "\n".join(summary(redacted, redacted=True))
