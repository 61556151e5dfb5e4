"""What a lesson is made of: pages, the text on them, what they set up and what they ask. Frozen, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.mathematics.expression import Expression
from engine.training.configs import TrainingConfig

# Text ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a line; ``strong`` and ``emphasised`` say how they are set, ``address`` where a link leads."""

    text: str
    strong: bool = False
    emphasised: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Code in a line."""

    text: str


@dataclass(frozen=True, eq=False, slots=True)
class Maths:
    """Mathematics in a line."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Computed:
    """A number that the engine computes when the page is shown: an expression over what was recorded. ``line`` is the file's."""

    expression: str
    line: int = 0


Piece = Words | Code | Maths | Computed
Line = tuple[Piece, ...]
"""Text that runs on, without paragraphs."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a ``heading`` above others."""

    line: Line
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A list, ``numbered`` or with dots; each of its items is one paragraph."""

    items: tuple[Line, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Code on lines of its own that is only shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that lies beside the lesson; ``alternative`` is what is said of it."""

    file: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The program of the page, shown in its text, with the line that comes next."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture of computed numbers beside the graph.

    Attributes
    ----------
    kind : ``bars`` or ``curve``
    title : Line
    of : tuple of str
        Expressions: each a bar; or the one value that a curve is of.
    labels : tuple of Line
        What is written under each bar; empty: the expression itself.
    over : str
        Of a curve: the leaf that is varied.
    start, end : float
        Of a curve: from where to where.
    slope : tuple of str
        Of a curve: expressions of slopes that are drawn as lines through the point at the leaf's value.
    log : bool
        Whether the numbers are on a log scale.
    line : int
        Of the file.
    """

    kind: Literal["bars", "curve"]
    title: Line
    of: tuple[str, ...]
    labels: tuple[Line, ...] = ()
    over: str = ""
    start: float = 0.0
    end: float = 1.0
    slope: tuple[str, ...] = ()
    log: bool = False
    line: int = 0


# Questions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong answer that betrays what was thought: its value as an expression, and the sentence for it."""

    value: str
    say: Line


@dataclass(frozen=True, slots=True)
class Fresh:
    """Values of a leaf to draw from, so that a question can be asked again with other numbers."""

    leaf: str
    values: tuple[float, ...]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Question:
    """What has to be done before the page is done.

    Attributes
    ----------
    key : str
        Page and number of the question, such as ``3.1``: by this an answer is kept.
    ask : Line
    hints : tuple of Line
        Shown one after another; the previous ones stay.
    solution : Line
        How one gets there; not a hint.
    right : Line
        Said of a right answer.
    misconceptions : tuple of Misconception
    fresh : tuple of Fresh
    when : str
        The moment at which what is asked is read; the walk goes on to it once the question is answered.
    line : int
        Of the file.
    """

    kind: ClassVar[str] = ""

    key: str
    ask: Line
    hints: tuple[Line, ...] = ()
    solution: Line = ()
    right: Line = ()
    misconceptions: tuple[Misconception, ...] = ()
    fresh: tuple[Fresh, ...] = ()
    when: str = "end"
    line: int = 0


Form = Literal["number", "vector", "shape"]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Predict(Question):
    """A number, a vector or a shape is typed; ``tolerance`` is relative to the largest element."""

    kind: ClassVar[str] = "predict"

    answer: str
    form: Form = "number"
    tolerance: float = 1e-3


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from.

    ``holds`` is an expression that is true where the option is right, ``error`` says that it is "an error", which is right where
    the program fails. ``says`` is what is said of it once it was chosen.
    """

    text: Line
    holds: str = ""
    error: bool = False
    says: Line = ()


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Choose(Question):
    """One of the ``options`` is chosen."""

    kind: ClassVar[str] = "choose"

    options: tuple[Option, ...]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Draw(Question):
    """The ``line`` of epoch ``epoch`` is drawn on the scatter, or the ``loss`` curve up to it; ``run`` names the run."""

    kind: ClassVar[str] = "draw"

    what: Literal["line", "loss"]
    run: str
    epoch: int
    tolerance: float = 0.15


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Drag(Question):
    """The sliders of ``leaves`` are dragged until ``goal`` holds."""

    kind: ClassVar[str] = "drag"

    goal: str
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Fix(Question):
    """The program is edited until ``goal`` holds of it."""

    kind: ClassVar[str] = "fix"

    goal: str


Asked = Predict | Choose | Draw | Drag | Fix
Block = Paragraph | Points | Listing | Picture | Shown | View | Asked

# Pages ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class LessonRun:
    """A training that a page shows.

    ``name`` is what expressions call it, ``epoch`` where its cursor stands at first (None: at its end), ``watch`` that it trains
    before one's eyes.
    """

    name: str
    title: Line
    config: TrainingConfig
    epoch: int | None = None
    watch: bool = False
    line: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """What a page sets up.

    Attributes
    ----------
    program : str
        The program's text; empty where there is none.
    program_line : int
        The line of the file that its first line stands on.
    values : mapping of str to float
        Numbers of leaves that are written into it.
    at : str
        The moment that the page opens at.
    show : tuple of str
        What stands beside the text: ``graph``, ``code``, ``plots``; empty: what there is.
    runs : tuple of LessonRun
    at_line : int
        Where in the file ``at`` and ``values`` stand.
    """

    program: str = ""
    program_line: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    at: str = "forward"
    show: tuple[str, ...] = ()
    runs: tuple[LessonRun, ...] = ()
    at_line: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """One page: a title, what is on it, and what it sets up."""

    title: Line
    blocks: tuple[Block, ...]
    stage: Stage
    line: int

    @property
    def questions(self) -> tuple[Asked, ...]:
        """What is asked on it, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Question))

    @property
    def views(self) -> tuple[View, ...]:
        """The pictures of numbers on it."""
        return tuple(block for block in self.blocks if isinstance(block, View))


@dataclass(frozen=True, eq=False, slots=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    name : str
        The file's name without its ending: by this progress is kept.
    title : Line
    group : str
        Under which it is listed.
    minutes : int
        About how long it takes.
    picture : str
        The name of the drawing beside its title; empty for none.
    summary : Line
        One sentence: what one will have seen.
    language : str
    pages : tuple of Page
    text : str
        The file's text.
    """

    name: str
    title: Line
    group: str
    minutes: int
    picture: str
    summary: Line
    language: str
    pages: tuple[Page, ...]
    text: str

    @property
    def questions(self) -> tuple[Asked, ...]:
        """All that is asked, in order."""
        return tuple(question for page in self.pages for question in page.questions)

    def page_at(self, line: int) -> int:
        """The number (from 0) of the page that line ``line`` of the file (from 1) belongs to."""
        before = [number for number, page in enumerate(self.pages) if page.line <= line]
        return before[-1] if before else 0


def plain(line: Sequence[Piece]) -> str:
    """A line as plain text; what is computed as its expression."""
    return "".join(_plain(line))


def _plain(line: Sequence[Piece]) -> Iterator[str]:
    for piece in line:
        match piece:
            case Words() | Code():
                yield piece.text
            case Maths():
                yield piece.expression.to_plain()
            case Computed():
                yield piece.expression
