"""Other people's readers open what we capture: thread counts, frames of main, memory, no errors."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dumpengine.dump_types import PRESETS
from dumpengine.snapshot import read_memory
from tests.live.conftest import capture as capture_fixture
from tests.support.c_targets import compiled, markers
from tests.support.children import python_child
from tests.support.readers import run_breakpad, run_lldb
from tests.support.symbols import symbol_store

pytestmark = [
    pytest.mark.consumer,
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="captures on Linux"),
]
capture = capture_fixture

THREADS = 10
TYPES = {name: preset.value for name, preset in PRESETS.items()} | {
    "normal": 0,
    "bare full": 2,
    "private": 0x200,
    "indirect": 0x40,
    "avx": 0x200000,
}
MODES = ["stop", "snapshot"]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    with markers(THREADS - 1, folder=tmp_path_factory.mktemp("mapped")) as running:
        yield running


@pytest.fixture(scope="module")
def python():
    code = "[threading.Thread(target=time.sleep, args=(99,), daemon=True).start() for _ in '123']"
    with python_child(code) as child:
        yield child


@pytest.fixture(scope="module")
def store(tmp_path_factory, target) -> Path:
    libraries = {
        Path(line.split(None, 5)[5].strip())
        for line in Path(f"/proc/{target.pid}/maps").read_text().splitlines()
        if "r-xp" in line and "/" in line
    }
    return symbol_store(tmp_path_factory.mktemp("symbols"), libraries)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dump_type", TYPES.values(), ids=TYPES)
def test_breakpad_unwinds_every_thread_to_its_start(target, store, capture, dump_type, mode):
    _, _, path = capture(target.pid, dump_type, mode=mode)
    done = run_breakpad("minidump_stackwalk", path, "-m")
    done = subprocess.run(
        [*done.args[:1], "-m", path, store], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    frames = re.findall(r"^(\d+)\|(\d+)\|([^|]*)\|([^|]*)\|", done.stdout, re.MULTILINE)
    assert {int(thread) for thread, *_ in frames} == set(range(THREADS))
    main = [function for thread, _, _, function in frames if thread == "0"]
    assert "main" in main
    assert "wait_for_end" in main
    for number in range(1, THREADS):
        assert "work" in [function for thread, _, _, function in frames if thread == str(number)]
    # Where a walk ends, at _start, is the walker's own business; the file must be beyond reproach.
    assert not re.findall(r"minidump\.cc:\d+: ERROR.*", done.stderr)


@pytest.mark.parametrize("dump_type", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("which", ["c", "python"])
def test_breakpad_prints_every_stream_without_a_complaint(
    target, python, capture, dump_type, which
):
    pid, threads = (target.pid, THREADS) if which == "c" else (python.pid, 4)
    _, _, path = capture(pid, dump_type)
    done = run_breakpad("minidump_dump", path)
    # Its exit code says whether every stream it knows is there: none has an assertion's, say.
    assert f"thread_count = {threads}" in done.stdout
    # minidump_dump.cc complains of streams that are not there, minidump.cc of ones that are wrong.
    assert not re.findall(r"minidump\.cc:\d+: ERROR.*", done.stderr)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dump_type", [0, PRESETS["full"].value, PRESETS["triage"].value])
def test_lldb_finds_main(target, capture, dump_type, mode):
    _, _, path = capture(target.pid, dump_type, mode=mode)
    printed = run_lldb(path, "thread list", "thread backtrace 1", "thread backtrace 2")
    assert len(re.findall(r"^[* ] thread #\d+", printed, re.MULTILINE)) >= THREADS
    program = compiled("markers").name
    if dump_type != PRESETS["triage"].value:  # which shows no folder the program could be found in
        assert f"{program}`main" in printed
        assert f"{program}`wait_for_end" in printed
        assert f"{program}`work" in printed
    assert "error: " not in printed


def test_lldb_reads_variables(target, capture):
    _, _, path = capture(target.pid, PRESETS["full"].value)
    printed = run_lldb(path, "thread select 1", f"memory read -c 16 -f c {target['heap']:#x}")
    assert "<DumpDesk heap>" in printed.replace("\\0", "")


@pytest.fixture
def quiet_minidump(monkeypatch: pytest.MonkeyPatch) -> None:
    """It logs that Linux dumps have no PEB."""
    monkeypatch.setattr(logging.getLogger(), "disabled", True)


@pytest.mark.usefixtures("quiet_minidump")
@pytest.mark.parametrize("dump_type", TYPES.values(), ids=TYPES)
def test_the_minidump_package(target, capture, dump_type):
    from minidump.minidumpfile import MinidumpFile

    _, dump, path = capture(target.pid, dump_type)
    theirs = MinidumpFile.parse(str(path))
    try:
        assert len(theirs.threads.threads) == THREADS
        names = [Path(module.name).name for module in theirs.modules.modules]
        assert "markers" in names
        reader = theirs.get_reader()
        for thread in dump.snapshot().threads:
            start = thread.stack.start
            expected = read_memory(dump.snapshot().memory, start, 64)
            assert reader.read(start, 64) == expected
    finally:
        theirs.file_handle.close()


@pytest.mark.parametrize("dump_type", TYPES.values(), ids=TYPES)
def test_udmp_parser(target, capture, dump_type):
    import udmp_parser

    _, _, path = capture(target.pid, dump_type)
    theirs = udmp_parser.UserDumpParser()
    assert theirs.Parse(path)
    assert len(theirs.Threads()) == THREADS
    names = [Path(module.ModuleName).name for module in theirs.Modules().values()]
    assert "markers" in names
    if dump_type & 2:
        memory = theirs.ReadMemory(target["heap"], 15)
        assert bytes(memory) == b"<DumpDesk heap>"
