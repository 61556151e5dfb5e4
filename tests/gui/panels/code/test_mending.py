"""Messages that say what to write have a button that writes it; questions name their buttons by what they do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import ProgramError
from engine.programs.checker import check_program
from gui.documents.dialogs import DocumentDialogs
from gui.look.theme import ThemeManager
from gui.panels.code.panel import CodePanel
from gui.session.session import Session
from gui.widgets.question import Question

TEXT = "import torch\na = torch.tensor(2., requires_grad=True)\ny = sin(a)\ny.backward()\n"


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[CodePanel]:
    shown = CodePanel(session, ThemeManager("light"))
    qtbot.addWidget(shown)
    shown.resize(336, 600)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown


def problem_of(text: str) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        check_program(text)
    return caught.value


def test_one_click_writes_it_and_one_undo_takes_it_back(panel: CodePanel, session: Session) -> None:
    session.replace_text(TEXT)
    session.show_problem(problem_of(TEXT))
    button = panel.problem_box.mend_button
    assert button.isVisible() and button.text() == button.accessibleName() == "Write torch.sin(a)"
    button.click()
    assert session.text == TEXT.replace("sin(a)", "torch.sin(a)")
    panel.undo()
    assert session.text == TEXT


def test_go_leads_to_the_line_that_is_blamed(panel: CodePanel, session: Session) -> None:
    """*Go to line* used to lead to the line that failed, while the sentence blamed another."""
    problem = problem_of(TEXT)
    problem.cause = 2, 5
    session.replace_text(TEXT)
    session.show_problem(problem)
    wanted: list[tuple[int, int]] = []
    panel.problem_box.go_to.connect(lambda *place: wanted.append(place))
    button = panel.problem_box.go_button
    button.click()
    assert button.text() == "Go to line 2" and "column 5" in button.accessibleName() and wanted == [(2, 5)]


def test_while_another_text_runs_the_earlier_problem_is_greyed_and_offers_nothing(panel: CodePanel, session: Session) -> None:
    session.replace_text(TEXT)
    session.show_problem(problem_of(TEXT))
    height = panel.problem_box.height()
    session.set_text("import numpy\n")
    assert panel.problem_box.mend_button.isEnabled() and panel.header.note() == ""  # its answer comes at once, as a rule
    session.set_busy(True)
    assert panel.header.note() == "running…" and panel.problem_box.outdated and panel.problem_box.height() == height
    assert not panel.problem_box.mend_button.isEnabled() and not panel.problem_box.go_button.isEnabled()
    assert panel.problem_box.undo_button.isEnabled()
    session.show_problem(problem_of("import numpy\n"))
    session.set_busy(False)
    assert panel.header.note() == "" and not panel.problem_box.outdated and panel.problem_box.go_button.isEnabled()
    assert panel.problem_box.record_button.isVisible()


def test_the_same_text_run_again_keeps_its_problem(panel: CodePanel, session: Session) -> None:
    session.replace_text(TEXT)
    session.show_problem(problem_of(TEXT))
    session.set_busy(True)
    assert not panel.problem_box.outdated and panel.problem_box.mend_button.isEnabled()


def test_a_text_that_has_moved_on_is_left_alone(panel: CodePanel, session: Session) -> None:
    session.replace_text(TEXT)
    session.show_problem(problem_of(TEXT))
    session.replace_text("# nothing\n")
    panel.problem_box.mend.emit(problem_of(TEXT).fix)
    assert session.text == "# nothing\n"


@pytest.mark.parametrize("used", ["torch.nn.Sequential()", "torch.optim.SGD([1.])", "torch.utils.data.DataLoader([1])"])
def test_a_module_offers_to_record_it_as_a_script(panel: CodePanel, session: Session, used: str) -> None:
    text = f"y = {used}\n"
    session.replace_text(text)
    session.show_problem(problem_of(text))
    assert panel.problem_box.record_button.isVisible() and panel.problem_box.mend_button.text() == "Write import torch"


def test_an_import_offers_to_record_it_as_a_script(panel: CodePanel, session: Session) -> None:
    text = "import math\ny = 1\n"
    session.replace_text(text)
    session.show_problem(problem_of(text))
    box = panel.problem_box
    assert box.record_button.isVisible() and box.record_button.text() == "Record as a script… (F8)"
    assert box.mend_button.isVisible() and box.mend_button.text() == "Remove this line"


@pytest.mark.parametrize(
    ("ask", "labels", "escaped"),
    [
        ("ask_to_restore", ["Discard", "Restore"], True),
        ("ask_to_save", ["Cancel", "Discard", "Save"], "cancel"),
        ("ask_to_run", ["Cancel", "Run the script"], False),
        ("ask_to_end", ["Let it run", "End it and close"], False),
        ("ask_to_lose", ["Go on", "Close and lose the export"], False),
    ],
)
def test_buttons_say_what_they_do(qtbot: QtBot, panel: CodePanel, ask: str, labels: list[str], escaped: object) -> None:
    seen: list[str] = []

    def leave() -> None:
        question = QApplication.activeModalWidget()
        assert isinstance(question, Question)
        seen.extend(button.text() for button in question.buttons.values())
        qtbot.keyClick(question, Qt.Key.Key_Escape)

    QTimer.singleShot(0, leave)
    assert getattr(DocumentDialogs(panel, ThemeManager("dark")), ask)("cubic.py") == escaped
    assert seen == labels


def test_tab_goes_from_the_usual_answer_to_the_others(qtbot: QtBot) -> None:
    choices = [("cancel", "Cancel"), ("discard", "Discard"), ("save", "Save")]
    question = Question(ThemeManager("light"), "Title", "Text", choices, "save", "cancel")
    qtbot.addWidget(question)
    question.open()
    qtbot.waitUntil(question.buttons["save"].hasFocus)
    for key in ("discard", "cancel", "save"):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert question.buttons[key].hasFocus()


def test_return_is_the_primary_button(qtbot: QtBot) -> None:
    question = Question(ThemeManager("light"), "Title", "Text", [("no", "Leave"), ("yes", "Do")], "yes", "no")
    qtbot.addWidget(question)
    question.open()
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert question.answer == "yes" and not question.isVisible()
