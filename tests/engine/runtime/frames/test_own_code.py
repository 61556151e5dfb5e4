"""Code of the engine is known as such from source and in the packaged executable, where code carries relative file names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import engine
from engine.runtime.frames import own_code


def test_from_source_it_is_the_folder() -> None:
    assert Path(own_code.folder()) == Path(engine.__file__).parent
    assert own_code.folder().endswith(os.sep)


def test_in_the_executable_it_is_relative_like_all_code_there() -> None:
    module: dict[str, Any] = {"__file__": "/somewhere/_internal/engine/runtime/frames/own_code.py"}
    name = str(Path("engine", "runtime", "frames", "own_code.py"))
    exec(compile(Path(own_code.__file__).read_text(encoding="utf-8"), name, "exec"), module)
    assert module["folder"]() == "engine" + os.sep
