"""The command line, the export without Qt, and what the user sees when something of ours breaks."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import main
from engine.lessons import examples
from gui import app
from gui.look.theme import ThemeManager
from gui.window.dialogs.crash import CrashReporter

ROOT = Path(main.__file__).parent
PROGRAM = examples.DEFAULT.text


def python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_a_file_that_the_system_hands_over_is_opened(qapp: QApplication) -> None:
    asked: list[str] = []

    class Window:
        class documents:
            open = staticmethod(asked.append)

    opener = app._Opener(qapp, Window)  # type: ignore[arg-type]
    QApplication.sendEvent(qapp, QFileOpenEvent("/home/someone/run.gradwalk"))
    qapp.removeEventFilter(opener)
    opener.deleteLater()
    assert asked == ["/home/someone/run.gradwalk"]


def test_version_is_the_one_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main.main(["--version"])
    assert left.value.code == 0
    assert f'version = "{capsys.readouterr().out.split()[-1]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_an_unknown_theme_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main.main(["--theme", "pink"])
    assert left.value.code == 2
    assert "light" in capsys.readouterr().err


def test_export_writes_the_recording_without_importing_qt(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    code = (
        "import sys, main\n"
        "status = main.main(['export', sys.argv[1], '-o', sys.argv[2]])\n"
        "assert not [name for name in sys.modules if name.startswith(('PySide6', 'gui', 'pyqtgraph', 'shiboken6'))]\n"
        "sys.exit(status)"
    )
    done = python("-c", code, str(tmp_path / "program.py"), str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    events = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["events"]
    assert [event["node"] for event in events] == [
        "SubBackward0",
        "PowBackward0",
        "AccumulateGrad",
        "PowBackward0",
        "AccumulateGrad",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_export_to_standard_output(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(b"\xef\xbb\xbf" + PROGRAM.replace("\n", "\r\n").encode())
    assert main.main(["export", str(file)]) == 0
    direct = capsysbinary.readouterr().out
    assert main.main(["export", str(file), "-o", "-"]) == 0
    assert capsysbinary.readouterr().out == direct
    assert len(json.loads(direct)["events"]) == 5


def test_export_says_where_a_problem_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.py"
    file.write_text("a = torch.tensor([5.], requires_grad=True)\ny = a *\n", encoding="utf-8")
    assert main.main(["export", str(file), "-o", str(tmp_path / "out.json")]) == 1
    assert capsys.readouterr().err.startswith(f"{file}:2:")
    assert not (tmp_path / "out.json").exists()


def test_export_keeps_what_ran_before_the_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "failing.py", tmp_path / "out.json"
    file.write_text("a = torch.tensor([5., 6.], requires_grad=True)\ny = a * 2\ny.backward()\n", encoding="utf-8")
    assert main.main(["export", str(file), "-o", str(out)]) == 1
    assert capsys.readouterr().err.startswith(f"{file}:3:")
    assert json.loads(out.read_text(encoding="utf-8"))["operations"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_export_of_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = tmp_path / "odd.py"
    if content is not None:
        file.write_bytes(content)
    assert main.main(["export", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "odd.py" in said


def test_importing_the_window_imports_nothing_heavy() -> None:
    code = "import sys, gui.app, engine; print([n for n in ('torch', 'sklearn', 'sympy', 'pyqtgraph') if n in sys.modules])"
    done = python("-c", code)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_missing_display_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert app.run() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "display" in said


def test_a_missing_library_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "exists", lambda path: True)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setattr(app.ctypes, "CDLL", missing)
    said = app.missing_library() or ""
    for word in ("libxcb-cursor.so.0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1"):
        assert word in said


def test_the_icon_has_a_picture_for_each_size(qtbot: QtBot) -> None:
    assert {size.width() for size in app.application_icon().availableSizes()} == {16, 24, 32, 48, 64, 128, 256}


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[CrashReporter]:
    made = CrashReporter(ThemeManager("light"))
    yield made
    made.uninstall()
    if made.dialog is not None:
        made.dialog.close()


def test_faults_of_other_threads_are_shown_here_in_one_dialog(
    qtbot: QtBot, reporter: CrashReporter, capsys: pytest.CaptureFixture[str]
) -> None:
    reporter.install()

    def fail() -> None:
        raise RuntimeError("broken on a thread")

    for _ in range(2):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    dialog = reporter.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.traceback.toPlainText().count("broken on a thread\n") >= 2)
    assert reporter.dialog is dialog
    assert capsys.readouterr().err.count("RuntimeError: broken on a thread") == 2
    qtbot.mouseClick(dialog.copy_button, app.Qt.MouseButton.LeftButton)
    assert "RuntimeError: broken on a thread" in QGuiApplication.clipboard().text()
    assert dialog.go_on.text() == "Go on working" and dialog.save_button.text() == "Save your work…"
    with qtbot.waitSignal(reporter.saving):
        qtbot.mouseClick(dialog.save_button, app.Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.go_on, app.Qt.MouseButton.LeftButton)
    assert reporter.dialog is None


def test_no_dialog_has_buttons_of_the_systems_names() -> None:
    """Buttons say what they do, in the program's look: none are Qt's standard ones."""
    texts = {path: path.read_text(encoding="utf-8") for path in Path(app.__file__).parent.rglob("*.py")}
    assert not [path.name for path, text in texts.items() if "QDialogButtonBox(" in text or "QMessageBox(" in text]


def test_uninstalling_gives_the_hooks_back(qtbot: QtBot) -> None:
    before = (sys.excepthook, threading.excepthook)
    reporter = CrashReporter(ThemeManager("light"))
    reporter.install()
    assert sys.excepthook != before[0]
    reporter.uninstall()
    assert (sys.excepthook, threading.excepthook) == before
