"""The set-up panel: made from the declared choices, in step with the config, and in words where something does not go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine.training.choices.choice import Choice
from engine.training.choices.setup import CHOICES
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from gui.look.theme import ThemeManager
from gui.panels.setup.panel import SetupPanel
from gui.session.session import Session
from gui.session.settings import Settings
from gui.widgets import IntegerBox, NumberBox, Toggle


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[SetupPanel]:
    made = SetupPanel(Session(settings=Settings(tmp_path / "s.ini")), ThemeManager("light"))
    qtbot.addWidget(made)
    made.resize(336, 760)
    made.show()
    for section in made.sections.values():
        section.set_unfolded(True)
    yield made


def config(panel: SetupPanel) -> TrainingConfig:
    return panel._run.config


def test_it_opens_with_the_mission(panel: SetupPanel) -> None:
    assert config(panel) == TrainingConfig()
    assert list(panel.sections) == ["data", "model", "loss", "optimizer", "batches", "update", "stop"]
    assert panel.model.chips.current() == "line" and panel.model.formulas.said == ("ŷ = wx + b",)
    assert panel.loss.chips.current() == "mse" and panel.loss.formulas.said == ("L = 1/N ∑(y − ŷ)²",)
    assert panel.optimizer.chips.current() == "gd" and panel.optimizer.formulas.said == ("w ← w − η · ∂L/∂w",)
    assert panel.optimizer.formulas.note == "no other knobs"
    assert panel.data.source.currentText() == "Line with noise"
    words = {name: section.head.words for name, section in panel.sections.items()}
    assert words == {
        "data": "line with noise",
        "model": "line",
        "loss": "mean squared error",
        "optimizer": "gradient descent",
        "batches": "full",
        "update": "zero_grad, rate constant",
        "stop": "epoch 30",
    }


@pytest.mark.parametrize("field", ["model", "loss", "optimizer"])
def test_every_entry_has_its_chip_and_every_knob_its_field(panel: SetupPanel, field: str) -> None:
    part = {"model": panel.model, "loss": panel.loss, "optimizer": panel.optimizer}[field]
    assert list(part.chips.words) == [choice.name for choice in CHOICES[field]]
    for choice in CHOICES[field]:
        data = "moons" if choice.name in ("logistic", "cross_entropy") else "regression"
        panel._run.set_config(TrainingConfig().choosing(data=data, **{field: choice.name}))
        assert part.chips.current() == choice.name
        assert part.formulas.said == tuple(map(str, config(panel).setup.formulas(field)))
        rows = {*part.knobs.names, *panel.update_part.knobs.names}
        assert {knob.name for knob in choice.knobs} <= rows
        for knob in choice.knobs:
            where = part.knobs if knob.name in part.knobs.names else panel.update_part.knobs
            editor = where.field(knob.name)
            assert editor.accessibleName() == knob.label and knob.meaning in editor.toolTip()
            assert shown(editor) == pytest.approx(config(panel).get(knob.name))


def shown(editor: QWidget) -> object:
    if isinstance(editor, QComboBox):
        return editor.currentText()
    if isinstance(editor, Toggle):
        return editor.isChecked()
    assert isinstance(editor, (NumberBox, IntegerBox))
    return editor.value()


def test_a_new_optimizer_is_an_entry_and_no_more(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path) -> None:
    from gui.panels.setup import panel as module

    added = (*CHOICES["optimizer"], Choice("rprop", "Rprop", "The signs of the gradients only", short="Rprop"))
    monkeypatch.setattr(module, "CHOICES", {**CHOICES, "optimizer": added})
    made = SetupPanel(Session(settings=Settings(tmp_path / "s.ini")), ThemeManager("light"))
    qtbot.addWidget(made)
    assert made.optimizer.chips.words["rprop"].text() == "Rprop"
    assert "signs of the gradients" in made.optimizer.chips.words["rprop"].toolTip()


def test_a_chip_chooses_by_mouse_and_by_arrows(qtbot: QtBot, panel: SetupPanel) -> None:
    chips = panel.optimizer.chips.words
    qtbot.mouseClick(chips["adam"], Qt.MouseButton.LeftButton)
    assert config(panel).optimizer == "adam" and panel.optimizer.knobs.names == ("beta1", "beta2", "eps")
    qtbot.keyClick(chips["adam"], Qt.Key.Key_Right)
    assert config(panel).optimizer == "adamw" and config(panel).get("weight_decay") == 0.01
    qtbot.keyClick(chips["adamw"], Qt.Key.Key_Left)
    assert config(panel) == TrainingConfig(optimizer="adam")


def test_what_does_not_go_with_a_choice_is_changed_and_said(qtbot: QtBot, panel: SetupPanel) -> None:
    panel.data.source.setCurrentIndex(2)
    panel.data.source.activated.emit(2)
    assert (config(panel).data, config(panel).model, config(panel).loss) == ("moons", "logistic", "cross_entropy")
    said = panel.sections["data"].said
    assert said.text() == "The model is now logistic and the loss is now cross-entropy, to go with two moons."
    assert said.isVisible() and not said.refused
    assert panel.model.chips.current() == "logistic" and panel.loss.chips.current() == "cross_entropy"
    qtbot.mouseClick(panel.model.chips.words["mlp"], Qt.MouseButton.LeftButton)
    assert config(panel).model == "mlp" and said.text() == "", "the next change has its own"


def test_what_cannot_go_with_the_data_is_refused_in_place(qtbot: QtBot, panel: SetupPanel) -> None:
    qtbot.mouseClick(panel.model.chips.words["logistic"], Qt.MouseButton.LeftButton)
    said = panel.sections["model"].said
    assert config(panel) == TrainingConfig() and panel.model.chips.current() == "line"
    assert said.refused and said.isVisible() and "where a number is predicted" in said.text()


def typed(qtbot: QtBot, field: QWidget, text: str) -> None:
    assert isinstance(field, QAbstractSpinBox)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)


def test_a_bad_number_is_refused_with_the_engines_sentence(qtbot: QtBot, panel: SetupPanel) -> None:
    field = panel.data.knobs.field("noise")
    typed(qtbot, field, "-1")
    said = panel.sections["data"].said
    assert said.text() == "Noise must be a finite number from 0 to 1e+30, got -1.0." and said.refused
    assert config(panel).noise == 0.3 and shown(field) == 0.3
    typed(qtbot, field, "0.5")
    assert config(panel).noise == 0.5 and not said.isVisible()
    typed(qtbot, panel.data.knobs.field("n_samples"), "0")
    assert said.text() == "Rows must be an integer from 2 to 1000000, got 0." and config(panel).n_samples == 1500
    typed(qtbot, panel.stop.knobs.field("epochs"), "-3")
    assert panel.sections["stop"].said.text() == "Epochs must be an integer from 1 to 1000000, got -3."


def test_a_share_is_read_in_hundredths(qtbot: QtBot, panel: SetupPanel) -> None:
    field = panel.data.knobs.field("validation")
    assert isinstance(field, NumberBox) and field.text() == "0 %"
    typed(qtbot, field, "20")
    assert config(panel).get("validation") == 0.2 and field.text() == "20 %"
    typed(qtbot, field, "95 %")
    assert panel.sections["data"].said.text() == "Validation must be a finite number from 0 to 0.9, got 0.95."
    assert config(panel).get("validation") == 0.2


def test_zero_reads_as_what_it_means(qtbot: QtBot, panel: SetupPanel) -> None:
    field = panel.stop.knobs.field("divergence")
    assert isinstance(field, NumberBox) and field.text() == "never"
    typed(qtbot, field, "1000")
    assert config(panel).get("divergence") == 1000.0 and panel.sections["stop"].head.words == "epoch 30 · loss × 1,000"
    typed(qtbot, field, "never")
    assert config(panel) == TrainingConfig()


def test_batches_are_all_some_or_one_row(qtbot: QtBot, panel: SetupPanel) -> None:
    chips = panel.batches.chips.words
    qtbot.mouseClick(chips["some"], Qt.MouseButton.LeftButton)
    assert config(panel).batch_size == 32 and panel.batches.knobs.names == ("batch_size",)
    typed(qtbot, panel.batches.knobs.field("batch_size"), "16")
    qtbot.mouseClick(chips["one"], Qt.MouseButton.LeftButton)
    assert config(panel).batch_size == 1
    qtbot.mouseClick(chips["some"], Qt.MouseButton.LeftButton)
    assert config(panel).batch_size == 16
    qtbot.mouseClick(chips["full"], Qt.MouseButton.LeftButton)
    assert config(panel).batch_size is None and panel.batches.knobs.names == ()


def test_switches_and_names(qtbot: QtBot, panel: SetupPanel) -> None:
    toggle = panel.update_part.knobs.field("zero_grad")
    assert isinstance(toggle, Toggle)
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton)
    assert config(panel).get("zero_grad") is False
    assert panel.sections["update"].head.words.startswith("gradients add up")
    schedule = panel.update_part.knobs.field("schedule")
    assert isinstance(schedule, QComboBox)
    schedule.setCurrentIndex(1)
    schedule.activated.emit(1)
    assert config(panel).get("schedule") == "step" and "decay_every" in panel.update_part.knobs.names


def test_a_change_from_elsewhere_is_shown_and_keeps_the_field_that_is_edited(panel: SetupPanel) -> None:
    field = panel.data.knobs.field("noise")
    panel._run.set_config(TrainingConfig(noise=0.7, optimizer="rmsprop"))
    assert panel.data.knobs.field("noise") is field and shown(field) == 0.7
    assert panel.optimizer.chips.current() == "rmsprop"


def test_folded_sections_are_remembered(qtbot: QtBot, panel: SetupPanel) -> None:
    section = panel.sections["model"]
    qtbot.mouseClick(section.head, Qt.MouseButton.LeftButton)
    assert not section.unfolded and not panel.model.isVisible() and "model" in panel._settings.value("training/folded")
    assert section.head.accessibleName() == "Model: line"
    qtbot.keyClick(section.head, Qt.Key.Key_Return)
    assert section.unfolded and "model" not in panel._settings.value("training/folded")


def test_the_data_are_seen_with_their_condition_and_their_scales(panel: SetupPanel) -> None:
    chosen = TrainingConfig(n_samples=100, options={"validation": 0.2})
    panel._run.set_config(chosen)
    panel.show_data(training_data(chosen), 2)
    assert panel.data.thumbnail.shown == (80, 20) and panel.data.rows.text() == "80 train, 20 validation"
    assert panel.data.ranges.text().startswith("x ") and "…" in panel.data.ranges.text()
    assert panel.data.scaled.note.startswith("condition number ") and panel.data.scaled.note.endswith(", then 1")
    assert panel.sections["data"].head.words == "line with noise, 80 rows"
    assert panel.sections["model"].head.words == "line, 2 parameters" and panel.model.formulas.note == "2 parameters"
    scaled = TrainingConfig(n_samples=100, options={"standardise": "x and y"})
    panel._run.set_config(scaled)
    data = training_data(scaled)
    panel.show_data(data, 2)
    mean, deviation = (float(part.item()) for part in data.scales["X"])
    assert panel.data.scaled.said[0] == f"x ← (x {'−' if mean > 0 else '+'} {abs(round(mean, 4)):g})/{round(deviation, 4):g}"
    assert len(panel.data.scaled.said) == 2


def test_classes_are_points_and_rings(panel: SetupPanel) -> None:
    chosen = TrainingConfig(n_samples=60).choosing(data="moons")
    panel._run.set_config(chosen)
    panel.show_data(training_data(chosen), 3)
    assert panel.data.thumbnail.shown == (30, 30) and "class 1" in panel.data.thumbnail.accessibleName()


def test_a_file_is_asked_for_before_it_is_the_source(qtbot: QtBot, panel: SetupPanel, tmp_path: Path) -> None:
    path = tmp_path / "spring.csv"
    path.write_text("load,length\n1,2\n2,\n3,6\n")
    with qtbot.waitSignal(panel.file_wanted) as wanted:
        panel.data.source.activated.emit(7)
    assert wanted.args == [""] and config(panel).data == "regression" and panel.data.source.currentText() == "Line with noise"
    panel.use_file({"path": str(path), "x_columns": (0,), "y_column": 1})
    assert config(panel).data == "file" and panel.sections["data"].head.words == "spring.csv"
    panel.show_data(training_data(config(panel)), 2)
    assert panel.data.left_out.text() == "2 of 3 rows: line 3 holds no number."
    with qtbot.waitSignal(panel.file_wanted) as wanted:
        panel.data.columns_button.click()
    assert wanted.args == [str(path)]


def test_why_the_data_cannot_be_trained_on_is_said_at_the_data(panel: SetupPanel) -> None:
    panel.sections["data"].set_unfolded(False)
    panel.show_refusal("spring.csv cannot be read: No such file or directory. Choose the file anew.")
    assert panel.sections["data"].unfolded and panel.sections["data"].said.refused
    panel.show_refusal("")
    assert not panel.sections["data"].said.isVisible()


def test_tab_goes_down_the_sections_through_fields_that_were_made_later(qtbot: QtBot, panel: SetupPanel) -> None:
    panel._run.set_config(TrainingConfig(optimizer="adam"))
    at: QWidget = panel.sections["optimizer"].head
    order = []
    while len(order) < 5:
        at = at.nextInFocusChain()
        if at.focusPolicy() & Qt.FocusPolicy.TabFocus and at.focusProxy() is None and at.isVisible():
            order.append(at)
    fields = [panel.optimizer.knobs.field(name) for name in ("beta1", "beta2", "eps")]
    assert order == [panel.optimizer.chips.words["adam"], *fields, panel.sections["batches"].head]


def test_where_it_is_narrow_knobs_stand_below_each_other_and_keep_their_numbers(qtbot: QtBot, panel: SetupPanel) -> None:
    def beside() -> bool:
        rows, noise = (panel.data.knobs.field(name).geometry() for name in ("n_samples", "noise"))
        return rows.top() == noise.top()

    panel.resize(388, 760)
    qtbot.waitUntil(beside)
    panel.resize(300, 760)
    qtbot.waitUntil(lambda: not beside())
    field = panel.data.knobs.field("n_samples")
    assert field.width() >= field.sizeHint().width()


@pytest.mark.parametrize("width", [336, 388])
def test_great_numbers_are_whole(qtbot: QtBot, panel: SetupPanel, width: int) -> None:
    """Of 100000 epochs the field showed ".00000"."""
    panel.resize(width, 760)
    panel._run.set_config(TrainingConfig(epochs=1_000_000, n_samples=999_999))
    boxes = {box.text(): box for box in panel.findChildren(IntegerBox) if box.isVisible()}
    for text in ("999999", "1000000"):
        line = boxes[text].lineEdit()
        wide = QFontMetrics(line.font()).horizontalAdvance(text)
        assert wide + line.textMargins().left() + 7 <= line.width() and line.font().pixelSize() >= 9, "with a frame of 2 px, too"


def test_only_names_keep_their_capitals_within_a_sentence() -> None:
    """It read "to go with Your file.", and of optimizers "adam" and "l-BFGS"."""
    titles = {choice.title: choice.within for kind in CHOICES.values() for choice in kind}
    assert titles["Adam"] == "Adam" and titles["L-BFGS"] == "L-BFGS" and titles["AdamW"] == "AdamW" and titles["SGD"] == "SGD"
    assert titles["Gradient descent"] == "gradient descent" and titles["Momentum"] == "momentum"
    assert titles["Your file"] == "your file" and titles["Huber"] == "Huber" and titles["Cross-entropy"] == "cross-entropy"
    names = {title for title, within in titles.items() if within == title}
    assert names == {"Adagrad", "Adam", "AdamW", "Huber", "L-BFGS", "MLP", "Nesterov", "RMSprop", "SGD", "XOR"}
