"""``shrink``, ``dump --redact`` and the tables of ``show``, through the command line."""

import json
import os

import pytest

from dumpengine.cli import main
from dumpengine.cli.commands.show import TABLES
from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import open_dump
from dumpengine.report.render import DETAILS
from tests.support.children import python_child


@pytest.fixture(scope="module")
def full_dump(tmp_path_factory):
    path = tmp_path_factory.mktemp("shrink") / "full.dmp"
    with python_child("secret = b'pass' + b'word'; import os") as child:
        assert main(["dump", str(child.pid), "-t", "full", "-q", "-o", str(path)]) == 0
    return path


def test_a_full_dump_becomes_a_mini_one(full_dump, tmp_path, capsys):
    small = tmp_path / "mini.dmp"
    assert main(["shrink", str(full_dump), "-t", "mini", "-o", str(small)]) == 0
    assert f"Wrote {small}" in capsys.readouterr().out
    assert small.stat().st_size < full_dump.stat().st_size / 20
    with open_dump(full_dump) as full, open_dump(small) as mini:
        # Wine's kernel lists no handles; what is not there cannot be kept.
        handles = full.stream(StreamType.HandleDataStream) is not None
        assert mini.flags == 0x21824 & ~(0 if handles else MinidumpType.WithHandleData)
        assert len(mini.snapshot().threads) == len(full.snapshot().threads)


def test_shrinking_tells_what_it_scrubbed(full_dump, tmp_path, capsys):
    small = tmp_path / "mini.dmp"
    assert main(["shrink", str(full_dump), "--redact", "--json", "-o", str(small)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["scrubbed"]
    with open_dump(small) as dump:
        assert dump.stream(0x47670007) is None


def test_shrinking_replaces_nothing_by_itself(full_dump, tmp_path, capsys):
    small = tmp_path / "mini.dmp"
    small.write_bytes(b"precious")
    assert main(["shrink", str(full_dump), "-o", str(small)]) == 5
    assert small.read_bytes() == b"precious"
    assert "already" in capsys.readouterr().err


@pytest.mark.live
def test_a_redacted_dump_holds_no_environment(tmp_path, capsys, monkeypatch):
    secret = "hunter2-hunter2".encode("utf-16-le" if os.name == "nt" else "ascii")
    monkeypatch.setenv("TOKEN_FOR_THE_TEST", "hunter2-hunter2")
    path = tmp_path / "a.dmp"
    with python_child("") as child:
        arguments = ["dump", str(child.pid), "-t", "WithProcessThreadData", "-o", str(path)]
        assert main([*arguments, "--json"]) == 0
        assert secret in path.read_bytes()
        capsys.readouterr()
        assert main([*arguments, "--redact", "--overwrite", "--json"]) == 0
    assert secret not in path.read_bytes()
    assert any("nvironment" in line for line in json.loads(capsys.readouterr().out)["warnings"])


def test_show_offers_every_table():
    assert set(TABLES) == set(DETAILS)


@pytest.mark.parametrize("table", TABLES)
def test_show_prints_the_table_asked_for(full_dump, capsys, table):
    assert main(["show", str(full_dump), "--brief"]) == 0
    brief = capsys.readouterr().out
    assert main(["show", str(full_dump), f"--{table}"]) == 0
    assert len(capsys.readouterr().out) > len(brief)
