"""What actions do to several parts of the window at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit

from gui.look import file_dialog
from gui.widgets.question import tell
from gui.window.dialogs.help import ShortcutsDialog, help_on
from gui.window.dialogs.preferences import Preferences
from gui.window.parts import Parts

if TYPE_CHECKING:
    from gui.export.formats import Export
    from gui.window.learn.trainings import Trainings


def new(window: Parts) -> None:
    """Start an empty program, with the caret in it."""
    if window.documents.new():
        window.session.set_mode("explore")
        window.columns.bring_code()
        window.code.focus_editor()


def save(window: Parts) -> None:
    """Save what is shown: the program, the recording in its place or, in Train, the runs, which hold the training's code."""
    if window.session.subject.has_epochs:
        save_runs(window)
    elif window.session.subject.recorded_elsewhere:
        window.recordings.save()
    else:
        window.documents.save()


def save_as(window: Parts) -> None:
    """The same under another name."""
    if window.session.subject.has_epochs:
        save_runs(window)
    elif window.session.subject.recorded_elsewhere:
        window.recordings.save_as()
    else:
        window.documents.save_as()


def choose_mode(window: Parts, mode: str) -> None:
    """Show ``explore``, ``train`` or ``learn`` (the lesson that is played, or the first that is not done), from Home as well."""
    window.home.leave()
    if mode == "learn":
        window.learning.resume()
    else:
        window.learning.leave()
        window.session.set_mode(mode)


def home_does(window: Parts, what: str) -> None:
    """What was chosen in Home: one of the window's actions, or a file of one kind."""
    if what == "open_recording":
        window.documents.open_dialog("recording")
    elif what == "load_data":
        window.documents.open_dialog("table")
    else:
        window.actions_by_id[what].trigger()


def record_script(window: Parts) -> None:
    """Record a script: the program that is shown, where a button offers that, else one that is asked for."""
    if window.code.problem_box.offers_recording:
        window.code.problem_box.record.emit()
    else:
        window.recordings.scripts.suggest()


def edit(window: Parts, what: str) -> None:
    """``cut``, ``copy``, ``paste`` or ``selectAll`` in the text that has the focus, else in the editor."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QAbstractSpinBox):
        focus = focus.lineEdit()
    text = focus if isinstance(focus, (QLineEdit, QPlainTextEdit)) else window.code.editor
    getattr(text, what)()


def undo(window: Parts) -> None:
    """Undo the last change: of the program's text or, in Train, of the training's set-up."""
    if window.session.subject.has_epochs:
        window.training_code.go_back(undo=True)
    else:
        window.code.undo()


def redo(window: Parts) -> None:
    """Redo the change that was undone."""
    if window.session.subject.has_epochs:
        window.training_code.go_back(undo=False)
    else:
        window.code.redo()


def branch(window: Parts) -> None:
    """Ask, where the runs are, with what the run goes on from the epoch that is shown."""
    window.below_plots.bring_runs()
    window.runs_panel.open_branch()


def delete_runs(window: Parts) -> None:
    """Delete all runs but the one that is shown, and say so where they were."""
    window.below_plots.bring_runs()
    window.runs_panel.delete_all()


def in_sight(window: Parts, act: Callable[[], object], in_lesson: Callable[[Trainings], object] | None = None) -> None:
    """Act on the training where that can be seen: if its column is folded, it is brought back first.

    While a lesson fills the window, what is trained is the lesson's: ``in_lesson`` acts on that.
    """
    bench = window.learning.bench
    if bench is not None and window.learning.shown:
        if in_lesson is not None and bench.trainings is not None and bench.plots_shown:
            in_lesson(bench.trainings)
        return
    if window.columns.folded == "training":
        window.columns.open_training()
        window.graph.view.setFocus()
    window.columns.in_turn.show_plots()
    act()


def edit_points(window: Parts) -> None:
    """Draw the points of the training's data, or stop that."""
    window.columns.in_turn.show_plots()
    if window.training.tools is not None:
        window.training.tools.points.button.click()


def copy_picture(window: Parts) -> None:
    """Put a picture of the graph on the clipboard; say so if that failed."""
    from gui.export.pictures import copy_picture as copy

    try:
        copy(window.graph)
    except OSError as error:
        tell(window.graph, window.theme, "The picture was not copied", str(error))


def export_picture(window: Parts) -> None:
    """Ask for a file and write a picture of the graph to it."""
    from gui.export.formats import PICTURE

    _export(window, PICTURE)


def export_recording(window: Parts) -> None:
    """Ask for a file and write the shown recording to it, as text."""
    from gui.export.formats import DATA

    _export(window, DATA)


def export_script(window: Parts) -> None:
    """Ask for a file and write the training to it, as a program that runs without Gradwalk."""
    from gui.export.formats import SCRIPT

    _export(window, SCRIPT)


def export_training(window: Parts) -> None:
    """Ask what of the training is exported, and write it."""
    if window.exports is None:
        from gui.export.training.exports import TrainingExports  # what it imports is for Train, and only when it is asked for

        exports = TrainingExports(
            window.session, window.theme, window.training, window.recordings.suggestion, window.graph.window()
        )
        underway = window.recordings.underway
        exports.told.connect(underway.tell_other)
        exports.saved.connect(underway.tell_saved)
        exports.crashed.connect(window.crashed)
        underway.other_ended.connect(exports.stop)
        window.exports = exports
    window.exports.ask()


def save_runs(window: Parts) -> None:
    """Ask for a file, and save all runs of the training."""
    window.below_plots.panel()
    window.runs_panel.save_wanted.emit(window.session.runs.trained)


def _export(window: Parts, wanted: Export[Any]) -> None:
    """Ask for a file and write what is shown to it; say so if that failed."""
    first = wanted.formats[0].ending
    name = file_dialog.name_to_save(window.graph, wanted.title, window.recordings.suggestion(first), wanted.filters)
    if not name:
        return
    path = wanted.path(name)
    try:
        wanted.write(window.graph, path)
    except OSError as error:
        tell(window.graph, window.theme, wanted.failed, str(error))
    else:
        window.recordings.underway.tell_saved(path.name)


def preferences(window: Parts) -> None:
    """Show the preferences."""
    dialog = Preferences(window.settings, window.theme, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def reset_training(window: Parts) -> None:
    """Back to the first weights, of the lesson's training while one fills the window."""
    if window.learning.shown:
        in_sight(window, lambda: None, lambda lesson: lesson.reset())
    else:
        window.training.controls.going_on.reset()


def toggle_theme(window: Parts) -> None:
    """Switch from light to dark, or the other way round; the choice is remembered."""
    window.set_theme("light" if window.theme.current.name == "dark" else "dark")


def zoom(window: Parts, direction: int) -> None:
    """Show the graph that is in sight larger (1), smaller (-1) or at its own size (0)."""
    fitting = window.shown_graph.fitting
    {1: fitting.zoom_in, -1: fitting.zoom_out, 0: fitting.zoom_reset}[direction]()


def fit(window: Parts) -> None:
    """Show the whole graph that is in sight."""
    window.shown_graph.fitting.fit_whole()


def stop(window: Parts) -> None:
    """End the running program and pause the training; in Home, go back to what is open, in a lesson to its page as it opened."""
    if window.home.shown:
        window.home.leave()
        return
    bench = window.learning.bench
    if bench is not None and window.learning.shown:
        bench.reset()
        return
    window.runs.stop()
    window.recordings.underway.cancel()
    if window.session.run.running or window.session.run.config.code:
        window.controller.pause()


def shortcuts(window: Parts) -> None:
    """Show the table of keys, and what the control that has the focus is for."""
    specs = [action.data() for action in window.actions_by_id.values()]
    keys = [(spec.tooltip, spec.shortcut_text) for spec in specs if spec.shortcuts]
    ShortcutsDialog(window.theme, keys, window, help_on(QApplication.focusWidget())).open()


def about(window: Parts) -> None:
    """Say what Gradwalk is, and under which licences its parts are."""
    from gui.window.dialogs.about import AboutDialog  # and with it importlib.metadata: not at every start

    dialog = AboutDialog(window.theme, window.version, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
