"""The lazily imported public names: there, and the ones type checkers are told of."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dumpengine


@pytest.mark.parametrize("name", dumpengine.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(dumpengine, name) is not None


def test_the_stub_tells_the_same_names() -> None:
    stub = Path(dumpengine.__file__).with_suffix(".pyi").read_text()
    imports = [node for node in ast.parse(stub).body if isinstance(node, ast.ImportFrom)]
    homes = {alias.name: node.module for node in imports for alias in node.names}
    assert sorted(homes) == sorted(dumpengine.__all__)
    for name, home in dumpengine._HOME_OF.items():
        assert homes[name] == f"dumpengine.{home}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = dumpengine.nonsense


def test_importing_the_package_loads_next_to_nothing() -> None:
    code = "import dumpengine, sys; print([m for m in sys.modules if m.startswith('psutil')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_window_uses_does_without_the_terminals_library() -> None:
    """The packages' window comes without rich: it prints nothing."""
    code = (
        "import sys; sys.modules['rich'] = None; import dumpengine; "
        "print(len([getattr(dumpengine, name) for name in dumpengine.__all__]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (str(len(dumpengine.__all__)), "")


def test_no_public_name_is_a_modules_name() -> None:
    """Importing that module would put it in the name's place."""
    folder = Path(dumpengine.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} | {p.name for p in folder.iterdir()}
    assert not modules & set(dumpengine.__all__)
