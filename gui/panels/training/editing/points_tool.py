"""Draws the points of the data: what the mouse and the keys do in the plot becomes another config, whose training follows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from engine.training.choices.knobs import MOST_ROWS
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager
from gui.panels.training.editing.drawing import Drawing, Rows, without
from gui.panels.training.editing.live import Live
from gui.panels.training.editing.pad import KEYS, PointsPad
from gui.panels.training.editing.tool_button import ToolButton
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.series import Floats
from gui.session.training_run import TrainingRun
from gui.work.training.controller import TrainingController

TIP = "Drag points, click to add one, Delete removes one; the training follows"
HINT = "Drag a point to move it · click an empty place to add one · Delete or right-click removes one · Esc ends"
MOST = f"Up to {MOST_ROWS:,} points can be drawn, and these data have {{:,}} rows. "
FEWER = {"file": "Choose a file with fewer rows in Set-up, Data"}
NONE: Floats = np.empty(0)


class PointsTool(QObject):
    """A button in the head of the plot, and what it turns on.

    Signals
    -------
    told()
        ``said`` is another one.
    """

    told = Signal()

    def __init__(
        self, run: TrainingRun, theme: ThemeManager, controller: TrainingController, plot: ScatterPlot, live: Live
    ) -> None:
        super().__init__(plot)
        self._run, self._controller, self._plot, self._live = run, controller, plot, live
        self._drawing: Drawing | None = None
        self._made: TrainingConfig | None = None
        """What was drawn last."""
        self._begun = run.config
        self._base: Rows = ()
        """The config and the rows that there were when the drag began."""
        self._note = ""
        self.button = ToolButton(theme, "Edit points", TIP, checkable=True)
        self.button.setAccessibleDescription(f"{TIP}. {KEYS}")
        self.classes = [
            ToolButton(theme, text, f"Points that are added are of class {of}", checkable=True)
            for of, text in ((1, "\N{BLACK CIRCLE} 1"), (0, "\N{WHITE CIRCLE} 0"))
        ]
        for of, button in zip((1, 0), self.classes, strict=True):
            button.setAccessibleName(f"Add points of class {of}")
            button.clicked.connect(self._class_chosen)
        self.of = 1
        """The class of points that are added, where there are classes."""
        for button in (*self.classes, self.button):
            plot.head.addWidget(button)
        self.pad = PointsPad(plot, theme, self._places)
        self.button.toggled.connect(self._toggled)
        self.pad.grabbed.connect(self._grabbed)
        self.pad.moved.connect(self._moved)
        self.pad.dropped.connect(self._dropped)
        self.pad.added.connect(self._added)
        self.pad.removed.connect(self.remove)
        self.pad.menu_wanted.connect(self._show_menu)
        self.pad.left.connect(self.end)
        run.config_changed.connect(self._config_changed)
        self._show()

    @property
    def said(self) -> str:
        """What the line below the plots says of it; empty while nothing is drawn."""
        return self._note or (HINT if self.button.isChecked() else "")

    def set_offered(self, offered: bool) -> None:
        """Whether there is room for it, and its changes can be undone."""
        if not offered:
            self.end()
        self.button.setVisible(offered)
        self._show()

    # On and off ----------------------------------------------------------------------------------------------------

    @Slot(bool)
    def _toggled(self, on: bool) -> None:
        reason = self._reason() if on else ""
        self._note = ""
        if reason:
            self.button.setChecked(False)
            self._say(reason)
            return
        self._plot.keeps_view = on
        self._run.follow(on)
        self.show_data()
        self.pad.setVisible(on)
        if on:
            self.pad.raise_()
            self.pad.select(None)
            self.pad.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show()
        self.told.emit()

    @Slot()
    def end(self) -> None:
        """Draw no more."""
        if self.button.isChecked():
            focused = self.pad.hasFocus()
            self.button.setChecked(False)
            if focused:
                self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _reason(self) -> str:
        """Why these data cannot be drawn; empty where they can."""
        data = self._controller.data
        if data is not None and data.rows is None:
            rows = len(data.X) + len(data.X_val)
            return MOST.format(rows) + FEWER.get(self._run.config.data, "Choose fewer rows in Set-up, Data")
        return ""

    @Slot()
    def show_data(self) -> None:
        """The data that are shown are others."""
        data, latest = self._controller.data, self._run.latest
        known = data is not None and data.rows is not None and latest is not None and latest.config is not None
        on = self.button.isChecked()
        self._drawing = None
        if on and known and data is not None and latest is not None and latest.config is not None:
            self._drawing = Drawing(latest.config, data, self._plot.axes)
        elif on:
            reason = self._reason()
            self.end()
            self._note = reason
            self.told.emit()
        if self.pad.selected is not None and self.pad.selected >= len(self._places()[0]):
            self.pad.select(None)
        self.pad.update()
        self._show()

    @Slot()
    def _config_changed(self) -> None:
        """What was said of a change goes with it."""
        if self._note and not self._run.held and self._run.config is not self._made:
            self._note = ""
            self.told.emit()

    def _show(self) -> None:
        drawing = self._drawing
        self.button.setEnabled(self._controller.data is not None)
        chooses = drawing is not None and drawing.chooses_class and not self.button.isHidden()
        for of, button in zip((1, 0), self.classes, strict=True):
            button.setVisible(chooses)
            button.setChecked(of == self.of)
        shown = [button for button in (*self.classes, self.button) if not button.isHidden()]
        self._plot.aside = sum(button.sizeHint().width() + 5 for button in shown)
        self._plot.show_texts()

    @Slot()
    def _class_chosen(self) -> None:
        self.of = 1 if self.sender() is self.classes[0] else 0
        self._show()

    def _places(self) -> tuple[Floats, Floats]:
        return self._drawing.places() if self._drawing is not None else (NONE, NONE)

    # What is drawn ---------------------------------------------------------------------------------------------------

    def _rows(self) -> Rows:
        """The rows as they are, or are to be as soon as that is trained."""
        newest = self._live.newest
        if newest.data == "points":
            rows: Rows = newest.get("points")
            return rows
        return () if self._drawing is None else self._drawing.rows

    def _want(self, rows: Rows) -> None:
        newest = self._live.newest
        try:
            config = newest.choosing(data="points", options={"points": rows})
        except (ValueError, TypeError) as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        if newest.data != "points":
            count, title = len(self._drawing.rows) if self._drawing is not None else 0, newest.setup.data.title
            self._note = f"The {count:,} rows of “{title}” are drawn points now; Ctrl+Z brings “{title}” back"
        self._made = config
        self._live.want(config)
        self.told.emit()

    def _change(self, rows: Rows) -> None:
        """One change, undone by itself."""
        self._note = ""
        self._run.follow(held=True)
        self._want(rows)
        self._live.finish()
        self._run.follow(held=False)

    def _say(self, note: str) -> None:
        self._note = note
        self.told.emit()

    @Slot(int)
    def _grabbed(self, index: int) -> None:
        self._note = ""
        self._begun, self._base = self._live.newest, self._rows()
        self._run.follow(held=True)
        self._plot.lift(index)

    @Slot(int, float, float)
    def _moved(self, index: int, x: float, y: float) -> None:
        if self._drawing is None:
            return
        base = self._base if self._run.held else self._rows()
        if index < len(base):
            self._want(self._drawing.moved(base, index, x, y))

    @Slot(bool)
    def _dropped(self, stays: bool) -> None:
        if stays:
            self._live.finish()
        else:
            self._live.drop()
        self._run.follow(held=False)
        if not stays and self._run.config != self._begun:
            self._run.undo_config()
        self._plot.lift(None)

    @Slot(float, float)
    def _added(self, x: float, y: float) -> None:
        rows = self._rows()
        if self._drawing is None or not rows:
            return
        try:
            self._change(self._drawing.added(rows, x, y, self.of))
        finally:
            self.pad.select(len(rows))

    @Slot(int)
    def remove(self, index: int) -> None:
        """Remove that row; the last one stays."""
        rows = self._rows()
        if len(rows) == 1:
            self._say("The last point stays: a training needs at least one. Move it, or add others first")
        elif index < len(rows):
            self.pad.select(None)
            self._change(without(rows, index))

    @Slot(int, QPoint)
    def _show_menu(self, index: int, place: QPoint) -> None:
        menu = self.menu(index)
        menu.exec(place)
        menu.deleteLater()

    def menu(self, index: int) -> QMenu:
        """What can be done with that point, and with the plot; -1: with the plot."""
        menu = self._plot.menu()
        first = menu.actions()[0]
        drawing = self._drawing
        if index >= 0 and drawing is not None:
            delete = menu.addAction("Delete point")
            delete.setShortcut("Del")
            delete.triggered.connect(lambda: self.remove(index))
            menu.insertAction(first, delete)
            if drawing.chooses_class and index < len(self._rows()):
                group = QActionGroup(menu)
                for of in (1, 0):
                    entry = menu.addAction(f"Class {of}")
                    entry.setCheckable(True)
                    entry.setChecked(self._rows()[index][-1] == of)
                    entry.setActionGroup(group)
                    entry.triggered.connect(lambda _checked=False, of=of: self._make(index, of))
                    menu.insertAction(first, entry)
            menu.insertSeparator(first)
        return menu

    def _make(self, index: int, of: int) -> None:
        if self._drawing is not None:
            self._change(self._drawing.of_class(self._rows(), index, of))
