"""Programs: typed, run, mended, saved, exported, and found again after a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import resources
from tests.end_to_end.conftest import Start
from tests.end_to_end.driver import THEME, Program, token, wait_for_graph, wait_until

pytestmark = pytest.mark.window

DEFAULT = resources.read_text("examples/gradients/cubic.py")
ANOTHER = "u = torch.tensor([2.], requires_grad=True)\nv = u * u + 1\nv.backward()"


def export_recording(program: Program, path: Path) -> dict[str, object]:
    """Export the shown recording by the menu; what the file holds."""
    path.unlink(missing_ok=True)
    program.press("alt+f", "g")
    program.window("Export the recording")
    program.press("ctrl+a")
    program.write(str(path))
    program.press("Return")
    wait_until("the exported recording", path.exists)
    wait_until("the dialog to close", lambda: not program.has_window("Export the recording"))
    recording: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return recording


def gradient_of(recording: dict[str, object], name: str) -> object:
    """The final ``.grad`` of the last value called ``name``."""
    values, gradients = recording["values"], recording["gradients"]
    assert isinstance(values, list)
    assert isinstance(gradients, list)
    last = [value["id"] for value in values if value["name"] == name][-1]
    return next(gradient["data"] for gradient in gradients if gradient["value"] == last)


def test_a_program_is_typed_and_saved(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(DEFAULT)
    program = start(str(file), "--theme", THEME)
    window = program.window(r"^mine\.py — Gradwalk$")

    program.retype(window, ANOTHER)
    wait_until("the mark of unsaved text", lambda: program.has_window(r"^mine\.py\* — Gradwalk$"))
    assert file.read_text() == DEFAULT

    program.press("ctrl+s")
    wait_until("the mark to go", lambda: program.has_window(r"^mine\.py — Gradwalk$"))
    assert file.read_text() == ANOTHER

    ended = program.close(window)
    assert (ended.status, ended.errors) == (0, "")


def test_closing_with_unsaved_text_asks_first(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(DEFAULT)
    program = start(str(file), "--theme", THEME)
    program.click_editor(program.window(r"^mine\.py — Gradwalk$"))
    program.press("ctrl+End")
    program.write("# more")
    wait_until("the mark of unsaved text", lambda: program.has_window(r"^mine\.py\*"))

    program.press("ctrl+q")
    program.window("^Unsaved changes")
    program.press("Escape")
    wait_until("the question to go", lambda: not program.has_window("^Unsaved changes"))
    assert program.has_window(r"^mine\.py\*")

    program.press("ctrl+q")
    program.window("^Unsaved changes")
    program.press("Return")
    ended = program.wait(within=10)
    assert (ended.status, ended.errors) == (0, "")
    assert file.read_text() == DEFAULT + "# more"


def test_a_mistake_is_shown_and_mended(start: Start, tmp_path: Path) -> None:
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    wait_for_graph(program, window)
    assert gradient_of(export_recording(program, tmp_path / "first.json"), "a") == [75.0]

    program.click_editor(window)
    program.press("ctrl+End", "Return")
    program.write("z = (a +")
    error = token(THEME, "error_line")
    wait_until("the mistake to be marked", lambda: program.sees(window, error, (0.0, 0.3)) > 20)

    program.write(" 1)")
    program.press("Return")
    program.write("z.backward()")
    wait_until("the mark to go", lambda: program.sees(window, error, (0.0, 0.3)) == 0)
    wait_until(
        "the new gradient in the recording",
        lambda: gradient_of(export_recording(program, tmp_path / "second.json"), "a") == [76.0],
    )


@pytest.mark.parametrize(("name", "start_of_file"), [("graph.svg", b"<?xml"), ("graph.png", b"\x89PNG\r\n\x1a\n")])
def test_the_graph_is_exported_as_a_picture(start: Start, tmp_path: Path, name: str, start_of_file: bytes) -> None:
    program = start("--theme", THEME)
    window = program.window(r"^cubic\.py — Gradwalk$")
    wait_for_graph(program, window)

    picture = tmp_path / name
    program.press("ctrl+e")
    program.window("^Export picture")
    program.press("ctrl+a")
    program.write(str(picture))
    program.press("Return")
    wait_until("the picture", picture.exists)
    content = picture.read_bytes()
    assert content.startswith(start_of_file)
    if name.endswith(".svg"):
        # Text stays text where Qt writes it so; a picture without cards would hold next to nothing.
        assert content.count(b"<path") + content.count(b"<text") > 20
    else:
        assert len(content) > 5_000

    wait_until("the dialog to close", lambda: not program.has_window("^Export picture"))
    ended = program.close(window)
    assert (ended.status, ended.errors) == (0, "")


def test_text_that_a_crash_left_unsaved_comes_back(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(DEFAULT)
    program = start(str(file), "--theme", THEME)
    window = program.window(r"^mine\.py — Gradwalk$")
    program.retype(window, ANOTHER)

    def kept() -> bool:
        copies = program.home.glob("data/**/unsaved/*.json")
        return any(json.loads(copy.read_text())["text"] == ANOTHER for copy in copies)

    wait_until("a copy of the unsaved text", kept)
    program.kill()
    assert file.read_text() == DEFAULT

    again = start("--theme", THEME)
    again.window("^Unsaved text was found")
    again.press("Return")
    window = again.window(r"^mine\.py\* — Gradwalk$")
    again.press("ctrl+s")
    wait_until("the mark to go", lambda: again.has_window(r"^mine\.py — Gradwalk$"))
    assert file.read_text() == ANOTHER
    ended = again.close(window)
    assert (ended.status, ended.errors) == (0, "")

    third = start("--theme", THEME)
    third.window(r"^mine\.py — Gradwalk$")  # what was open last
    assert not third.has_window("^Unsaved text was found")
