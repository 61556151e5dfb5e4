"""Checks of a finished bundle: a script runs with the Python that its packages are in. ``check_bundle.py`` runs them."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cage import Cage
from screen import Screen

Check = Callable[[str, bool, object], bool]
SCRIPT = """\
import sys
from pathlib import Path
import torch

x = torch.ones(2, requires_grad=True)
(x**2).sum().backward()
Path("ran_in.txt").write_text(sys.prefix)
print(sys.prefix, x.grad.tolist())
"""
SAYS = """'gradwalk asks:["/x/python", "/x/python", "/x", [{}], null, null]'"""


def environment(folder: Path, packages: bool = True) -> Path:
    """A virtual environment in ``folder`` that sees the packages of the one that runs this; its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    if packages:
        place = next((folder / "lib").glob("python*")) / "site-packages"
        (place / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return folder / "bin" / "python"


def program(folder: Path, body: str) -> Path:
    """A program in ``folder`` that is no Python that can be used."""
    folder.mkdir(parents=True)
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def check_pythons(check: Check, cage: Cage, root: Path, work: Path) -> None:
    """An environment beside the script, one that was activated, one that is named, and what cannot be used."""
    # These need a Python beside the bundle's, as users have one; the checkout stays out of reach.
    cage = replace(cage, hidden=(root.resolve(),))
    project = work / "prøject"
    python = environment(project / ".venv")
    (project / "train.py").write_text(SCRIPT, encoding="utf-8")
    away = work / "away"
    away.mkdir()
    (away / "train.py").write_text(SCRIPT, encoding="utf-8")

    def record(name: str, script: Path, prefix: str, words: str, *more: str, **variables: str) -> None:
        file = work / "python.gradwalk"
        file.unlink(missing_ok=True)
        done = cage.run("record", "--no-open", *more, "-o", str(file), str(script), PATH="/usr/bin:/bin", **variables)
        said = [line for line in done.stderr.splitlines() if words in line]
        good = done.returncode == 0 and bool(said) and file.is_file() and done.stdout.endswith("[2.0, 2.0]\n")
        good = good and (not prefix or done.stdout.startswith(f"{prefix} "))
        check(f"record with {name}", good, said[-1] if said else f"{done.stdout.strip()} {done.stderr.strip()[-300:]}")

    with_it = f"recorded with {python} (Python 3."
    record("the environment beside the script", project / "train.py", str(project / ".venv"), with_it)
    record("VIRTUAL_ENV", away / "train.py", str(project / ".venv"), with_it, VIRTUAL_ENV=str(project / ".venv"))
    record("CONDA_PREFIX", away / "train.py", str(project / ".venv"), with_it, CONDA_PREFIX=str(project / ".venv"))
    record("one that is named", away / "train.py", str(project / ".venv"), with_it, "--python", str(project / ".venv"))
    record("the program's own", away / "train.py", "", "recorded with the Python of the packaged program")
    bare = environment(away / ".venv", packages=False)
    record("its own, and why not with another", away / "train.py", "", f"not used: {bare} has no torch. Install it there")
    wrong = {
        "no torch": (bare, "has no torch. Install it there"),
        "one that is too old": (program(work / "old", f"echo {SAYS.format('3, 9, 1')}"), "is Python 3.9.1, and recording needs"),
        "no Python": (Path("/bin/ls"), "did not answer as a Python does"),
        "one that does not answer": (program(work / "silent", "sleep 600 & sleep 600"), "did not answer in 10 seconds"),
        "one that is not there": (work / "nowhere", "there is no"),
    }
    for name, (path, words) in wrong.items():
        done = cage.run("record", "--no-open", "--python", str(path), str(away / "train.py"), PATH="/usr/bin:/bin", limit=120)
        lines = done.stderr.strip().splitlines()
        good = done.returncode == 2 and len(lines) == 1 and words in lines[0] and not done.stdout
        check(f"{name}: one line says so", good, done.stderr.strip()[-300:])


def check_dialog(check: Check, cage: Cage, screen: Screen, root: Path, work: Path, pictures: Path) -> None:
    """F8 in the window: the script that is open is recorded with the environment beside it, and its recording is shown."""
    project = work / "prøject"
    (project / "ran_in.txt").unlink(missing_ok=True)
    cage = replace(cage, hidden=(root.resolve(),))
    process = cage.start("--theme", "light", str(project / "train.py"), DISPLAY=screen.display)
    try:

        def found(name: str) -> str:
            return screen.tool("search", "--onlyvisible", "--name", name).split("\n")[0]

        screen.wait(lambda: bool(found("train.py")) or process.poll() is not None, 90)
        window = found("train.py")
        screen.wait(lambda: screen.colours() > 60, 30)
        screen.tool("windowfocus", window)
        # The key may come before the window has the keyboard.
        asked = screen.wait(lambda: bool(found("Record a script")) or not screen.tool("key", "--delay", "300", "F8"), 30)
        screen.save(pictures / "record.png")
        screen.tool("windowfocus", found("Record a script"))
        screen.tool("key", "Return")
        ran = screen.wait(lambda: (project / "ran_in.txt").is_file(), 120)
        prefix = (project / "ran_in.txt").read_text(encoding="utf-8") if ran else "nothing ran"
        shown = screen.wait(lambda: not found("Record a script") or process.poll() is not None, 60) and process.poll() is None
        screen.save(pictures / "recorded.png")
        good = asked and ran and shown and prefix == str(project / ".venv")
    finally:
        process.kill()
        said = process.communicate()[1]
    check("F8 records with the environment beside the script", good and not said.strip(), f"{prefix} {said.strip()[-200:]}")
