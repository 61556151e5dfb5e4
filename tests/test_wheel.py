"""The wheel has everything inside ``gradwalk``, and works from another folder beside modules of any name."""

from __future__ import annotations

import ast
import importlib.util
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
from types import ModuleType

import pytest

from gradwalk.own import NAMES

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """\
a = torch.tensor([5.], requires_grad=True)
b = torch.tensor([6.], requires_grad=True)
y = a**3 - b**2
y.backward()
"""
SCRIPT = """\
import engine, gui, main, resources, torch
print(engine.WHOSE, gui.WHOSE, main.WHOSE, resources.WHOSE)
print(torch.ones(1))
"""
FROM_PYTHON = """\
import engine, gradwalk, torch
with gradwalk.record() as handle:
    torch.ones(2, requires_grad=True).sum().backward()
print(engine.WHOSE, len(handle.recording.runs), gradwalk.record.__module__)
print(len(gradwalk.run_program("a = tensor([5.], requires_grad=True)\\na.backward()").runs))
"""
LAYOUT = """\
from gradwalk.engine.layout.placements import LayoutProcess
if __name__ == "__main__":
    process = LayoutProcess(60.0)
    print(process.request(((), (), ())))
    process.close()
"""
LISTED = """\
from gradwalk.gui.window.dialogs.licences import works
print(*(f"{work.name}: {len(work.text)}" for work in works()), sep="\\n")
"""
TYPED = """\
import gradwalk
with gradwalk.record(steps=3) as handle:
    pass
reveal_type(handle.recording)
reveal_type(gradwalk.open_recording("run.gradwalk").values[0].data.shape)
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What ``command`` prints; it must succeed. It sees neither this checkout nor a display."""
    hidden = ("PYTHONPATH", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | variables
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(home: Path) -> Path:
    """The Python of a virtual environment in ``home`` with the packages that the program depends on."""
    venv.create(home, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / ("Scripts" if os.name == "nt" else "bin") / "python"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, built of a source distribution, which was built of a copy: no build folder is left here."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("gradwalk", "engine", "gui", "resources", "tests", "benchmarks", "packaging", "docs"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "_gradwalk_start.py", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    target = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, cwd=copy)
    return target


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def gradwalk(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment with the wheel and the packages that it depends on, but without this checkout."""
    home = tmp_path_factory.mktemp("environment")
    python = environment(home)
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=home)
    return python.with_name("gradwalk")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with modules of our names."""
    for name in ("main", "engine", "gui", "resources"):
        (tmp_path / f"{name}.py").write_text("WHOSE = 'theirs'\n", encoding="utf-8")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def setup() -> ModuleType:
    """``setup.py`` as a module."""
    spec = importlib.util.spec_from_file_location("setup_of_gradwalk", ROOT / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shipped(pattern: str) -> dict[str, Path]:
    """The files of this checkout that fit ``pattern`` by the names that they should have in the wheel."""
    folders = (ROOT / name for name in ("engine", "gui", "resources"))
    inside = [ROOT / "main.py", *(path for folder in folders for path in folder.rglob("*"))]
    found = {f"gradwalk/{path.relative_to(ROOT).as_posix()}": path for path in inside}
    found |= {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "gradwalk").rglob("*")}
    found["_gradwalk_start.py"] = ROOT / "_gradwalk_start.py"
    return {
        name: path for name, path in found.items() if path.is_file() and path.match(pattern) and "__pycache__" not in path.parts
    }


def test_what_is_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"gradwalk", "_gradwalk_start.py"}
    assert {name for name in names if ".dist-info/" not in name} == {*shipped("*")}
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert "LICENSE" in licences
    assert len([name for name in licences if name.endswith("-LICENSE.txt")]) == 3


def test_the_wheels_code_is_the_sources_with_the_packages_name_in_its_imports(wheel: Path, setup: ModuleType) -> None:
    assert setup.INSIDE == NAMES
    packed = zipfile.ZipFile(wheel)
    for name, path in shipped("*.py").items():
        text, source = packed.read(name).decode(), path.read_text(encoding="utf-8")
        if name.startswith("gradwalk/resources/examples/"):
            assert text == source
            continue
        for before, after in zip(source.splitlines(), text.splitlines(), strict=True):
            assert after in (
                before,
                before.replace("from ", "from gradwalk.", 1),
                before.replace("import ", "from gradwalk import "),
            )
        for node in ast.walk(ast.parse(text)):
            tops = [item.name for item in node.names] if isinstance(node, ast.Import) else []
            tops += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("__import__", "import_module"):
                tops += [str(part.value) for part in node.args[:1] if isinstance(part, ast.Constant)]
            assert not {top.partition(".")[0] for top in tops} & {*NAMES}, f"{name}:{node.lineno}"  # type: ignore[attr-defined]


def test_only_imports_get_the_packages_name(setup: ModuleType) -> None:
    text = '''"""
from engine import x
"""
from engine.x import y  # from engine
import numpy.engine
if y:
    import gui
    from main import (
        main,
    )
import engines
from . import engine
CODE = "import engine"
'''
    wanted = text.replace("from engine.x", "from gradwalk.engine.x").replace("    import gui", "    from gradwalk import gui")
    assert setup.with_package(text, "x.py") == wanted.replace("from main", "from gradwalk.main")


@pytest.mark.parametrize(
    "wrong",
    ["import engine.x", "import engine as e, numpy", "import numpy, engine", "from  engine import x", "y = 1; import engine"],
)
def test_an_import_that_cannot_get_it_stops_the_build(setup: ModuleType, wrong: str) -> None:
    with pytest.raises(SyntaxError, match=r"x\.py:2"):
        setup.with_package(f"\n{wrong}\n", "x.py")


def test_the_installed_command_tells_its_version(gradwalk: Path, tmp_path: Path) -> None:
    expected = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run(gradwalk, "--version", cwd=tmp_path).split()[-1] == expected
    assert run(gradwalk.with_name("python"), "-m", "gradwalk", "--version", cwd=tmp_path).split()[-1] == expected


def test_the_installed_command_exports_without_a_display(gradwalk: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    run(gradwalk, "export", "program.py", "-o", "out.json", cwd=tmp_path)
    out = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    runs = [event["node"] for event in out["events"]]
    assert runs == ["SubBackward0", "PowBackward0", "AccumulateGrad", "PowBackward0", "AccumulateGrad"]
    last = {value["name"]: value["id"] for value in out["values"]}
    gradients = {gradient["value"]: gradient["data"] for gradient in out["gradients"]}
    assert (gradients[last["a"]], gradients[last["b"]]) == ([75.0], [-12.0])


def test_the_installed_program_tests_itself(gradwalk: Path, project: Path) -> None:
    said = run(gradwalk, "--self-test", cwd=project, PYTHONPATH=".", QT_QPA_PLATFORM="offscreen").splitlines()
    assert said[-1].endswith(" passed, 0 failed"), said


@pytest.mark.parametrize("theirs", ["", "a file", "a package", "a folder"])
def test_the_installed_command_records_in_a_project_with_modules_of_our_names(gradwalk: Path, project: Path, theirs: str) -> None:
    """Also where the path has another ``gradwalk``: the module in which the command starts has a name that no project has."""
    if theirs == "a file":
        (project / "gradwalk.py").write_text("raise SystemExit('this is theirs')\n", encoding="utf-8")
    elif theirs:
        (project / "gradwalk").mkdir()
        if theirs == "a package":
            (project / "gradwalk" / "__init__.py").write_text("raise SystemExit('this is theirs')\n", encoding="utf-8")
    said = run(gradwalk, "record", "train.py", "-o", "run.gradwalk", "--no-open", cwd=project, PYTHONPATH=".")
    assert said == "theirs theirs theirs theirs\ntensor([1.])\n"
    opened = "import gradwalk; print(gradwalk.__file__, len(gradwalk.open_recording('run.gradwalk').operations))"
    place, count = run(gradwalk.with_name("python"), "-P", "-c", opened, cwd=project).split()
    assert Path(place).is_relative_to(gradwalk.parent.parent) and count == "1"


def test_the_installed_command_records_with_another_python(gradwalk: Path, project: Path, tmp_path: Path) -> None:
    other = environment(tmp_path / ".venv")
    (project / "train.py").write_text(f"import sys\n{SCRIPT}print(sys.prefix, *sys.path)\n", encoding="utf-8")
    said = run(gradwalk, "record", "train.py", "-o", "run.gradwalk", "--no-open", cwd=project).splitlines()
    assert said == run(other, "train.py", cwd=project).splitlines() and said[-1].startswith(f"{tmp_path / '.venv'} ")
    notes = "import gradwalk; print(*gradwalk.open_recording('run.gradwalk').notes)"
    assert f"The script ran in {other} (Python 3." in run(gradwalk.with_name("python"), "-c", notes, cwd=project)


def test_the_installed_package_records_and_starts_its_processes(gradwalk: Path, project: Path) -> None:
    (project / "own.py").write_text(FROM_PYTHON, encoding="utf-8")
    said = run(gradwalk.with_name("python"), "own.py", cwd=project).splitlines()
    assert said == ["theirs 2 gradwalk.engine.recorder.handle", "1"]
    (project / "layout.py").write_text(LAYOUT, encoding="utf-8")
    assert run(gradwalk.with_name("python"), "layout.py", cwd=project) == "((), (), 0)\n"


def test_the_installed_files_are_used_by_one_name_only(gradwalk: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from importlib.util import find_spec; from gradwalk import engine, gui, main, own, resources\n"
        f"print(*({{find_spec(name) for name in {NAMES}}} - {{None}}))\n"
        "assert not any(type(finder) is own.Finder for finder in sys.meta_path)\n"
        "print(engine.__file__, gui.__file__, main.__file__, resources.__file__)"
    )
    plain, places = run(gradwalk.with_name("python"), "-P", "-c", code, cwd=tmp_path).splitlines()
    assert plain == "" and all(Path(place).is_relative_to(gradwalk.parent.parent) for place in places.split())


def test_the_installed_program_lists_its_licences(gradwalk: Path, tmp_path: Path) -> None:
    listed = dict(line.rsplit(": ", 1) for line in run(gradwalk.with_name("python"), "-c", LISTED, cwd=tmp_path).splitlines())
    assert all(int(listed[name]) > 200 for name in ("gradwalk", "torch", "Inter (font)"))


def test_the_installed_package_has_types(gradwalk: Path, tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(TYPED, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\n[mypy-torch.*]\nfollow_imports = skip\n", encoding="utf-8")
    said = run(sys.executable, "-m", "mypy", "--python-executable", gradwalk.with_name("python"), "use.py", cwd=tmp_path)
    assert 'Revealed type is "gradwalk.engine.recording.recording.Recording"' in said
    assert 'Revealed type is "tuple[int, ...]"' in said or 'Revealed type is "builtins.tuple[builtins.int, ...]"' in said
