"""The line that says which package is missing."""

from __future__ import annotations

import pytest

from gui.window.system_libraries import PACKAGES, USUAL, advice


@pytest.mark.parametrize("library", sorted(PACKAGES))
def test_each_library_names_its_package(library: str) -> None:
    said = advice(f"{library}: cannot open shared object file: No such file or directory")
    assert said is not None
    assert said.startswith(f"{library}, which Qt needs")
    named = said.partition("sudo apt install ")[2].split()
    assert named[0] == PACKAGES[library]
    assert set(USUAL) <= set(named)
    assert len(named) == len(set(named))
    assert "\n" not in said


def test_a_library_that_is_not_listed_names_the_usual_ones() -> None:
    said = advice("/usr/lib/libxcb-strange.so.7: file too short")
    assert said is not None
    assert said.startswith("libxcb-strange.so.7, ")
    assert said.endswith(" ".join(("install", *USUAL)))


def test_another_error_is_no_missing_library() -> None:
    assert advice("No module named 'PySide6'") is None
    assert advice("cannot import name 'x' from 'PySide6' (/a/libs/__init__.py)") is None
