"""Asks how large the dump would be, off the main thread, once nothing has changed for a moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dumpengine import MinidumpType, ProcessKey
from gui import format as words
from gui.background import Background
from gui.services import Services

if TYPE_CHECKING:
    from dumpengine import Estimate

_SETTLE = 150


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be estimated."""

    keys: tuple[ProcessKey, ...]
    dump_type: MinidumpType


@dataclass(frozen=True, slots=True)
class Answer:
    """The size of all dumps together, and each flag's share of it."""

    total: int
    shares: dict[MinidumpType, int]


class Estimator(QObject):
    """Main thread. An answer to a question that was overtaken is dropped.

    Signals:
        estimating: an answer is on its way.
        answered: an Answer.
        failed: why not, as a sentence.
    """

    estimating = Signal()
    answered = Signal(object)
    failed = Signal(str)

    def __init__(
        self, services: Services, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._background = background
        self._question: Question | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE)
        self._timer.timeout.connect(self._ask)

    def ask(self, question: Question | None) -> None:
        """Estimate this from now on; None: nothing. The same question is not asked again."""
        if question == self._question:
            return
        self._question = question
        if question is None or not question.keys:
            self._timer.stop()
            return
        self.estimating.emit()
        self._timer.start()

    @Slot()
    def _ask(self) -> None:
        question = self._question
        if question is not None:
            self._background.run(
                self,
                partial(self._work, question),
                partial(self._on_done, question),
                partial(self._on_failed, question),
            )

    def _work(self, question: Question) -> Answer:
        shares: dict[MinidumpType, int] = {}
        total = 0
        for key in question.keys:
            estimate: Estimate = self._services.estimate(key, question.dump_type)
            total += estimate.total
            for flag, share in estimate.by_flag.items():
                shares[flag] = shares.get(flag, 0) + share
        return Answer(total, shares)

    def _on_done(self, question: Question, answer: Answer) -> None:
        if question == self._question:
            self.answered.emit(answer)

    def _on_failed(self, question: Question, error: Exception) -> None:
        if question == self._question:
            self.failed.emit(words.cause(error))
