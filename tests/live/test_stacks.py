"""Stacks of real processes, judged by what the program does and by gdb."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dumpengine import PRESETS, Snapshot
from dumpengine.stacks.files import Files
from dumpengine.stacks.frames import SIGNAL_HANDLER
from dumpengine.stacks.look import look
from dumpengine.stacks.model import Stacks, ThreadStack, Trust
from tests.support.c_targets import Target, compiled, running
from tests.support.capturing import Capturer
from tests.support.gdb_chains import gdb_chains

WITHOUT_POINTERS = ("-fomit-frame-pointer", "-O1")
MINI, FULL = PRESETS["mini"].value, PRESETS["full"].value


@pytest.fixture(
    params=[WITHOUT_POINTERS, ("-O2",), ("-m32", *WITHOUT_POINTERS)],
    ids=["no-frame-pointers", "optimised", "32-bit"],
)
def chains(request: pytest.FixtureRequest) -> Iterator[Target]:
    with running(compiled("chains", *request.param)) as target:
        yield target


def stacks_of(snapshot: Snapshot, target: Target) -> Stacks:
    return look(snapshot, Files([Path(str(target.process.args[0])).parent]))


def named(stacks: Stacks, name: str) -> ThreadStack:
    return next(thread for thread in stacks.threads if thread.name == name)


def addresses(thread: ThreadStack) -> list[int]:
    return [frame.address for frame in thread.frames if not frame.inlined]


def own_functions(thread: ThreadStack) -> list[str]:
    return [frame.function for frame in thread.frames if frame.module.startswith("chains")]


@pytest.mark.parametrize("preset", [MINI, FULL], ids=["mini", "full"])
def test_every_thread_has_the_chain_that_gdb_sees(
    chains: Target, capture: Capturer, tmp_path: Path, preset: int
) -> None:
    expected = gdb_chains(chains.pid, tmp_path)
    _, dump, _ = capture(chains.pid, preset)
    found = {t.id: addresses(t) for t in stacks_of(dump.snapshot(), chains).threads}
    assert found == expected


def test_the_functions_are_the_programs(chains: Target, capture: Capturer) -> None:
    _, dump, _ = capture(chains.pid, MINI)
    stacks = stacks_of(dump.snapshot(), chains)
    assert own_functions(named(stacks, "deep")) == ["rest", *["descend"] * 12, "deep"]
    assert stacks.warnings == ()


def test_threads_that_stand_alike_are_one_group(chains: Target, capture: Capturer) -> None:
    _, dump, _ = capture(chains.pid, MINI)
    stacks = stacks_of(dump.snapshot(), chains)
    alike = {named(stacks, "deep").id, named(stacks, "deep-too").id}
    assert [set(group.threads) for group in stacks.groups if len(group.threads) > 1] == [alike]


@pytest.mark.parametrize("name", ["plain", "alternate"])
@pytest.mark.parametrize("preset", [MINI, FULL], ids=["mini", "full"])
def test_a_signals_handler_is_followed_by_what_it_interrupted(
    chains: Target, capture: Capturer, name: str, preset: int
) -> None:
    """On the alternate stack, too: a mini dump has to hold the interrupted one as well."""
    _, dump, _ = capture(chains.pid, preset)
    thread = named(stacks_of(dump.snapshot(), chains), name)
    names = [frame.function for frame in thread.frames]
    at = names.index(SIGNAL_HANDLER)
    assert names[at - 1] == "handler"
    assert names[at + 1 : at + 5] == ["fault"] * 4
    assert thread.frames[at + 1].trust is Trust.SIGNAL
    assert thread.frames[at].signal == signal.SIGSEGV


def test_a_thread_in_its_own_handler_of_a_fault_is_a_finding(
    chains: Target, capture: Capturer
) -> None:
    _, dump, _ = capture(chains.pid, MINI)
    sentences = [finding.sentence for finding in stacks_of(dump.snapshot(), chains).findings]
    assert "plain handles SIGSEGV raised in fault()." in sentences
    assert not any("none crashed" in sentence for sentence in sentences)


def test_a_call_of_a_null_pointer_has_its_caller(chains: Target, capture: Capturer) -> None:
    _, dump, _ = capture(chains.pid, MINI)
    thread = named(stacks_of(dump.snapshot(), chains), "null-call")
    at = [frame.address for frame in thread.frames].index(0)
    assert thread.frames[at].trust is Trust.SIGNAL
    assert thread.frames[at + 1].function == "call_nothing"


def test_without_the_programs_file_a_warning_names_it_and_the_way_out(
    chains: Target, capture: Capturer
) -> None:
    _, dump, _ = capture(chains.pid, MINI)
    (warning,) = look(dump.snapshot(), Files()).warnings
    assert "--symbols" in warning
    assert "settings" in warning
    assert "chains" in warning
    assert "--symbols" in warning


def test_a_mini_dump_holds_the_unwind_tables_of_a_deleted_program(
    capture: Capturer, tmp_path: Path
) -> None:
    program = tmp_path / "gone"
    shutil.copy(compiled("chains", *WITHOUT_POINTERS), program)
    with running(program) as target:
        program.unlink()
        _, dump, _ = capture(target.pid, MINI)
        thread = named(look(dump.snapshot(), Files()), "deep")
    inner, *frames = [frame for frame in thread.frames if frame.module == "gone"]
    assert inner.trust is Trust.CFI
    assert [frame.trust for frame in frames] == [Trust.CFI] * 13


def test_a_filtered_dump_leads_to_the_interrupted_stack_too(
    chains: Target, capture: Capturer
) -> None:
    _, dump, _ = capture(chains.pid, PRESETS["triage"].value)
    thread = named(stacks_of(dump.snapshot(), chains), "alternate")
    names = [frame.function for frame in thread.frames]
    assert names[names.index(SIGNAL_HANDLER) + 1 :][:4] == ["fault"] * 4
