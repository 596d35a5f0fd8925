"""The frozen copy that a snapshot makes for a moment is nobody's process to choose."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from dumpengine.callbacks import DumpCallback, Phase
from dumpengine.errors import DumpError, ErrorKind
from dumpengine.processes.listing import ProcessLister, key_of
from tests.support.c_targets import hard


class Looking(DumpCallback):
    """Lists the processes while memory is being copied."""

    def __init__(self, exe: str) -> None:
        self.exe = exe
        self.seen: list[int] = []

    def progress(self, progress):
        if progress.phase is Phase.MEMORY and not self.seen:
            rows = ProcessLister().poll()
            self.seen = [row.key.pid for row in rows if row.exe == self.exe]


def images() -> list[int]:
    """The process ids that tracers of ours say they hold an image in."""
    found = []
    for row in ProcessLister().poll():
        words = row.name.split() or [""]
        found += [int(words[1])] if words[0] == "image" and len(words) == 2 else []
    return found


@pytest.mark.parametrize("mode", ["snapshot", "stop"])
def test_a_target_is_listed_once_while_it_is_dumped(capture, mode):
    with hard("touch", 30) as target:
        looking = Looking(os.readlink(f"/proc/{target.pid}/exe"))
        result, _, _ = capture(target.pid, 2, mode=mode, callback=looking)
        assert result.mode == mode
        assert looking.seen == [target.pid]


def test_what_another_capture_has_in_the_target_is_not_the_targets(capture):
    """Its thread waits for a stopped child: that would be a finding."""

    class LookingToo(DumpCallback):
        threads: list[object] = []  # noqa: RUF012 - one capture

        def progress(self, progress):
            if progress.phase is Phase.MEMORY and not self.threads:
                ask = [sys.executable, "-m", "dumpengine", "stacks", str(target.pid), "--json"]
                stacks = json.loads(subprocess.check_output(ask, timeout=20))
                self.threads += stacks["threads"]
                self.kinds = [finding["kind"] for finding in stacks["findings"]]

    with hard("touch", 30) as target:
        looking = LookingToo()
        result, _, _ = capture(target.pid, 2, mode="snapshot", callback=looking)
        assert result.mode == "snapshot"
        assert len(looking.threads) == result.threads, looking.threads
        assert "peer_stopped" not in looking.kinds


def test_an_image_cannot_be_chosen_by_its_number(capture):
    class Choosing(DumpCallback):
        refusals: list[DumpError] = []  # noqa: RUF012 - one capture

        def progress(self, progress):
            if progress.phase is Phase.MEMORY and not self.refusals:
                (image,) = images()
                with pytest.raises(DumpError) as raised:
                    key_of(image)
                self.refusals.append(raised.value)

    with hard("touch", 30) as target:
        choosing = Choosing()
        capture(target.pid, 2, mode="snapshot", callback=choosing)
        assert choosing.refusals[0].kind is ErrorKind.NO_PROCESS
