"""The transport bar: the player walks, the track shows and scrubs, the buttons say what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from unittest.mock import patch

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.graph.labels import PhaseSpan, moment_label, phases
from engine.mathematics.letters import Word
from engine.recording import Recording
from engine.tables import Moment
from gui.look.theme import ThemeManager
from gui.look.tones import font, label_width
from gui.panels.timeline.bar import HEIGHT, HEIGHT_WITH_EPOCHS, TransportBar
from gui.panels.timeline.choices import Choices
from gui.panels.timeline.layout import MOST_CELLS, NEAR, TrackLayout, near_start
from gui.panels.timeline.pace import EPOCH, INSTANT, SPEEDS
from gui.panels.timeline.painting import titles
from gui.panels.timeline.player import Player
from gui.panels.timeline.track import MARGIN
from gui.session.session import Session
from tests.engine.plain_torch import PROGRAMS, run
from tests.gui.factory import show_end

CUBIC, TRAINING = PROGRAMS[0], PROGRAMS[18]


@pytest.fixture
def session(qapp: QApplication) -> Session:
    return Session()


@pytest.fixture
def player(session: Session) -> Iterator[Player]:
    player = Player(session)
    yield player
    player.pause()


@pytest.fixture
def bar(qtbot: QtBot, session: Session, player: Player) -> Iterator[TransportBar]:
    bar = TransportBar(session, ThemeManager("light"), player)
    qtbot.addWidget(bar)
    bar.resize(1600, HEIGHT)
    bar.show()
    qtbot.waitExposed(bar)
    yield bar
    bar.hide()


def blocks(*sizes: tuple[str, int]) -> Recording:
    """A recording without operations, with this many moments of each phase."""
    moments = tuple(Moment("operation", phase, -1, None) for phase, count in sizes for _ in range(count))
    return Recording("", (), (), (), (), (), (), moments)


# The player ------------------------------------------------------------------------------------------------------------


def test_steps_by_operation_line_and_phase(session: Session, player: Player) -> None:
    session.show_recording(run(CUBIC))
    player.first()
    stops = []
    for granularity in ("operation", "line", "phase"):
        player.pace.set_granularity(granularity)
        player.step(1)
        stops.append(session.cursor)
    assert stops == [1, 2, 5]
    player.step(-1)
    assert session.cursor == 0
    player.phase(1)
    player.phase(1)
    assert session.cursor == 12
    player.advance()
    assert session.cursor == 0


def test_plays_to_the_end_and_then_from_the_start(qtbot: QtBot, session: Session, player: Player) -> None:
    session.show_recording(run("a = torch.ones(1)\nb = a*2\nc = b*2"))
    player.pace.set_speed(8)
    seen: list[int] = []
    session.cursor_changed.connect(lambda: seen.append(session.cursor))
    with qtbot.waitSignal(player.playing_changed, check_params_cb=lambda playing: not playing, timeout=10_000):
        player.play()
    assert seen == [0, 1, 2, 3]
    assert not player.playing


def test_instant_goes_to_the_end_at_once(session: Session, player: Player) -> None:
    session.show_recording(run(CUBIC))
    player.seek(3)
    player.pace.set_speed(INSTANT)
    player.play()
    assert session.cursor == 12 and not player.playing


def test_what_moves_the_cursor_pauses(session: Session, player: Player) -> None:
    session.show_recording(run(CUBIC))
    for act in (lambda: player.step(1), lambda: player.seek(4), lambda: player.phase(-1), lambda: session.set_cursor(2)):
        player.seek(6)
        player.play()
        assert player.playing
        act()
        assert not player.playing


def test_an_edit_while_playing_goes_on_where_it_was(session: Session, player: Player) -> None:
    session.show_recording(run(CUBIC))
    player.seek(3)
    player.play()
    session.show_recording(run(CUBIC.replace("5.", "7.")))
    assert player.playing and session.cursor == 4
    session.show_recording(run(CUBIC.replace("a**3", "a**4")))
    assert not player.playing


def test_travel_scales_with_the_speed_and_stops_from_8(session: Session, player: Player) -> None:
    found = []
    for speed in (*SPEEDS, INSTANT):
        player.pace.set_speed(speed)
        found.append(player.pace.travel_ms)
        assert player.pace.interval_ms >= player.pace.travel_ms
    assert found == [1680, 840, 420, 210, 105, 0, 0]
    with pytest.raises(ValueError, match="not 3"):
        player.pace.set_speed(3)


def test_epochs_are_asked_for_not_walked(qtbot: QtBot, session: Session, player: Player) -> None:
    show_end(session, run(CUBIC))
    player.pace.set_granularity(EPOCH)
    with qtbot.waitSignal(player.epoch_requested, check_params_cb=lambda direction: direction == -1):
        player.step(-1)
    assert session.cursor == 12


# The layout ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moments", [1, MOST_CELLS, MOST_CELLS + 1, 1_000, 100_000])
@pytest.mark.parametrize("parts", [1, 2, 40])
def test_segments_cover_every_moment_in_order(moments: int, parts: int) -> None:
    parts = min(parts, moments)
    names = ("forward", "backward", "update", "zero")
    each = moments // parts
    sizes = [(names[part % 4], each if part else moments - each * (parts - 1)) for part in range(parts)]
    spans = phases(blocks(*sizes))
    for cursor in {0, 1, moments // 2, moments}:
        layout = TrackLayout(spans, near_start(cursor, moments), 800.0)
        assert [segment.start for segment in layout.segments] == [0, *(segment.end for segment in layout.segments[:-1])]
        assert layout.segments[-1].end == moments
        assert layout.segments[-1].right == pytest.approx(800, abs=1)
        assert len(layout.segments) <= max(MOST_CELLS, NEAR + 2 * 25)
        if moments > MOST_CELLS:
            apart = [segment.start for segment in layout.segments if segment.apart]
            assert len(apart) == NEAR and apart[0] <= cursor <= apart[-1] + 1
        heads = [layout.playhead(at) for at in sorted({0, cursor, moments})]
        assert heads == sorted(heads)


def test_a_press_on_a_cell_means_that_it_is_finished() -> None:
    layout = TrackLayout(phases(blocks(("forward", 5), ("backward", 7))), 0, 800.0)
    for segment in layout.segments:
        assert layout.cursor_at(segment.x + segment.width / 2) == segment.end
    assert layout.cursor_at(-50) == layout.cursor_at(0) == 0
    assert layout.cursor_at(5_000) == 12


# The bar ---------------------------------------------------------------------------------------------------------------


def test_disabled_while_there_is_nothing(bar: TransportBar, session: Session) -> None:
    controls = (bar.first, bar.back, bar.play, bar.forward, bar.last, bar.speed, bar.granularity, bar.next, bar.predict)
    assert not any(control.isEnabled() for control in controls)
    assert bar.track.spoken == "no operations yet"
    show_end(session, run(""))
    assert not any(control.isEnabled() for control in controls)
    show_end(session, run(CUBIC))
    assert bar.play.isEnabled() and bar.first.isEnabled() and not bar.forward.isEnabled()


def test_the_next_button_names_the_next_moment(bar: TransportBar, session: Session, qtbot: QtBot) -> None:
    show_end(session, run(CUBIC))
    assert bar.next.spoken == "Start again" and bar.next.key == "Home" and bar.next.toolTip() == "Start again (Home)"
    qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert session.cursor == 0 and bar.next.spoken == "Next: a" and bar.next.key == "→"
    session.set_cursor(7)
    assert str(bar.next.label) == "b² → b"
    qtbot.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert session.cursor == 8 and bar.next.spoken == "Next: b.grad"
    width = bar.next.width()
    session.set_cursor(11)
    assert bar.next.spoken == "Next: free graph" and bar.next.width() == width


@pytest.mark.parametrize("width", [1180, 1600])
@pytest.mark.parametrize("scale", [0.9, 1.0])
def test_the_next_button_says_next_and_names_its_key_at_any_width(
    bar: TransportBar, session: Session, width: int, scale: float
) -> None:
    """In a narrow window it used to read just "y seed", and "Start again" without its key."""
    bar.next._theme.set_scale(scale)
    bar.resize(width, bar.height())
    recording = run(CUBIC)
    show_end(session, recording)
    assert bar.next.spoken == "Start again" and bar.next.shows_key
    room = bar.next.width() - 14 - 10 - 8 - bar.next._key_width()
    for cursor in range(12):
        session.set_cursor(cursor)
        lead, label = bar.next.fitting(room)
        assert lead and label, cursor
        if recording.moments[cursor].kind in ("operation", "seed", "accumulate"):
            assert label == moment_label(recording, cursor), "by its whole name, which a narrow cell may shorten"
    session.set_cursor(5)
    assert str(bar.next.fitting(room)[1]) == "y seed"


def test_a_long_name_that_comes_next_leaves_its_first_parts_out(bar: TransportBar) -> None:
    """In a narrow window the button said "Next:" and nothing else before the gradient of a layer's bias."""
    bar.next._label = bar.next._short = Word("model.24.bias.grad")
    lead, label = bar.next.fitting(100)
    assert not lead and isinstance(label, Word) and label.shown in ("24.bias.grad", "bias.grad")
    assert bar.next.fitting(1000)[1] is bar.next._label


def test_what_moves_are_made_of_is_said_with_epochs_where_there_are_some(bar: TransportBar) -> None:
    box = bar.granularity
    assert box.toolTip() == "How far → and ← move: an operation, a source line or a phase"
    assert bar.first.toolTip() == "To the start (Home)"
    bar.set_epochs_visible(True)
    assert box.toolTip() == "How far → and ← move: an operation, a source line, a phase or an epoch"
    assert (bar.first.toolTip(), bar.last.toolTip()) == ("To the start of the epoch (Home)", "To the end of the epoch (End)")
    bar.set_epochs_visible(False)
    assert "epoch" not in box.toolTip() + bar.first.toolTip()


def test_buttons_move_the_cursor(bar: TransportBar, session: Session, qtbot: QtBot) -> None:
    show_end(session, run(CUBIC))
    seen = []
    for button in (bar.back, bar.back, bar.forward, bar.first, bar.last):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        seen.append(session.cursor)
    assert seen == [11, 10, 11, 0, 12]
    session.set_cursor(3)
    qtbot.mouseClick(bar.play, Qt.MouseButton.LeftButton)
    assert bar.play.accessibleName() == "Pause"
    qtbot.mouseClick(bar.play, Qt.MouseButton.LeftButton)
    assert bar.play.accessibleName() == "Play"


def press(track: QWidget, x: float) -> QPoint:
    return QPoint(round(MARGIN + x), track.height() // 2)


def test_a_drag_scrubs_and_pauses(bar: TransportBar, session: Session, player: Player, qtbot: QtBot) -> None:
    session.show_recording(run(CUBIC))
    session.set_cursor(0)
    player.play()
    track, segments = bar.track, bar.track.placement().segments
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=press(track, segments[3].x + 5))
    assert session.cursor == 4 and not player.playing
    moves: list[int] = []
    session.cursor_changed.connect(lambda: moves.append(session.cursor))
    for number in (6, 6, 9, 2):
        qtbot.mouseMove(track, press(track, segments[number].x + 6))
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton)
    assert moves == [7, 10, 3]


def test_the_playhead_stays_under_the_pointer_in_a_long_recording(bar: TransportBar, session: Session, qtbot: QtBot) -> None:
    show_end(session, blocks(("forward", 700), ("backward", 300)))
    track = bar.track
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=press(track, 200))
    for x in (250, 400, 300, 120):
        qtbot.mouseMove(track, press(track, x))
        assert abs(track.placement().playhead(session.cursor) - x) <= 12
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton)


def test_keys_on_the_track(bar: TransportBar, session: Session, qtbot: QtBot) -> None:
    show_end(session, run(CUBIC))
    track = bar.track
    seen = []
    shift, plain = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
    keys = [
        (Qt.Key.Key_Left, plain),
        (Qt.Key.Key_Left, shift),
        (Qt.Key.Key_Home, plain),
        (Qt.Key.Key_Right, plain),
        (Qt.Key.Key_Right, shift),
        (Qt.Key.Key_End, plain),
    ]
    for key, modifier in keys:
        qtbot.keyClick(track, key, modifier)
        seen.append(session.cursor)
    assert seen == [11, 5, 0, 1, 5, 12]


def test_words_for_screen_readers_and_tooltips(bar: TransportBar, session: Session) -> None:
    session.show_recording(run(CUBIC))
    session.set_cursor(8)
    assert bar.track.position_text == "8 of 12"
    assert bar.track.accessibleDescription() == "8 of 12, Backward 3 of 7, b² → b"
    assert bar.track.tooltip(6) == "7 of 12 · Backward · − → a³, b²"


def test_epochs_add_a_row_and_a_step(bar: TransportBar, session: Session, player: Player, qtbot: QtBot) -> None:
    session.show_recording(run(TRAINING))
    bar.set_epochs_visible(True)
    assert bar.height() == HEIGHT_WITH_EPOCHS and bar.granularity.findData(EPOCH) >= 0
    bar.epochs.set_epochs(30, 12, 7)
    assert bar.epochs.accessibleDescription() == "Epoch 7 of 30"
    chosen: list[int] = []
    bar.epoch_chosen.connect(chosen.append)
    middle = bar.epochs.height() // 2
    places = [QPoint(round(MARGIN + (number - 0.5) * (bar.epochs.width() - 2 * MARGIN) / 30), middle) for number in (7, 3, 3, 25)]
    qtbot.mousePress(bar.epochs, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(bar.epochs, place)
    qtbot.mouseRelease(bar.epochs, Qt.MouseButton.LeftButton)
    qtbot.keyClick(bar.epochs, Qt.Key.Key_Left)
    assert chosen == [3, 12, 6]
    player.pace.set_granularity(EPOCH)
    bar.set_epochs_visible(False)
    assert player.pace.granularity == "operation" and bar.granularity.findData(EPOCH) < 0


def paint(bar: TransportBar) -> QImage:
    image = QImage(bar.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    bar.render(painter, QPoint())
    painter.end()
    return image


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_fits_a_narrow_window_and_paints_every_place(
    qtbot: QtBot, session: Session, player: Player, theme: str, scale: float
) -> None:
    manager = ThemeManager(theme)
    manager.set_scale(scale)
    bar = TransportBar(session, manager, player)
    qtbot.addWidget(bar)
    assert bar.minimumSizeHint().width() <= 1180
    for recording in (run(TRAINING), blocks(("forward", 900), ("backward", 100)), blocks(*[("forward", 2), ("zero", 1)] * 400)):
        session.show_recording(recording)
        bar.resize(1180, bar.height())
        pictures = []
        for cursor in (0, recording.end // 2, recording.end):
            session.set_cursor(cursor)
            pictures.append(paint(bar))
        assert pictures[0] != pictures[1] != pictures[2]


def test_the_label_of_now_hides_no_neighbour_where_a_short_one_does(bar: TransportBar, session: Session) -> None:
    shown = run(CUBIC)
    bar.resize(1180, HEIGHT)
    for cursor in (shown.end, shown.end - 1):
        session.show_recording(shown)
        session.set_cursor(cursor)
        with patch("gui.panels.timeline.painting.draw_label") as drawn:
            bar.track.grab()
        assert len(drawn.call_args_list) == len(shown.moments), "each cell has its label, also beside that of freeing the graph"


@pytest.mark.parametrize("width", [180.0, 260.0, 440.0, 700.0])
@pytest.mark.parametrize("cursor", [0, 6, 9, 11])
def test_every_phase_that_has_cells_is_named_before_any_is_counted(qapp: QApplication, width: float, cursor: int) -> None:
    """At 1180×720 Update used to be missing above its green cells, and so was Zero, while Forward had its count."""
    spans = (
        PhaseSpan("forward", 0, 4, "Forward"),
        PhaseSpan("backward", 4, 9, "Backward"),
        PhaseSpan("update", 9, 10, "Update"),
        PhaseSpan("zero", 10, 11, "Zero"),
    )
    found = titles(TrackLayout(spans, 0, width), cursor, 0.0, width, 12)
    names = font(12, 600)[1]
    ends = [x + names.horizontalAdvance(spans[number].title) for number, x, _ in found]
    assert all(end + 4 <= x for end, (_, x, _) in zip(ends, found[1:], strict=False)) and all(end <= width for end in ends)
    if width >= 260:
        assert [number for number, _, _ in found] == [0, 1, 2, 3]
    if width >= 700:
        assert [count for _, _, count in found][:2] == [f"{min(cursor, 4)} of 4", f"{max(0, min(cursor - 4, 5))} of 5"]


def test_a_leaf_and_its_gradient_have_different_labels_in_narrow_cells() -> None:
    """Cells used to say ``∂a``, which is not what ``a.grad`` is: it is the derivative of nothing by nothing."""
    recording = run(CUBIC)
    labels = [moment_label(recording, at, short=True).to_plain() for at in range(recording.end)]
    assert labels[0] == "a"
    assert [label for label, item in zip(labels, recording.moments, strict=True) if item.kind == "accumulate"] == [
        "b.grad",
        "a.grad",
    ]


@pytest.mark.parametrize("width", [1180, 1400])
def test_a_label_wider_than_its_cell_stands_where_its_neighbours_leave_room(
    bar: TransportBar, session: Session, width: int
) -> None:
    recording = run(CUBIC)
    bar.resize(width, HEIGHT)
    session.show_recording(recording)
    session.set_cursor(recording.end // 2)
    with patch("gui.panels.timeline.painting.draw_label") as drawn:
        bar.track.grab()
    placed = sorted((call.args[1], call.args[3].to_plain(), label_width(*call.args[3:5])) for call in drawn.call_args_list)
    assert {"a.grad", "b.grad"} <= {text for _, text, _ in placed} and len(placed) == recording.end
    assert [(one, other) for one, other in pairwise(placed) if one[0] + one[2] + 3 > other[0]] == []


@pytest.mark.parametrize("scale", [1.0, 1.15, 1.3, 1.5, 1.75])
def test_the_timeline_has_room_whatever_the_size_of_the_text(
    qtbot: QtBot, session: Session, player: Player, scale: float
) -> None:
    """At 150 % and 1180 px it used to have 180, with no label below its cells; now speed and size of a move become a menu."""
    manager = ThemeManager("light")
    manager.set_scale(scale)
    bar = TransportBar(session, manager, player)
    qtbot.addWidget(bar)
    session.show_recording(run(TRAINING))
    bar.resize(1180, bar.height())
    bar.show()
    QApplication.processEvents()
    assert bar.width() == 1180 and bar.track.width() >= 320
    parts = [bar.last, bar.next, bar.predict, bar.track]
    assert all(one.geometry().right() < other.x() for one, other in pairwise(parts))
    assert bar.choices.isVisible() != bar.speed.isVisible() == bar.granularity.isVisible()
    if scale < 1.3:
        assert bar.speed.isVisible()
        return
    menu = bar.choices.menu()
    assert isinstance(menu, Choices)
    menu.renew()
    offered = {action.text(): action for action in menu.actions() if not action.isSeparator()}
    assert offered["1×"].isChecked() and offered["operation"].isChecked() and not offered["phase"].isChecked()
    offered["phase"].trigger()
    offered["4×"].trigger()
    assert player.pace.granularity == "phase" and player.pace.speed == 4
    bar.resize(2200, bar.height())
    QApplication.processEvents()
    assert bar.speed.isVisible() and bar.speed.currentText() == "4×" and not bar.choices.isVisible()
