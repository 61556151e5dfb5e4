"""A script recorded, saved and opened again, by keyboard in a real window."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from tests.end_to_end.conftest import Start
from tests.end_to_end.driver import THEME, alive, children, wait_for_graph, wait_until

pytestmark = pytest.mark.window

SCRIPT = """import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
loss = (model(torch.ones(4, 2)) ** 2).mean()
loss.backward()
print("done")
"""
ENDLESS = "import torch\nw = torch.ones(1, requires_grad=True)\n(w * 2).backward()\nwhile True:\n    pass\n"


def test_a_script_is_recorded_saved_and_opened_again(start: Start, tmp_path: Path) -> None:
    script, file = tmp_path / "train.py", tmp_path / "run.gradwalk"
    script.write_text(SCRIPT, encoding="utf-8")
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    wait_for_graph(program, window)
    program.press("F8")
    program.window("^Record a script$")
    program.write(str(script))
    program.press("Return")
    window = program.window(r"^train\.py\* — Gradwalk$")
    wait_until("the dialog to go", lambda: not program.has_window("^Record a script$"))
    end = program.picture(window)
    program.press("Home", "Right", "Right")
    wait_until("the steps to be drawn", lambda: program.picture(window) != end)
    program.press("ctrl+q")
    program.window("^Unsaved recording$")
    program.press("Escape")
    wait_until("the question to go", lambda: not program.has_window("^Unsaved recording$"))
    program.press("ctrl+s")
    program.window("^Save the recording")
    program.press("ctrl+a")
    program.write(str(file))
    program.press("Return")
    program.window(r"^run\.gradwalk — Gradwalk$")
    recording = engine.open_recording(file)
    assert recording.source == "train.py" and recording.printed == "done\n" and len(recording.passes) == 1
    assert program.close(window).status == 0
    again = start("--theme", THEME, str(file))
    shown = again.window(r"^run\.gradwalk — Gradwalk$")
    before = again.picture(shown)
    again.press("Left")
    wait_until("the step back to be drawn", lambda: again.picture(shown) != before)
    ended = again.close(shown)
    assert (ended.status, ended.errors) == (0, "")


def test_the_command_opens_what_it_recorded(start: Start, tmp_path: Path) -> None:
    """With the script's own exit status, once the window is closed."""
    script, file = tmp_path / "train.py", tmp_path / "run.gradwalk"
    script.write_text(SCRIPT + "raise SystemExit(3)\n", encoding="utf-8")
    program = start("record", str(script), "-o", str(file))
    ended = program.close(program.window(r"^run\.gradwalk — Gradwalk$"))
    assert (ended.status, ended.output) == (3, "done\n") and "wrote" in ended.errors
    unseen = start("record", "--no-open", str(script), "-o", str(file))
    assert unseen.wait(within=60).status == 3


def test_it_closes_while_a_script_runs_and_leaves_no_process(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS, encoding="utf-8")
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    wait_for_graph(program, window)
    before = children(program.process.pid)
    program.press("F8")
    program.window("^Record a script$")
    program.write(str(script))
    program.press("Return")
    wait_until("the script's process", lambda: children(program.process.pid) - before)
    pids = children(program.process.pid)
    program.ask_to_close(window)
    program.window("^A script is still running$")
    program.press("shift+Tab", "space")
    ended = program.wait()
    assert (ended.status, ended.errors) == (0, "")
    wait_until("the program's own processes to end", lambda: not alive(pids))
