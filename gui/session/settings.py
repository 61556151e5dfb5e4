"""The settings, each declared once; preferences are built from the declarations, values live in an INI file of the user."""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakMethod

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from gui.session.speeds import SPEEDS

ORGANISATION = "Gradwalk"
APPLICATION = "Gradwalk"
MOST_RECENT_FILES = 10
_FLAGS = {"true": True, "false": False, "shown": True, "hidden": False}
"""What a file says of a bool. The last two are words of files from when that was a choice."""


@dataclass(frozen=True)
class SettingSpec:
    """One setting. ``choices`` are (value, words) pairs, in the order shown; without choices any value of ``kind`` is allowed.

    ``kind`` is bool, str, float, bytes or list (of str). Settings without a ``title`` are remembered but not shown in the
    preferences; those with one have a ``description``, and are a bool, which the preferences show as a check box, or have
    ``choices``, which they offer in a list. Whatever obeys a setting calls ``Settings.follow``.
    """

    key: str
    kind: type
    default: Any
    choices: tuple[tuple[Any, str], ...] = ()
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if self.title and not (self.description and (self.choices or self.kind is bool)):
            raise ValueError(f"{self.key}: preferences show choices, or a check box for a bool, and a description")

    @property
    def visible(self) -> bool:
        """Whether preferences offer it."""
        return bool(self.title)

    def allows(self, value: object) -> bool:
        """Whether ``value`` is of the right kind and one of the choices."""
        if self.kind is list:
            return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        if not isinstance(value, self.kind):
            return False
        return not self.choices or any(value == choice for choice, _ in self.choices)

    def encode(self, value: Any) -> str:
        """The text that represents ``value`` in the file."""
        if self.kind is bytes:
            return base64.b64encode(value).decode("ascii")
        return value if self.kind is str else json.dumps(value)

    def decode(self, text: object) -> Any:
        """The value that ``text`` represents; the default if that is none that is allowed."""
        if not isinstance(text, str):
            return self.fresh()
        try:
            value: object
            if self.kind is bytes:
                value = base64.b64decode(text, validate=True)
            elif self.kind is str:
                value = text
            elif self.kind is bool:
                value = _FLAGS.get(text)
            else:
                value = json.loads(text)
        except (ValueError, RecursionError, binascii.Error):
            return self.fresh()
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = self.kind(value) if abs(value) < 1e6 else value
        return value if self.allows(value) else self.fresh()

    def fresh(self) -> Any:
        """The default, as an object of its own."""
        return list(self.default) if self.kind is list else self.default


SETTINGS: tuple[SettingSpec, ...] = (
    SettingSpec(
        "theme",
        str,
        "system",
        (("system", "Same as system"), ("light", "Light"), ("dark", "Dark")),
        "Theme",
        "Colours of the window and of exported pictures.",
    ),
    SettingSpec(
        "motion",
        str,
        "system",
        (("system", "Same as system"), ("full", "Full"), ("reduced", "Reduced")),
        "Motion",
        "With Reduced, nothing travels or glides; what changed is highlighted instead.",
    ),
    SettingSpec(
        "font_scale",
        float,
        1.0,
        ((0.9, "90 %"), (1.0, "100 %"), (1.15, "115 %"), (1.3, "130 %"), (1.5, "150 %"), (1.75, "175 %")),
        "Font size",
        "Size of the text in all panels; the graph's cards grow as far as there is room.",
    ),
    SettingSpec(
        "overview",
        bool,
        True,
        title="Overview",
        description="Shows the whole graph in a corner of its panel when it does not fit.",
    ),
    SettingSpec("window/geometry", bytes, b""),
    SettingSpec("window/columns", str, ""),
    SettingSpec("window/left_column", str, ""),
    SettingSpec("window/training", bool, True),
    SettingSpec("mode", str, "explore", (("explore", "Explore"), ("train", "Train"))),
    SettingSpec("training/config", str, ""),
    SettingSpec("training/speed", str, SPEEDS[0].name, tuple((speed.name, speed.meaning) for speed in SPEEDS)),
    SettingSpec("training/folded", list, ["loss", "batches", "update", "stop"]),
    SettingSpec("training/tab", str, ""),
    SettingSpec("training/below", str, "runs"),
    SettingSpec("training/below_folded", bool, False),
    SettingSpec("training/below_height", int, 0),
    SettingSpec("training/below_norms", int, 0),
    SettingSpec("training/over_epochs", str, "loss"),
    SettingSpec("learn/width", int, 0),
    SettingSpec("learn/heights", list, []),
    SettingSpec("hint/walk", str, "new", (("new", "Not used yet"), ("used", "Used"))),
    SettingSpec("hint/home", str, "new", (("new", "Not used yet"), ("used", "Used"))),
    SettingSpec("recent_files", list, []),
    SettingSpec("recent_days", list, []),
    SettingSpec("left_at", list, []),
    SettingSpec("left_views", list, []),
    SettingSpec("last/program", str, ""),
    SettingSpec("last/recording", str, ""),
    SettingSpec("last_folder", str, ""),
    SettingSpec("script/path", str, ""),
    SettingSpec("script/arguments", str, ""),
    SettingSpec("script/steps", float, 0.0),
    SettingSpec("script/memory", float, 0.0),
    SettingSpec("script/python", str, ""),
    SettingSpec("script/geometry", bytes, b""),
)


class Settings(QObject):
    """The user's settings. Unreadable or foreign values in the file read as the default; nothing here fails because of them.

    Parameters
    ----------
    path
        An INI file to use instead of the user's own (tests).

    Signals
    -------
    changed(str)
        The setting with this key has another value.
    """

    changed = Signal(str)

    def __init__(self, path: Path | None = None, parent: QObject | None = None, table: Sequence[SettingSpec] = SETTINGS) -> None:
        super().__init__(parent)
        self._specs = {spec.key: spec for spec in table}
        self._followers: defaultdict[str, list[WeakMethod[Callable[[Any], object]]]] = defaultdict(list)
        if path is not None:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)
        else:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)
            self._store.setFallbacksEnabled(False)

    def specs(self) -> tuple[SettingSpec, ...]:
        """All declarations, in order."""
        return tuple(self._specs.values())

    def value(self, key: str) -> Any:
        """The value of ``key``, or its default. Raises KeyError for a key that is not declared."""
        spec = self._specs[key]
        return spec.decode(self._store.value(key))

    def follow(self, key: str, apply: Callable[[Any], object], *, at_once: bool = True) -> None:
        """Call the method ``apply`` with the value of ``key``: at once, and on every change while the method's object exists.

        Without ``at_once`` it waits for the first change. A widget that shows itself in ``apply`` must already have its parent,
        or it would be a window for a moment.
        """
        value = self.value(key)
        self._followers[key].append(WeakMethod(apply))
        if at_once:
            apply(value)

    def set_value(self, key: str, value: Any) -> None:
        """Set ``key`` and, if it changed, tell whoever follows or listens.

        Raises
        ------
        KeyError
            For a key that is not declared.
        ValueError
            For a value that the declaration does not allow.
        """
        spec = self._specs[key]
        if isinstance(value, (QByteArray, bytearray)):
            value = bytes(value.data()) if isinstance(value, QByteArray) else bytes(value)
        if not spec.allows(value):
            allowed = [choice for choice, _ in spec.choices] or spec.kind.__name__
            raise ValueError(f"the setting {key!r} allows {allowed}, got {value!r}")
        if value != self.value(key):
            self._store.setValue(key, spec.encode(value))
            for follower in self._followers[key]:
                apply = follower()
                if apply is not None:
                    apply(value)
            self.changed.emit(key)

    def restore_defaults(self) -> None:
        """Set everything that preferences show back to its default."""
        for spec in self._specs.values():
            if spec.visible:
                self.set_value(spec.key, spec.fresh())

    def add_recent_file(self, path: str) -> None:
        """Put ``path`` first in ``recent_files``, once, and keep the newest ten."""
        others = [entry for entry in self.value("recent_files") if entry != path]
        self.set_value("recent_files", [path, *others][:MOST_RECENT_FILES])

    def save(self) -> None:
        """Write to the file now (it is otherwise written soon, and at the end)."""
        self._store.sync()
