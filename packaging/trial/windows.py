"""Install on Windows, use, uninstall: run by a Windows Python, ``python windows.py SETUP.exe``.

For the current user and for everybody in turn; ends at the first thing that does not hold.
Standard library only.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import winreg
from pathlib import Path

NO_INPUT = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 120}
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\DumpDesk"
ASSOCIATIONS = r"Software\Classes\SystemFileAssociations"
VERBS = {
    rf"{ASSOCIATIONS}\.exe": ("Dump this process", '"{program}" --exe "%1"'),
    r"Software\Classes\lnkfile": ("Dump this process", '"{program}" --exe "%1"'),
    rf"{ASSOCIATIONS}\.dmp": ("Open in DumpDesk", '"{program}" "%1"'),
    rf"{ASSOCIATIONS}\.mdmp": ("Open in DumpDesk", '"{program}" "%1"'),
}
MODES = {
    "CurrentUser": (winreg.HKEY_CURRENT_USER, Path(os.environ["LOCALAPPDATA"]) / "Programs"),
    "AllUsers": (winreg.HKEY_LOCAL_MACHINE, Path(os.environ["PROGRAMFILES"])),
}


def main(setup):
    """Try both modes; return the exit code."""
    # A system that only imitates Windows tells where the real DLL is.
    if "MS_DBGCORE" in os.environ:
        os.environ.setdefault("DUMPENGINE_DLL", os.environ["MS_DBGCORE"])
    for mode, (root, parent) in MODES.items():
        home = parent / "DumpDesk"
        expect(not home.exists() and value(root, UNINSTALL, "DisplayName") is None, "a clean start")
        run([setup, "/S", f"/{mode}"])
        check_registry(root, home)
        use(home)
        uninstall(root, home)
        print(f"ok: {mode}", flush=True)
    return 0


def check_registry(root, home):
    """Hold that the menus and the list of programs have what they need."""
    program = home / "dumpdesk.exe"
    expect(program.is_file(), f"{program} is there")
    expect(value(root, UNINSTALL, "DisplayName") == "DumpDesk", "it is in the list of programs")
    for key, (title, command) in VERBS.items():
        expect(value(root, rf"{key}\shell\DumpDesk", "MUIVerb") == title, f"{key}: {title}")
        found = value(root, rf"{key}\shell\DumpDesk\command", "")
        expect(found == command.format(program=program), f"{key}: {found}")


def use(home):
    """Dump a process with the installed program, check the file, try the window."""
    with tempfile.TemporaryDirectory() as folder:
        dump = str(Path(folder) / "child.dmp")
        code = "import sys; print('ready', flush=True); sys.stdin.read()"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-c", code], **pipes) as child:
            child.stdout.readline()
            said = run([home / "dumpengine.exe", "dump", str(child.pid), "-o", dump, "--json"])
            expect(json.loads(said)["pid"] == child.pid, f"a dump: {said}")
            child.stdin.close()
        report = json.loads(run([home / "dumpengine.exe", "check", dump, "--json"]))
        expect(report["ok"] and all(report["readers"].values()), f"a whole dump: {report}")
    for program in ("dumpdesk", "dumpengine", "dumpengine-helper"):
        said = run([home / f"{program}.exe", "--self-test"])
        expect("dumped a child" in said, f"{program}: {said}")


def uninstall(root, home):
    """Uninstall silently and hold that nothing is left."""
    command = value(root, UNINSTALL, "QuietUninstallString")
    subprocess.run(command, check=True, **NO_INPUT)
    # It goes on from a copy of itself, because a running program cannot remove its own file.
    wait_until(lambda: not home.exists(), f"{home} is gone")
    for key in VERBS:
        expect(value(root, rf"{key}\shell\DumpDesk", "MUIVerb") is None, f"{key} is as before")
    wait_until(lambda: value(root, UNINSTALL, "DisplayName") is None, "it is off the list")
    menus = [Path(os.environ[name]) for name in ("APPDATA", "PROGRAMDATA")]
    left = [path for menu in menus for path in (menu / "Microsoft").rglob("DumpDesk*")]
    expect(not left, f"nothing is left: {left}")


def run(command):
    """Run a program; return what it printed on standard output."""
    done = subprocess.run([str(word) for word in command], **NO_INPUT, check=False)
    expect(done.returncode == 0, f"{command}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout


def value(root, key, name):
    """Return a value of the registry, None when it is not there."""
    try:
        with winreg.OpenKey(root, key, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as opened:
            return winreg.QueryValueEx(opened, name)[0]
    except FileNotFoundError:
        return None


def wait_until(condition, what):
    """Wait up to half a minute for something to become true."""
    limit = time.monotonic() + 30
    while not condition():
        expect(time.monotonic() < limit, what)
        time.sleep(0.1)


def expect(condition, what):
    """End with what was expected when it is not so."""
    if not condition:
        sys.exit(f"FAILED: {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
