"""File names."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dumpengine.capture.naming import (
    DEFAULT_TEMPLATE,
    MAX_NAME_BYTES,
    dump_file_name,
    free_path,
    safe_file_name,
)
from dumpengine.errors import DumpError, ErrorKind

DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10)),
}
WHEN = datetime(2026, 11, 22, 14, 3, 12)


@pytest.mark.parametrize(
    ("template", "name", "result"),
    [
        (DEFAULT_TEMPLATE, "bash", "bash_42_2026-11-22_14-03-12.dmp"),
        ("{name}", "bash", "bash.dmp"),
        ("{name}.mdmp", "bash", "bash.mdmp"),
        ("{name}.", "bash", "bash..dmp"),
        ("dump {pid} of {name}.dmp", "a.out", "dump 42 of a.out.dmp"),
        ("{name}.dmp", "../../etc/passwd", "_.._etc_passwd.dmp"),
        ("{name}.dmp", "-rf", "rf.dmp"),
        ("{name}.dmp", ".hidden", "hidden.dmp"),
        ("{name}.dmp", "two\nlines", "two_lines.dmp"),
        ("{name}.dmp", "C:\\x|y?", "C__x_y_.dmp"),
        ("{name}.dmp", "NUL", "_NUL.dmp"),
        ("{name}.dmp", "com1.exe", "_com1.exe.dmp"),
        ("{name}.dmp", "console", "console.dmp"),
        ("{name}.dmp", "", "_.dmp"),
        ("{name}.dmp", "{pid}", "{pid}.dmp"),
        ("{name}.dmp", "caf\udce9", "caf_.dmp"),
    ],
)
def test_dump_file_name(template, name, result):
    assert dump_file_name(template, name, 42, WHEN) == result


def test_unknown_placeholder_is_a_usage_error():
    with pytest.raises(DumpError, match=r"\{host\}") as caught:
        dump_file_name("{host}.dmp", "bash", 42, WHEN)
    assert caught.value.kind is ErrorKind.USAGE


@given(st.text(alphabet=st.characters(exclude_categories=())), st.text(max_size=12))
def test_names_are_safe_on_every_system(stem, extension):
    name = safe_file_name(stem, "." + extension)
    assert name
    assert name not in (".", "..")
    assert not name.startswith((".", "-"))
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set('<>:"/\\|?*')
    assert name.isprintable()
    assert not name.endswith((".", " "))
    assert name.partition(".")[0].rstrip().upper() not in DEVICES


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_names_can_be_made(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("names")
    (folder / dump_file_name(DEFAULT_TEMPLATE, name, 1, WHEN)).touch()
    assert len(os.listdir(folder)) == 1


def test_long_names_are_cut_between_characters():
    name = dump_file_name(DEFAULT_TEMPLATE, "猫" * 200, 42, WHEN)
    assert name.startswith("猫猫")
    assert name.endswith("_42_2026-11-22_14-03-12.dmp")
    assert len(name.encode()) <= MAX_NAME_BYTES


def test_free_path_counts_up(tmp_path):
    path = tmp_path / "a.dmp"
    assert free_path(path) == path
    path.touch()
    assert free_path(path) == tmp_path / "a_2.dmp"
    (tmp_path / "a_2.dmp").mkdir()
    assert free_path(path) == tmp_path / "a_3.dmp"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_to_nowhere_is_not_free(tmp_path):
    path = tmp_path / "a.dmp"
    path.symlink_to("nowhere")
    assert free_path(path) == tmp_path / "a_2.dmp"
