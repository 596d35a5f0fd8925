"""The viewer on a whole dump, on a truncated one, and on a file that is no dump."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

import dumpengine
from dumpengine import PRESETS
from gui import theme
from gui.background import Background
from gui.services import engine_services
from gui.viewer.window import ViewerWindow

WINDOWS = sys.platform == "win32"
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
PROGRAM = """
import threading, time
for name in ("reader", "writer"):
    threading.Thread(target=time.sleep, args=(600,), daemon=True, name=name).start()
print("ready", flush=True)
time.sleep(600)
"""

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def dump_file(tmp_path_factory) -> Path:
    """A full dump of a Python process with three threads."""
    path = tmp_path_factory.mktemp("viewer") / "python.dmp"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        dumpengine.write_dump(process.pid, path, PRESETS["full"].value)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return path


@pytest.fixture
def look(qtbot):
    """Open the viewer on a file and wait until it has read it."""
    background = Background()

    def open_viewer(path: Path) -> ViewerWindow:
        viewer = ViewerWindow(path, engine_services(), background)
        viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(viewer)
        viewer.show()
        qtbot.waitUntil(
            lambda: viewer.loaded is not None or not viewer.message.text().startswith("Reading")
        )
        return viewer

    yield open_viewer
    background.close()


def texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


@pytest.mark.skipif(WINDOWS, reason="names are read from ELF files")
def test_addresses_in_libraries_get_the_names_of_functions(look, dump_file, qtbot):
    """The main thread sleeps in the C library, which names its functions."""
    viewer = look(dump_file)
    table = viewer.threads.stack.rows_model

    def named() -> list[str]:
        return [word.meaning for word in table.rows if " · " in word.meaning]

    qtbot.waitUntil(lambda: bool(named()))
    assert all(meaning.partition(" · ")[2].count("+0x") == 1 for meaning in named())
    assert any(meaning.startswith("libc") for meaning in named())


def test_the_first_page_is_for_people(look, dump_file):
    viewer = look(dump_file)
    assert viewer.headline.text().startswith("python")
    assert viewer.second.text().startswith("Full memory · ")
    assert "3 threads" in viewer.second.text()
    assert viewer.readers.text().startswith("Opens in: ")
    assert "passwords, keys and personal data" in texts(viewer.overview)


def test_threads_have_registers_and_a_resolved_stack(look, dump_file):
    viewer = look(dump_file)
    viewer.tabs.setCurrentWidget(viewer.threads)
    model = viewer.threads.registers.rows_model
    assert model.rows[0][0] == "rip"
    assert ("ntdll" if WINDOWS else "libc") in model.rows[0][2]
    assert len(viewer.threads.stack.rows_model.rows) > 16
    assert any(word.meaning for word in viewer.threads.stack.rows_model.rows)


def test_the_picture_leads_to_the_table(look, dump_file, qtbot):
    viewer = look(dump_file)
    viewer.tabs.setCurrentWidget(viewer.memory)
    picture = viewer.memory.picture
    largest = max(picture._areas, key=lambda area: area.size)
    place = picture._edges[picture._areas.index(largest)] + 1
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=_at(place))
    assert viewer.memory.table.rows_model.rows[viewer.memory.table.currentIndex().row()] == largest
    assert viewer.memory.words.text().startswith(f"0x{largest.start:x}")


def _at(x: float):
    from PySide6.QtCore import QPoint

    return QPoint(int(x), 4)


def test_bytes_of_any_address(look, dump_file, qtbot):
    viewer = look(dump_file)
    module = viewer.loaded.description.modules[0]
    viewer.bytes.address.setText(f"{int(module.base):x}")
    qtbot.keyClick(viewer.bytes.address, Qt.Key.Key_Return)
    assert ("MZ" if WINDOWS else ".ELF") in viewer.bytes.hex.toPlainText().splitlines()[0]
    viewer.bytes.address.setText("nowhere")
    qtbot.keyClick(viewer.bytes.address, Qt.Key.Key_Return)
    assert "is not an address" in viewer.bytes.where.text()


def test_sorting_keeps_what_is_chosen(look, dump_file):
    viewer = look(dump_file)
    table = viewer.memory.table
    table.selectRow(5)
    chosen = table.rows_model.rows[5]
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    sizes = [area.size for area in table.rows_model.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert table.rows_model.rows[table.currentIndex().row()] == chosen


def test_what_is_no_dump_is_explained(look, tmp_path):
    path = tmp_path / "note.dmp"
    path.write_text("this is not a minidump, it only has its name")
    viewer = look(path)
    assert "not a minidump" in viewer.message.text()
    assert viewer.loaded is None


def test_a_truncated_dump_shows_what_is_there_or_says_why_not(look, dump_file, tmp_path):
    path = tmp_path / "half.dmp"
    data = dump_file.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    viewer = look(path)
    if viewer.loaded is None:
        assert viewer.message.text().strip()
    else:
        assert not viewer.loaded.report.ok
        assert viewer.loaded.report.findings


@pytest.mark.parametrize("scheme", [theme.Scheme.LIGHT, theme.Scheme.DARK])
def test_a_picture_of_every_page(look, dump_file, scheme):
    theme.apply(QApplication.instance(), scheme)
    ARTEFACTS.mkdir(exist_ok=True)
    viewer = look(dump_file)
    for page in range(viewer.tabs.count()):
        viewer.tabs.setCurrentIndex(page)
        QApplication.processEvents()
        name = viewer.tabs.tabText(page).lower()
        assert viewer.grab().save(str(ARTEFACTS / f"viewer-{name}-{scheme.value}.png"))


@pytest.mark.skipif(WINDOWS, reason="stacks are walked by tables of ELF files")
def test_the_frames_of_the_chosen_thread_are_walked_in_another_process(look, dump_file, qtbot):
    viewer = look(dump_file)
    page = viewer.threads
    qtbot.waitUntil(lambda: page.view.stacks is not None, timeout=30_000)
    page.table.selectRow(1)
    frames = [row.frame for row in page.view.frames.rows_model.rows]
    assert any(frame.module.startswith("libc.so") and frame.function for frame in frames)
    assert page.view.chosen_thread() == page.table.rows_model.rows[1].tid
    assert viewer.overview.copy_report.isEnabled()
    viewer.overview.copy_report.click()
    assert "libc.so" in QApplication.clipboard().text()


@pytest.mark.skipif(WINDOWS, reason="stacks are walked by tables of ELF files")
def test_closing_the_viewer_ends_the_walk(look, dump_file, qtbot):
    viewer = look(dump_file)
    viewer.close()
    assert not viewer._looker.busy
