"""Asks what of a training is exported: its numbers, its plots as a picture, or its plots in motion."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from gui.export.training.animation import LARGEST_SIDE, in_words, steps_shown, wait_of
from gui.export.training.plots import PlotPicture
from gui.export.training.table import Table
from gui.look.theme import ThemeManager
from gui.session.runs import Run
from gui.session.session import Session
from gui.widgets import ComboBox, Segmented, lay_out_dialog, make_button

KINDS = (("numbers", "Numbers"), ("picture", "Picture"), ("animation", "Animation"))
DENSITIES = (1, 2, 3, 4)
SIZES = ((1.0, "as on the screen"), (0.75, "three quarters"), (0.5, "half"), (1.5, "one and a half"), (2.0, "twice"))
LENGTHS = (3.0, 6.0, 12.0)
WIDTH = 460


@dataclass(frozen=True, slots=True)
class Animation:
    """What an animation shows: a picture at each of these steps, for so many milliseconds each."""

    picture: PlotPicture
    steps: tuple[int, ...]
    wait: int


class ExportDialog(QDialog):
    """Shows what can be exported.

    Signals
    -------
    chosen(object)
        A Table, a PlotPicture or an Animation is to be written.
    """

    chosen = Signal(object)

    def __init__(self, session: Session, theme: ThemeManager, pictures: Mapping[str, QWidget], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export the training")
        self._session, self._theme, self._pictures = session, theme, pictures
        self.kind = Segmented(theme, list(KINDS))
        self.kind.setAccessibleName("What is exported")
        self.runs = self._box("Runs", "The run that is shown, or all that were trained")
        self.plots = self._box("Plots", "All plots in one picture as they stand, or one of them")
        self.density = self._box("Density of a PNG", "Pixels of the image for one of the screen; SVG and PDF have none")
        self.scales = self._box("Size", "Of the animation, against the plots on the screen")
        self.length = self._box("Length", "How long the animation takes; it repeats")
        for key in pictures:
            self.plots.addItem(key, key)
        for density in DENSITIES:
            self.density.addItem("", float(density))
        for size, words in SIZES:
            self.scales.addItem(words, size)
        for length in LENGTHS:
            self.length.addItem(f"{length:g} seconds", length)
        self.density.setCurrentIndex(1)
        self.length.setCurrentIndex(1)
        self._fill_runs()
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("kind", "note")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._rows: dict[str, list[QWidget]] = {key: [] for key, _ in KINDS}
        rows = [("numbers", self.runs), ("picture animation", self.plots), ("picture", self.density)]
        for at, (kinds, box) in enumerate([*rows, ("animation", self.scales), ("animation", self.length)]):
            label = QLabel(box.accessibleName())
            label.setBuddy(box)
            grid.addWidget(label, at, 0)
            grid.addWidget(box, at, 1)
            for kind in kinds.split():
                self._rows[kind] += [label, box]
        content = QVBoxLayout()
        content.setContentsMargins(24, 20, 24, 16)
        content.setSpacing(16)
        content.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignLeft)
        content.addLayout(grid)
        content.addWidget(self.note)
        content.addStretch(1)
        self.cancel = make_button("Cancel", theme)
        self.save = make_button("Save…", theme, "primary", tooltip="Choose a file and write it")
        self.save.setDefault(True)
        lay_out_dialog(self, theme, [(content, 1)], [self.cancel, self.save])
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.kind.chosen.connect(self._show)
        for box in (self.runs, self.plots, self.density, self.scales, self.length):
            box.activated.connect(self._show)
        session.run.changed.connect(self._show)
        theme.changed.connect(self._fit)
        self._fit()
        self._show()

    def _box(self, name: str, tooltip: str) -> ComboBox:
        box = ComboBox(self._theme)
        box.setAccessibleName(name)
        box.setAccessibleDescription(tooltip)
        box.setToolTip(tooltip)
        return box

    @Slot()
    def _fit(self) -> None:
        self.setMinimumWidth(round(WIDTH * self._theme.scale))

    def _fill_runs(self) -> None:
        current, trained = self._session.runs.current, self._session.runs.trained
        self._offered: list[list[Run]] = []
        if current is not None:
            self._offered.append([current])
            self.runs.addItem(f"the run that is shown, {current.name}")
        if len(trained) > 1:
            self._offered.append(list(trained))
            self.runs.addItem(f"all {len(trained)} runs")

    # What is chosen ----------------------------------------------------------------------------------------------

    @property
    def table(self) -> Table | None:
        """The numbers that are chosen; they do not change any more."""
        place = self.runs.currentIndex()
        if place < 0:
            return None
        return Table(tuple((run.name, copy.copy(run.numbers)) for run in self._offered[place]))

    @property
    def picture(self) -> PlotPicture:
        """The picture that is chosen."""
        return self._picture(float(self.density.currentData()))

    def _picture(self, scale: float) -> PlotPicture:
        key = str(self.plots.currentData())
        return PlotPicture(self._pictures[key], self._theme, f"{key[0].upper()}{key[1:]} of a training", scale)

    @property
    def animation(self) -> Animation:
        """The animation that is chosen."""
        seconds, scale = float(self.length.currentData()), float(self.scales.currentData())
        steps = steps_shown(self._session.run.made, seconds)
        size = self._picture(1.0).size
        scale = min(scale, LARGEST_SIDE / max(size.width(), size.height()))
        return Animation(self._picture(scale), tuple(steps), wait_of(len(steps), seconds))

    @Slot()
    def _show(self) -> None:
        """What can be changed of this kind, and what the file will hold."""
        kind = self.kind.current()
        for row in self._rows.values():
            for widget in row:
                widget.setVisible(widget in self._rows[kind])
        size = self._picture(1.0).size
        for at, density in enumerate(DENSITIES):
            self.density.setItemText(at, f"{density} ×, {size.width() * density:,} × {size.height() * density:,} px")
        self.note.setText({"numbers": self._of_numbers, "picture": self._of_picture, "animation": self._of_animation}[kind]())
        self.save.setEnabled(bool(self._session.run.made) or kind == "picture")

    def _of_numbers(self) -> str:
        table = self.table
        if table is None or not self._session.run.made:
            return "Nothing has been trained yet: train at least one epoch."
        lines, columns = table.size
        return (
            f"CSV, {lines:,} lines of {columns} columns: epoch, losses, learning rate, the parameters of a small model and the "
            "norm of each gradient, in all their digits."
        )

    def _of_picture(self) -> str:
        return (
            "SVG, PNG or PDF, in the colours that the window has now. Text stays text in SVG and PDF; of more than 6,000 points "
            "the plot holds an image."
        )

    def _of_animation(self) -> str:
        run = self._session.run
        if not run.made:
            return "Nothing has been trained yet: train at least one epoch."
        chosen = self.animation
        pixels = chosen.picture.pixels
        return f"GIF, {pixels.width():,} × {pixels.height():,} px, {in_words(chosen.steps, run.made)}, then again from the start."

    @Slot()
    def _save(self) -> None:
        kind = self.kind.current()
        wanted = self.table if kind == "numbers" else self.picture if kind == "picture" else self.animation
        self.accept()
        if wanted is not None:
            self.chosen.emit(wanted)
