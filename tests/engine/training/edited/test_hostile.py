"""Whatever edited code does, it is told in line and column, ends in time, and leaves no process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import engine
from engine.errors import Cancelled, ProgramError, ProgramFailedError, ProgramSyntaxError, TooLargeError
from engine.programs.process.board import Board
from engine.training.configs import TrainingConfig
from engine.training.data import training_data
from engine.training.edited.child import _Server
from engine.training.edited.messages import Advance, Begin
from engine.training.edited.process import shared
from engine.training.program import program_text

CONFIG = TrainingConfig(epochs=5, n_samples=20)
TEXT = program_text(CONFIG)
BACKWARD = TEXT[: TEXT.index("loss.backward()")].count("\n") + 1


def within(line: str) -> TrainingConfig:
    """The code with ``line`` in place of its backward, which stands in line ``BACKWARD``."""
    return replace(CONFIG, code=TEXT.replace("loss.backward()", line))


def problem_of(config: TrainingConfig) -> ProgramError:
    """What is told of it by what answers requests, here in this process, which is bounded by nothing."""
    server = _Server(None, Board.make())  # type: ignore[arg-type]
    server._data[1] = replace(training_data(config), truth=None)
    found = server._run(Begin(1, 1, 1, config, None))
    if not isinstance(found, ProgramError):
        found = server._run(Advance(2, 1, (0.1,), 1.0))
    assert isinstance(found, ProgramError)
    return found


def ended_by(config: TrainingConfig) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        list(engine.train(config))
    return caught.value


@pytest.mark.parametrize(
    ("line", "kind", "said", "column"),
    [
        ("loss.backwards()", ProgramFailedError, "backwards", 5),
        ("raise SystemExit(3)", ProgramFailedError, "ended itself with SystemExit", 5),
        ("import sys; sys.exit()", ProgramFailedError, "ended itself with SystemExit", 17),
        ("raise KeyboardInterrupt", ProgramFailedError, "ended itself with KeyboardInterrupt", 5),
        ("step(model, X, y, lr)", TooLargeError, "nested", None),
        ("return loss", ProgramFailedError, "must return the loss, a number, got a tensor", None),
        ("return None", ProgramFailedError, "must return the loss, a number, got None", None),
        ("model.w = torch.zeros(2).requires_grad_(); return 1.0", ProgramFailedError, "must keep names and shapes", None),
        ("torch.ones(2) @ torch.ones(3)", ProgramFailedError, "", 5),
        ('exec(\'raise type("E", (Exception,), {"__str__": lambda self: 1 / 0})()\')', ProgramFailedError, "raised E", None),
    ],
)
def test_what_goes_wrong_is_told_in_line_and_column(line: str, kind: type[ProgramError], said: str, column: int | None) -> None:
    problem = problem_of(within(line))
    assert isinstance(problem, kind) and said in problem.message, str(problem)
    assert problem.hint
    if column is not None:
        assert (problem.line, problem.column) == (BACKWARD, column)


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("import os; os._exit(0)", ProgramFailedError, "ended the process"),
        ("import os; os.abort()", ProgramFailedError, "crashed"),
        ("x = [bytes(1 << 20) for _ in range(1 << 14)] + [torch.ones(1 << 36)]", TooLargeError, "memory"),
    ],
)
def test_what_ends_the_process_is_told(line: str, kind: type[ProgramError], said: str) -> None:
    problem = ended_by(within(line))
    assert isinstance(problem, kind) and said in problem.message and problem.hint, str(problem)


def test_text_that_is_not_python_runs_nothing() -> None:
    problem = ended_by(replace(CONFIG, code=TEXT.replace("loss.backward()", "loss.backward(")))
    assert isinstance(problem, ProgramSyntaxError) and problem.line >= BACKWARD
    assert not shared.pids
    assert isinstance(ended_by(replace(CONFIG, code="x = '\0'")), ProgramSyntaxError)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import torch\n", "defines no function step, which is called in each epoch as step(model, X, y, lr)"),
        (TEXT.replace("class Linear", "class Other"), "defines no Linear"),
        (TEXT.replace("step(model, X, y, lr)", "step(model, X)"), "step must take model, X, y, lr, got step(model, X)"),
        (TEXT + "model = 3\n", "the model has no parameters: model is a int"),
        (TEXT.replace("torch.randn(1, 1, generator=g)", "torch.zeros(1, dtype=torch.complex64)"), "must be a tensor of float32"),
    ],
)
def test_what_the_code_has_to_define_is_told(code: str, said: str) -> None:
    assert said in problem_of(replace(CONFIG, code=code)).message


@pytest.mark.parametrize(
    "config",
    [
        replace(CONFIG, code="while True: print('x' * 1000)\n" + TEXT),
        within("while True: pass"),
        within("import time; time.sleep(1000)"),
    ],
    ids=["prints at once", "in an epoch", "sleeps"],
)
def test_an_endless_loop_ends_when_it_is_stopped(config: TrainingConfig) -> None:
    began: list[float] = []

    def cancel() -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] > 6

    with pytest.raises(Cancelled):
        list(engine.train(config, cancel=cancel))
    assert time.monotonic() - began[0] < 9
    assert not shared.pids


def test_a_run_goes_on_after_code_that_was_stopped() -> None:
    config = within("loss.backward()\n    if float(w.grad) == 1e9:\n        print()")
    run = list(engine.train(config))
    for pid in shared.pids:
        os.kill(pid, 9)
    _wait(lambda: not shared.pids)
    assert [shot.loss for shot in engine.train(config, start=run[2])] == [shot.loss for shot in run[3:]]


def test_what_the_code_has_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    started = f"import subprocess, sys; open({str(note)!r}, 'w').write(str(subprocess.Popen(['sleep', '1000']).pid))\n"
    list(engine.train(replace(CONFIG, code=started + TEXT)))
    child = int(note.read_text())
    assert _runs(child)
    shared.close()
    _wait(lambda: not _runs(child))


def test_prints_without_end_are_bounded() -> None:
    config = within("loss.backward(); print('y' * 10_000_000)")
    assert len(list(engine.train(config))) == 6


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    import subprocess
    import sys

    note = tmp_path / "pid"
    code = f"import os\nopen({str(note)!r}, 'w').write(str(os.getpid()))\nwhile True:\n    pass\n"
    text = f"import engine\nlist(engine.train(engine.TrainingConfig(code={code!r})))"
    parent = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(lambda: note.exists() and bool(note.read_text()), 60)
    finally:
        parent.kill()
        parent.wait()
    _wait(lambda: not _runs(int(note.read_text())))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _wait(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
