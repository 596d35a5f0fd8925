"""The history keeps what was made, and retention touches only that."""

from __future__ import annotations

from pathlib import Path

from dumpengine import CaptureResult
from gui.history.store import HistoryStore, expired

DAY = 86_400.0


def made(store: HistoryStore, folder: Path, name: str, size: int):
    path = folder / name
    path.write_bytes(bytes(size))
    return store.add(
        CaptureResult(ok=True, pid=1, name="app", dump_type=2, path=str(path), size=size)
    )


def test_it_is_there_after_a_restart(tmp_path):
    file = tmp_path / "history.jsonl"
    store = HistoryStore(file, clock=lambda: 5.0)
    entry = made(store, tmp_path, "a.dmp", 10)
    store.add(CaptureResult(ok=False, pid=2, name="b", dump_type=0, error="access", cause="No."))
    file.write_text(file.read_text() + "garbage\n{}\n[1]\n")
    again = HistoryStore(file)
    assert again.entries == store.entries
    assert again.entries[0] == entry
    again.remove([entry])
    assert len(HistoryStore(file).entries) == 1
    assert (tmp_path / "a.dmp").exists()


def test_retention_by_age_and_by_size(tmp_path):
    now = 100 * DAY
    times = iter((now - 9 * DAY, now - 2 * DAY, now - 1 * DAY))
    store = HistoryStore(tmp_path / "h.jsonl", clock=lambda: next(times))
    old, middle, _new = (made(store, tmp_path, f"{n}.dmp", 100) for n in "abc")
    assert expired(store.entries, now, 7, 0) == (old,)
    assert set(expired(store.entries, now, 0, 150)) == {middle, old}
    assert expired(store.entries, now, 0, 0) == ()


def test_retention_never_touches_a_file_it_did_not_make(tmp_path):
    store = HistoryStore(tmp_path / "h.jsonl", clock=lambda: 0.0)
    made(store, tmp_path, "a.dmp", 100)
    (tmp_path / "a.dmp").write_bytes(b"somebody else's file of the same name")
    assert expired(store.entries, 1000 * DAY, 1, 1) == ()
