"""The set-up script: pip, apt and npm are replaced by recorders, its terminal job is real."""

from __future__ import annotations

import ast
import hashlib
import importlib
import io
import os
import runpy
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))

dev = importlib.import_module("dev")
apt = importlib.import_module("devtools.apt")
breakpad = importlib.import_module("devtools.breakpad")
environment = importlib.import_module("devtools.environment")
qt_libraries = importlib.import_module("devtools.qt_libraries")
screen = importlib.import_module("devtools.screen")
terminal_demo = importlib.import_module("devtools.terminal_demo")

sys.path.remove(str(PACKAGING))


PYTHON = Path("/env/bin/python")
needs_displays = pytest.mark.skipif(
    not hasattr(socket, "AF_UNIX"), reason="displays are reached over sockets with a path"
)


class Calls:
    """Stands in for `subprocess.call`: records, answers, and does what a command would."""

    def __init__(self, code: int = 0) -> None:
        self.commands: list[list[str]] = []
        self.code = code

    def __call__(self, command, **_options):
        self.commands.append([str(word) for word in command])
        if "venv" in command and not self.code:
            python = environment.python_of(Path(command[-1]))
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        return self.code

    def what(self) -> list[str]:
        """Say in words what was called."""
        words = {"venv": "venv", "pip": "pip", "-c": "check", "apt-get": "apt"}
        return [next(w for key, w in words.items() if key in command) for command in self.commands]


@pytest.fixture
def calls(monkeypatch):
    recorder = Calls()
    monkeypatch.setattr(environment.subprocess, "call", recorder)
    return recorder


@pytest.fixture
def repository(tmp_path):
    for place in (tmp_path, tmp_path / environment.ENGINE):
        place.mkdir(parents=True, exist_ok=True)
        (place / "pyproject.toml").write_text("[project]\n")
    return tmp_path


def prepare(repository):
    return environment.prepare(repository / ".venv", repository)


def test_first_set_up_makes_everything_and_the_second_nothing(calls, repository):
    python = prepare(repository)
    assert python == environment.python_of(repository / ".venv")
    assert calls.what() == ["venv", "pip"]
    assert calls.commands[1][-1] == f"{repository}[dev]"
    prepare(repository)
    assert len(calls.commands) == 2


def test_a_changed_pyproject_installs_again_into_the_same_environment(calls, repository):
    prepare(repository)
    (repository / "pyproject.toml").write_text("[project]\n# changed\n")
    prepare(repository)
    assert calls.what()[2:] == ["check", "pip", "pip"]  # ours are removed first


def test_a_moved_repository_installs_again(calls, repository, tmp_path_factory):
    prepare(repository)
    moved = repository.rename(tmp_path_factory.mktemp("elsewhere") / "repository")
    prepare(moved)
    assert calls.what()[2:] == ["check", "pip", "pip"]


def test_an_environment_without_its_python_is_made_anew(calls, repository):
    prepare(repository)
    environment.python_of(repository / ".venv").unlink()
    prepare(repository)
    assert calls.what()[2:] == ["venv", "pip"]


def test_a_damaged_stamp_installs_again(calls, repository):
    prepare(repository)
    (repository / ".venv" / environment.STAMP).write_text("{")
    prepare(repository)
    assert calls.what()[2:] == ["check", "pip"]


def test_a_failing_pip_is_a_sentence_and_leaves_no_stamp(calls, repository, monkeypatch):
    prepare(repository)
    (repository / ".venv" / environment.STAMP).unlink()
    calls.code = 1
    monkeypatch.setattr(environment, "_works", lambda python: python.exists())
    with pytest.raises(environment.SetupError, match="pip"):
        prepare(repository)
    assert not (repository / ".venv" / environment.STAMP).exists()


def test_without_the_venv_module_the_package_is_named(calls, repository, monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(apt, "may_install", lambda: False)
    with pytest.raises(environment.SetupError, match=r"python3\.\d+-venv"):
        prepare(repository)
    assert calls.commands == []


def test_only_root_installs_packages(monkeypatch):
    monkeypatch.setattr(apt.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(apt.subprocess, "run", lambda *_, **__: pytest.fail("apt was run"))
    assert not apt.install(["libegl1"])


def test_apt_updates_its_lists_only_when_needed(monkeypatch, calls):
    outcomes = iter([1, 0])
    monkeypatch.setattr(apt, "may_install", lambda: True)
    monkeypatch.setattr(
        apt.subprocess,
        "run",
        lambda *_, **__: subprocess.CompletedProcess([], next(outcomes), "", "no such package"),
    )
    assert apt.install(["libegl1"])
    assert calls.commands == [["apt-get", "update", "-qq"]]


def test_missing_libraries_are_named_by_package(monkeypatch):
    monkeypatch.setattr(qt_libraries, "_loads", lambda library: "xcb-cursor" not in library)
    monkeypatch.setattr(qt_libraries, "_has_font", lambda _: False)
    assert qt_libraries.missing_packages() == ["fonts-dejavu-core", "libxcb-cursor0"]


def test_missing_libraries_that_we_may_not_install_are_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(qt_libraries, "ON_LINUX", True)
    monkeypatch.setattr(qt_libraries, "missing_packages", lambda: ["libegl1", "libgl1"])
    monkeypatch.setattr(apt, "may_install", lambda: False)
    qt_libraries.provide()
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "sudo apt-get install libegl1 libgl1" in message


def test_installed_libraries_are_looked_for_again(monkeypatch, capsys):
    answers = iter([["libegl1"], []])
    monkeypatch.setattr(qt_libraries, "ON_LINUX", True)
    monkeypatch.setattr(qt_libraries, "missing_packages", lambda: next(answers))
    monkeypatch.setattr(apt, "install", lambda packages: packages == ["libegl1"])
    qt_libraries.provide()
    assert capsys.readouterr().err == ""


def test_fonts_are_found_in_subfolders(tmp_path):
    folders = (str(tmp_path),)
    assert not qt_libraries._has_font(folders)
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "A.TTF").touch()
    assert qt_libraries._has_font(folders)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "minidump-0.26.0.tgz"
    with tarfile.open(path, "w:gz") as package:
        for tool in breakpad.TOOLS:
            member = tarfile.TarInfo(f"package/bin/linux-x64/{tool}")
            member.size = len(tool)
            package.addfile(member, io.BytesIO(tool.encode()))
    return path


@pytest.fixture
def npm(monkeypatch, archive):
    """An npm that downloads the archive made up here."""

    def pack(_command, cwd, **_options):
        (Path(cwd) / archive.name).write_bytes(archive.read_bytes())
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(breakpad, "ON_LINUX", True)
    monkeypatch.setattr(breakpad.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(breakpad.shutil, "which", lambda _: "/usr/bin/npm")
    monkeypatch.setattr(breakpad.subprocess, "run", pack)


@pytest.mark.usefixtures("npm")
def test_breakpads_tools_are_unpacked_and_executable(monkeypatch, archive, tmp_path):
    monkeypatch.setattr(breakpad, "SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    assert breakpad.provide(tmp_path / "breakpad")
    for tool in breakpad.TOOLS:
        assert (tmp_path / "breakpad" / tool).read_bytes() == tool.encode()
        assert os.name == "nt" or (tmp_path / "breakpad" / tool).stat().st_mode & 0o111
    monkeypatch.setattr(breakpad.subprocess, "run", lambda *_, **__: pytest.fail("fetched again"))
    assert breakpad.provide(tmp_path / "breakpad")


@pytest.mark.usefixtures("npm")
def test_an_unknown_archive_is_not_unpacked(tmp_path, capsys):
    assert not breakpad.provide(tmp_path / "breakpad")
    assert not (tmp_path / "breakpad").exists()
    assert "not the file we know" in capsys.readouterr().out


@pytest.mark.usefixtures("npm")
def test_without_npm_the_tests_are_skipped_with_a_reason(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(breakpad.shutil, "which", lambda _: None)
    assert not breakpad.provide(tmp_path / "breakpad")
    assert "npm is not here" in capsys.readouterr().out


def test_an_old_python_is_told_so(monkeypatch):
    source = (PACKAGING / "dev.py").read_text()
    ast.parse(source, feature_version=(3, 7))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit, match=r"3\.11 or newer; this is 3\.9"):
        runpy.run_path(str(PACKAGING / "dev.py"))


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 2), (["--help"], 0), (["-h"], 0), (["jump"], 2)]
)
def test_usage(arguments, code, capsys):
    assert dev.main(arguments) == code
    output = capsys.readouterr()
    assert "packaging/dev.py COMMAND" in output.out + output.err


def test_a_set_up_that_fails_is_one_sentence(monkeypatch, capsys):
    def fail():
        raise environment.SetupError("There is no network.")

    monkeypatch.setattr(dev, "prepare", fail)
    assert dev.main(["test"]) == 1
    assert capsys.readouterr().err == "dev.py: There is no network.\n"


@pytest.fixture
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_display")
def test_no_screen_on_linux_without_a_display(monkeypatch):
    monkeypatch.setattr(screen, "ON_LINUX", True)
    assert not screen.has_screen()
    monkeypatch.setattr(screen, "ON_LINUX", False)
    assert screen.has_screen()


@needs_displays
@pytest.mark.usefixtures("no_display")
@pytest.mark.parametrize("display", [":4711", "nonsense", "localhost:4711.0", ""])
def test_a_display_that_does_not_answer_is_no_screen(monkeypatch, display):
    monkeypatch.setattr(screen, "ON_LINUX", True)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-4711")
    assert not screen.has_screen()


@needs_displays
@pytest.mark.usefixtures("no_display")
def test_a_display_that_answers_is_a_screen(monkeypatch, tmp_path):
    monkeypatch.setattr(screen, "ON_LINUX", True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with socket.socket(socket.AF_UNIX) as wayland:
        wayland.bind(str(tmp_path / "wayland-0"))
        wayland.listen()
        assert screen.has_screen()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    with socket.create_server(("127.0.0.1", 0)) as x11:
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{x11.getsockname()[1] - 6000}.0")
        assert screen.has_screen()


def test_a_platform_chosen_for_qt_counts_as_a_screen(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert screen.has_screen()


@pytest.fixture
def prepared(monkeypatch):
    """A finished set-up, and a record of what is started in it."""
    started: list[list[str]] = []
    monkeypatch.setattr(dev, "prepare", lambda: PYTHON)
    monkeypatch.setattr(qt_libraries, "provide", lambda: None)
    monkeypatch.setattr(breakpad, "provide", lambda: True)
    monkeypatch.setattr(dev, "_call", lambda command, **_: started.append(command) or 0)
    return started


def test_run_opens_the_window(prepared, monkeypatch):
    monkeypatch.setattr(dev, "has_screen", lambda: True)
    assert dev.main(["run", "--pid", "12"]) == 0
    assert prepared == [[str(PYTHON), "-m", "gui", "--pid", "12"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--pid", "12"], ["dump", "12"]),
        (["--exe", "/usr/bin/cat"], ["dump", "cat"]),
        (["a.dmp"], ["show", "a.dmp"]),
    ],
)
def test_run_without_a_screen_does_the_same_in_the_terminal(
    prepared, monkeypatch, capsys, arguments, expected
):
    called = Calls(code=3)
    monkeypatch.setattr(dev, "has_screen", lambda: False)
    monkeypatch.setattr(terminal_demo.subprocess, "call", called)
    assert dev.main(["run", *arguments]) == 3
    assert called.commands == [[str(PYTHON), "-m", "dumpengine", *expected]]
    assert prepared == []
    assert capsys.readouterr().out.count("no screen") == 1


def test_test_passes_arguments_to_pytest(prepared):
    assert dev.main(["test", "-k", "naming"]) == 0
    assert prepared == [[str(PYTHON), "-m", "pytest", "-k", "naming"]]


def test_lint_runs_every_linter_and_fails_when_one_does(prepared, monkeypatch, capsys):
    def call(command, cwd=None):
        prepared.append(command)
        return 1 if "format" in command else 0

    monkeypatch.setattr(dev, "_call", call)
    assert dev.main(["lint"]) == 1
    assert [Path(command[0]).name for command in prepared] == [
        "ruff",
        "ruff",
        "mypy",
        "mypy",
        "lint-imports",
        "check-jsonschema",
    ]
    assert "ruff" in capsys.readouterr().err


@pytest.mark.live
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="captures on Linux")
def test_the_sample_is_dumped_in_the_terminal(capfd, tmp_path, monkeypatch):
    monkeypatch.setattr(terminal_demo.tempfile, "mkdtemp", lambda **_: str(tmp_path))
    assert terminal_demo.dump_in_terminal(Path(sys.executable), []) == 0
    (dump,) = tmp_path.iterdir()
    output = capfd.readouterr()
    assert f"The dump is {dump}" in output.out
    assert dump.stat().st_size > 96 << 20
    assert "copying memory" in output.err
