"""What a page of a lesson does not show before it is answered: moments, epochs of runs, and that its program fails."""

from __future__ import annotations

from collections.abc import Iterator

from engine.lessons.model import Asked, Choose, Draw, Predict
from engine.lessons.play.expressions import names_in
from engine.lessons.play.moments import cursor_of
from engine.recording import Recording
from gui.panels.lesson.play import LessonPlay


def last_cursor(play: LessonPlay, recording: Recording) -> int | None:
    """The cursor beyond which an open question would be answered by looking; None where there is none."""
    asked = play.next_open
    if not isinstance(asked, (Predict, Choose)) or asked.when == "end":
        return None
    try:
        return max(0, cursor_of(recording, asked.when) - 1)
    except ValueError:
        return None


def last_epochs(play: LessonPlay) -> dict[str, int]:
    """Up to which epoch runs may be seen, by their names: what comes after is asked for.

    A drawing leaves the epochs before its own. A run that another question asks about is seen up to the epoch that the page opens
    at; one that opens at its end is seen whole.
    """
    opens = {run.name: run.epoch for run in play.stage.runs}
    found: dict[str, int] = {}
    for asked in play.page.questions:
        if not play.is_open(asked.key):
            continue
        if isinstance(asked, Draw):
            found[asked.run] = min(found.get(asked.run, asked.epoch), opens.get(asked.run) or 0, asked.epoch - 1)
            continue
        names = frozenset().union(*map(names_in, _expressions(asked)))
        for name, epoch in opens.items():
            if name in names and epoch is not None:
                found[name] = min(found.get(name, epoch), epoch)
    return found


def hides_failure(play: LessonPlay) -> bool:
    """Whether it is asked if the program fails, which its timeline would say."""
    asks = (asked for asked in play.page.questions if play.is_open(asked.key) and isinstance(asked, Choose))
    return any(option.error for asked in asks for option in asked.options)


def _expressions(asked: Asked) -> Iterator[str]:
    match asked:
        case Predict():
            yield asked.answer
        case Choose():
            yield from (option.holds for option in asked.options if option.holds)
