"""What is exported of a training: asked for in a dialog, written on a thread of its own, and told."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from engine.errors import Cancelled
from gui.export.formats import ANIMATION, PLOTS, TABLE, Export
from gui.export.training.animation import Frames
from gui.export.training.dialog import Animation, ExportDialog
from gui.export.training.plots import PlotPicture, plots_image
from gui.export.training.table import Table
from gui.look import file_dialog
from gui.look.theme import ThemeManager
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.widgets.question import tell
from gui.work.newest_wins import Cancel, Job
from gui.work.one_at_a_time import OneAtATime

if TYPE_CHECKING:
    from engine.training.pictures.fits import Fit

_LOOK = 0.05
"""Seconds between two looks whether the thread is to end while it waits for a frame."""


class TrainingExports(OneAtATime):
    """Exports what ``panel`` and the session's runs show.

    Signals
    -------
    saved(str name)
        A file of that name was written.
    """

    saved = Signal(str)
    _frame_wanted = Signal(object, int)

    def __init__(
        self,
        session: Session,
        theme: ThemeManager,
        panel: TrainingPanel,
        suggestion: Callable[[str], str],
        window: QWidget,
    ) -> None:
        super().__init__("exports", window)
        self._session, self._theme, self._panel = session, theme, panel
        self._suggestion, self._window = suggestion, window
        self.dialog: ExportDialog | None = None
        self._name = ""
        """Of the file that is being written."""
        self._images: queue.Queue[QImage | Exception] = queue.Queue()
        self._frames: tuple[PlotPicture, int] | None = None
        """What the frames show, and the number of the run."""
        self._frame_wanted.connect(self._paint_frame)

    # Asking ------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask what is to be exported."""
        dialog = self.dialog = ExportDialog(self._session, self._theme, self._panel.pictured.widgets, self._window)
        dialog.chosen.connect(self.export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object)
    def export(self, wanted: Table | PlotPicture | Animation) -> None:
        """Ask for a file and write this to it."""
        export: Export[Any] = TABLE if isinstance(wanted, Table) else PLOTS if isinstance(wanted, PlotPicture) else ANIMATION
        suggestion = self._suggestion(export.formats[0].ending)
        name = file_dialog.name_to_save(self._window, export.title, suggestion, export.filters)
        if not name:
            return
        path = export.path(name)
        if isinstance(wanted, PlotPicture):
            try:
                export.write(wanted, path)
            except OSError as error:
                tell(self._window, self._theme, export.failed, str(error))
            else:
                self.saved.emit(path.name)
        elif isinstance(wanted, Table):
            self._write(lambda cancel: export.write(Table(wanted.runs, cancel), path), export, path)
        else:
            self._animate(wanted, path)

    # Writing -----------------------------------------------------------------------------------------------------

    def _write(self, run: Callable[[Cancel], object], export: Export[Any], path: Path) -> None:
        def failed(words: str) -> None:
            tell(self._window, self._theme, export.failed, words)

        self._name = path.name
        self._begin(run, lambda _: self.saved.emit(path.name), failed, (f"Writing {path.name}…", "Do not write it"), ())

    def _over(self, job: Job) -> None:
        if job is self._job:
            self._frames = None
        super()._over(job)

    def may_end(self, ask: Callable[[str], bool]) -> bool:
        """True if the window may close: nothing is being written or, asked with its file's name, the user gives that up."""
        return not self.busy or ask(self._name)

    # An animation ------------------------------------------------------------------------------------------------

    def _animate(self, wanted: Animation, path: Path) -> None:
        run = self._session.run
        history, serial = run.snapshots, run.serial
        axes = self._panel.pictured.axes
        images = self._images = queue.Queue()

        def frames(cancel: Cancel, numbers: Sequence[int]) -> Iterator[QImage]:
            from engine.errors import ProgramError
            from engine.runtime.threads import adopt_thread_count
            from engine.training.pictures.fits import Fitting

            adopt_thread_count()
            config = history[0].config
            assert config is not None
            try:
                fitting = Fitting(config, axes)
            except ValueError as error:  # of edited code there may be none
                raise OSError(str(error)) from None
            for number in numbers:
                try:
                    fit = fitting.fit(history[wanted.steps[number]], cancel)
                except ProgramError as error:  # edited code predicts, and fails
                    raise OSError(str(error)) from None
                self._frame_wanted.emit(fit, number)
                yield _next(images, cancel)

        def write(cancel: Cancel) -> None:
            ANIMATION.write(Frames(len(wanted.steps), wanted.wait, lambda numbers: frames(cancel, numbers)), path)

        self._write(write, ANIMATION, path)
        self._frames = wanted.picture, serial
        self._path, self._count = path, len(wanted.steps)

    @Slot(object, int)
    def _paint_frame(self, fit: Fit, number: int) -> None:
        """Paint one frame, between two turns of the window's own loop."""
        if self._frames is None:
            return
        picture, serial = self._frames
        if serial != self._session.run.serial:
            self._images.put(OSError("another run began, and the plots show that one now. Export it anew."))
            return
        with self._panel.pictured.at_step(fit):
            self._images.put(plots_image(picture))
        self.told.emit(f"Writing {self._path.name}: frame {number + 1} of {self._count}", "Do not write it")


def _next(images: queue.Queue[QImage | Exception], cancel: Cancel) -> QImage:
    while not cancel():
        try:
            image = images.get(timeout=_LOOK)
        except queue.Empty:
            continue
        if isinstance(image, Exception):
            raise image
        return image
    raise Cancelled
