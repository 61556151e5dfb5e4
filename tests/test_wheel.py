"""The wheel holds what the program needs and nothing else, and works from another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """\
a = torch.tensor([5.], requires_grad=True)
b = torch.tensor([6.], requires_grad=True)
y = a**3 - b**2
y.backward()
"""


def run(*command: str | Path, cwd: Path) -> str:
    """What ``command`` prints; it must succeed. It sees neither this checkout nor a display."""
    hidden = ("PYTHONPATH", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that no build folder appears in the checkout."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("gradwalk", "engine", "gui", "resources", "tests", "benchmarks", "packaging", "docs"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "gradwalk_start.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, cwd=copy)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def gradwalk(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment with the wheel and the packages that it depends on, but without this checkout."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    run(sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--no-deps", "--no-index", wheel, cwd=home)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return scripts / "gradwalk"


def test_what_is_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"gradwalk", "engine", "gui", "resources", "main.py", "gradwalk_start.py"}
    packed = {name for name in names if name.startswith("resources/")}
    shipped = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "resources").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == shipped
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert "LICENSE" in licences
    assert len([name for name in licences if name.endswith("-LICENSE.txt")]) == 3


def test_the_installed_command_tells_its_version(gradwalk: Path, tmp_path: Path) -> None:
    expected = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run(gradwalk, "--version", cwd=tmp_path).split()[-1] == expected


def test_the_installed_command_exports_without_a_display(gradwalk: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    run(gradwalk, "export", "program.py", "-o", "out.json", cwd=tmp_path)
    out = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    runs = [event["node"] for event in out["events"]]
    assert runs == ["SubBackward0", "PowBackward0", "AccumulateGrad", "PowBackward0", "AccumulateGrad"]
    last = {value["name"]: value["id"] for value in out["values"]}
    gradients = {gradient["value"]: gradient["data"] for gradient in out["gradients"]}
    assert (gradients[last["a"]], gradients[last["b"]]) == ([75.0], [-12.0])


def test_the_installed_command_records_in_a_project_with_modules_of_our_names(gradwalk: Path, tmp_path: Path) -> None:
    for name in ("main", "engine", "gui", "resources"):
        (tmp_path / f"{name}.py").write_text("WHOSE = 'theirs'\n", encoding="utf-8")
    script = "import engine, gui, main, resources, torch\nprint(engine.WHOSE, gui.WHOSE, main.WHOSE, resources.WHOSE)\n"
    (tmp_path / "train.py").write_text(f"{script}print(torch.ones(1))\n", encoding="utf-8")
    said = run("env", "PYTHONPATH=.", gradwalk, "record", "train.py", "-o", "run.gradwalk", "--no-open", cwd=tmp_path)
    assert said == "theirs theirs theirs theirs\ntensor([1.])\n"
    opened = "import gradwalk; print(gradwalk.__file__, len(gradwalk.open_recording('run.gradwalk').operations))"
    place, count = run("env", "PYTHONPATH=.", gradwalk.with_name("python"), "-c", opened, cwd=tmp_path).split()
    assert Path(place).is_relative_to(gradwalk.parent.parent) and count == "1"


def test_the_installed_files_are_used(gradwalk: Path, tmp_path: Path) -> None:
    code = "import engine, gui, resources; print(engine.__file__, gui.__file__, resources.__file__)"
    places = run(gradwalk.with_name("python"), "-c", code, cwd=tmp_path).split()
    assert all(Path(place).is_relative_to(gradwalk.parent.parent) for place in places)
