"""Run the tests with another Python: a Windows one behind a launcher, or the one that runs this.

``run(["path/to/launcher", "python"], ["tests/gui"])`` runs pytest there. What the tests need and
that Python lacks is fetched for it by pip, as wheels for its own platform, into ``build/``, where
the launcher can see it. Standard library only.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPT = "packaging/windows_tests.py"

# Import name -> what to install for it. PySide6 and psutil are the launcher's own.
NEEDED = {
    "pytest": "pytest>=8.2",
    "pytestqt": "pytest-qt>=4.4",
    "pytest_timeout": "pytest-timeout>=2.3",
    "hypothesis": "hypothesis>=6.100",
    "rich": "rich>=13.7",
    "regex": "regex>=2023.12",
    "ahocorasick_rs": "ahocorasick-rs>=1.0",
    "minidump": "minidump>=0.0.24",
    "udmp_parser": "udmp-parser>=0.7",
}


def run(launcher, arguments):
    """Run pytest with ``arguments`` behind ``launcher``, a command that takes a Python's own.

    Returns the exit code; raises OSError when the launcher cannot be started and
    subprocess.CalledProcessError when it, or pip, fails.
    """
    site = provide(launcher)
    command = [*launcher, SCRIPT, "--inside", site.relative_to(REPOSITORY).as_posix(), *arguments]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode


def provide(launcher):
    """Fetch what the Python behind ``launcher`` lacks; return the folder it is in."""
    found = json.loads(_output([*launcher, SCRIPT, "--describe"]))
    version = "{}.{}".format(*found["version"])
    site = REPOSITORY / "build" / f"test-packages-{found['platform']}-{version}"
    missing = sorted(NEEDED[name] for name in found["missing"])
    stamp = site / "provided.json"
    if missing and (not stamp.is_file() or json.loads(stamp.read_text()) != missing):
        _fetch(missing, site, found["platform"], version)
        stamp.write_text(json.dumps(missing))
    return site


def _fetch(requirements, site, platform, version):
    print("$ pip install", *requirements, flush=True)
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--only-binary=:all:", "--upgrade", "--target", str(site)),
        *("--platform", platform, "--python-version", version, "--implementation", "cp"),
    ]
    subprocess.run([*command, *requirements], check=True)


def _output(command):
    done = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode().strip().splitlines()[-1]


def describe():
    """Print what this Python is and what it lacks, as one line of JSON."""
    import importlib.util
    import sysconfig

    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    print(json.dumps({"version": sys.version_info[:2], "platform": platform, "missing": missing}))


def inside(site, arguments):
    """Run pytest in this very Python, with the packages of ``site``; return its exit code."""
    paths = [str(REPOSITORY), str(REPOSITORY / site)]
    sys.path[:0] = paths
    inherited = filter(None, [os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join([*paths, *inherited])
    # Where the system only imitates Windows, MS_DBGCORE names Microsoft's own DLL.
    if "MS_DBGCORE" in os.environ:
        os.environ.setdefault("DUMPENGINE_DLL", os.environ["MS_DBGCORE"])
    import pytest

    return pytest.main(list(arguments))


if __name__ == "__main__":
    if sys.argv[1:] == ["--describe"]:
        describe()
    elif sys.argv[1:2] == ["--inside"]:
        sys.exit(inside(sys.argv[2], sys.argv[3:]))
    else:
        sys.exit("This is a part of packaging/dev.py; run: packaging/dev.py test --windows COMMAND")
