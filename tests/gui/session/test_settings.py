"""Settings and the dialog that is built from their table."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt

from gui.look.theme import ThemeManager
from gui.session.settings import SETTINGS, Settings, SettingSpec
from gui.widgets import ComboBox, Toggle
from gui.window.dialogs.preferences import Preferences


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


def test_table_is_sound() -> None:
    keys = [spec.key for spec in SETTINGS]
    assert len(keys) == len(set(keys))
    for spec in SETTINGS:
        assert spec.allows(spec.default), spec.key


def test_what_preferences_show_has_choices_and_a_description() -> None:
    """Without choices there would be a box with nothing in it."""
    for missing in ({"choices": ()}, {"description": ""}):
        with pytest.raises(ValueError, match="theme: preferences show"):
            replace(SETTINGS[0], **missing)


def test_who_follows_a_setting_obeys_it_from_the_start(qapp: object, path: Path) -> None:
    class Window:
        def __init__(self) -> None:
            self.heard: list[object] = []

        def obey(self, value: object) -> None:
            self.heard.append(value)

    settings, window, other = Settings(path), Window(), Window()
    settings.set_value("theme", "light")
    settings.follow("theme", window.obey)
    settings.follow("theme", other.obey, at_once=False)
    settings.set_value("motion", "reduced")
    settings.set_value("theme", "dark")
    settings.set_value("theme", "dark")
    assert window.heard == ["light", "dark"] and other.heard == ["dark"]
    heard = window.heard
    del window
    settings.set_value("theme", "light")
    assert heard == ["light", "dark"] and other.heard == ["dark", "light"], "one that is gone is not called"
    with pytest.raises(KeyError):
        settings.follow("no such key", other.obey)


def test_every_setting_survives_a_restart(qapp: object, path: Path) -> None:
    wanted = {
        "theme": "dark",
        "motion": "reduced",
        "font_scale": 1.15,
        "window/geometry": bytes(range(256)),
        "mode": "train",
        "recent_files": ["a, b.py", 'ünï "q".py', "C:\\x;y.py"],
    }
    first = Settings(path)
    for key, value in wanted.items():
        first.set_value(key, value)
    first.save()
    second = Settings(path)
    for key, value in wanted.items():
        assert second.value(key) == value, key
        assert type(second.value(key)) is type(value)


@pytest.mark.parametrize(("said", "shown"), [("shown", True), ("hidden", False), ("true", True), ("false", False), ("no", True)])
def test_a_check_box_keeps_what_was_chosen_when_it_was_a_list(qapp: object, path: Path, said: str, shown: bool) -> None:
    path.write_text(f"[General]\noverview={said}\n", encoding="utf-8")
    assert Settings(path).value("overview") is shown


def test_changed_tells_only_real_changes(qapp: object, path: Path) -> None:
    settings = Settings(path)
    heard: list[str] = []
    settings.changed.connect(heard.append)
    settings.set_value("theme", "dark")
    settings.set_value("theme", "dark")
    settings.set_value("window/geometry", QByteArray(b"abc"))
    assert heard == ["theme", "window/geometry"]
    assert settings.value("window/geometry") == b"abc"


@pytest.mark.parametrize(
    ("key", "value"), [("theme", "pink"), ("theme", None), ("font_scale", 7.0), ("recent_files", [1]), ("mode", 3)]
)
def test_wrong_values_are_refused(qapp: object, path: Path, key: str, value: object) -> None:
    settings = Settings(path)
    with pytest.raises(ValueError, match=key):
        settings.set_value(key, value)
    with pytest.raises(KeyError):
        settings.value("no such key")


@pytest.mark.qt_log_ignore("QVariant::load")
@pytest.mark.parametrize(
    "text",
    [
        "[General]\ntheme=pink\nfont_scale=-3\nrecent_files={}\nmode=1\nmotion=full, reduced\n",
        "[General]\ntheme=@Variant(\\0\\0\\0\\x7f\\0\\0\\0\\x0fPyQt_PyObject)\nfont_scale=@Invalid()\nrecent_files=[1, 2]\n",
        "[General]\nfont_scale=NaN\nrecent_files=" + "[" * 30000 + "\n[window]\ngeometry=@ByteArray(xx)\n",
        "[General]\nfont_scale=1" + "0" * 400 + "\ntheme=\nrecent_files=\n[window]\ngeometry=ä!\n",
        "\x00\x01\x02 no INI at all",
    ],
)
def test_damaged_files_read_as_defaults(qapp: object, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    settings = Settings(path)
    for spec in SETTINGS:
        assert settings.value(spec.key) == spec.default, spec.key


@pytest.mark.qt_log_ignore("QVariant::load")
def test_random_damage_never_raises(qapp: object, path: Path) -> None:
    settings = Settings(path)
    for spec in SETTINGS:
        plain = {bytes: b"123", list: ["x.py"], str: "words", float: 2.5, int: 3, bool: not spec.default}[spec.kind]
        settings.set_value(spec.key, spec.choices[-1][0] if spec.choices else plain)
    settings.save()
    whole = path.read_bytes()
    generator = random.Random(4)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(generator.randint(1, 8)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(bytes(damaged))
        broken = Settings(path)
        for spec in SETTINGS:
            assert spec.allows(broken.value(spec.key)), spec.key


def test_recent_files_are_unique_and_few(qapp: object, path: Path) -> None:
    settings = Settings(path)
    for number in range(14):
        settings.add_recent_file(f"{number}.py")
    settings.add_recent_file("9.py")
    recent = settings.value("recent_files")
    assert recent[:2] == ["9.py", "13.py"]
    assert len(recent) == 10 and len(set(recent)) == 10
    recent.append("not stored")
    assert "not stored" not in settings.value("recent_files")


def test_preferences_follow_the_table_both_ways(qtbot, path: Path) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(path)
    dialog = Preferences(settings, ThemeManager("light"))
    qtbot.addWidget(dialog)
    boxes = {box.accessibleName(): box for box in dialog.findChildren(ComboBox)}
    assert list(boxes) == [spec.title for spec in SETTINGS if spec.visible and spec.kind is not bool]
    theme = boxes["Theme"]
    assert [theme.itemText(row) for row in range(theme.count())] == ["Same as system", "Light", "Dark"]
    dialog.show()
    theme.setFocus()
    qtbot.keyClicks(theme, "D")
    assert settings.value("theme") == "dark"
    settings.set_value("font_scale", 1.3)
    assert boxes["Font size"].currentText() == "130 %"
    settings.restore_defaults()
    assert theme.currentText() == "Same as system" and boxes["Font size"].currentText() == "100 %"


def test_a_bool_is_a_check_box_in_the_preferences(qtbot, path: Path) -> None:  # type: ignore[no-untyped-def]
    table = (SettingSpec("grid", bool, False, title="Grid", description="Draws lines."), *SETTINGS)
    settings = Settings(path, table=table)
    dialog = Preferences(settings, ThemeManager("light"))
    qtbot.addWidget(dialog)
    dialog.show()
    boxes = {box.accessibleName(): box for box in dialog.findChildren(Toggle)}
    assert list(boxes) == [spec.title for spec in table if spec.visible and spec.kind is bool]
    grid = boxes["Grid"]
    assert not grid.isChecked() and grid.toolTip() == "Draws lines."
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton)
    assert settings.value("grid") is True
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert settings.value("grid") is False and not grid.isChecked()
    settings.set_value("grid", True)
    assert grid.isChecked()
    settings.restore_defaults()
    assert not grid.isChecked()


def test_preferences_stay_on_the_screen_as_the_letters_grow(qtbot, path: Path) -> None:  # type: ignore[no-untyped-def]
    """At 175 % the boxes, among them the one by which that was chosen, were beyond the right edge of a small screen."""
    theme = ThemeManager("light")
    dialog = Preferences(Settings(path), theme)
    qtbot.addWidget(dialog)
    dialog.show()
    screen = dialog.screen().availableGeometry()
    dialog.move(screen.right() - dialog.width(), screen.bottom() - dialog.height())
    before = dialog.width()
    theme.set_scale(1.3)
    qtbot.waitUntil(lambda: dialog.width() > before and screen.contains(dialog.frameGeometry()))
