"""The checks that hold for every test must be able to fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QStandardPaths

pytest_plugins = ["pytester"]

LEAKS = """
import multiprocessing, time
from PySide6.QtCore import QThread, QTimer, qWarning
from PySide6.QtWidgets import QWidget

kept = []

def test_thread(qapp):
    thread = QThread()
    thread.setObjectName("forgotten thread")
    thread.start()
    kept.append(thread)

def test_ends_the_thread(qapp):
    kept[0].quit()
    assert kept[0].wait(10_000)

def test_timer(qapp):
    kept.append(QTimer(interval=86_400_000))
    kept[-1].start()

def test_process():
    spawn = multiprocessing.get_context("spawn")
    kept.append(spawn.Process(target=time.sleep, args=(60,), name="forgotten process", daemon=True))
    kept[-1].start()

def test_window(qapp):
    kept.append(QWidget())
    kept[-1].setWindowTitle("forgotten window")
    kept[-1].show()

def test_warning(qapp):
    qWarning("something is wrong")

def test_tidy(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    timer = QTimer(widget)
    timer.start(1000)
"""


def test_what_is_left_running_fails_the_test_and_is_named(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    pytester.makeini("[pytest]\nqt_api = pyside6\nqt_log_level_fail = WARNING\n")
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(test_leaks=LEAKS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=120)
    result.assert_outcomes(passed=6, failed=1, errors=4)
    for name, line in (("forgotten thread", 10), ("86400000 ms", 19), ("forgotten process", 24)):
        result.stdout.re_match_lines_random([rf".*left running: .*{name}.*test_leaks\.py:{line} .*"])
    result.stdout.fnmatch_lines_random(["*left running: window QWidget 'forgotten window'*", "*something is wrong*"])


def test_settings_are_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.getbasetemp()
    assert Path(QSettings("Gradwalk", "Gradwalk").fileName()).is_relative_to(base)
    if QStandardPaths.isTestModeEnabled():
        return
    for place in (QStandardPaths.StandardLocation.AppDataLocation, QStandardPaths.StandardLocation.CacheLocation):
        assert Path(QStandardPaths.writableLocation(place)).is_relative_to(base)
