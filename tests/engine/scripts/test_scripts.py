"""Scripts of every kind, recorded in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import commands
from engine.commands import record_parser
from engine.recording.opening import open_recording
from engine.scripts import Event, Output, Progress, ScriptRun
from engine.scripts.ring import Ring
from tests.engine.script_runs import PATIENCE, Told, ends, follow, plainly

CORPUS = Path(__file__).parents[1] / "scripts_corpus"
ROOT = CORPUS.parent.parent.parent
WAY_SAID = 13
"""The line of ``never_ends.py`` that says which way it goes."""
posix = pytest.mark.skipif(os.name == "nt", reason="signals and fork are POSIX")


def record(name: str, *arguments: str, **settings: object) -> Told:
    return follow(ScriptRun(CORPUS / name, arguments, **settings))  # type: ignore[arg-type]


def interrupt(way: str, **settings: object) -> Told:
    """Run ``never_ends.py`` and stop it when it is in the line that never ends."""

    def begun(events: list[Event]) -> bool:
        if way == "in C":
            # It holds the interpreter's lock, so nothing tells that it has begun.
            said = any(isinstance(event, Output) and "way" in event.text for event in events)
            return said and not threading.Event().wait(1.0)
        return any(isinstance(event, Progress) and (event.line or 0) > WAY_SAID for event in events)

    return follow(ScriptRun(CORPUS / "never_ends.py", [way], **settings), begun)  # type: ignore[arg-type]


def test_an_ordinary_script(tmp_path: Path) -> None:
    script = ScriptRun(CORPUS / "well_behaved.py", ["--steps", "3"], folder=tmp_path, output=tmp_path / "run.gradwalk", steps=2)
    told = follow(script, fresh=True)
    assert (told.finished.problem, told.finished.exit_status) == (None, 0), told.text("stderr")
    assert told.finished.recording == tmp_path / "run.gradwalk"
    assert "from C\n" in told.text() and "from another program\n" in told.text() and "smörgås ∂\n" in told.text()
    assert told.text("stderr") == "to the error stream\n"
    assert told.recording is not None
    assert len(told.recording.passes) == 2
    assert told.recording.printed == "smörgås ∂\n"
    assert next(call.name for call in told.recording.calls if not call.optimizer) == "net"
    last = [event for event in told.events if isinstance(event, Progress)][-1]
    assert last.operations == told.recording.end and last.passes == 2


@posix
def test_a_script_that_forks_and_leaves_nothing_as_it_was() -> None:
    told = record("wild.py")
    assert (told.finished.problem, told.finished.exit_status) == (None, 0), told.text("stderr")
    assert "the fork reaches the end\n" in told.text()
    assert told.recording is not None and len(told.recording.runs) == 2
    left_behind = int(told.text().split("left behind ")[1].split()[0])
    assert ends(left_behind)


def test_a_script_whose_data_other_processes_load() -> None:
    told = record("loads_data.py")
    assert (told.finished.problem, told.finished.exit_status) == (None, 0), told.text("stderr")
    usual = plainly(CORPUS, CORPUS / "loads_data.py").stdout
    assert told.text() == usual and "another process says 42" in usual
    assert told.recording is not None and len(told.recording.passes) == 3
    assert [call.type for call in told.recording.calls] == ["DataLoader"] * 4, "the last finds no more"


def test_a_script_that_takes_the_recorder_apart() -> None:
    told = record("disturbs.py")
    assert (told.finished.problem, told.finished.exit_status) == (None, 0), told.text("stderr")
    assert told.recording is not None and len(told.recording.runs) == 2
    assert any("disturbed" in note for note in told.recording.notes)


def test_an_exception_keeps_the_recording_and_shows_only_the_script() -> None:
    told = record("fails.py")
    problem = told.finished.problem
    assert problem is not None and problem.kind == "failed" and told.finished.exit_status == 1
    assert problem.line == 11 and problem.message.startswith("RuntimeError: ")
    for text in (problem.traceback, told.text("stderr")):
        assert "neighbour.py" in text and "fails.py" in text and "KeyError: 'first'" in text
        assert "child.py" not in text and "recorder" not in text
    assert told.recording is not None and told.recording.failed and len(told.recording.runs) > 0


def test_input_is_empty() -> None:
    told = record("needs_input.py")
    assert told.kind == "failed" and told.finished.problem is not None
    assert "no standard input" in told.finished.problem.hint and told.finished.problem.line == 4
    assert told.recording is not None and told.recording.failed


@pytest.mark.parametrize(("way", "status"), [("exit", 3), ("words", 1), ("hard", 4)])
def test_a_script_that_ends_itself(way: str, status: int) -> None:
    told = record("ends_itself.py", way)
    assert (told.kind, told.finished.exit_status) == ("exited", status)
    assert told.recording is not None and len(told.recording.passes) == 1
    assert ("no more\n" in told.text("stderr")) == (way == "words")


@posix
def test_a_fault_in_c_is_named_and_the_recording_kept() -> None:
    told = record("ends_itself.py", "fault")
    problem = told.finished.problem
    assert problem is not None and problem.kind == "crashed" and told.finished.exit_status == -signal.SIGSEGV
    assert "SIGSEGV" in problem.message and problem.line == 21 and "ends_itself.py" in problem.traceback
    assert "child.py" not in problem.traceback
    assert told.recording is not None and told.recording.failed and len(told.recording.passes) == 1
    assert "SIGSEGV" in told.recording.moments[-1].text


@posix
@pytest.mark.parametrize("way", ["killed", "replaced"])
def test_a_process_that_vanishes(way: str) -> None:
    told = record("ends_itself.py", way)
    assert told.kind == "ended" and told.recording is not None and len(told.recording.passes) == 1
    assert told.finished.exit_status == (-signal.SIGKILL if way == "killed" else 0)


@pytest.mark.parametrize("way", ["spins", "sleeps", "computes", "swallows", "ignores"])
def test_stop_keeps_the_recording(way: str) -> None:
    told = interrupt(way)
    assert (told.kind, told.finished.exit_status) == ("stopped", 130)
    assert told.finished.problem is not None and told.finished.problem.line is not None and told.finished.problem.line > WAY_SAID
    assert told.recording is not None and not told.recording.failed and len(told.recording.passes) == 1
    assert any("stopped" in note for note in told.recording.notes)


def test_a_call_in_c_that_does_not_answer_is_killed() -> None:
    told = interrupt("in C")
    assert told.kind == "killed" and told.recording is not None and len(told.recording.passes) == 1


def test_threads_that_outlive_the_script_can_be_stopped() -> None:
    run = ScriptRun(CORPUS / "never_ends.py", ["thread"])
    told = follow(run, lambda events: any(isinstance(event, Progress) and event.phase == "ending" for event in events))
    assert told.kind == "stopped" and told.recording is not None


def test_output_without_end_is_bounded() -> None:
    waited = []

    def flooded(events: list[Event]) -> bool:
        if not events or not isinstance(events[-1], Output | Progress):
            return False
        waited.append(threading.Event().wait(0.5))
        return any(isinstance(event, Output) and event.left_out for event in events)

    told = follow(ScriptRun(CORPUS / "never_ends.py", ["prints"]), flooded)
    assert told.kind == "stopped" and told.recording is not None
    assert max(len(event.text) for event in told.events if isinstance(event, Output)) <= 1_000_000
    assert len(told.recording.printed) < 25_000


@pytest.mark.parametrize("way", ["eats", "bites"])
@pytest.mark.skipif(sys.platform != "linux", reason="one large allocation is refused on Linux only")
def test_the_memory_limit(way: str) -> None:
    told = follow(ScriptRun(CORPUS / "never_ends.py", [way], memory_limit=1 << 30))
    assert told.kind == "memory" and told.finished.problem is not None and "1,024 MiB" in told.finished.problem.message
    assert told.recording is not None and len(told.recording.passes) == 1


def test_a_script_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes.py").write_bytes("# å\n".encode("latin-1"))
    (tmp_path / "cookie.py").write_bytes(b"# -*- coding: nonsense -*-\n")
    (tmp_path / "syntax.py").write_text("x = 1\ny = (\n", encoding="utf-8")
    for name in ("missing.py", "bytes.py", "cookie.py", "", "syntax.py"):
        told = follow(ScriptRun(tmp_path / name))
        assert (told.kind, told.recording) == ("syntax" if name == "syntax.py" else "file", None), name
    assert told.finished.problem is not None and told.finished.problem.line == 2
    assert "y = (" in told.text("stderr")


def test_an_encoding_that_the_script_names(tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\nprint('å')\n"
    (tmp_path / "latin.py").write_bytes(text.encode("latin-1"))
    told = follow(ScriptRun(tmp_path / "latin.py"))
    assert told.finished.problem is None and told.text() == "å\n"
    assert told.recording is not None and told.recording.text == text


def test_what_nothing_uses_any_more_has_its_name_too(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("import torch\ndef twice(x):\n    return x * 2\nlast = twice(torch.ones(2))\n")
    told = follow(ScriptRun(tmp_path / "short.py"))
    assert told.recording is not None
    made = next(item for item in told.recording.operations if item.name == "mul")
    assert told.recording.values[made.outputs[0]].name == "last"


def test_close_kills_and_removes() -> None:
    run = ScriptRun(CORPUS / "never_ends.py", ["spins"])
    run.start()
    events: list[Event] = []
    while not any(isinstance(event, Output) for event in events):
        events += run.poll(PATIENCE)
    pid = run.pid
    assert pid is not None
    run.close()
    assert ends(pid)
    assert run.poll(0) == []


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="steps"):
        ScriptRun("x.py", steps=0)
    with pytest.raises(ValueError, match="memory_limit"):
        ScriptRun("x.py", memory_limit=0)


class TestRing:
    def test_the_oldest_is_left_out_and_counted(self) -> None:
        changed = threading.Condition()
        ring = Ring(changed, complete=False, room=10)
        for text in ("abcd", "efgh", "ijkl"):
            ring.put(text, "stdout")
        ring.put("x" * 25, "stderr")
        with changed:
            assert ring.take() == [Output("x" * 10, "stderr", 27)]
            assert ring.take() == []

    def test_neighbours_are_joined(self) -> None:
        changed = threading.Condition()
        ring = Ring(changed, complete=False)
        for text, stream in (("a", "stdout"), ("b", "stdout"), ("c", "stderr"), ("d", "stdout")):
            ring.put(text, stream)
        with changed:
            assert ring.take() == [Output("ab", "stdout"), Output("c", "stderr"), Output("d", "stdout")]

    def test_the_writer_waits_where_nothing_may_be_lost(self) -> None:
        changed = threading.Condition()
        ring = Ring(changed, complete=True, room=4)
        writer = threading.Thread(target=lambda: [ring.put(letter * 3, "stdout") for letter in "abcd"])
        writer.start()
        text = ""
        while len(text) < 12:
            with changed:
                changed.wait_for(lambda: bool(ring), PATIENCE)
                text += "".join(event.text for event in ring.take())
        writer.join(PATIENCE)
        assert text == "aaabbbcccddd"


@pytest.mark.parametrize(("text", "size"), [("4G", 4 << 30), ("800m", 800 << 20), ("1.5 GiB", 3 << 29), ("12345", 12345)])
def test_sizes(text: str, size: int) -> None:
    assert record_parser().parse_args(["x.py", "--max-memory", text]).max_memory == size


@pytest.mark.parametrize("wrong", [["--max-memory", "much"], ["--max-memory", "0"], ["--steps", "0"], ["--steps", "x"]])
def test_wrong_settings_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        record_parser().parse_args(["x.py", *wrong])
    assert refused.value.code == 2 and "must be" in capsys.readouterr().err


UNSEEN = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "SSH_CONNECTION")


@pytest.fixture
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of its screens."""
    for name in UNSEEN:
        monkeypatch.delenv(name, raising=False)
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("given", "screen", "opened"),
    [
        ([], {"DISPLAY": ":1"}, True),
        ([], {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ([], {}, sys.platform in ("win32", "darwin")),
        ([], {"DISPLAY": ":1", "QT_QPA_PLATFORM": "offscreen"}, False),
        ([], {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 50 10.0.0.2 22"}, False),
        (["--no-open"], {"DISPLAY": ":1"}, False),
        (["--open"], {}, True),
    ],
    indirect=["screen"],
)
@pytest.mark.usefixtures("screen")
def test_the_recording_is_opened_where_there_is_a_screen(given: list[str], opened: bool) -> None:
    assert commands.is_opened(record_parser().parse_args([*given, "x.py"])) == opened


@pytest.mark.parametrize(("screen", "opened"), [({"DISPLAY": ":1"}, True), ({"SSH_CONNECTION": "x"}, False)], indirect=["screen"])
@pytest.mark.usefixtures("screen")
def test_the_command_gives_the_recording_that_is_to_be_opened(opened: bool, tmp_path: Path) -> None:
    file = tmp_path / "run.gradwalk"
    status, shown = commands.record([str(CORPUS / "ends_itself.py"), "-o", str(file), "--", "exit"])
    assert (status, shown) == (3, file if opened else None) and file.exists()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    # A shell ignores Ctrl+C in what it starts in the background, and whoever is started there inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, ROOT / "main.py", "record", *arguments],
            cwd=tmp_path,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    signal.signal(signal.SIGINT, before)
    for process in started:
        process.kill()
        process.communicate()


def test_the_command(command: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    process = command(CORPUS / "ends_itself.py", "-o", "run.gradwalk", "--max-memory", "4G", "--", "exit")
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert output == "way exit\n"
    assert "status 3" in errors and "run.gradwalk" in errors
    assert len(open_recording(tmp_path / "run.gradwalk").passes) == 1


@posix
def test_ctrl_c_keeps_the_recording(command: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    process = command(CORPUS / "never_ends.py", "--", "spins")
    assert process.stdout is not None and process.stdout.readline() == "way spins\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert len(open_recording(tmp_path / "never_ends.gradwalk").passes) == 1
