"""Labels of moments, the phases they belong to, and where a step leads."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

from engine.graph.labels import moment_label, next_label, phase_number, phases, step_target
from engine.recording import Recording
from tests.engine.plain_torch import PROGRAMS, run

TRAINING = PROGRAMS[18]


def labels(recording: Recording, short: bool = False) -> list[str]:
    return [moment_label(recording, index, short=short).to_latex() for index in range(recording.end)]


def following(recording: Recording, cursor: int) -> tuple[str, str]:
    found = next_label(recording, cursor)
    assert found is not None
    return found[0].to_latex(), found[1]


def spans(recording: Recording) -> list[tuple[str, int]]:
    return [(span.title, span.count) for span in phases(recording)]


def test_the_default_program_in_torchs_order() -> None:
    recording = run(PROGRAMS[0])
    assert labels(recording) == [
        "a",
        "b",
        "a^{3}",
        "b^{2}",
        "y",
        "y\\ \\mathrm{seed}",
        "- \\to a^{3}, b^{2}",
        "b^{2} \\to b",
        "b.\\!\\mathrm{grad}",
        "a^{3} \\to a",
        "a.\\!\\mathrm{grad}",
        "\\mathrm{free\\ graph}",
    ]
    assert labels(recording, short=True)[5:] == [
        "\\mathrm{seed}",
        "-",
        "b^{2}",
        "b.\\!\\mathrm{grad}",
        "a^{3}",
        "a.\\!\\mathrm{grad}",
        "\\mathrm{free}",
    ]
    assert spans(recording) == [("Forward", 5), ("Backward", 7)]


def test_two_passes_are_four_phases() -> None:
    recording = run("w = torch.tensor([5.], requires_grad=True)\n(w**3).backward()\n(w**3).backward()")
    assert spans(recording) == [("Forward", 2), ("Backward", 4), ("Forward", 1), ("Backward", 4)]


def test_update_and_zero_name_the_leaf_and_its_gradient() -> None:
    recording = run(TRAINING)
    assert labels(recording)[8:11] == ["0.1 \\cdot w.\\!\\mathrm{grad}", "w", "w.\\!\\mathrm{grad} \\leftarrow 0"]
    assert [title for title, _ in spans(recording)] == ["Forward", "Backward", "Update", "Zero"] * 3
    assert following(recording, 9) == ("\\mathrm{update}\\ w", "update")
    assert following(recording, 10) == ("w.\\!\\mathrm{grad} \\leftarrow 0", "zero")
    assert next_label(recording, recording.end) is None
    cleared = run(PROGRAMS[19])
    assert "w.\\!\\mathrm{grad} \\leftarrow \\mathrm{None}" in labels(cleared)


def test_every_moment_of_every_program_has_a_label_and_one_phase() -> None:
    for text in PROGRAMS:
        recording = run(text)
        assert all(labels(recording)) and all(labels(recording, short=True))
        covered = [index for span in phases(recording) for index in range(span.start, span.end)]
        assert covered == list(range(recording.end))
        numbers = [phase_number(recording, index) for index in range(recording.end)]
        assert numbers == [number for number, span in enumerate(phases(recording)) for _ in range(span.count)]


def test_a_failing_operation_is_the_last_moment() -> None:
    recording = run("a = torch.ones(2)\nb = torch.ones(3)\nc = a + b")
    assert labels(recording)[-1] == "\\mathrm{error}"
    with pytest.raises(IndexError, match="not 99"):
        moment_label(recording, 99)


def test_an_empty_recording_has_no_phases_and_nowhere_to_go() -> None:
    recording = run("")
    assert phases(recording) == () and next_label(recording, 0) is None
    assert [step_target(recording, 0, "phase", way) for way in (-1, 1)] == [0, 0]


def walk(recording: Recording, granularity: str, direction: int) -> list[int]:
    cursor = 0 if direction > 0 else recording.end
    found = [cursor]
    while (target := step_target(recording, cursor, granularity, direction)) != cursor:  # type: ignore[arg-type]
        cursor = target
        found.append(cursor)
    return found


@pytest.mark.parametrize("text", PROGRAMS)
@pytest.mark.parametrize("granularity", ["operation", "line", "phase"])
def test_walking_back_makes_the_same_stops_as_walking_forward(text: str, granularity: str) -> None:
    recording = run(text)
    there = walk(recording, granularity, 1)
    assert there[0] == 0 and there[-1] == recording.end
    assert walk(recording, granularity, -1) == there[::-1]


def test_steps_by_line_and_by_phase() -> None:
    recording = run(PROGRAMS[0])
    assert walk(recording, "line", 1) == [0, 1, 2, 5, 12]
    assert walk(recording, "phase", 1) == [0, 5, 12]
    assert step_target(recording, 3, "line", 1) == 5 and step_target(recording, 3, "line", -1) == 2
    assert step_target(recording, 7, "phase", -1) == 5


def test_what_is_prepared_does_not_keep_a_recording_alive() -> None:
    recording = run(PROGRAMS[0])
    moment_label(recording, 0)
    left = weakref.ref(recording)
    del recording
    gc.collect()
    assert left() is None


def test_labels_need_neither_torch_nor_qt() -> None:
    code = "import sys, engine.graph.labels; print([name for name in ('torch', 'sympy', 'PySide6') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
