"""What lies outside of the window; a test gives it all of its own."""

from __future__ import annotations

from dataclasses import dataclass

from gui.desktop import Desktop
from gui.dialogs import Dialogs
from gui.services import Services
from gui.settings import Settings
from gui.titles.facts import LookAtWindows, no_windows


@dataclass(frozen=True, slots=True)
class Outside:
    """The engine, the settings, the questions, the desktop, and what windows there are.

    ``look_at_windows`` is called in the poller's thread only.
    """

    services: Services
    settings: Settings
    dialogs: Dialogs
    desktop: Desktop
    look_at_windows: LookAtWindows = no_windows
