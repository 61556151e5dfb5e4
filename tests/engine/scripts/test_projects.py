"""Projects that have modules of our names: the command finds itself, and the script finds its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import engine

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("engine", "gui", "resources", "main")
SCRIPT = """\
import engine, gui, main, resources
import tests
import torch

print(engine.WHOSE, gui.WHOSE, main.WHOSE, resources.WHOSE, tests.WHOSE)
x = torch.ones(2, requires_grad=True)
(x**2).sum().backward()
print(x.grad)
"""
RECORDING = """\
import engine, torch
assert engine.WHOSE == "theirs"
import gradwalk
with gradwalk.record() as handle:
    x = torch.ones(2, requires_grad=True)
    (x**2).sum().backward()
handle.save("run.gradwalk")
print(len(gradwalk.open_recording("run.gradwalk").runs))
print(len(gradwalk.run_program("a = tensor([5.], requires_grad=True)\\na.backward()").runs))
print(next(iter(gradwalk.train(gradwalk.TrainingConfig()))).__class__.__module__)
gradwalk.warm_up()
import pickle
print(pickle.loads(pickle.dumps(handle.recording)).end)
assert engine.WHOSE == "theirs"
"""
LAYOUT = """\
import gradwalk
from importlib import import_module
if __name__ == "__main__":
    process = import_module("gradwalk.engine.layout.placements").LayoutProcess(30.0)
    try:
        print(process.request(((), (), ())))
    finally:
        process.close()
"""


@pytest.fixture(params=["files", "folders", "bare folders"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with modules, packages or one of each kind of our names."""
    for name in (*NAMES, "tests"):
        text = f"WHOSE = 'theirs'\nprint('this is their {name}')\n"
        if request.param == "files":
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        else:
            (tmp_path / name).mkdir()
            init = "__init__.py" if request.param == "folders" or name != "resources" else "other.py"
            (tmp_path / name / init).write_text(text, encoding="utf-8")
    return tmp_path


def run(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "PYTHONPATH": ".", "QT_QPA_PLATFORM": "offscreen", **environment},
    )


def script_of(project: Path) -> str:
    """Without what a bare folder cannot say."""
    bare = not (project / "resources").is_dir() or (project / "resources" / "__init__.py").is_file()
    return SCRIPT if bare else SCRIPT.replace("resources.WHOSE, ", "")


def test_a_script_is_recorded_and_finds_its_own_modules(project: Path) -> None:
    (project / "train.py").write_text(script_of(project), encoding="utf-8")
    plain = run(project, "train.py")
    assert plain.returncode == 0, plain.stderr
    for file, command in (("package.gradwalk", ("-m", "gradwalk")), ("main.gradwalk", (str(ROOT / "main.py"),))):
        done = run(project, *command, "record", "train.py", "-o", file, "--no-open")
        assert done.returncode == 0, done.stderr
        assert done.stdout == plain.stdout
        assert len(engine.open_recording(project / file).runs) == 3


def test_the_package_gives_its_parts_in_any_project(project: Path) -> None:
    (project / "own.py").write_text(RECORDING, encoding="utf-8")
    done = run(project, "own.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["this is their engine", "3", "1", "gradwalk.engine.training.configs", "8"]


def test_the_layout_process_starts_in_any_project(project: Path) -> None:
    (project / "own.py").write_text(LAYOUT, encoding="utf-8")
    done = run(project, "own.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "((), (), 0)\n"


@pytest.mark.parametrize("first", ["engine", "gradwalk"])
def test_there_is_one_engine_by_whatever_name(first: str, tmp_path: Path) -> None:
    second = {"engine": "gradwalk", "gradwalk": "engine"}[first]
    code = (
        f"import {first}; {first}.record; import {second}, sys; import gradwalk.engine.errors, engine.errors\n"
        "print(engine is gradwalk.engine, engine.record is gradwalk.record, engine.errors is gradwalk.engine.errors)\n"
        "print(engine.__name__ == engine.__spec__.name == engine.errors.__package__)\n"
        "print(engine.record.__module__)"
    )
    done = run(tmp_path, "-c", code, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    name = "engine" if first == "engine" else "gradwalk.engine"
    assert done.stdout.split() == ["True"] * 4 + [f"{name}.recorder.handle"]


def test_the_public_names() -> None:
    import gradwalk

    assert {name for name in gradwalk.__all__ if getattr(gradwalk, name) is not None} == {*gradwalk.__all__} <= {*dir(gradwalk)}
    assert gradwalk.record is engine.record
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = gradwalk.nothing


def test_our_modules_are_found_where_there_is_no_source(tmp_path: Path) -> None:
    """As where all of it lies in an archive."""
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for top in ("engine", "gui", "resources", "gradwalk"):
            for path in (ROOT / top).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    packed.write(path, path.relative_to(ROOT))
        packed.write(ROOT / "main.py", "main.py")
    (tmp_path / "engine.py").write_text("WHOSE = 'theirs'\n", encoding="utf-8")
    code = (
        "import engine, gradwalk; from importlib import import_module\n"
        "print(engine.WHOSE, gradwalk.record.__module__, 'all.zip' in gradwalk.record.__code__.co_filename)\n"
        "print(len(import_module('gradwalk.resources').names('lessons')) > 3)"
    )
    done = run(tmp_path, "-S", "-c", code, PYTHONPATH=os.pathsep.join([".", str(archive)]))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["theirs", "gradwalk.engine.recorder.handle", "True", "True"]


def test_a_tail_of_the_path_that_leads_to_us_is_no_module_of_theirs(tmp_path: Path) -> None:
    """``import engine`` in a recorded script is ours where nobody else has one, and the recorder that runs sees it."""
    (tmp_path / "train.py").write_text(
        "import engine, torch\nx = torch.ones(2, requires_grad=True)\n"
        "with engine.record() as inner:\n    y = x * 2\nprint(len(inner.recording.operations))\n",
        encoding="utf-8",
    )
    done = run(tmp_path, str(ROOT / "main.py"), "record", "train.py", "-o", "run.gradwalk", "--no-open", PYTHONPATH=str(ROOT))
    assert done.stdout == "1\n", done.stderr
    assert any("recording of its own" in note for note in engine.open_recording(tmp_path / "run.gradwalk").notes)


@pytest.mark.parametrize("kind", ["a file", "an empty folder"])
def test_the_command_finds_itself_where_the_path_has_another_thing_of_its_name(kind: str, tmp_path: Path) -> None:
    if kind == "a file":
        (tmp_path / "gradwalk.py").write_text("raise SystemExit('this is theirs')\n", encoding="utf-8")
    else:
        (tmp_path / "gradwalk").mkdir()
    (tmp_path / "train.py").write_text("import torch\nprint(torch.ones(2, requires_grad=True).sum())\n", encoding="utf-8")
    command = tmp_path / "command"  # as an installation has it
    command.write_text(
        "import sys\nfrom _gradwalk_start import main\nif __name__ == '__main__':\n    sys.exit(main())\n", encoding="utf-8"
    )
    path = os.pathsep.join([".", str(ROOT)])
    done = run(tmp_path, str(command), "record", "train.py", "-o", "run.gradwalk", "--no-open", PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (0, "tensor(2., grad_fn=<SumBackward0>)\n"), done.stderr
    assert len(engine.open_recording(tmp_path / "run.gradwalk").operations) == 2
