"""Asks how to read a file of numbers: shows what was found, lets it be changed, has columns chosen, and counts rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.training.choices.data import MISSING, MOST_ABOVE
from engine.training.table_files.form import Columns, FileForm, FileRefused
from engine.training.table_files.text import number
from gui.documents.tables.columns import ColumnChoice
from gui.documents.tables.reading import Tables
from gui.look.style import control_height
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.widgets import ComboBox, IntegerBox, lay_out_dialog, make_button
from gui.widgets.basic import paint_icon

FORMS: dict[str, tuple[str, tuple[tuple[Any, str], ...]]] = {
    "separator": (
        "Cells are separated by",
        ((",", "comma  ,"), (";", "semicolon  ;"), ("\t", "tab"), ("|", "bar  |"), (" ", "space")),
    ),
    "decimal": ("Decimals come after", ((".", "point  .  as in 0.5"), (",", "comma  ,  as in 0,5"))),
    "encoding": (
        "Text is encoded in",
        (("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252 (Western)")),
    ),
    "header": ("The first row holds", (("yes", "names"), ("units", "names, units below"), ("no", "numbers"))),
}
"""The properties of a file's format: the label of each, and its choices."""
LINES_NAMED = 8
"""How many of the lines that are left out are named; the rest are counted."""
TABLE_HEIGHT = 190


class _Verdict(QLabel):
    """What there is to say about the file: a sentence, with an icon if it cannot be used."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.refused = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.changed.connect(self.restyle)

    def say(self, text: str, *, refused: bool = False) -> None:
        self.refused = refused
        self.setText(text)
        self.setAccessibleName(text)
        self.setContentsMargins(22 if refused else 0, 0, 0, 0)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self.setFont(ui_font(13 * self._theme.scale))
        self.setMinimumHeight(round(40 * self._theme.scale))
        tint = self.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("error" if self.refused else "text"))
        self.setPalette(tint)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.refused:
            painter = QPainter(self)
            paint_icon(painter, "warning", self._theme.color("error"), QRect(0, 0, 16, self.height()), 16)
            painter.end()


class TableDialog(QDialog):
    """Shows the file at ``path``; it is read in the background, and closing the dialog ends that.

    Signals
    -------
    chosen(object)
        The user wants to train on it: options of the data set ``file``.
    another()
        The user wants another file.
    """

    chosen = Signal(object)
    another = Signal()

    def __init__(self, theme: ThemeManager, tables: Tables, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._tables, self._path = theme, tables, path
        self.form: FileForm | None = None
        self._wanted: tuple[tuple[int, ...] | None, int | None] = (None, None)
        """Columns to choose once the file has been looked at; None: whatever suggests itself."""
        self.setWindowTitle(f"Train on {PurePath(path).name}")
        self.boxes: dict[str, ComboBox] = {}
        self._labels: list[QLabel] = []
        grid = QGridLayout()
        grid.setContentsMargins(24, 20, 24, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for at, (name, (title, choices)) in enumerate(FORMS.items()):
            label, box = QLabel(title), ComboBox(theme, row=True)
            for value, words in choices:
                box.addItem(words, value)
            box.setCurrentIndex(-1)  # nothing has been found yet
            box.setAccessibleName(title)
            box.activated.connect(self._form_changed)
            label.setBuddy(box)
            row, column = divmod(at, 2)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(box, row, 2 * column + 1)
            self.boxes[name] = box
            self._labels.append(label)
        self.beginning = label = QLabel("The table begins in line")
        self.first_line = IntegerBox(theme, 1, 1, MOST_ABOVE)
        self.first_line.setAccessibleName(label.text())
        self.first_line.setToolTip("What stands above this line of the file is not read")
        self.first_line.setKeyboardTracking(False)
        self.first_line.edited.connect(self._beginning_changed)
        label.setBuddy(self.first_line)
        grid.addWidget(label, 2, 0)
        grid.addWidget(self.first_line, 2, 1, Qt.AlignmentFlag.AlignLeft)
        self._labels.append(label)
        self.found = QLabel()
        self.found.setTextFormat(Qt.TextFormat.PlainText)
        self.found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.found.hide()
        self._labels.append(self.found)
        grid.addWidget(self.found, 3, 0, 1, 4)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        self.table = QTableWidget()
        self.table.setAccessibleName("First rows of the file")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionsClickable(True)
        self.table.horizontalHeader().setToolTip("Click a column to give it to the model, or to take it away")
        self.table.horizontalHeader().sectionClicked.connect(self._header_clicked)
        self.columns = ColumnChoice(theme)
        self.columns.changed.connect(self._read)
        self.verdict = _Verdict(theme)
        self.train = make_button("Use this table", theme, "primary", tooltip="Train on these columns")
        self.cancel = make_button("Cancel", theme)
        self.other = make_button("Another file…", theme)
        self.train.setDefault(True)
        for button in (self.cancel, self.other):
            button.setAutoDefault(False)
        middle = QVBoxLayout()
        middle.setContentsMargins(24, 4, 24, 8)
        middle.setSpacing(10)
        middle.addWidget(self.table, 1)
        middle.addWidget(self.columns)
        middle.addWidget(self.verdict)
        lay_out_dialog(self, theme, [(grid, 0), (middle, 1)], [self.cancel, self.train], [self.other])
        self.train.clicked.connect(self._use)
        self.cancel.clicked.connect(self.reject)
        self.other.clicked.connect(self._another)
        self.finished.connect(self._ended)
        tables.looked.connect(self._looked)
        tables.read.connect(self._was_read)
        tables.refused.connect(self._refused)
        tables.progressed.connect(self._progressed)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.resize(round(720 * theme.scale), round(600 * theme.scale))

    @Slot()
    def restyle(self) -> None:
        for label in self._labels:
            label.setFont(ui_font(12 * self._theme.scale))
        self.table.setFont(mono_font(12 * self._theme.scale))
        self.table.horizontalHeader().setFont(ui_font(12 * self._theme.scale, 500))
        self.table.verticalHeader().setDefaultSectionSize(control_height(24, self._theme.scale))
        self.table.setMinimumHeight(round(TABLE_HEIGHT * self._theme.scale))

    def begin(self, given: dict[str, Any] | None = None) -> None:
        """Look at the file; ``given`` are the options of the data set ``file`` with which it was read before."""
        known: dict[str, Any] = {}
        if given is not None and given.get("format", "text") == "text":
            known = {name: given[name] for name in (*self.boxes, "first_line") if name in given}
        if given is not None:
            self._wanted = given.get("x_columns"), given.get("y_column")
        self._look(known)

    def _look(self, known: dict[str, Any]) -> None:
        self.train.setEnabled(False)
        self.verdict.say(f"Looking at {PurePath(self._path).name} …")
        self._tables.look(self._path, **known)

    @Slot(int)
    def _form_changed(self, _index: int) -> None:
        self._look_again(self.boxes)

    @Slot(int)
    def _beginning_changed(self, _line: int) -> None:
        self._look_again(("separator", "decimal", "encoding"))  # another row may hold names

    def _look_again(self, names: Iterable[str]) -> None:
        self._wanted = self.columns.x_columns or None, self.columns.y_column if self.columns.y_column >= 0 else None
        known = {name: self.boxes[name].currentData() for name in names}
        if self.form is not None or self.first_line.value() > 1:
            known["first_line"] = self.first_line.value()
        self._look(known)

    @Slot(object)
    def _looked(self, form: FileForm) -> None:
        self.form = form
        is_text = form.format == "text"
        self.found.setText(form.said)
        self.found.setVisible(not is_text)
        for label, (name, box) in zip(self._labels, self.boxes.items(), strict=False):
            label.setVisible(is_text)
            box.setVisible(is_text)
            box.setCurrentIndex(box.findData(getattr(form, name)))
        self.beginning.setVisible(is_text)
        self.first_line.setVisible(is_text)
        self.first_line.set_value(form.first_line)
        numbers = {place for place, is_number in enumerate(form.numeric) if is_number}
        x, y = self._wanted
        y = y if y in numbers or (y is not None and any(form.classes[y : y + 1])) else None
        kept = tuple(place for place in x or () if place in numbers and place != y)
        try:
            options = form.options(kept or None, y)
        except FileRefused as refusal:
            self.columns.show_form(form, (), -1)
            self._show_rows(form)
            self._refused(str(refusal))
            return
        chosen = tuple(place for place in options["x_columns"] if place != options["y_column"])
        self.columns.show_form(form, chosen, options["y_column"])
        self._read()

    def _show_rows(self, form: FileForm) -> None:
        x, y = self.columns.x_columns, self.columns.y_column
        self.table.setColumnCount(len(form.names))
        self.table.setRowCount(len(form.rows))
        roles = {place: "y" if place == y else "x" if place in x else "" for place in range(len(form.names))}
        self.table.setHorizontalHeaderLabels(
            [f"{roles[place]} ← {name}" if roles[place] else name for place, name in enumerate(form.names)]
        )
        muted, plain, wrong = (self._theme.color(token) for token in ("text_3", "text", "error"))
        for row, cells in enumerate(form.rows):
            for place in range(len(form.names)):
                text = cells[place] if place < len(cells) else ""
                missing = text.strip().lower() in MISSING
                item = QTableWidgetItem("missing" if missing and not text.strip() else text)
                is_word = place == y and not form.numeric[place] and text in form.classes[place].split("\n")
                bad = bool(roles[place]) and not missing and not is_word and number(text, form.decimal) is None
                item.setForeground(wrong if bad else plain if roles[place] and not missing else muted)
                if form.numeric[place]:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, place, item)
        mode = QHeaderView.ResizeMode.Stretch if len(form.names) <= 6 else QHeaderView.ResizeMode.ResizeToContents
        self.table.horizontalHeader().setSectionResizeMode(mode)

    @Slot(int)
    def _header_clicked(self, place: int) -> None:
        self.columns.toggle(place)

    @Slot()
    def _read(self) -> None:
        form, x, y = self.form, self.columns.x_columns, self.columns.y_column
        if form is None:
            return
        self._show_rows(form)
        self.train.setEnabled(False)
        if not x or y < 0:
            self._tables.stop()
            self._refused("Tick at least one known column.")
            return
        self.verdict.say("Reading …")
        self._tables.read_columns(form, x, y)

    @Slot(object)
    def _was_read(self, read: Columns) -> None:
        unit = "line" if self.form is None or self.form.format == "text" else "row"
        self.verdict.say(_counted(read, unit))
        self.train.setEnabled(True)

    @Slot(int, int)
    def _progressed(self, done: int, of: int) -> None:
        if self.isVisible() and self.verdict.text().startswith("Reading"):  # not a word that was on its way when it was given up
            self.verdict.say(f"Reading … {done:,} of {of:,} rows …" if of else f"Reading … {done:,} rows …")

    @Slot(str)
    def _refused(self, sentence: str) -> None:
        self.train.setEnabled(False)
        self.verdict.say(sentence, refused=True)

    @Slot()
    def _use(self) -> None:
        if self.form is not None:
            options = self.form.options(self.columns.x_columns, self.columns.y_column)
            self.accept()
            self.chosen.emit(options)

    @Slot()
    def _another(self) -> None:
        self.reject()
        self.another.emit()

    @Slot()
    def _ended(self) -> None:
        self._tables.stop()


def _counted(read: Columns, unit: str) -> str:
    """How many rows there are, and which lack a value."""
    rows = len(read.numbers)
    if not read.left_out:
        return f"{rows:,} rows, all complete." if rows != 1 else "1 row, which is complete."
    shown = ", ".join(f"{line:,}" for line in read.left_out[:LINES_NAMED])
    rest = len(read.left_out) - LINES_NAMED
    named = f"{shown} and {rest:,} more" if rest > 0 else shown
    used = f"{rows:,} of {rows + len(read.left_out):,} rows {'is' if rows == 1 else 'are'} used"
    if len(read.left_out) == 1:
        return f"{used}: {unit} {named} lacks a value in a chosen column and is left out."
    return f"{used}: {unit}s {named} lack a value in a chosen column and are left out."
