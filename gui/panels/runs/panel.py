"""The panel of runs: the table, what can be done with a run, and the race."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from engine.training.program import script
from gui.look.theme import ThemeManager, ui_font
from gui.panels.runs.branch import BranchBox, branched
from gui.panels.runs.buttons import RunButtons
from gui.panels.runs.model import ALWAYS
from gui.panels.runs.pages import RunPages
from gui.panels.runs.race import RaceBox, configs_of
from gui.panels.runs.sweeping import Sweeping
from gui.panels.runs.table import RunTable
from gui.panels.runs.told.offer import Offer
from gui.panels.runs.told.winner import Judge
from gui.session.runs import Run
from gui.session.session import Session
from gui.widgets import make_button

GROW = 100
"""Milliseconds between two updates of the numbers while training runs."""
STAYS = "The run that is shown can be deleted once another one has begun"
AGAIN = "It is trained again first: a file of runs holds its numbers only"


class RunsPanel(QWidget):
    """Shows ``session.runs``.

    Signals
    -------
    again_wanted()
        The user wants another run from this start, with the set-up as it is.
    race_wanted(object)
        The user wants these configs trained side by side.
    sweep_wanted(object)
        The user wants these configs trained, one after the other.
    stop_wanted()
        The user wants no more of them trained.
    branch_wanted(object, int, object)
        The user wants a config trained from an epoch of a run on: the run, the epoch, the config.
    show_wanted(object)
        The user wants a run shown again.
    save_wanted(object)
        The user wants these runs saved.
    replay_wanted(object)
        The user wants to know whether this run comes out the same again.
    asking()
        Something is asked in place of the table, and should be in sight.
    fitted()
        Another height is wanted.
    """

    again_wanted = Signal()
    race_wanted = Signal(object)
    sweep_wanted = Signal(object)
    stop_wanted = Signal()
    branch_wanted = Signal(object, int, object)
    show_wanted = Signal(object)
    save_wanted = Signal(object)
    replay_wanted = Signal(object)
    asking = Signal()
    fitted = Signal()

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run, self._runs, self._theme = session.run, session.runs, theme
        self.setAccessibleName("Runs")
        self.buttons = RunButtons(theme, self)
        self.buttons.hide()  # whoever shows the panel has a place for them
        self.again, self.race_button, self.branch_button, self.sweep_button = self.buttons.buttons
        self.table = RunTable(self._runs, theme)
        self.race = RaceBox(theme)
        self.branch = BranchBox(theme)
        self.sweeping = Sweeping(session, theme)
        self._branching: tuple[Run, int] | None = None
        self.said = ""
        """What is said below the table, as who won a race; empty where nothing is."""
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setWordWrap(True)
        self.undo = make_button("Undo", theme, tooltip="Bring back the run that was deleted last")
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(16, 6, 16, 6)
        foot.addWidget(self._said, 1)
        foot.addWidget(self.undo)
        self.pages = RunPages(self.table, theme)
        asked = {self.race: self.race_button, self.branch: self.branch_button, self.sweeping: self.sweep_button}
        for page, button in asked.items():
            self.pages.add(page, button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        column.addWidget(self._foot)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(GROW)
        self._late.timeout.connect(self._grow)
        self.undo.setAutoDefault(True)  # Return presses it, too
        self.again.clicked.connect(self.again_wanted)
        self.race_button.clicked.connect(self.open_race)
        self.race.left.connect(self.pages.show_table)
        self.race.begun.connect(self._race)
        self.branch_button.clicked.connect(self.open_branch)
        self.branch.left.connect(self.pages.show_table)
        self.branch.begun.connect(self._branch)
        self.sweep_button.clicked.connect(self.open_sweep)
        self.sweeping.left.connect(self.pages.show_table)
        self.sweeping.currentChanged.connect(self.pages.fit)
        self.sweeping.begun.connect(self.sweep_wanted)
        self.sweeping.stopped.connect(self.stop_wanted)
        self.sweeping.chosen.connect(self._run.set_config)
        self.table.wanted.connect(self.show_run)
        self.table.menu_wanted.connect(self._open_menu)
        self.table.deleted.connect(self._tell_deleted)
        self.judge = Judge(session.runs, self.say, self)
        self._offer = Offer(session, self.again)
        self.table.turned.connect(self.turn)
        self.table.branch_wanted.connect(self.ask_branch)
        self.undo.clicked.connect(self._undelete)
        self.pages.fitted.connect(self.fitted)
        self._runs.changed.connect(self._renew)
        self._run.changed.connect(self._late_start)
        self._run.state_changed.connect(self._begins)
        self._run.epoch_changed.connect(self._grow)
        theme.changed.connect(self.restyle)
        self.say("")
        self.restyle()
        self._renew()

    @Slot()
    def restyle(self) -> None:
        colors = self.palette()
        colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
        self.setPalette(colors)
        self.setAutoFillBackground(True)
        self._said.setFont(ui_font(12 * self._theme.scale))
        tint = self._said.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self._said.setPalette(tint)

    def say(self, text: str, *, undo: bool = False) -> None:
        """Show ``text`` below the table; ``undo``: with a button that undoes a deletion."""
        self.said = text
        self._said.setText(text)
        self.undo.setVisible(undo)
        self._foot.setVisible(bool(text))
        self.fitted.emit()

    def height_in(self, whole: bool) -> int:
        """Px in which what is shown is seen as it is meant to be, or, if not ``whole``, can still be used."""
        foot = 0 if self._foot.isHidden() else self._foot.sizeHint().height()
        return foot + (self.pages.wanted if whole else self.pages.least)

    # The table ---------------------------------------------------------------------------------------------------

    @Slot()
    def _renew(self) -> None:
        self.table.renew()
        self.pages.show_rows(len(self._runs.rows), len(self._runs.trained))
        self._grow()

    @Slot()
    def _late_start(self) -> None:
        if not self._late.isActive():
            self._late.start()

    @Slot()
    def _grow(self) -> None:
        self.table.model_of_runs.epoch = self._run.epoch
        self.table.model_of_runs.grow()

    @Slot(str)
    def _begins(self, state: str) -> None:
        """What was said of the runs before is no longer so once one is trained; a deletion can still be undone."""
        if state == "running" and self.undo.isHidden() and self._said.text():
            self.say("")

    # What a person does ------------------------------------------------------------------------------------------

    @Slot(object)
    def show_run(self, run: Run) -> None:
        """Show ``run`` with all of its epochs; training goes on with it."""
        if run is self._runs.current:
            return
        self.say("")
        self.show_wanted.emit(run)

    @Slot(object)
    def use_setup(self, run: Run) -> None:
        """Take over the set-up of ``run``, which can be undone."""
        self._run.set_config(run.config)

    @Slot(object)
    def turn(self, run: Run) -> None:
        """Hide ``run`` in the plots, or draw it again."""
        if run is self._runs.current:
            self.say(f"{ALWAYS}.")
            return
        self._runs.show(run, not run.shown)
        apart = self.table.model_of_runs.apart(run)
        self.say(f"{run.name}: {apart[0].lower()}{apart[1:]}." if apart and run.shown else "")

    def menu_of(self, run: Run) -> QMenu:
        """What can be done with ``run``."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        shows = menu.addAction("Show this run\tReturn", lambda: self.show_run(run))
        epoch = self._epoch_of(run)
        branches = menu.addAction(f"Branch from epoch {epoch:,}…\tB", lambda: self.ask_branch(run))
        for action, able in ((shows, run is not self._runs.current), (branches, run.is_trained)):
            action.setEnabled(able)
            if not run.can_go_on:
                action.setToolTip(AGAIN)
        menu.addAction("Use this set-up", lambda: self.use_setup(run))
        menu.addAction("Rename\tF2", self.table.rename)
        menu.addAction("Copy as code", lambda: QGuiApplication.clipboard().setText(script(run.config)))
        again = menu.addAction("Train it again and compare", lambda: self.replay_wanted.emit(run))
        again.setToolTip("Whether every number comes out exactly the same")
        menu.addAction("Save…", lambda: self.save_wanted.emit([run]))
        if not run.epochs:
            again.setEnabled(False)
            again.setToolTip("It was not trained yet")
        eye = menu.addAction("Hide in the plots\tSpace" if run.shown else "Draw in the plots\tSpace", lambda: self.turn(run))
        menu.addSeparator()
        if run is self._runs.current:
            eye.setEnabled(False)
            eye.setToolTip(ALWAYS)
        delete = menu.addAction("Delete\tDel", lambda: self._delete(run))
        if run is self._runs.current:
            delete.setEnabled(False)
            delete.setToolTip(STAYS)
        elif run in self._runs.racing:
            delete.setEnabled(False)
            delete.setToolTip("It can be deleted once the race is over")
        every = menu.addAction("Delete all runs", self.delete_all)
        every.setToolTip("All but the one that is shown, which stays. It can be undone")
        every.setEnabled(any(other is not self._runs.current for other in self._runs.rows))
        return menu

    @Slot(object, QPoint)
    def _open_menu(self, run: Run, at: QPoint) -> None:
        menu = self.menu_of(run)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def _delete(self, run: Run) -> None:
        self._runs.delete(run)
        self._tell_deleted()

    @Slot()
    def _tell_deleted(self) -> None:
        deleted = self._runs.deleted
        stays = "Those that race can be deleted once their race is over." if self._runs.racing else f"{STAYS}."
        if not deleted:
            self.say(stays)
        else:
            said = f"{deleted[0].name} was deleted." if len(deleted) == 1 else f"{len(deleted)} runs were deleted."
            self.say(said, undo=True)

    @Slot()
    def delete_all(self) -> None:
        """Delete every run but the one that is shown, which is undone at once."""
        self._runs.delete(*self._runs.rows)
        self._tell_deleted()

    @Slot()
    def _undelete(self) -> None:
        self._runs.undelete()
        self.say("")

    # The race ----------------------------------------------------------------------------------------------------

    @Slot()
    def open_race(self) -> None:
        """Ask which optimizers race."""
        self._ask(self.race)
        self.race.begin.setFocus()

    def _ask(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.asking.emit()  # before the keyboard goes there: it may be folded

    @Slot()
    def open_sweep(self) -> None:
        """Ask which knob is swept, or show the last sweep."""
        self._ask(self.sweeping)
        self.sweeping.open()

    # A branch ----------------------------------------------------------------------------------------------------

    def _epoch_of(self, run: Run) -> int:
        """The epoch of ``run`` that is looked at: the cursor's, or its last one if it is shorter."""
        return max(run.begins, min(self._run.shown_step, run.epochs))

    @Slot()
    def open_branch(self) -> None:
        """Ask with what the run that is shown goes on from the epoch that is looked at."""
        current = self._runs.current
        if current is None or not current.epochs:
            self.say("There is no epoch to branch from yet: train first.")
        else:
            self.ask_branch(current)

    @Slot(object)
    def ask_branch(self, run: Run) -> None:
        """Ask with what ``run`` goes on from the epoch that is looked at."""
        self._branching = run, self._epoch_of(run)
        self._ask(self.branch)
        self.branch.ask(*self._branching)

    @Slot(str, float)
    def _branch(self, optimizer: str, rate: float) -> None:
        self.pages.show_table()
        if self._branching is None:
            return
        run, epoch = self._branching
        try:
            config = branched(run, epoch, optimizer, rate)
        except (ValueError, TypeError) as error:
            self.say(f"{error}.")
            return
        self.say("")
        self.branch_wanted.emit(run, epoch, config)

    @Slot(object)
    def _race(self, chosen: tuple[tuple[str, float], ...]) -> None:
        self.pages.show_table()
        try:
            configs = configs_of(self._run.config, chosen)
        except (ValueError, TypeError) as error:
            self.say(f"{error}.")
            return
        self.say("")
        self.sweeping.end()  # the race takes its place
        self.race_wanted.emit(configs)
