"""Keeps the training's code in step with its set-up: what is typed is trained, remembered, undone, and explained."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Slot

from engine.training.configs import TrainingConfig
from engine.training.program import program_text
from gui.panels.code.panel import CodePanel
from gui.session.kept_config import as_text
from gui.session.session import Session
from gui.session.settings import Settings
from gui.work.training.controller import TrainingController

TYPING_WAIT = 500
"""Milliseconds without a key before what was typed is trained."""
KEEPING_WAIT = 1500
"""Milliseconds after which code is kept, so that a window that is killed finds it again."""

_OWN = {"model": "model", "loss": "loss", "optimizer": "optimizer", "batch_size": "batches", "start": "first weights"}
_UPDATE = {"clip": "clipping", "zero_grad": "zero_grad", "weight_decay": "weight decay"}


class TrainingCode(QObject):
    """Between the code panel and the run of ``session``."""

    def __init__(
        self, session: Session, code: CodePanel, controller: TrainingController, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._run, self._code = session, session.run, code
        self._controller, self._settings = controller, settings
        self._typed: str | None = None
        self._typing = self._timer(TYPING_WAIT, self.flush)
        self._keeping = self._timer(KEEPING_WAIT, self._keep)
        code.editor.training_edited.connect(self._edited)
        code.editor.history_wanted.connect(self._history)
        code.editor.training_turns = self._turns
        code.back_wanted.connect(self._take_back)
        code.by_hand.back_wanted.connect(self.back_to_the_set_up)
        code.by_hand.allowed.connect(self._allow)
        controller.asked.connect(self.flush)
        controller.prepared.connect(self._tell)
        self._run.config_changed.connect(self._changed)
        self._tell()

    def _timer(self, wait: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait)
        timer.timeout.connect(slot)
        return timer

    @property
    def typing(self) -> bool:
        """Whether something was typed that is not the run's code yet."""
        return self._typed is not None

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._typed = text
        self._controller.look(code=True)
        self._typing.start()

    @Slot()
    def flush(self) -> None:
        """Let what was typed be the run's code now."""
        self._typing.stop()
        typed, self._typed = self._typed, None
        if typed is None:
            return
        written = program_text(self._run.config.generated).rstrip("\n")
        code = "" if typed.rstrip("\n") == written else typed.rstrip("\n") + "\n"
        self._run.set_config(replace(self._run.config, code=code))

    @Slot()
    def back_to_the_set_up(self) -> None:
        """The code that the set-up writes; undo brings back what was there."""
        self.flush()
        self._run.set_config(self._run.config.generated)

    @Slot()
    def _allow(self) -> None:
        self.flush()
        self._run.own_code.allow()

    def _turns(self, undo: bool) -> bool:
        """Whether the keys of undo, or else of redo, change the text."""
        return (undo and self.typing) or self._run.own_code.turns(undo=undo)

    @Slot(bool)
    def _history(self, undo: bool) -> None:
        self.flush()
        if self._run.own_code.turns(undo=undo):  # who types means the text: the set-up stays as it is
            self.go_back(undo=undo)

    @Slot()
    def _take_back(self) -> None:
        self.go_back(undo=True)

    def go_back(self, *, undo: bool) -> None:
        """Undo the last change of set-up or code, or do it again."""
        self.flush()
        if undo:
            self._run.undo_config()
        else:
            self._run.redo_config()

    @Slot()
    def _changed(self) -> None:
        """Another config: what was typed on the one before is in it, or was taken back."""
        self._tell()
        self._keeping.start()

    @Slot()
    def _keep(self) -> None:
        self._settings.set_value("training/config", as_text(self._run.config, self._run.own_code.came_with))
        self._settings.save()

    # What is said ------------------------------------------------------------------------------------------------

    @Slot()
    def _tell(self) -> None:
        run = self._run
        if run.own_code.came_with:
            words = "It has not run. It may do whatever a program may: read it, then run it if you trust it."
        else:
            words = " ".join(part for part in (self._unheard(), self._unseen()) if part)
        self._code.by_hand.tell(words, run.own_code.came_with, applies=bool(run.config.code))

    def _unheard(self) -> str:
        """What was set since the code was edited, and is not in it."""
        before, now = self._run.own_code.edited_from, self._run.config
        names = [] if before is None else unheard(before, now.generated)
        if not names:
            return ""
        which = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{which[0].upper()}{which[1:]} of the set-up changed since: this code does not follow."

    def _unseen(self) -> str:
        """What is not drawn of it, and why."""
        figures = self._controller.figures
        if figures is None or not self._run.config.code:
            return ""
        if figures.no_fit:
            return f"No fit and no loss surface are drawn, as {figures.no_fit}; loss, parameters and gradients are."
        return f"No loss surface is drawn, as {figures.no_surface}." if figures.no_surface else ""


def unheard(before: TrainingConfig, now: TrainingConfig) -> list[str]:
    """What differs between two set-ups that stands in the code, in words."""
    if program_text(before) == program_text(now):
        return []
    names = {**_OWN, **_UPDATE}
    for setup in (before.setup, now.setup):
        names |= {knob.name: knob.label.lower() for choice in (setup.model, setup.loss) for knob in choice.knobs}
    chosen = {name: (getattr(before, name), getattr(now, name)) for name in ("model", "loss", "optimizer")}
    one, other = before.setup.values, now.setup.values
    return [word for name, word in names.items() if len(set(chosen.get(name) or (one.get(name), other.get(name)))) > 1]
