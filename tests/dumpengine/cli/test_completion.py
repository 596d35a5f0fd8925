"""Completion: the scripts offer every command and option, and the shells accept them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from dumpengine.cli import commands, main
from dumpengine.cli.completion import SHELLS
from dumpengine.dump_types import PRESETS

shtab = pytest.importorskip("shtab")


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["--completion", shell])
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_our_shells_are_the_librarys() -> None:
    assert set(SHELLS) <= set(shtab.SUPPORTED_SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_offered(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    assert [name for name in commands.NAMES if name not in text] == []


def offered(words: list[str], capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Ask bash, with nobody's set-up read, what it offers for the last of ``words``."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    ask = (
        f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}\n"
        f"_shtab_dumpengine dumpengine {words[-1]!r} {words[-2]!r}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [bash, "--norc", "-c", f"{script('bash', capsys)}\n{ask}"], capture_output=True, text=True
    )
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_offers_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert offered(["dumpengine", ""], capsys) == set(commands.NAMES)


def test_bash_offers_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert offered(["dumpengine", "dump", "1", "--ex"], capsys) == {
        "--exclude-thread",
        "--exclude-module",
    }


def test_bash_offers_presets_and_flags(capsys: pytest.CaptureFixture[str]) -> None:
    words = offered(["dumpengine", "dump", "-t", ""], capsys)
    assert {*PRESETS, "WithFullMemory"} <= words


def test_bash_offers_paths(tmp_path, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.dmp").touch()
    monkeypatch.chdir(tmp_path)
    assert offered(["dumpengine", "show", ""], capsys) == {"a.dmp"}
