"""The set-up panel: seven sections of what the next training is made with, in step with the session's config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.training.choices.common import COMMON, FIELDS
from engine.training.choices.setup import CHOICES
from engine.training.configs import TrainingConfig
from gui.look.theme import ThemeManager, ui_font
from gui.panels.setup.data_part import DataPart
from gui.panels.setup.fold import Section
from gui.panels.setup.parts import BatchPart, ChoicePart, StopPart, UpdatePart
from gui.panels.setup.words import WORDS, count, differences
from gui.session.session import Session
from gui.widgets import Hairline, ScrolledContent
from gui.widgets.tab_order import put_in_order

if TYPE_CHECKING:
    from engine.training.data import TrainingData

FOLDED = "training/folded"
"""The setting that remembers which sections are folded."""
OWN = frozenset(item.name for item in fields(TrainingConfig)) - {"options"}
BY_HAND = (
    "The code is written by hand. Data, seed, rate, epochs and stop rules act on it; model, loss and each update are as the code "
    "says, whatever is chosen here."
)
"""What stands at the foot while the code is not the set-up's."""
FOOT = "Changing data, model or loss starts the run anew; rates, clipping and stop rules act at once."


class SetupPanel(QWidget):
    """Shows ``session.run.config`` and changes it; choices that have to go with a change are changed, too, and named.

    Signals
    -------
    file_wanted(str)
        The user wants to choose a file for the data or, with a path, other columns of that file.
    """

    file_wanted = Signal(str)

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run, self._settings, self._theme = session.run, session.settings, theme
        self._known: tuple[int, int] | None = None
        """The rows that the shown run is trained on, and the numbers that it learns."""
        self.stops: tuple[QWidget, ...] = ()
        """What Tab stops at, in that order."""
        self.setAccessibleName("Set-up")
        self.data = DataPart(theme)
        titles = {"model": "Model", "loss": "Loss", "optimizer": "Optimizer"}
        choices = {field: ChoicePart(theme, field, title, CHOICES[field]) for field, title in titles.items()}
        self.model, self.loss, self.optimizer = choices["model"], choices["loss"], choices["optimizer"]
        self.batches, self.update_part, self.stop = BatchPart(theme), UpdatePart(theme), StopPart(theme)
        bodies = {
            "data": ("Data", self.data),
            **{field: (title, choices[field]) for field, title in titles.items()},
            "batches": ("Batches", self.batches),
            "update": ("Each update", self.update_part),
            "stop": ("Stop rules", self.stop),
        }
        self.sections = {name: Section(name, title, theme, body) for name, (title, body) in bodies.items()}
        folded = session.settings.value(FOLDED)
        content = ScrolledContent()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for name, section in self.sections.items():
            section.set_unfolded(name not in folded)
            section.folded.connect(self._folded)
            section.body.edited.connect(self._edited_by(name))  # type: ignore[attr-defined]
            column.addWidget(section)
        column.addStretch(1)
        self._content = content
        self._area = QScrollArea()
        self._area.setWidget(content)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.foot = QLabel(FOOT)
        self.foot.setTextFormat(Qt.TextFormat.PlainText)
        self.foot.setWordWrap(True)
        self.foot.setContentsMargins(16, 10, 16, 10)
        self.foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._area, 1)
        layout.addWidget(Hairline(theme))
        layout.addWidget(self.foot)
        self.data.file_wanted.connect(self._file_wanted)
        self._run.config_changed.connect(self._show)
        self._run.following_changed.connect(self._show)
        theme.changed.connect(self.restyle)
        self.restyle()
        self._show()
        self.show_data(None, None)

    # What is shown -----------------------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        """Show the session's config, wherever it was changed; while something is dragged that can wait."""
        if self._run.held:
            return
        config = self._run.config
        for section in self.sections.values():
            section.body.show_config(config)  # type: ignore[attr-defined]
            section.said.say("")
        self.foot.setText(BY_HAND if config.code else FOOT)
        self._order()
        self._tell_words()

    def _order(self) -> None:
        """Tab goes down the sections, through fields that were made later, too."""
        bodies = {name: section.body.stops for name, section in self.sections.items()}  # type: ignore[attr-defined]
        every = (stop for name, section in self.sections.items() for stop in (section.head, *bodies[name]))
        stops = tuple(stop for stop in every if stop.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if stops != self.stops:
            self.stops = stops
            put_in_order(stops)

    def _tell_words(self) -> None:
        config = self._run.config
        rows, learned = self._known or (None, None)
        for name, section in self.sections.items():
            words = WORDS[name](config, rows)
            section.head.tell(f"{words}, {count(learned, 'parameter')}" if name == "model" and learned else words)

    def show_data(self, data: TrainingData | None, parameters: int | None) -> None:
        """Show the data of the run, once they have been made, and how many numbers its model learns."""
        self._known = None if data is None or parameters is None else (len(data.X), parameters)
        self.data.show_data(data)
        self.model.show_note(self._run.config, parameters)
        self._tell_words()

    def show_refusal(self, sentence: str) -> None:
        """Say why the data of the set-up cannot be trained on; an empty sentence means that they can."""
        self.sections["data"].said.say(sentence, refused=True)
        if sentence:
            self.sections["data"].set_unfolded(True)

    @Slot()
    def restyle(self) -> None:
        for part in (self, self._area.viewport(), self._content):
            colors = part.palette()
            colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
            part.setPalette(colors)
            part.setAutoFillBackground(True)
        self.foot.setFont(ui_font(12 * self._theme.scale))
        tint = self.foot.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self.foot.setPalette(tint)

    # What a person changes ---------------------------------------------------------------------------------------

    def _edited_by(self, section: str) -> Callable[[str, Any], None]:
        return lambda name, value: self.change(section, name, value)

    def change(self, section: str, name: str, value: object) -> None:
        """Set the field or knob ``name``; what does not go with it is changed, what is not allowed is refused, and both are
        said."""
        before = self._run.config
        changes: dict[str, Any] = {name: value} if name in OWN else {"options": {name: value}}
        try:
            after = simplest(before.choosing(**changes))
        except (ValueError, TypeError) as error:
            self._show()
            self.sections[section].said.say(self._sentence(name, str(error)), refused=True)
            return
        self._run.set_config(after)
        self._show()
        self.sections[section].said.say(differences(before, after, name))

    def use_file(self, options: dict[str, object]) -> None:
        """Train on columns of a file: ``options`` are those of the data set ``file``."""
        before = self._run.config
        kept = {name: value for name, value in before.options.items() if name in {knob.name for knob in COMMON}}
        try:
            after = simplest(replace(before, options=kept).choosing(data="file", options=options))
        except (ValueError, TypeError) as error:
            self.show_refusal(f"{error}.")
            return
        self._run.set_config(after)
        self._show()
        self.sections["data"].set_unfolded(True)
        self.sections["data"].said.say(differences(before, after, "data"))

    def _sentence(self, name: str, text: str) -> str:
        """The engine's sentence, which begins with the name in the config, here beginning with the label of the field."""
        setup = self._run.config.setup
        label = next((knob.label for knob in (*FIELDS, *setup.knobs) if knob.name == name), "")
        return f"{label}{text[len(name) :]}." if label and text.startswith(f"{name} ") else f"{text[:1].upper()}{text[1:]}."

    @Slot(bool)
    def _file_wanted(self, another: bool) -> None:
        config = self._run.config
        self.data.show_config(config)  # the source stays what it was until a file is chosen
        self.file_wanted.emit("" if another or config.data != "file" else config.get("path"))

    @Slot(str, bool)
    def _folded(self, name: str, folded: bool) -> None:
        others = [other for other in self._settings.value(FOLDED) if other != name]
        self._settings.set_value(FOLDED, [*others, name] if folded else others)


def simplest(config: TrainingConfig) -> TrainingConfig:
    """``config`` without options that only repeat a default."""
    defaults = {knob.name: knob.default for knob in config.setup.knobs}
    return replace(config, options={name: value for name, value in config.options.items() if value != defaults[name]})
