"""Predict, then reveal: steps are held up, answers are checked, and nothing is shown before its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import ProgramError
from engine.explain.predictions import question
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.graph.describe import card_tooltip, edge_tooltip
from gui.panels.graph.panel import GraphPanel
from gui.panels.prediction.panel import PredictionPanel
from gui.panels.timeline.bar import TransportBar
from gui.panels.timeline.pace import INSTANT
from gui.panels.timeline.player import Player
from gui.session.session import Session
from tests.engine.plain_torch import PROGRAMS, run

CUBIC = PROGRAMS[0]
OTHER = CUBIC.replace("5.", "4.")


class Window(QWidget):
    """The panel with what it needs around it."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self.session = Session(self)
        self.player = Player(self.session, self)
        self.panel = PredictionPanel(self.session, theme, self.player)
        self.bar = TransportBar(self.session, theme, self.player)
        self.graph = GraphPanel(self.session, theme)
        self.bar.predict_toggled.connect(self.panel.set_on)
        self.player.held.connect(self.panel.asking.ask)
        self.panel.finished.connect(self.graph.view.setFocus)
        column = QVBoxLayout(self)
        for part in (self.panel, self.graph, self.bar):
            column.addWidget(part)

    @property
    def asked(self) -> int | None:
        """The cursor of the open question."""
        asking = self.panel.asking
        return asking.question.cursor if asking.question is not None and asking.open else None


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    made = Window(ThemeManager("light"))
    qtbot.addWidget(made)
    made.resize(1200, 900)
    made.session.show_recording(run(CUBIC))
    made.session.set_cursor(0)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.bar.predict.setChecked(True)
    yield made
    made.player.pause()
    made.hide()


def places(recording: Recording) -> list[int]:
    return [at for at in range(recording.end) if question(recording, at) is not None]


def walk_to_question(window: Window) -> int:
    for _ in range(50):
        window.player.step(1)
        if window.asked is not None:
            return window.asked
    raise AssertionError("nothing was asked")


def test_forward_steps_are_held_up_before_each_gradient(window: Window) -> None:
    session = window.session
    assert session.recording is not None
    held = []
    while session.cursor < session.recording.end:
        before = session.cursor
        window.player.step(1)
        if session.cursor == before:
            held.append(before)
            assert window.asked == before and window.panel.isVisible()
    assert held == places(session.recording)
    assert window.asked is None


def test_a_right_answer_lets_the_step_happen_and_says_yes(window: Window, qtbot: QtBot) -> None:
    cursor = walk_to_question(window)
    panel = window.panel
    assert panel.field.hasFocus() and not panel.verdict.isVisible()
    qtbot.keyClicks(panel.field, "-1")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert window.session.cursor == cursor + 1
    assert window.asked is None and panel.isVisible()
    assert panel.verdict.label.accessibleName() == "Yes: −1."
    assert not panel.field.isVisible()
    assert window.graph.view.hasFocus()
    window.player.step(1)
    assert window.asked == cursor + 1 and panel.field.text() == ""


def test_a_wrong_answer_is_told_without_alarm(window: Window) -> None:
    walk_to_question(window)
    window.panel.field.setText("1")
    window.panel.check_button.click()
    text = window.panel.verdict.label.text()
    assert window.panel.verdict.label.accessibleName() == "You said 1. It is −1: the size is right, the sign is the other one."
    assert ThemeManager("light").hex("error") not in text and ThemeManager("light").hex("grad") in text


def test_an_unreadable_answer_reveals_nothing_and_says_what_to_write(window: Window, qtbot: QtBot) -> None:
    cursor = walk_to_question(window)
    for text, said in (("", "3*a**2"), ("2,500", "2.500"), ("__import__('os')", "numbers")):
        window.panel.field.setText(text)
        qtbot.keyClick(window.panel.field, Qt.Key.Key_Return)
        assert window.session.cursor == cursor and window.asked == cursor
        assert window.panel.hint.isVisible() and said in window.panel.hint.accessibleName()
    qtbot.keyClicks(window.panel.field, "5")
    assert not window.panel.hint.isVisible()


@pytest.mark.parametrize("way", ["escape", "skip", "step", "arrow", "next"])
def test_a_question_can_always_be_skipped(window: Window, qtbot: QtBot, way: str) -> None:
    cursor = walk_to_question(window)
    field = window.panel.field
    if way == "escape":
        qtbot.keyClicks(field, "7")
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    elif way == "skip":
        window.panel.skip_button.click()
    elif way == "step":
        window.player.step(1)
    elif way == "arrow":
        qtbot.keyClick(field, Qt.Key.Key_Right)
    else:
        window.bar.next.click()
    assert window.session.cursor == cursor + 1
    assert window.asked is None and not window.panel.isVisible()
    assert window.session.asked is None


@pytest.mark.parametrize("way", ["scrub", "back", "arrow back", "first", "last", "phase", "recording", "mode", "problem", "off"])
def test_other_moves_withdraw_the_question_without_an_answer(window: Window, qtbot: QtBot, way: str) -> None:
    cursor = walk_to_question(window)
    session, player = window.session, window.player
    window.panel.field.setText("" if way == "arrow back" else "12")
    problem = ProgramError("no")
    {
        "scrub": lambda: player.seek(cursor + 1),
        "back": lambda: player.step(-1),
        "arrow back": lambda: qtbot.keyClick(window.panel.field, Qt.Key.Key_Left),
        "first": player.first,
        "last": player.last,
        "phase": lambda: player.phase(1),
        "recording": lambda: session.show_recording(run(OTHER)),
        "mode": lambda: session.set_mode("train"),
        "problem": lambda: session.show_problem(problem),
        "off": lambda: window.bar.predict.setChecked(False),
    }[way]()
    assert window.asked is None and not window.panel.isVisible()
    assert window.panel.asking.answer is None and session.asked is None
    if way == "off":
        player.step(1)
        player.step(1)
        assert session.cursor == cursor + 2 and not session.guessing


def test_jumps_are_not_held_up(window: Window) -> None:
    window.player.last()
    assert window.session.recording is not None and window.session.cursor == window.session.recording.end
    window.player.first()
    window.player.phase(1)
    assert window.asked is None


def test_playing_stops_at_questions_and_goes_on_past_them(window: Window, qtbot: QtBot) -> None:
    recording = window.session.recording
    assert recording is not None
    first, second = places(recording)[:2]
    window.player.pace.set_speed(8.0)
    window.player.play()
    qtbot.waitUntil(lambda: window.asked == first, timeout=5000)
    assert not window.player.playing and window.session.cursor == first
    window.player.play()
    qtbot.waitUntil(lambda: window.asked == second, timeout=5000)
    assert not window.player.playing


def test_instant_and_large_steps_stop_at_the_first_question(window: Window) -> None:
    recording = window.session.recording
    assert recording is not None
    first, second = places(recording)[:2]
    window.player.pace.set_speed(INSTANT)
    window.player.play()
    assert window.session.cursor == window.asked == first
    window.player.pace.set_granularity("phase")
    window.player.first()
    window.player.phase(1)
    window.player.step(1)
    assert window.asked == first
    window.player.step(1)
    assert window.asked == second


def test_the_number_is_nowhere_before_the_answer(window: Window) -> None:
    """Throughout the walk, what is asked for stands neither on its card or edge nor in the words about it."""
    session = window.session
    cursor = walk_to_question(window)
    for _ in range(40):
        asked = question(session.recording, cursor) if session.recording is not None else None
        assert asked is not None and session.asked == (asked.card or asked.edge)
        item = window.graph.scene.cards[asked.card] if asked.card else window.graph.scene.edges[asked.edge or ""]
        words = card_tooltip(item) if asked.card else edge_tooltip(item)  # type: ignore[arg-type]
        assert "not yet" in words
        assert window.graph.scene.marks.asked is not None and window.graph.scene.marks.asked.parentItem() is item
        shown = " ".join(label.text() for label in window.panel.findChildren(QLabel) if label.isVisible())
        assert f">{asked.expected:g}" not in shown.replace("−", "-")
        window.player.step(1)
        if session.recording is None or session.cursor >= places(session.recording)[-1] + 1:
            break
        cursor = walk_to_question(window)
    assert window.graph.scene.marks.asked is None


def test_another_recording_while_asked_leaves_no_mark(window: Window) -> None:
    walk_to_question(window)
    window.session.show_recording(run(PROGRAMS[1]))
    assert window.graph.scene.marks.asked is None and window.asked is None
    window.session.set_cursor(0)
    walk_to_question(window)
    assert window.graph.scene.marks.asked is not None


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("width", [300, 480])
def test_everything_fits(qtbot: QtBot, theme: str, scale: float, width: int) -> None:
    session = Session()
    player = Player(session)
    manager = ThemeManager(theme)
    panel = PredictionPanel(session, manager, player)
    host = QWidget()
    column = QVBoxLayout(host)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(panel)
    column.addStretch(1)
    qtbot.addWidget(host)
    host.setFixedSize(width, 500)
    manager.set_scale(scale)
    player.held.connect(panel.asking.ask)
    panel.set_on(True)
    session.show_recording(run(CUBIC))
    session.set_cursor(0)
    host.show()
    qtbot.waitExposed(host)
    while panel.asking.question is None:
        player.step(1)
    assert panel.minimumSizeHint().width() <= width
    QApplication.sendPostedEvents()
    assert panel.width() == width
    for part in (panel.field, panel.check_button, panel.skip_button):
        right = part.mapTo(panel, QPoint(part.width(), 0)).x()
        assert right <= width - 12 and part.width() >= part.minimumSizeHint().width()
        assert part.accessibleName() and part.toolTip()
    assert panel.words.height() >= panel.words.heightForWidth(panel.words.width())
    panel.field.setText("1")
    panel.check_button.click()
    for _ in range(2):
        QApplication.sendPostedEvents()
    label = panel.verdict.label
    assert "the other one" in label.text() and label.isVisible()
    for part in (label, panel.words):
        assert part.height() >= part.heightForWidth(part.width())
    assert panel.height() < 300
    player.pause()
    host.hide()
