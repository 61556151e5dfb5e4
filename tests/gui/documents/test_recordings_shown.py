"""What the window shows of a recording, and what it does not do with it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

import engine
from engine.recording import Recording
from gui.panels.graph.metrics import READABLE, detail
from gui.session.selection import Selection
from gui.session.subject import Opened as File
from tests.gui.documents.test_recordings import TEXT, file, recording, until_shown
from tests.gui.opened import Opened

__all__ = ["file", "recording"]


def slope() -> Recording:
    """Two states that are stepped on side by side run across the graph, from its lower left to its upper right."""
    k, start = torch.tensor(0.7, requires_grad=True), torch.tensor([1.0, 0.0], requires_grad=True)

    def along(y: torch.Tensor) -> torch.Tensor:
        return torch.stack([y[1], -k * y[0]])

    with engine.record() as made:
        for _ in range(2):
            y = start
            for _ in range(3):
                first = along(y)
                second = along(y + 0.05 * first)
                third = along(y + 0.05 * second)
                y = y + 0.1 / 6 * (first + 2 * second + 2 * third + along(y + 0.1 * third))
            ((y - torch.tensor([0.9, -0.3])) ** 2).sum().backward()
    return made.recording


def test_actions_say_why_they_make_no_sense_for_a_recording(qtbot: QtBot, opened: Opened, file: str) -> None:
    window = opened.with_graph()
    usual = window.actions_by_id["save"].toolTip()
    window.documents.open(file)
    until_shown(qtbot, window)
    for key, reason in (("run_code", "has already run"), ("save", "is saved already")):
        assert not window.actions_by_id[key].isEnabled() and reason in window.actions_by_id[key].toolTip()
    assert not window.toolbar._save.isEnabled() and "already" in window.toolbar._save.toolTip()
    assert not window.code.leaves.isVisible() and window.toolbar._presets.placeholderText() == "A recording"
    window.session.set_mode("train")
    assert "no runs to save" in window.actions_by_id["save"].toolTip()  # Train saves its runs, not the recording behind it
    window.session.set_mode("explore")
    window.actions_by_id["close_recording"].trigger()
    assert window.actions_by_id["save"].toolTip() == usual
    assert window.actions_by_id["save"].isEnabled() and not window.actions_by_id["close_recording"].isEnabled()
    assert window.toolbar._presets.currentIndex() >= 0


def test_what_it_printed_is_shown_as_far_as_the_steps_go(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    engine.run_program("print('first')\nx = torch.ones(1)\nprint('second')\n").save(tmp_path / "p.gradwalk")
    window.documents.open(tmp_path / "p.gradwalk")
    until_shown(qtbot, window)
    assert window.code.output.view.toPlainText() == "first\nsecond" and window.code.output.isVisible()
    window.session.set_cursor(1)
    assert window.code.output.view.toPlainText() == "first"
    window.recorded_bar.back.click()
    assert not window.code.output.isVisible()


def test_a_recording_without_text_says_so_in_its_place(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    bare = engine.run_program(TEXT)
    dataclasses.replace(bare, text="", moments=tuple(dataclasses.replace(item, span=None) for item in bare.moments)).save(
        tmp_path / "bare.gradwalk"
    )
    window.documents.open(tmp_path / "bare.gradwalk")
    until_shown(qtbot, window)
    assert window.code.missing.isVisible() and not window.code.editor.isVisible()
    window.session.set_cursor(1)
    window.recorded_bar.back.click()
    assert not window.code.missing.isVisible() and window.code.editor.isVisible()


def test_looking_at_a_recording_runs_nothing(qtbot: QtBot, opened: Opened, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    window = opened.with_graph()
    window.documents.open(file)
    shown = until_shown(qtbot, window)
    ran: list[object] = []
    monkeypatch.setattr(window.jobs, "_put", lambda *job: ran.append(job))
    leaf = next(card.id for card in shown.graph.cards if card.kind == "leaf")
    for cursor in range(shown.end + 1):
        window.session.set_cursor(cursor)
        window.session.pointed.select(Selection(card=leaf))
    window.left.show_inspector()
    assert window.stepping.explanation._explanation is not None and ran == []


def test_gradients_of_a_recording_can_be_predicted(qtbot: QtBot, opened: Opened, file: str) -> None:
    window = opened.with_graph()
    window.documents.open(file)
    until_shown(qtbot, window)
    prediction, player = window.stepping.prediction, window.stepping.player
    player.first()
    prediction.set_on(True)
    for _ in range(40):
        if prediction.asking.question is not None:
            break
        player.step(1)
    assert prediction.isVisible() and prediction.asking.question is not None
    prediction.set_on(False)


@pytest.mark.parametrize("source", ["../../else.py", "..", "a/b.py", "", "x\0y.py"])
def test_a_recording_names_no_script_outside_its_folder(
    qtbot: QtBot, opened: Opened, tmp_path: Path, recording: Recording, source: str
) -> None:
    window = opened.with_graph()
    folder = tmp_path / "some" / "folder"
    folder.mkdir(parents=True)
    (tmp_path / "else.py").write_text("raise SystemExit\n")
    dataclasses.replace(recording, source=source).save(folder / "sent.gradwalk")
    window.documents.open(folder / "sent.gradwalk")
    until_shown(qtbot, window)
    opened.person.answer = "run"
    window.recordings.scripts.suggest_again()
    dialog = window.recordings.scripts.dialog
    assert dialog is not None and dialog.form.path.text() == "" and "Choose where it is" in dialog.status.text()
    dialog.close()


def test_a_wide_and_tall_recording_opens_so_that_it_can_be_read_from_the_left_beside_what_moves(
    qtbot: QtBot, opened: Opened, tmp_path: Path
) -> None:
    window = opened.with_graph()
    text = (
        "x = torch.ones(3)\n"
        "w = torch.ones(3, requires_grad=True)\ny = w * x\nfor i in range(12):\n    y = torch.sin(y * w)\ny.sum().backward()\n"
        "for i in range(9):\n    v = torch.ones(3, requires_grad=True)\n    (v * x).exp().sum().backward()\n"
    )
    engine.run_program(text).save(tmp_path / "tall.gradwalk")
    window.documents.open(tmp_path / "tall.gradwalk")
    shown = until_shown(qtbot, window)
    canvas, scene = window.graph.canvas, window.graph.scene
    qtbot.waitUntil(lambda: canvas.view.camera.zoom == READABLE)
    moving = next(iter(shown.state(window.session.cursor).touched))
    extent, port = scene.places.extent(), canvas.view.viewport().rect()
    assert extent.height() * READABLE > port.height() and extent.width() * READABLE > port.width()

    def in_view() -> bool:
        middle = canvas.view.mapFromScene(scene.places.frame(moving).center())
        start = canvas.view.mapFromScene(extent.topLeft())
        return 0 < middle.y() < port.height() and 0 < start.x() < 60

    qtbot.waitUntil(in_view)
    window.resize(window.width() - 60, window.height() - 20)
    qtbot.waitUntil(lambda: canvas.view.viewport().rect() != port and in_view())
    canvas.over.zoom_box.fit.click()
    assert canvas.view.camera.zoom < READABLE
    window.resize(window.width() + 30, window.height() + 10)
    qtbot.wait(50)
    assert canvas.view.camera.zoom < READABLE, "the person asked for the whole"


def test_something_is_in_view_where_a_graph_begins_far_below_where_its_newest_pass_does(
    qtbot: QtBot, opened: Opened, tmp_path: Path
) -> None:
    window = opened.with_graph()
    slope().save(tmp_path / "slope.gradwalk")
    window.documents.open(tmp_path / "slope.gradwalk")
    until_shown(qtbot, window)
    canvas, scene = window.graph.canvas, window.graph.scene
    qtbot.waitUntil(lambda: canvas.view.camera.zoom == READABLE)

    def shown() -> int:
        seen = canvas.view.camera.seen()
        return sum(seen.contains(scene.places.frame(card)) for card in scene.card_ids())

    qtbot.waitUntil(lambda: not canvas.over.working.isVisible() and shown() > 3)
    window.resize(window.width() - 60, window.height() - 20)
    qtbot.wait(100)
    assert shown() > 3


def test_a_recording_is_placed_in_a_turn_of_its_own(qtbot: QtBot, opened: Opened) -> None:
    """Telling every panel about the recording takes long enough; its cards have no places yet, and are not seen."""
    window = opened.with_graph()
    window.recordings._show(File(slope(), "", "slope"))
    cards = list(window.graph.scene.cards.values())
    assert cards and sum(card.isVisible() for card in cards) < len(cards) / 2, "those with a key of the program stay"
    qtbot.waitUntil(lambda: all(card.isVisible() for card in cards))
    window.session.set_opened(None)
    assert all(card.isVisible() for card in window.graph.scene.cards.values()), "the program was placed before"


def test_what_is_dots_only_once_the_window_is_smaller_then_shows_its_start(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    window = opened.with_graph()
    window.resize(1500, 1000)
    text = "x = torch.ones(3, requires_grad=True)\ny = x\nfor i in range(9):\n    y = torch.sin(y * x)\ny.sum().backward()\n"
    engine.run_program(text).save(tmp_path / "wide.gradwalk")
    window.documents.open(tmp_path / "wide.gradwalk")
    until_shown(qtbot, window)
    canvas = window.graph.canvas
    qtbot.waitUntil(lambda: detail(canvas.view.camera.zoom) != "dot")
    canvas.fitting.show_first(None)
    while canvas.fitting._whole_zoom() >= 0.34 and window.width() > window.minimumWidth():
        window.resize(window.width() - 60, window.height())
        qtbot.wait(20)
    assert detail(canvas.view.camera.zoom) != "dot"
    canvas.fitting.fit_whole()
    assert canvas.view.camera.zoom == pytest.approx(canvas.fitting._whole_zoom(), rel=0.3)
