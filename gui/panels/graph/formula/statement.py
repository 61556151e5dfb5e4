"""What the heading says at the cursor: the formula, derivatives by sympy and autograd, and which numbers are known by then."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from engine.explain.formula.calculus import Derivative
from engine.explain.formula.formula import Formula, formula
from engine.explain.formula.substitution import SubstitutionPart
from engine.recording import Recording
from gui.panels.graph.formula.pieces import DOTS, Piece, arrivals, derivative_pieces, known_from
from gui.session.session import Session
from gui.work.calculus import Calculus

MOST_DERIVATIVES = 4


class Statement(QObject):
    """Follows the session; ``stop`` ends its thread and must be called before it is deleted.

    Signals
    -------
    changed()
        What it says has changed.
    crashed(str traceback)
        A fault of our own while differentiating.
    """

    changed = Signal()
    crashed = Signal(str)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.formula: Formula | None = None
        self.derivatives: tuple[Derivative, ...] = ()
        self.more = 0
        """How many derivatives there are besides those."""
        self._values_from: dict[int, int] = {}
        """From which cursor on each value in the formula's numbers is known."""
        self._arrivals: tuple[int, ...] = ()
        """From which cursor on autograd's number of each derivative is known."""
        self._said: tuple[object, ...] = ()
        self._covered = False
        self._calculus = Calculus(self)
        self._calculus.done.connect(self._differentiated)
        self._calculus.crashed.connect(self.crashed)
        session.recording_changed.connect(self._recording_changed)
        session.cursor_changed.connect(self._cursor_changed)
        session.cursor_changed.connect(self._cover)
        session.guess_changed.connect(self._cover)
        self._recording_changed()

    def stop(self) -> None:
        """End the thread; there are then formulas without new derivatives."""
        self._calculus.close()

    def _tell(self) -> None:
        self._covered = self._covers()
        self.changed.emit()

    @Slot()
    def _recording_changed(self) -> None:
        recording = self._session.recording
        before = self.formula
        self.formula = formula(recording) if recording is not None else None
        self._values_from = {}
        if recording is not None and self.formula is not None and self.formula.lines:
            self._values_from = known_from(recording, self.formula)
        same = before is not None and self.formula is not None and before.key == self.formula.key
        if not same:
            self.derivatives, self.more = (), 0
        if recording is not None and recording.passes and self.formula is not None and self.formula.lines:
            self._calculus.put(recording)
        else:
            self.derivatives, self.more = (), 0
        self._tell()

    @Slot()
    def _cover(self) -> None:
        """While gradients are guessed, sympy's numbers too are kept back until autograd's have arrived."""
        if self._covers() != self._covered:
            self._tell()

    def _covers(self) -> bool:
        session = self._session
        return session.guessing and session.recording is not None and session.cursor < session.recording.end

    @Slot()
    def _cursor_changed(self) -> None:
        cursor = self._session.cursor
        said = ([cursor >= first for first in self._values_from.values()], [cursor >= first for first in self._arrivals])
        if said != self._said:
            self._said = said
            self._tell()

    @Slot(object, object)
    def _differentiated(self, recording: Recording, found: tuple[Derivative, ...]) -> None:
        shown = self._session.recording
        if shown is None or self.formula is None:
            return
        # A drag makes recordings faster than they can be differentiated: an older one of the same structure will do for a frame.
        if recording is not shown and formula(recording).key != self.formula.key:
            return
        useful = [item for item in found if item.symbolic_value is not None or item.recorded is not None]
        self.derivatives = tuple(useful[:MOST_DERIVATIVES])
        self.more = len(useful) - len(self.derivatives)
        self._arrivals = arrivals(recording, self.derivatives)
        self._tell()

    def known(self, part: SubstitutionPart) -> bool:
        """Whether the program has computed it at the cursor."""
        return part.value is None or self._session.cursor >= self._values_from.get(part.value, 0)

    def numbers_of(self, index: int) -> list[Piece]:
        """What stands to the right of a derivative at the cursor."""
        arrived = self._session.cursor >= self._arrivals[index]
        return derivative_pieces(self.derivatives[index], arrived) if arrived or not self._covered else []

    @property
    def only_note(self) -> bool:
        """Whether there is no formula, only the reason why."""
        return self.formula is not None and not self.formula.lines

    def latex(self) -> str:
        """The formula and its derivatives as LaTeX, one a line."""
        lines = [line.latex for line in self.formula.lines] if self.formula is not None else []
        return "\n".join([*lines, *(item.latex for item in self.derivatives)])

    def plain_text(self) -> str:
        """All that is shown, in words and plain characters."""
        if self.formula is None:
            return ""
        lines = []
        for line in self.formula.lines:
            numbers = "".join(part.text if self.known(part) else DOTS for part in line.substitution)
            lines.append(" ".join([line.symbol.to_plain(), numbers]).strip())
        if self.formula.note:
            lines.append(self.formula.note)
        for index, item in enumerate(self.derivatives):
            numbers = "".join(f" {piece.text}" if piece.text != "✓" else ", equal" for piece in self.numbers_of(index))
            lines.append(item.symbol.to_plain() + numbers)
        if self.more:
            lines.append(f"+ {self.more} more")
        return "\n".join(lines)
