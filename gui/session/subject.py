"""What can be shown: the program, a recording in its place, an epoch of the training; each keeps how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath

from engine.errors import ProgramError
from engine.graph.labels import first_view
from engine.graph.state import State
from engine.recording import Recording


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """A recording that is shown in place of the program.

    Attributes
    ----------
    recording : Recording
    path : str
        The ``.gradwalk`` file that holds it; empty while there is none.
    name : str
        What the window calls it.
    script : str
        Path of the script that was recorded in this window to make it; empty for a recording that was opened.
    left_at : tuple of two int, optional
        Cursor and end when it was last closed.
    kept : str
        Where the recording of a script is kept until it is saved, so that it is not lost if the window is killed.
    ended : str
        Why its script stopped before its end, if the recording itself does not show that; else empty.
    """

    recording: Recording
    path: str
    name: str
    script: str = ""
    left_at: tuple[int, int] | None = None
    kept: str = ""
    ended: str = ""


def entry_of(recording: Recording, left_at: tuple[int, int] | None) -> int:
    """The cursor that ``recording`` opens at: where it was left (cursor and end), else its first view."""
    return left_at[0] if left_at is not None and left_at[1] == recording.end >= left_at[0] else first_view(recording)


class Subject:
    """One thing that the window can show, and the place in it. Only the session changes it.

    Attributes
    ----------
    recording : Recording or None
        None before any of it ran.
    cursor : int
        From 0 to the recording's end.
    problem : ProgramError or None
        What is wrong with its text.
    stale : bool
        ``recording`` is the last valid one, and the text has moved on to something that has a problem.
    """

    editable = False
    """Whether the user can change its text, which then runs."""
    has_epochs = False
    """Whether it is one epoch of a run, with others before and after it."""
    opened: Opened | None = None
    """What is known of a recording that was opened or made from a script; None for what the window itself runs."""

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self.cursor = 0
        self.state: State | None = None
        self.problem: ProgramError | None = None
        self.stale = False

    @property
    def recorded_elsewhere(self) -> bool:
        """Whether it comes from a script or a file: looking at it runs nothing, and it is shown from its beginning."""
        return self.opened is not None

    def take(self, recording: Recording | None, cursor: int = 0) -> None:
        """Show ``recording`` from now on, after ``cursor`` of its moments (clamped to its range)."""
        self.recording = recording
        self.stale, self.problem = False, None
        self.cursor = 0 if recording is None else max(0, min(recording.end, cursor))
        self.state = None if recording is None else recording.state(self.cursor)

    def move(self, cursor: int) -> bool:
        """Go to another moment, clamped to the recording's range; True if it was not there already."""
        if self.recording is None:
            return False
        cursor = max(0, min(self.recording.end, cursor))
        if cursor == self.cursor:
            return False
        self.cursor = cursor
        self.state = self.recording.state(cursor)
        return True


class Program(Subject):
    """The user's own text, and what came of its last run."""

    editable = True

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._opens = False
        """True until the text opened last has a recording, which then opens at its first view, or where it was left."""
        self._unseen = False
        """True until anything was shown of the text that was opened last."""
        self._left_at: tuple[int, int] | None = None
        self._before_failure: tuple[Recording, int] | None = None
        """The recording and cursor that a failed program replaced."""

    def begin(self, text: str, left_at: tuple[int, int] | None) -> None:
        """Another text was opened, which was left at ``left_at`` (cursor and end)."""
        self.text = text
        self._opens, self._unseen, self._left_at, self._before_failure = True, True, left_at, None

    def ran(self, recording: Recording) -> None:
        """The program ran. If only numbers changed (a slider) the cursor stays; another program shows its first view."""
        cursor = self._entry(recording)
        self._before_failure, self._unseen = None, False
        self.take(recording, cursor)

    def failed(self, problem: ProgramError) -> None:
        """The program failed: what was recorded until then is shown or, if nothing was, the last valid recording stays, stale.

        A program that was just opened and does not run has no recording.
        """
        if problem.recording is not None:
            if self._before_failure is None and self.recording is not None and not self.recording.failed:
                self._before_failure = self.recording, self.cursor
            self.take(problem.recording, problem.recording.end)
        elif self._unseen:
            # The graph of another program would be taken for this one's.
            self.take(None)
        else:
            # A program that does nothing leaves no graph that could go on being shown.
            self.stale = self.recording is not None and bool(self.recording.graph.cards)
        self.problem = problem

    def _entry(self, recording: Recording) -> int:
        """The cursor to show ``recording`` at, given that it follows the present one."""
        if self._opens:
            self._opens = recording.text != self.text
            return entry_of(recording, self._left_at)
        before, cursor = self._before_failure or (self.recording, self.cursor)
        if before is None:
            return first_view(recording)
        if before.end == recording.end and before.graph.signature == recording.graph.signature:
            return cursor
        # Someone who went to the end stays there while the program grows; an end without a gradient is just its first view.
        return recording.end if cursor == before.end > first_view(before) else first_view(recording)


class OpenedRecording(Subject):
    """A recording in the program's place; the program waits behind it."""

    opened: Opened

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self.opened = opened
        self.take(opened.recording, entry_of(opened.recording, opened.left_at))

    def saved(self, path: str) -> None:
        """The recording is in the file ``path`` now."""
        self.opened = replace(self.opened, path=path, name=PurePath(path).name)


class Training(Subject):
    """The recorded epoch of the training that is looked at."""

    has_epochs = True

    def take(self, recording: Recording | None, cursor: int = 0) -> None:
        """Its problem is that of the run's code, whichever epoch is looked at."""
        problem = self.problem
        super().take(recording, cursor)
        self.problem = problem
