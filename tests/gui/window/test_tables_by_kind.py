"""Tables of every kind, good and bad, opened in the window: used and trained on, or refused with what is wrong and what to do."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from gui.window.main_window import MainWindow
from tests.gui.opened import Opened

WAIT = 240_000
ROWS = [(x / 10, 2 * x / 10 + (x % 7) / 10) for x in range(40)]
BODY = "".join(f"{x},{y}\n" for x, y in ROWS)

GOOD: dict[str, bytes] = {
    "plain": f"x,y\n{BODY}".encode(),
    "no names": BODY.encode(),
    "decimal commas": ("Länge;Gewicht\n" + BODY.replace(",", ";").replace(".", ",")).encode("cp1252"),
    "UTF-16": f"x\ty\n{BODY}".replace(",", "\t").encode("utf-16"),
    "quoted": ('"height, cm",weight\n' + "".join(f'"{x}","{y}"\n' for x, y in ROWS)).encode(),
    "missing cells": f"x,y\n{BODY}5,\nn/a,3\n".encode(),
    "a constant feature": ("x,y\n" + "".join(f"1,{y}\n" for _, y in ROWS)).encode(),
    "one data point": b"x,y\n1,2\n",
}
BAD: dict[str, tuple[bytes, str]] = {
    "no numbers": (b"name,town\nAnna,Bern\nOtto,Graz\n", "no column holds numbers"),
    "one column": (b"x\n1\n2\n", "has one column"),
    "mixed types": (f"x,y\n{BODY}abc,4\n".encode(), "line 42, column 'x': 'abc' is no number"),
    "names only": (b"x,y\n", "holds names only"),
    "duplicate names": (b"x,x,y\n1,2,3\n2,3,4\n", "are both called 'x'"),
    "infinite": (b"x,y\n1,2\n2,inf\n3,4\n", "line 3, column 'y': 'inf'"),
    "empty": (b"", "is empty"),
    "no text": (bytes(range(256)) * 40, "Save it as CSV"),
}


@pytest.fixture
def lab(qtbot: QtBot, opened: Opened) -> MainWindow:
    window = opened.show()
    window.session.run.set_config(TrainingConfig(epochs=4))
    window.session.set_mode("train")
    qtbot.waitUntil(lambda: window.training.surface is not None and window.controller.data is not None, timeout=WAIT)
    return window


def test_good_tables_are_used_and_trained_on(qtbot: QtBot, opened: Opened, lab: MainWindow, tmp_path: Path) -> None:
    for name, content in GOOD.items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content)
        lab.documents.open(path)
        dialog = lab.laboratory.dialog
        assert dialog is not None
        qtbot.waitUntil(dialog.train.isEnabled, timeout=WAIT)
        qtbot.mouseClick(dialog.train, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda path=path: lab.session.run.config.options.get("path") == str(path), timeout=WAIT)
        rows = 1 if name == "one data point" else 40
        qtbot.waitUntil(lambda rows=rows: lab.controller.data is not None and len(lab.controller.data.X) == rows, timeout=WAIT)
        with qtbot.waitSignal(lab.controller.finished, timeout=WAIT):
            lab.controller.train()
        assert lab.session.run.made == 4 and math.isfinite(lab.session.run.numbers.loss[-1]), name
        lab.training.grab()
    assert opened.crashes == [] and opened.person.said == []


def test_bad_tables_are_refused_and_change_nothing(qtbot: QtBot, opened: Opened, lab: MainWindow, tmp_path: Path) -> None:
    before = lab.session.run.config
    for name, (content, why) in BAD.items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content)
        lab.documents.open(path)
        dialog = lab.laboratory.dialog
        assert dialog is not None
        qtbot.waitUntil(lambda dialog=dialog: dialog.verdict.refused, timeout=WAIT)
        assert path.name in dialog.verdict.text() and why in dialog.verdict.text(), name
        assert not dialog.train.isEnabled()
        dialog.reject()
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.write(b"x,y\n1,2\n")
        file.truncate(2 * 10**9)
    lab.documents.open(huge)
    dialog = lab.laboratory.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.verdict.refused, timeout=WAIT)
    assert "has 1,907 MiB; at most 256 MiB are read" in dialog.verdict.text()
    dialog.reject()
    lab.documents.open(tmp_path / "gone.csv")
    dialog = lab.laboratory.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.verdict.refused, timeout=WAIT)
    assert "gone.csv cannot be read" in dialog.verdict.text()
    dialog.reject()
    assert lab.session.run.config == before and opened.crashes == []
