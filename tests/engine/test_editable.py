"""An editable installation beside an empty folder of its name: what is written in the README finds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = f"""
import importlib.util, sys

class Editable:  # as setuptools' finder, behind all others
    @staticmethod
    def find_spec(name, path=None, target=None):
        file = {{"gradwalk": "gradwalk/__init__.py", "_gradwalk_start": "_gradwalk_start.py"}}.get(name)
        return importlib.util.spec_from_file_location(name, f"{ROOT}/{{file}}") if file else None

sys.meta_path.append(Editable)
{{first}}
import gradwalk
print(hasattr(gradwalk, "record"))
"""


def test_an_empty_folder_of_our_name_hides_nothing_behind_our_start(tmp_path: Path) -> None:
    (tmp_path / "gradwalk").mkdir()
    for first, found in (("", "False"), ("import _gradwalk_start", "True")):
        (tmp_path / "try.py").write_text(SCRIPT.replace("{first}", first))
        ran = subprocess.run(
            [sys.executable, "-S", "try.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, env={"PATH": ""}
        )
        assert ran.stdout.strip() == found, ran.stderr
