"""current_environment(): what ``environ`` leads to, wherever the program has put it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from dumpengine.privacy.environ import current_environment
from dumpengine.snapshot import Architecture
from tests.support import fake_snapshot as fake
from tests.support.c_targets import compiled
from tests.support.secrets import ARGUMENT, ENVIRONMENT


@pytest.mark.live
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at a Linux process")
@pytest.mark.parametrize("more", [[], ["moved"]])
def test_it_is_found_where_it_was_and_where_it_was_moved(more: list[str]) -> None:
    from dumpengine.backends.linux.observe import observe

    command = [str(compiled("secrets")), ARGUMENT, *more]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            with observe(child.pid, 0.0) as snapshot:
                found = set(current_environment(snapshot))
        finally:
            child.kill()
    assert found == {f"{name}={value}".encode() for name, value in ENVIRONMENT.items()}


def test_where_nothing_exports_it_there_is_none() -> None:
    made = fake.snapshot()
    assert list(current_environment(made)) == []
    narrow = replace(made.system, architecture=Architecture.X86)
    assert list(current_environment(replace(made, system=narrow))) == []
