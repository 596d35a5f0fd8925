#!/usr/bin/env python3
"""Set up, run, test, package: ``python3 packaging/dev.py COMMAND [ARGS]``.

Needs nothing but Python: each command first does all the set-up that is missing, in `.venv`.
Standard library only, and readable by old Pythons up to the version check.
"""

import sys

from devtools.system import ON_WINDOWS

if sys.version_info < (3, 11):  # noqa: UP036 - the point is to tell owners of an older one
    sys.exit(
        "DumpDesk needs Python 3.11 or newer; this is {}.{}. Install a newer one and start "
        "packaging/dev.py with it.".format(*sys.version_info)
    )

import os
import shlex
import subprocess
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import windows_tests
from devtools import breakpad, qt_libraries
from devtools.environment import REPOSITORY, SetupError, prepare
from devtools.screen import has_screen
from devtools.terminal_demo import dump_in_terminal

USAGE = """\
usage: python3 packaging/dev.py COMMAND [ARGS]

  run [ARGS]    open DumpDesk; ARGS go to it (--pid PID, --exe PATH, FILE.dmp)
  test [--windows COMMAND] [ARGS]
                run the tests; ARGS go to pytest (default: all of them); COMMAND starts a
                Windows Python and runs them there
  lint          run the linters: ruff, mypy, import-linter, check-jsonschema
  package [--windows COMMAND]
                build what can be installed into dist/, and try it; COMMAND starts a
                Windows Python and builds for Windows too
  coverage [ARGS]
                run the tests as above, and name the lines and branches none of them reached
  docs          write what follows from the source anew: the README's list of commands, and
                the pages of the API into build/api

Each does all its own set-up first."""

WORKFLOW = ".github/workflows/tests.yml"
LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("mypy", "--package", "tests"),
    ("lint-imports",),
    (
        "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        ".github/workflows/tests.yml",
    ),
)


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else 2
    command = COMMANDS.get(arguments[0])
    if command is None:
        print(f"There is no command {arguments[0]}.\n\n{USAGE}", file=sys.stderr)
        return 2
    try:
        return command(arguments[1:])
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    """Open the window; where there is no screen, do the same job in the terminal."""
    python = prepare()
    if not has_screen():
        print("There is no screen here (DISPLAY, WAYLAND_DISPLAY): working in the terminal.")
        return dump_in_terminal(python, arguments)
    qt_libraries.provide()
    return _call([str(python), "-m", "gui", *arguments])


def test(arguments: list[str]) -> int:
    """Run pytest, on Linux with windows drawn off screen; or a Windows Python behind a launcher."""
    if arguments[:1] == ["--windows"]:
        if len(arguments) == 1:
            raise SetupError("test --windows wants the command that starts a Windows Python.")
        return windows_tests.run(shlex.split(arguments[1]), arguments[2:])
    python = prepare()
    qt_libraries.provide()
    breakpad.provide()
    if not ON_WINDOWS:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return _call([str(python), "-m", "pytest", *arguments], cwd=REPOSITORY)


def lint(arguments: list[str]) -> int:
    """Run every linter, the failing ones too; return 1 when one of them complains."""
    if arguments:
        raise SetupError("lint takes no arguments.")
    scripts = prepare().parent
    failed = []
    for linter in LINTERS:
        print("$", *linter, flush=True)
        if _call([str(scripts / linter[0]), *linter[1:]], cwd=REPOSITORY):
            failed.append(linter[0])
    if failed:
        print("Complaints from:", ", ".join(dict.fromkeys(failed)), file=sys.stderr)
    return 1 if failed else 0


def package(arguments: list[str]) -> int:
    """Build the frozen programs and everything that installs them."""
    from building.package import package as build

    return build(arguments)


def docs(arguments: list[str]) -> int:
    """Write what follows from the source anew."""
    if arguments:
        raise SetupError("docs takes no arguments.")
    python = str(prepare())
    code = _call([python, str(REPOSITORY / "packaging" / "devtools" / "readme.py")])
    pages = ["-m", "pdoc", "dumpengine", "--output-directory", "build/api"]
    return code or _call([python, *pages], cwd=REPOSITORY)


def coverage(arguments: list[str]) -> int:
    """Run pytest under coverage; return its exit code."""
    tool = [str(prepare()), "-m", "coverage"]
    _call([*tool, "erase"], cwd=REPOSITORY)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    code = _call([*tool, "run", "-m", "pytest", *arguments], cwd=REPOSITORY)
    _call([*tool, "combine", "--quiet"], cwd=REPOSITORY)
    _call([*tool, "report"], cwd=REPOSITORY)
    return code


def _call(command: list[str], cwd: Path | None = None) -> int:
    sys.stdout.flush()
    with subprocess.Popen(command, cwd=cwd) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The terminal sent Ctrl-C to the program too: it cleans up, we wait for it.
                continue


COMMANDS = {
    "run": run,
    "test": test,
    "lint": lint,
    "package": package,
    "coverage": coverage,
    "docs": docs,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
