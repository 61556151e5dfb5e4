"""Home: what it lists, how keys go through it, and that nothing in it is too small to read or out of its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

import resources
from engine.lessons.examples import GALLERY
from engine.lessons.model import Lesson, Words
from engine.lessons.shipped import shipped_lessons
from gui.look.theme import ThemeManager, tokens
from gui.panels.home.measures import LARGE, SMALL
from gui.panels.home.panel import HomePanel
from gui.panels.home.pictures.picture import LEAST, paint_picture, picture
from gui.panels.home.said import Progress, RecentFile
from gui.widgets.tab_order import stops

PICTURES = sorted(
    name.removeprefix("pictures/").removesuffix(".svg")
    for folder in ("examples", "lessons", "kinds")
    for name in resources.names(f"pictures/{folder}", ".svg")
)
FILES = (
    RecentFile("/x/train.gradwalk", "train.gradwalk", "recording · operation 5 of 8", "today", "recording"),
    RecentFile("/x/gone.py", "gone.py", "not found", "today", "program", True),
    RecentFile("/x/cubic.py", "cubic.py", "operation 9 of 11", "yesterday", "program"),
    RecentFile("/x/fourth.csv", "fourth.csv", "table of numbers", "yesterday", "table"),
)


def lessons() -> list[Lesson]:
    """Three lessons in two groups."""
    first = shipped_lessons()[0]
    second = replace(first, name="second", title=(Words("The second"),))
    return [first, second, replace(second, name="third", title=(Words("The third"),), group="Training")]


@pytest.fixture
def home(qtbot: QtBot) -> HomePanel:
    panel = HomePanel(GALLERY, {"open": "Ctrl+O", "record_script": "F8"}, ThemeManager("light"))
    qtbot.addWidget(panel)
    panel.resize(1600, 924)
    panel.show_lessons(lessons(), Progress())
    panel.show_recent(FILES)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def press(key: Qt.Key) -> QWidget:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key)
    after = QApplication.focusWidget()
    assert after is not None
    return after


def test_the_lesson_that_is_next_has_the_only_button(home: HomePanel) -> None:
    button = home.lessons.next_button
    assert button is not None and button.text() == "Start" and button.isVisible()
    assert button.parent() is home.lessons.groups[0][1][0]
    home.show_lessons(lessons(), Progress(frozenset({"01-nudge"}), {"third": 2}))
    button = home.lessons.next_button
    assert button is not None and button.text() == "Continue" and button.parent() is home.lessons.groups[1][1][0]
    rows = [row for _, rows in home.lessons.groups for row in rows]
    said = [row.accessibleDescription().split(", ")[1] for row in rows]
    assert said == ["done", "not begun", f"page 2 of {len(lessons()[0].pages)}"]
    home.show_lessons(lessons(), Progress(frozenset({"01-nudge", "second", "third"})))
    assert home.lessons.next_button is None


def test_a_lesson_is_wanted_by_its_row_and_by_its_button(qtbot: QtBot, home: HomePanel) -> None:
    wanted: list[str] = []
    home.lesson_wanted.connect(wanted.append)
    QTest.mouseClick(home.lessons.groups[1][1][0], Qt.MouseButton.LeftButton)
    assert home.lessons.next_button is not None
    home.lessons.next_button.click()
    assert wanted == ["third", "01-nudge"]
    with qtbot.waitSignal(home.lesson_file_wanted, timeout=1000):
        home.lessons.open_file.click()
    with qtbot.waitSignal(home.writing_wanted, timeout=1000):
        home.lessons.write.click()


def test_arrows_walk_within_a_group_and_its_ends_are_home_and_end(home: HomePanel) -> None:
    cards = home.offers.cards
    cards[0].setFocus()
    assert press(Qt.Key.Key_Right) is cards[1] and press(Qt.Key.Key_Down) is cards[6]
    assert press(Qt.Key.Key_Left) is cards[5] and press(Qt.Key.Key_Up) is cards[0]
    assert press(Qt.Key.Key_Up) is cards[0] and press(Qt.Key.Key_End) is cards[9] and press(Qt.Key.Key_Home) is cards[0]
    rows = home.offers.rows
    rows[0].setFocus()
    assert press(Qt.Key.Key_Down) is rows[1] and press(Qt.Key.Key_End) is rows[3]


def test_tab_stops_once_in_each_group_in_order(home: HomePanel) -> None:
    home.begin()
    found = [QApplication.focusWidget()]
    for _ in range(8):
        found.append(press(Qt.Key.Key_Tab))
    lessons_, offers = home.lessons, home.offers
    first = lessons_.groups[0][1][0]
    expected = [lessons_.next_button, first, lessons_.open_file, lessons_.write, offers.cards[0], offers.rows[0]]
    assert found == [*expected, offers.recent[0], offers.recent[1].remove, offers.all_recent]


def test_return_opens(home: HomePanel) -> None:
    wanted: list[str] = []
    for signal in (home.offers.example_wanted, home.offers.action_wanted, home.offers.recent_wanted):
        signal.connect(wanted.append)
    for item in (home.offers.cards[2], home.offers.rows[3], home.offers.recent[2]):
        item.setFocus()
        press(Qt.Key.Key_Return)
    assert wanted == ["chain_rule.py", "load_data", "/x/cubic.py"]


def test_a_missing_file_opens_nothing_and_can_be_removed(home: HomePanel) -> None:
    wanted: list[str] = []
    forgotten: list[str] = []
    home.offers.recent_wanted.connect(wanted.append)
    home.offers.forget_wanted.connect(forgotten.append)
    card = home.offers.recent[1]
    card.setFocus()
    assert press(Qt.Key.Key_Return) is card.remove
    press(Qt.Key.Key_Return)
    assert wanted == [] and forgotten == ["/x/gone.py"]
    assert len(home.offers.recent) == 3 and home.offers.all_recent.isVisible()
    home.show_recent([])
    assert not home.offers.all_recent.isVisible()


def test_in_a_small_window_groups_fold_and_recent_files_are_lines(home: HomePanel) -> None:
    home.resize(1180, 644)
    QApplication.processEvents()
    (first, rows), (second, others) = home.lessons.groups
    assert first.isChecked() and not second.isChecked()
    assert all(row.isVisible() and row.height() == SMALL.row for row in rows) and not others[0].isVisible()
    assert second.accessibleDescription().endswith("closed")
    second.click()
    assert others[0].isVisible() and second.accessibleDescription().endswith("open")
    assert home.offers.recent[0].width() > 700 and home.offers.recent[0].height() == 34
    home.resize(1600, 924)
    assert second.isChecked() and home.offers.recent[0].height() == LARGE.picture + 54


@pytest.mark.parametrize("scale", [1.0, 1.75])
@pytest.mark.parametrize("size", [(1180, 644), (1600, 924)])
def test_nothing_lies_over_anything_else_and_all_is_within(home: HomePanel, scale: float, size: tuple[int, int]) -> None:
    home._theme.set_scale(scale)
    home.resize(*size)
    QApplication.processEvents()
    offers = home.offers
    page = offers.widget()
    items = [*offers.cards, *offers.rows, *offers.recent]
    for number, item in enumerate(items):
        assert page.rect().contains(item.geometry())
        assert not any(item.geometry().intersects(other.geometry()) for other in items[number + 1 :])


def test_everything_that_tab_or_arrows_reach_has_a_name(home: HomePanel) -> None:
    assert all(stop.accessibleName() for stop in stops(home))
    items = [*home.offers.cards, *home.offers.rows, *home.offers.recent]
    assert all(item.accessibleName() and item.toolTip() for item in items)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_drawn_from_tokens_and_their_numbers_can_be_read(qapp: object, name: str) -> None:
    drawn = picture(name)
    known = set(tokens()["light"])
    assert {text.fill for text in drawn.texts} <= known
    shapes = drawn.shapes + drawn.number_shapes
    assert "#" not in shapes and {part.partition("}")[0] for part in shapes.split("{")[1:]} <= known
    large, small = drawn.fitted(QRectF(0, 0, 213, 150))[1], drawn.fitted(QRectF(0, 0, 147, 98))[1]
    if any(text.number for text in drawn.texts):
        assert drawn.shows_numbers(large) and not drawn.shows_numbers(small)
    seen = []
    for theme in ("light", "dark"):
        image = QImage(213, 150, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_picture(painter, name, QRectF(0, 0, 213, 150), ThemeManager(theme))
        painter.end()
        seen.append(image)
    assert seen[0] != seen[1] and LEAST == 11


def test_every_example_and_every_lesson_that_ships_has_its_picture() -> None:
    assert {f"examples/{example.picture}" for example in GALLERY} <= set(PICTURES)
    assert {f"lessons/{lesson.picture}" for lesson in shipped_lessons()} <= set(PICTURES)
