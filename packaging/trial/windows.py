"""Install on Windows, use, uninstall: run by a Windows Python, ``python windows.py SETUP.exe``.

For the current user and for everybody in turn; ends at the first thing that does not hold. Where
the system asks before it gives administrator rights, somebody has to agree to one prompt.
Standard library only, and psutil for the engine, which plays the window's part in that.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import winreg
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

NO_INPUT = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 120}
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\DumpDesk"
ASSOCIATIONS = r"Software\Classes\SystemFileAssociations"
VERBS = {
    rf"{ASSOCIATIONS}\.exe": ("Dump this process", '"{program}" --exe "%1"'),
    r"Software\Classes\lnkfile": ("Dump this process", '"{program}" --exe "%1"'),
    rf"{ASSOCIATIONS}\.dmp": ("Open in DumpDesk", '"{program}" "%1"'),
    rf"{ASSOCIATIONS}\.mdmp": ("Open in DumpDesk", '"{program}" "%1"'),
}
CHILD = "import sys; print('ready', flush=True); sys.stdin.read()"
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
        offer(home)
        if mode == "AllUsers":
            elevate(home)
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
    with tempfile.TemporaryDirectory() as folder, running([sys.executable, "-c", CHILD]) as child:
        dump = str(Path(folder) / "child.dmp")
        child.stdout.readline()
        said = run([home / "dumpengine.exe", "dump", str(child.pid), "-o", dump, "--json"])
        expect(json.loads(said)["pid"] == child.pid, f"a dump: {said}")
        report = json.loads(run([home / "dumpengine.exe", "check", dump, "--json"]))
        expect(report["ok"] and all(report["readers"].values()), f"a whole dump: {report}")
    for program in ("dumpdesk", "dumpengine", "dumpengine-helper"):
        said = run([home / f"{program}.exe", "--self-test"])
        expect("dumped a child" in said, f"{program}: {said}")


def offer(home):
    """As Explorer's verb does: a program that runs once is offered with a menu of presets."""
    program = home / "dumpengine-helper.exe"
    with running([program]), running([home / "dumpdesk.exe", "--exe", program]) as desk:
        # The window, and the menu over it.
        wait_until(lambda: windows_of(desk.pid) > 1, "the window offers the running program")
        run([home / "dumpdesk.exe", "--exe", program])  # the first one takes this over


def elevate(home):
    """Dump as administrator with the installed helper; the file is the asker's, and whole."""
    from unittest import mock

    import dumpengine
    from dumpengine.backends.windows import runas
    from dumpengine.helper import elevated_windows

    if "MS_DBGCORE" in os.environ:  # the helper takes no variable's word for its DLL
        shutil.copy(os.environ["MS_DBGCORE"], home / "_internal" / "dbgcore.dll")
    helper = str(home / "dumpengine-helper.exe")
    with (
        tempfile.TemporaryDirectory() as folder,
        running([sys.executable, "-c", CHILD]) as child,
        mock.patch.object(runas, "obstacle", return_value=""),
        mock.patch.object(elevated_windows, "_program", lambda arguments: (helper, arguments)),
    ):
        child.stdout.readline()
        path = Path(folder) / "elevated.dmp"
        key, full = dumpengine.key_of(child.pid), dumpengine.MinidumpType.WithFullMemory
        options = dumpengine.CaptureOptions(dump_type=full)
        request = dumpengine.CaptureRequest(
            key=key, name="child", path=path, options=options, elevated=True
        )
        result = dumpengine.HelperCapture(request).run()
        expect(result.ok, f"a dump as administrator: {result.cause}")
        expect(dumpengine.check_dump(path).ok and result.memory_bytes, "a whole one")


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


@contextmanager
def running(command):
    """Run a program with pipes while the block runs, and end it."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([str(word) for word in command], **pipes) as child:
        try:
            yield child
        finally:
            child.kill()


def windows_of(pid):
    """Return how many windows of a process are shown."""
    user, shown = ctypes.WinDLL("user32"), []

    def look(window, _):
        owner = ctypes.c_uint32()
        user.GetWindowThreadProcessId(ctypes.c_void_p(window), ctypes.byref(owner))
        if owner.value == pid and user.IsWindowVisible(ctypes.c_void_p(window)):
            shown.append(window)
        return True

    kind = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    user.EnumWindows(kind(look), None)
    return len(shown)


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
