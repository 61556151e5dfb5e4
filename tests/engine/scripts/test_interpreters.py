"""Scripts that are recorded with another Python: the one that the user's packages are in."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.recording.opening import open_recording
from engine.scripts import Output, ScriptRun, elsewhere, interpreters
from engine.scripts.interpreters import InterpreterError, check, choose
from engine.scripts.job import Job
from tests.engine.script_runs import ends, follow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes interpreters out of shell scripts")
ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """\
import sys
import torch
import only_here

x = torch.ones(2, requires_grad=True)
(x**2).sum().backward()
print(sys.prefix, sys.argv[1:], only_here.ANSWER, any(name in sys.modules for name in ("engine", "gui", "resources")))
print(sys.path)
"""
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a virtual environment with the packages of this one, or without, and one module more; gives its Python."""

    def environment(folder: Path = tmp_path / ".venv", packages: bool = True) -> Path:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=100)
        place = next((folder / "lib").glob("python*")) / "site-packages"
        (place / "only_here.py").write_text("ANSWER = 42\n", encoding="utf-8")
        if packages:
            import torch

            places = dict.fromkeys([str(Path(torch.__file__).parent.parent), sysconfig.get_path("purelib")])
            lines = [entry for entry in places if (Path(entry) / "torch").is_dir()]
            (place / "packages.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder / "bin" / "python"

    return environment


def says(folder: Path, body: str) -> Path:
    """A program in ``folder`` that is no Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def answers(version: str, torch: str, numpy: str) -> str:
    return f"""echo 'gradwalk asks:["/x/python", "/x/python", "/x", {version}, {torch}, {numpy}]'"""


def test_a_script_is_recorded_with_the_environment_of_its_project(make: Make, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    script = tmp_path / "src" / "train.py"
    script.parent.mkdir()
    script.write_text(SCRIPT, encoding="utf-8")
    python = make()
    done = subprocess.run(
        [sys.executable, "-m", "gradwalk", "record", str(script), "-o", "run.gradwalk", "--no-open", "--", "--fast", "7"],
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    plain = subprocess.run(
        [str(python), str(script), "--fast", "7"],
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == plain.stdout.splitlines()[0]
    assert done.stdout.splitlines()[0].startswith(f"{tmp_path / '.venv'} ['--fast', '7'] 42 False")
    assert f"gradwalk: recorded with {python} (Python 3." in done.stderr and ", torch 2." in done.stderr
    recording = open_recording(script.parent / "run.gradwalk")
    assert recording.passes and any(f"The script ran in {python} (Python 3." in note for note in recording.notes)


def test_another_python_has_its_own_path_and_no_module_of_ours(make: Make, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    python = make()
    told = follow(ScriptRun(script, python=check(python)))
    plain = subprocess.run([str(python), str(script)], capture_output=True, text=True, timeout=200, check=True)
    assert told.finished.problem is None, told.text("stderr")
    assert told.text() == plain.stdout


def test_an_interpreter_is_named_by_its_folder_too(make: Make, tmp_path: Path) -> None:
    python = make()
    assert check(tmp_path / ".venv").path == check(python).path == python
    assert not check(python).own and check(Path(sys.executable)).own
    with pytest.raises(InterpreterError, match="there is no Python in"):
        check(tmp_path)
    with pytest.raises(InterpreterError, match=r"there is no .*nowhere\. Name the interpreter itself"):
        check(tmp_path / "nowhere")


def test_an_environment_without_torch_is_passed_over_and_that_is_said(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    python = make(packages=False)
    chosen, passed = choose(tmp_path / "train.py")
    assert chosen.own and len(passed) == 1
    assert passed[0].startswith(f'{python} has no torch. Install it there ({python} -m pip install "torch>=2.6,<2.14")')
    with_torch = make(tmp_path / "venv")
    assert choose(tmp_path / "train.py")[0].path == with_torch


def test_environments_above_the_project_are_not_used(make: Make, tmp_path: Path) -> None:
    make()
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    script = project / "src" / "train.py"
    assert list(interpreters.environments(script)) == []
    (project / ".git").mkdir()
    assert list(interpreters.environments(script)) == []
    (tmp_path / "project" / ".git").rmdir()
    assert list(interpreters.environments(script, tmp_path)) == [tmp_path / ".venv" / "bin" / "python"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (answers("[3, 9, 1]", '"2.9.0"', '"2.1.0"'), "is Python 3.9.1, and recording needs 3.11 or later. Make a virtual env"),
        (answers("[3, 12, 1]", '"2.1.0"', '"2.1.0"'), "has torch 2.1.0, and recording needs one from 2.6 and below 2.14."),
        (answers("[3, 12, 1]", '"2.14.0+cu130"', '"2.1.0"'), "has torch 2.14.0"),
        (answers("[3, 12, 1]", '"2.9.0"', "null"), "has no numpy. Install it there"),
        (answers("[3, 12, 1]", '"2.9.0"', '"1.21.0"'), "has numpy 1.21.0"),
        ("echo '{'", "did not answer as a Python does. Choose"),
        ("echo 'gradwalk asks:[1, 2'", "did not answer as a Python does. Choose"),
        ("echo 'cannot find libpython.' >&2; exit 127", "did not answer as a Python does: cannot find libpython. Choose"),
        (answers("[2, 7, 18]", "null", "null"), "is Python 2.7.18, and recording needs 3.11 or later."),
        ("yes", "did not answer as a Python does. Choose"),
        ("yes >&2", "did not answer as a Python does: y. Choose"),
        ('echo "what is $*?" >&2', "did not answer as a Python does. Choose"),
        ("sleep 60", "did not answer in 1 seconds"),
        ("sleep 60 & sleep 60", "did not answer in 1 seconds"),
        (f"sleep 4 &\n{answers('[3, 9, 1]', 'null', 'null')}", "is Python 3.9.1"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    if body.startswith("sleep"):
        monkeypatch.setattr(interpreters, "PATIENCE", 1.0)
    with pytest.raises(InterpreterError) as caught:
        check(says(tmp_path, body))
    assert said in str(caught.value)


def test_versions_of_torch_before_and_after_their_release_count(tmp_path: Path) -> None:
    found = check(says(tmp_path, answers("[3, 13, 0]", '"2.9.0a0+git1234"', '"2.3.1"')))
    assert str(found) == "/x/python (Python 3.13.0, torch 2.9.0a0+git1234)"


def test_the_bounds_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, (least, below) in interpreters.NEEDED.items():
        wanted = f"{name}>={'.'.join(map(str, least))},<{'.'.join(map(str, below))}"
        assert wanted in project["dependencies"]
    assert project["requires-python"] == f">={'.'.join(map(str, interpreters.OLDEST))}"


def test_a_wrong_interpreter_is_told_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "gradwalk", "record", "train.py", "--python", "nothing", "--no-open"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2 and "gradwalk: there is no nothing. Name the interpreter itself" in done.stderr
    assert not (tmp_path / "train.gradwalk").exists()


def test_torch_that_cannot_be_imported_there_is_told(make: Make, tmp_path: Path) -> None:
    python = make(packages=True)
    place = next((tmp_path / ".venv" / "lib").glob("python*")) / "site-packages"
    (place / "torch").mkdir()
    (place / "torch" / "__init__.py").write_text("raise ImportError('libcudart.so.12 is missing')\n", encoding="utf-8")
    (place / "torch" / "version.py").write_text("__version__ = '2.9.0'\n", encoding="utf-8")
    (tmp_path / "train.py").write_text("print('never')\n", encoding="utf-8")
    told = follow(ScriptRun(tmp_path / "train.py", python=check(python)))
    problem = told.finished.problem
    assert problem is not None and told.recording is None
    assert problem.message.startswith(f"torch cannot be imported in {python} (Python 3.")
    assert problem.message.endswith("ImportError: libcudart.so.12 is missing") and "choose another Python" in problem.hint


def test_a_module_that_is_missing_names_the_python(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import lightning_that_nobody_has\n", encoding="utf-8")
    told = follow(ScriptRun(tmp_path / "train.py"))
    assert told.finished.problem is not None
    assert told.finished.problem.hint.startswith(f"The script ran in {sys.executable}. If lightning_that_nobody_has is")


@pytest.mark.parametrize("way", ["os.kill(os.getpid(), 9)", "os._exit(3)", "raise ValueError('x')", "os.abort()"])
def test_another_python_keeps_what_was_recorded_whatever_ends_it(make: Make, tmp_path: Path, way: str) -> None:
    script = tmp_path / "train.py"
    script.write_text(f"import os, torch\nx = torch.ones(2, requires_grad=True)\n(x**2).sum().backward()\n{way}\n", "utf-8")
    told = follow(ScriptRun(script, python=check(make())))
    assert told.recording is not None and told.recording.passes
    here = follow(ScriptRun(script))
    assert told.finished.exit_status == here.finished.exit_status and told.kind == here.kind
    assert told.recording.notes[0].startswith("The script ran in ") and told.recording.notes[1:] == here.recording.notes  # type: ignore[union-attr]


def test_a_script_in_another_python_can_be_stopped_and_killed(make: Make, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    endless = "import torch\nx = torch.ones(2, requires_grad=True)\nwhile True:\n    print((x * x).sum().item())\n"
    script.write_text(endless, encoding="utf-8")
    python = check(make())
    told = follow(ScriptRun(script, python=python), lambda events: any(isinstance(event, Output) for event in events))
    assert told.kind == "stopped" and told.recording is not None
    run = ScriptRun(script, python=python)
    run.start()
    assert run.pid is not None
    run.close()
    assert ends(run.pid)


def test_what_the_packaged_program_ships_for_other_pythons_is_enough(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.spec_from_file_location("packaging_parts", ROOT / "packaging" / "parts.py")
    assert found is not None and found.loader is not None
    parts = importlib.util.module_from_spec(found)
    found.loader.exec_module(parts)
    assert parts.OTHER_PYTHONS == elsewhere.SHIPPED
    installed, bundle = tmp_path / "installed", tmp_path / "bundle"
    command = [sys.executable, "-W", "ignore", "setup.py", "--quiet", "build_py", "--build-lib", str(installed)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=200)
    for file, folder in parts.for_other_pythons(installed):
        assert parts.shipped(f"{folder}/{Path(file).name}")
        (bundle / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, bundle / folder)
    script = tmp_path / "train.py"
    script.write_text(f"import sys\n{SCRIPT}sys.modules.clear()\n", encoding="utf-8")
    python = check(make())
    monkeypatch.setattr(elsewhere, "source", lambda: bundle / elsewhere.SHIPPED)
    told = follow(ScriptRun(script, python=python))
    assert told.finished.problem is None and told.recording is not None and told.recording.passes, told.text("stderr")


def test_another_python_gets_none_of_the_packaged_programs_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "_PYI_ARCHIVE_FILE": "x",
        "_MEIPASS2": "x",
        "LD_LIBRARY_PATH": "/bundle",
        "DYLD_LIBRARY_PATH": "/bundle",
        "LD_LIBRARY_PATH_ORIG": "/cuda/lib",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert given.items() <= interpreters.environment().items()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    left = interpreters.environment()
    assert given.keys() & left.keys() == {"LD_LIBRARY_PATH"} and left["LD_LIBRARY_PATH"] == "/cuda/lib"


def test_the_packaged_program_takes_an_environment_that_was_activated(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make(tmp_path / "elsewhere")
    (tmp_path / "project").mkdir()
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "elsewhere"))
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    script = tmp_path / "project" / "train.py"
    assert choose(script)[0].own and interpreters.found(script) == [python]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert choose(script)[0].path == python
    monkeypatch.delenv("VIRTUAL_ENV")
    monkeypatch.setattr(interpreters, "_given_at_first", {"VIRTUAL_ENV": str(tmp_path / "elsewhere")}.get)
    assert choose(script)[0].path == python
    monkeypatch.setattr(interpreters, "_given_at_first", lambda variable: "")
    assert str(choose(script)[0]).startswith("the Python of the packaged program (Python 3.")


def test_the_packaged_program_notes_its_own_python_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its user has others, so a recording without a word would be taken for theirs."""
    jobs: list[Job] = []

    def launch(python: object, entry: str, job: Job, streams: object = ()) -> None:
        jobs.append(job)
        raise OSError("nothing is started here")

    monkeypatch.setattr("engine.scripts.run.launch", launch)
    for frozen in (False, True):
        monkeypatch.setattr(sys, "frozen", frozen, raising=False)
        run = ScriptRun(tmp_path / "train.py")
        with pytest.raises(OSError, match="nothing is started"):
            run.start()
        run.close()
    assert jobs[0].python == "" and jobs[1].python.startswith("the Python of the packaged program (Python 3.")
