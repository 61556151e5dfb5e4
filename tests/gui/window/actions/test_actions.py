"""The table of actions, the menus and the toolbar made from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from engine.lessons.examples import DEFAULT, TRAINING_PRESET
from engine.mathematics.letters import Letter
from gui.look import style
from gui.look.theme import ThemeManager
from gui.widgets import FlatButton, IconButton, Segmented
from gui.window.actions.actions import ACTIONS, MENUS, ActionSpec, build_menus
from gui.window.parts import Parts
from gui.window.toolbar import FormulaBox, TopBar


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def window(qtbot, calls):  # type: ignore[no-untyped-def]
    window = Parts()
    qtbot.addWidget(window)
    noting = [replace(spec, run=None if spec.submenu else lambda _, key=spec.id: calls.append(key)) for spec in ACTIONS]
    window.actions_by_id = build_menus(window, noting)
    return window


def test_no_two_actions_share_a_shortcut(qapp: object) -> None:
    keys = Counter(QKeySequence(text).toString() for spec in ACTIONS for text in spec.shortcuts)
    assert "" not in keys, "a shortcut that Qt does not know"
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_action_is_complete() -> None:
    assert len({spec.id for spec in ACTIONS}) == len(ACTIONS)
    for spec in ACTIONS:
        assert spec.title and spec.tooltip, spec.id
        assert spec.menu in MENUS, spec.id


def test_mnemonics_are_unique_in_each_menu() -> None:
    for menu in MENUS:
        letters = [spec.title[spec.title.index("&") + 1].lower() for spec in ACTIONS if spec.menu == menu]
        assert len(letters) == len(set(letters)), (menu, letters)


def test_an_action_does_something_and_a_submenu_nothing() -> None:
    plain = ActionSpec("dance", "&Dance", "Run", "Dance", run=lambda _: None)
    for change in ({"run": None}, {"submenu": True}):
        with pytest.raises(ValueError, match="dance"):
            replace(plain, **change)


def test_menus_call_their_slots(window, calls) -> None:  # type: ignore[no-untyped-def]
    assert [action.text() for action in window.menuBar().actions()] == [f"&{name}" for name in MENUS]
    for spec in ACTIONS:
        if not spec.submenu:
            calls.clear()
            window.actions_by_id[spec.id].trigger()
            assert calls == [spec.id]
            assert spec.shortcut_text in window.actions_by_id[spec.id].toolTip()
    submenu = window.actions_by_id["open_recent"].menu()
    submenu.addAction("a.py")
    assert len(submenu.actions()) == 1


def test_shortcuts_reach_the_slots(window, calls, qtbot) -> None:  # type: ignore[no-untyped-def]
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert calls == ["train_step", "mode_train"]
    actions = window.actions_by_id
    assert actions["mode_train"].isChecked() and not actions["mode_explore"].isChecked()


def test_toolbar_reports_and_follows(window, calls, qtbot) -> None:  # type: ignore[no-untyped-def]
    theme = ThemeManager("light")
    bar = TopBar(theme, window.actions_by_id)
    window.setCentralWidget(bar)
    window.show()
    bar.set_presets([("one.py", DEFAULT.formula), ("two.py", TRAINING_PRESET.formula)])
    box = bar.findChild(FormulaBox)
    assert box.currentIndex() == -1
    bar.set_preset("two.py")
    assert box.currentText() == TRAINING_PRESET.formula.to_plain() == "ŷ = Xw + b"
    box.setFocus()
    with qtbot.waitSignal(bar.preset_chosen) as chosen:
        qtbot.keyClick(box, Qt.Key.Key_Up)
    assert chosen.args == ["one.py"]
    bar.set_preset("mine.py")
    assert box.currentIndex() == -1

    modes = bar.findChild(Segmented)
    with qtbot.assertNotEmitted(bar.mode_chosen):
        bar.set_mode("train")
    assert modes.current() == "train"
    help_button = bar.findChild(IconButton)
    qtbot.mouseClick(help_button, Qt.MouseButton.LeftButton)
    assert calls == ["shortcuts"]
    look = next(button for button in bar.findChildren(FlatButton) if button.text() == "Light")
    theme.set_choice("dark")
    assert look.text() == "Dark"
    for button in bar.findChildren(FlatButton):
        assert button.accessibleName() and button.toolTip()


@pytest.mark.parametrize(("width", "scale"), [(1180, 1.0), (1180, 1.5), (760, 1.5), (680, 1.0)])
def test_toolbar_fits(window, qtbot, qapp, scale: float, width: int) -> None:  # type: ignore[no-untyped-def]
    theme = ThemeManager("light")
    style.apply(qapp, theme)
    bar = TopBar(theme, window.actions_by_id)
    bar.set_presets([("one.py", Letter("y"))])
    theme.set_scale(scale)
    style.apply(qapp, theme)
    window.setCentralWidget(bar)
    window.resize(width, 300)
    window.show()
    qtbot.waitExposed(window)
    qapp.processEvents()
    assert bar.width() == width
    assert bar.layout().sizeHint().width() <= width
    children = [child for child in bar.findChildren(FlatButton) if child.isVisible()]
    right = max(child.geometry().right() for child in children)
    assert right < width
    assert [child.text() for child in children if child.width() < child.sizeHint().width()] == []
    qapp.setStyleSheet("")


def test_menu_bar_height(qtbot, qapp) -> None:  # type: ignore[no-untyped-def]
    style.apply(qapp, ThemeManager("light"))  # before any widget is made, as the program does
    window = Parts()
    qtbot.addWidget(window)
    build_menus(window)
    assert window.menuBar().sizeHint().height() == 28
    qapp.setStyleSheet("")
