"""The names and forms that readers of ``stacks --json`` rely on."""

import json

from dumpengine.stacks.model import (
    Finding,
    Frame,
    Group,
    Owner,
    Proof,
    Stacks,
    ThreadStack,
    Trust,
    Wait,
)

FRAME = Frame(
    address=0x7F0000001014,
    trust=Trust.CFI,
    module="libc.so.6",
    offset=0x1014,
    function="read",
    function_offset=0x14,
    file="read.c",
    line=26,
    language="c",
)


def test_a_frame_has_its_addresses_in_hex_and_the_rest_plain() -> None:
    assert FRAME.to_json() == {
        "address": "0x7f0000001014",
        "module": "libc.so.6",
        "offset": "0x1014",
        "function": "read",
        "function_offset": "0x14",
        "file": "read.c",
        "line": 26,
        "inlined": False,
        "language": "c",
        "trust": "cfi",
        "signal": 0,
    }


def test_what_is_not_known_of_a_frame_is_null_or_empty() -> None:
    plain = Frame(address=16, trust=Trust.SCAN).to_json()
    assert plain["offset"] is plain["function_offset"] is plain["line"] is None
    assert plain["module"] == plain["function"] == plain["file"] == ""


def test_the_whole_object_survives_json_under_its_fixed_names() -> None:
    stacks = Stacks(
        process="app",
        pid=7,
        pause_ms=1.5,
        threads=(ThreadStack(id=8, name="w", cpu_ms=2.0, waits_for="a mutex", frames=(FRAME,)),),
        groups=(Group(threads=(8,), frames=(FRAME,)),),
        waits=(Wait(thread=8, kind="mutex", object="0x10", owner=Owner(thread=9, name="o")),),
        findings=(Finding(kind="deadlock", sentence="S.", threads=(8,), proof=(Proof(text="p"),)),),
        warnings=("W.",),
    )
    found = json.loads(json.dumps(stacks.to_json()))
    names = "process pid pause_ms threads groups waits findings warnings"
    assert list(found) == names.split()
    assert list(found["threads"][0]) == "id name state cpu_ms waits_for frames".split()
    assert list(found["groups"][0]) == ["threads", "frames"]
    assert found["waits"][0] == {
        "thread": 8,
        "kind": "mutex",
        "object": "0x10",
        "owner": {"thread": 9, "process": None, "name": "o"},
    }
    assert list(found["findings"][0]) == "kind sentence threads proof".split()


def test_a_wait_without_a_known_owner_says_null() -> None:
    assert Wait(thread=1, kind="futex", object="0x10").to_json()["owner"] is None


def test_only_keeps_what_concerns_the_threads_asked_for() -> None:
    threads = tuple(ThreadStack(id=number) for number in (1, 2, 3))
    stacks = Stacks(
        process="app",
        pid=1,
        threads=threads,
        groups=(Group(threads=(1, 2), frames=()), Group(threads=(3,), frames=(FRAME,))),
        waits=(Wait(thread=3, kind="futex", object="o"), Wait(thread=1, kind="futex", object="o")),
        findings=(Finding(kind="k", sentence="S.", threads=(3,)),),
    )
    found = stacks.only([2])
    assert [thread.id for thread in found.threads] == [2]
    assert [group.threads for group in found.groups] == [(2,)]
    assert found.waits == found.findings == ()
    assert stacks.only([1, 2, 3]) == stacks
