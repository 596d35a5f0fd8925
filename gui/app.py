"""The program: ``dumpdesk``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtWidgets import QApplication

import dumpengine
from gui import hooks, theme
from gui import settings as options
from gui.arguments import Arguments, parse
from gui.collector import MainThreadCollector
from gui.desktop import Desktop
from gui.dialogs import Dialogs
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.pyside_faults import keep_singletons_alive
from gui.services import engine_services
from gui.settings import Settings, settings_path
from gui.single_instance import SingleInstance, hand_over, server_name
from gui.titles.find import find_windows


def make_application() -> QApplication:
    """Create the QApplication with the program's name and icon."""
    app = QApplication([sys.argv[0]])
    app.setApplicationName("DumpDesk")
    app.setApplicationVersion(dumpengine.__version__)
    app.setDesktopFileName("dumpdesk")
    app.setWindowIcon(theme.app_icon())
    MainThreadCollector(app)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window; returns the exit code."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    keep_singletons_alive()
    app = make_application()
    settings = Settings(settings_path(arguments.portable))
    name = server_name(str(settings.path))
    if hand_over(name, arguments):
        return 0
    with hooks.installed(settings.folder) as surprises:
        theme.apply(app, settings.get(options.SCHEME))
        outside = Outside(engine_services(), settings, Dialogs(), Desktop(), find_windows())
        window = MainWindow(outside)
        instance = SingleInstance(name, window)
        instance.arguments_received.connect(window.follow)
        surprises.told.connect(window.commands.show_surprise)
        window.closed.connect(instance.close)
        window.show()
        window.start()
        if arguments != Arguments(portable=arguments.portable):
            window.follow(arguments)
        return app.exec()
