"""About Gradwalk: what this copy consists of, and the terms of each part."""

from __future__ import annotations

import json
import py_compile
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import resources
from gui.look.theme import ThemeManager
from gui.window.dialogs import licences
from gui.window.dialogs.about import AboutDialog
from gui.window.dialogs.licences import Work, is_bundle, works


def test_from_the_source_it_is_what_is_installed() -> None:
    assert not is_bundle()
    found = {work.name.lower().replace("_", "-"): work for work in works()}
    assert next(iter(found)) == "gradwalk"
    for name in "torch numpy scikit-learn scipy pyside6-essentials shiboken6 pyqtgraph sympy mpmath ziamath".split():
        assert found[name].version and found[name].licence, name
    assert "LGPL" in found["pyside6-essentials"].licence
    assert "Redistribution and use" in found["numpy"].text
    assert "pytest" not in found and "pyinstaller" not in found
    assert {name for name in found if name.endswith("(font)")} == {"inter (font)", "jetbrainsmono (font)", "stixtwomath (font)"}
    assert all("SIL OPEN FONT LICENSE" in found[name].text for name in found if name.endswith("(font)"))


def test_a_checkout_that_is_not_installed_names_what_it_runs_with(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    """The list used to hold three fonts, under a sentence about Qt."""
    whole, found = {work.name.lower() for work in works()}, licences.distribution

    def missing(name: str) -> Distribution:
        if name == "gradwalk":
            raise PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr(licences, "distribution", missing)
    assert {work.name.lower() for work in works()} == whole
    first = works()[0]
    assert (first.name, first.licence) == ("gradwalk", "MIT") and "Permission is hereby granted" in first.text
    dialog = AboutDialog(ThemeManager("light"), "1")
    qtbot.addWidget(dialog)
    assert dialog.heading.text() == "Licences"
    monkeypatch.setattr(licences, "_ROOT", Path("nowhere"))
    assert all(work.name.endswith("(font)") for work in works()), "said by the files alone"


def test_in_the_bundle_it_is_what_the_bundle_says(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    listed = [
        {"name": "Gradwalk", "version": "1", "licence": "MIT", "homepage": "", "text": "mine", "kind": "x", "files": 3},
        {"name": "libpng", "version": "2", "licence": "libpng", "homepage": "there", "text": "its terms"},
    ]
    read_bytes, read_text, text = resources.read_bytes, resources.read_text, json.dumps(listed)
    monkeypatch.setattr(resources, "read_bytes", lambda name: text.encode() if name == "licences.json" else read_bytes(name))
    monkeypatch.setattr(resources, "read_text", lambda name: text if name == "licences.json" else read_text(name))
    assert works() == [Work("Gradwalk", "1", "MIT", "", "mine"), Work("libpng", "2", "libpng", "there", "its terms")]
    dialog = AboutDialog(ThemeManager("dark"), "1")
    qtbot.addWidget(dialog)
    dialog.show()
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())] == ["Gradwalk 1", "libpng 2"]
    assert dialog.text.toPlainText() == "Gradwalk 1\nMIT\n\nmine"
    dialog.list.setCurrentRow(1)
    assert dialog.text.toPlainText() == "libpng 2\nlibpng\nthere\n\nits terms"
    dialog.shut.click()
    assert not dialog.isVisible()


def test_terms_are_texts_never_program_code(tmp_path: Path) -> None:
    """A module called licences, its bytecode and a picture are no terms, whatever their names are."""
    info = tmp_path / "mine-1.dist-info"
    (info / "licenses").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    module = tmp_path / "mine" / "licences.py"
    module.write_text("TEXT = 'no terms'\n", encoding="utf-8")
    py_compile.compile(str(module), cfile=str(tmp_path / "mine" / "licences.pyc"))
    (tmp_path / "mine" / "COPYING").write_bytes(b"\x7fELF\x02\x01\x00\x00")
    (tmp_path / "mine" / "NOTICE").write_bytes("Für alle, © 1999".encode("latin-1"))
    (info / "licenses" / "LICENSE").write_text("the terms", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n", encoding="utf-8")
    files = ["mine-1.dist-info/licenses/LICENSE", "mine/licences.py", "mine/licences.pyc", "mine/COPYING", "mine/NOTICE"]
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files), encoding="utf-8")
    assert licences._work(PathDistribution(info)).text == "the terms\n\nFür alle, © 1999"


def test_every_work_shows_texts_only() -> None:
    shown = "".join(work.text for work in works())
    assert not [character for character in shown if ord(character) < 32 and character not in "\t\n\r\f\v"]


def test_a_distribution_without_texts_says_so(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(licences, "_installed", lambda: [Work("silent", "1", "MIT", "", "")])
    monkeypatch.setattr(licences, "_fonts", list)
    dialog = AboutDialog(ThemeManager("light"), "1")
    qtbot.addWidget(dialog)
    assert "has no licence text of its own" in dialog.text.toPlainText()
