"""A made-up system whose processes come, go and change, for what measures the list."""

from __future__ import annotations

import random
from dataclasses import replace

from gui.titles.facts import ProcessWindows
from tests.support.gui_fakes import row


class Processes:
    """Each tick a tenth of the rows has other numbers, one in a hundred ended and started."""

    def __init__(self, count: int) -> None:
        self._random = random.Random(1)
        self._next = 1
        self._titles = [0] * 50
        self.rows = [self._new() for _ in range(count)]

    def _new(self):
        pid, self._next = self._next, self._next + 1
        name = self._random.choice(("worker", "chrome", "bash", "python3", "java"))
        return row(pid, f"{name}-{pid % 97}", ppid=max(0, pid // 7))

    def titles(self) -> dict[int, ProcessWindows]:
        """Return the windows of the 50 oldest."""
        changed = self._random.sample(range(50), 5)
        self._titles = [title + (place in changed) for place, title in enumerate(self._titles)]
        pids = sorted(row.key.pid for row in self.rows)[:50]
        titles = zip(pids, self._titles, strict=False)
        return {pid: ProcessWindows((f"Page {title} – Browser",)) for pid, title in titles}

    def tick(self) -> tuple:
        for place in self._random.sample(range(len(self.rows)), len(self.rows) // 10):
            self.rows[place] = replace(
                self.rows[place],
                cpu_percent=round(self._random.random() * 100, 1),
                rss=self._random.randrange(1 << 32),
            )
        for place in self._random.sample(range(len(self.rows)), len(self.rows) // 100):
            self.rows[place] = self._new()
        return tuple(self.rows)
