"""A lesson's file, Markdown with a head and blocks, read into pages; every mistake is named with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from markdown_it.token import Token

from engine.errors import ProgramError
from engine.lessons.model import (
    Asked,
    Block,
    Choose,
    Drag,
    Draw,
    Fix,
    Form,
    Fresh,
    Lesson,
    LessonRun,
    Line,
    Listing,
    Misconception,
    Option,
    Page,
    Paragraph,
    Picture,
    Points,
    Predict,
    Shown,
    Stage,
    View,
    Words,
)
from engine.lessons.play.worlds import MOST_EPOCHS
from engine.lessons.reading.inline import Inline, parser
from engine.lessons.reading.keys import BLOCKS, HEAD, MISCONCEPTION, OPTION
from engine.lessons.reading.mapping import Mapping, Node, Scalar, Several, read_mapping
from engine.lessons.reading.numbers import Numbers
from engine.lessons.reading.problems import LessonError, Problem
from engine.lessons.reading.values import Values
from engine.programs.checker.check import check_program
from engine.training.configs import TrainingConfig

LONGEST = 500_000
"""Characters of a lesson's file."""
MOST_PAGES = 60
OWN_GROUP = "Your own"
PICTURES = (".png", ".jpg", ".jpeg", ".svg")
SHOW = ("graph", "code", "plots")
_FIELDS = tuple(name for name in TrainingConfig.__dataclass_fields__ if name not in ("options", "code"))


def read_lesson(text: str, name: str) -> Lesson:
    """The lesson in ``text``; ``name`` is the file's, without its ending.

    Raises
    ------
    LessonError
        With every mistake that can be seen without running anything.
    """
    lesson, problems = look_at_lesson(text, name)
    if problems or lesson is None:
        raise LessonError(problems)
    return lesson


def look_at_lesson(text: str, name: str) -> tuple[Lesson | None, tuple[Problem, ...]]:
    """As much of the lesson in ``text`` as can be read, None if that is nothing; and its mistakes, in order."""
    reading = _Reading(text, name)
    lesson = reading.lesson()
    return lesson, tuple(sorted(set(reading.problems)))


class _Reading:
    def __init__(self, text: str, name: str) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
        self._name = name
        self.problems: list[Problem] = []
        self._inline = Inline(self.problems)
        self._pages: list[Page] = []
        self._title: Line = ()
        self._page_line = 0
        self._blocks: list[Block] = []
        self._asked = 0
        self._stage = Stage()
        self._own_runs = False

    def _wrong(self, line: int, message: str) -> None:
        self.problems.append(Problem(line, message))

    def lesson(self) -> Lesson | None:
        if len(self._text) > LONGEST:
            self._wrong(1, f"a lesson has at most {LONGEST:,} characters, not {len(self._text):,}")
            return None
        if not self._text.strip():
            self._wrong(
                1, "the file is empty: a lesson begins with a head between two lines ---, then a page with # and its title"
            )
            return None
        try:
            tokens = parser().parse(self._text)
        except RecursionError:
            self._wrong(1, "the text is nested too deep")
            return None
        if not tokens or tokens[0].type != "front_matter":
            self._wrong(1, "a lesson begins with a head: a line ---, keys such as “title: …”, and a line ---")
            head = Values(Mapping((), 1), (), "the head", [])
        else:
            head = Values(read_mapping(tokens[0].content, 2, self.problems), HEAD, "the head", self.problems)
        self._read(tokens)
        self._end_page()
        if not self._pages:
            self._wrong(1, "there is no page: a page begins with # and its title")
        elif len(self._pages) > MOST_PAGES:
            self._wrong(self._pages[MOST_PAGES].line, f"a lesson has at most {MOST_PAGES} pages, not {len(self._pages)}")
        return Lesson(
            self._name,
            head.text("title") or (Words(self._name),),
            head.plain("group") or OWN_GROUP,
            Numbers(head).whole("minutes", 1, 120, 5) or 5,
            head.plain("picture"),
            head.text("summary"),
            head.plain("language") or "en",
            tuple(self._pages),
            self._text,
        )

    # Blocks ------------------------------------------------------------------------------------------------------

    def _read(self, tokens: Sequence[Token]) -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            line = (token.map or [0])[0] + 1
            if token.type == "heading_open":
                self._heading(token.tag, tokens[at + 1], line)
                at += 3
                continue
            if token.type in ("bullet_list_open", "ordered_list_open"):
                at = self._list(tokens, at)
                continue
            if token.type in ("front_matter", "paragraph_close"):
                pass
            elif token.type == "paragraph_open":
                self._paragraph(tokens[at + 1], line)
                at += 3
                continue
            elif token.type == "fence":
                self._fence(token, line)
            elif token.type == "code_block":
                self._add(Listing(token.content.rstrip("\n")), line)
            elif token.type == "hr":
                self._wrong(line, "a line --- or *** cannot stand between paragraphs: a page begins with # and its title")
            elif token.type.startswith("blockquote"):
                if token.type == "blockquote_open":
                    self._wrong(line, "a quotation cannot stand in a lesson")
            elif not token.type.endswith("_close"):
                self._wrong(line, f"{token.type.replace('_', ' ')} cannot stand in a lesson")
            at += 1

    def _add(self, block: Block, line: int) -> None:
        if not self._page_line:
            self._wrong(line, "this stands before the first page: a page begins with # and its title")
            return
        self._blocks.append(block)

    def _heading(self, tag: str, inline: Token, line: int) -> None:
        pieces = self._inline.pieces(inline.children or (), line)
        if tag == "h1":
            self._end_page()
            self._title, self._page_line = pieces, line
            if not pieces:
                self._wrong(line, "a page needs a title behind its #")
            return
        self._add(Paragraph(pieces, heading=True), line)

    def _end_page(self) -> None:
        if self._page_line:
            if not self._blocks:
                self._wrong(self._page_line, "the page is empty")
            self._pages.append(Page(self._title, tuple(self._blocks), self._stage, self._page_line))
        self._blocks, self._asked, self._own_runs = [], 0, False
        # What a page set up stays for the next ones; where it opened and what it showed does not.
        self._stage = replace(self._stage, values={}, at="forward", show=(), at_line=0)

    def _paragraph(self, inline: Token, line: int) -> None:
        children = inline.children or []
        if len(children) == 1 and children[0].type == "image":
            self._picture(children[0], line)
            return
        self._add(Paragraph(self._inline.pieces(children, line)), line)

    def _picture(self, token: Token, line: int) -> None:
        file = str(token.attrGet("src") or "")
        path = Path(file)
        if not file.lower().endswith(PICTURES) or path.is_absolute() or ".." in path.parts or ":" in file or "\\" in file:
            self._wrong(line, f"a picture is a file beside the lesson ({', '.join(PICTURES)}), not “{file}”")
        if not token.content.strip():
            self._wrong(line, "a picture needs words in its brackets, for who cannot see it")
        self._add(Picture(file, token.content), line)

    def _list(self, tokens: Sequence[Token], at: int) -> int:
        opened, numbered = at, tokens[at].type == "ordered_list_open"
        depth, items = 0, []
        while True:
            token = tokens[at]
            depth += token.nesting if token.type.endswith(("list_open", "list_close")) else 0
            line = (token.map or [0])[0] + 1
            if token.type == "inline" and depth == 1:
                items.append(self._inline.pieces(token.children or (), line))
            elif token.type in ("fence", "code_block") or (depth > 1 and token.type.endswith("list_open")):
                self._wrong(line, "an item of a list is one paragraph of text")
            at += 1
            if depth == 0:
                break
        self._add(Points(tuple(items), numbered), (tokens[opened].map or [0])[0] + 1)
        return at

    # Fenced blocks -----------------------------------------------------------------------------------------------

    def _fence(self, token: Token, line: int) -> None:
        name = token.info.strip()
        closed = self._text.split("\n")[(token.map or [0, 0])[1] - 1].strip().startswith(token.markup)
        if not closed:
            self._wrong(line, f"the block {token.markup}{name} is not closed")
        if name == "program":
            self._program(token.content, line + 1)
        elif name == "shown":
            if token.content.strip():
                self._wrong(line + 1, "the block “shown” shows the page's program and is empty")
            self._add(Shown(), line)
        elif name in ("python", ""):
            self._add(Listing(token.content.rstrip("\n")), line)
        elif name in BLOCKS:
            mapping = read_mapping(token.content, line + 1, self.problems)
            values = Values(mapping, BLOCKS[name], f"the block “{name}”", self.problems, others=name == "run")
            {"stage": self._staged, "run": self._run, "view": self._view}.get(name, self._question(name))(values, line)
        else:
            known = ", ".join(("program", "shown", "python", *BLOCKS))
            self._wrong(line, f"there is no block “{name}”; there are {known}")

    def _program(self, text: str, line: int) -> None:
        text = text.rstrip("\n")
        if not text.strip():
            self._wrong(line, "the program is empty")
        try:
            check_program(text)
        except ProgramError as error:
            self._wrong(line + error.line - 1, f"the program: {error.message}" + (f" {error.hint}" if error.hint else ""))
        self._stage = replace(self._stage, program=text, program_line=line)
        if not self._page_line:
            self._add(Shown(), line)

    def _staged(self, values: Values, line: int) -> None:
        if values.plain("program") not in ("", "none"):
            self._wrong(
                values.line_of("program"), "“program” of the block “stage” can only be none; the text is a block “program”"
            )
        if values.plain("runs") not in ("", "none"):
            self._wrong(values.line_of("runs"), "“runs” of the block “stage” can only be none; each run is a block “run”")
        if values.plain("program") == "none":
            self._stage = replace(self._stage, program="", program_line=0)
        if values.plain("runs") == "none":
            self._stage = replace(self._stage, runs=())
        self._stage = replace(
            self._stage,
            values=Numbers(values).numbers("values"),
            at=values.moment("at", "forward"),
            show=values.words("show", SHOW),
            at_line=values.line_of("at"),
        )
        if not self._page_line:
            self._wrong(line, "this stands before the first page: a page begins with # and its title")

    def _run(self, values: Values, line: int) -> None:
        if not self._page_line:
            self._wrong(line, "this stands before the first page: a page begins with # and its title")
        own = {key.name for key in BLOCKS["run"]}
        config = self._config(values, own)
        if config is None:
            return
        runs = self._stage.runs if self._own_runs else ()
        name = values.name("name", "run" if not runs else f"run{len(runs) + 1}")
        if name in {run.name for run in runs}:
            self._wrong(values.line_of("name"), f"the page has two runs called “{name}”")
        run = LessonRun(
            name, values.text("title"), config, Numbers(values).whole("epoch", 0, config.epochs), values.yes("watch"), line
        )
        self._stage = replace(self._stage, runs=(*runs, run))
        self._own_runs = True

    def _config(self, values: Values, own: set[str]) -> TrainingConfig | None:
        """The set-up that the other keys of a block ``run`` describe."""
        fields: dict[str, Any] = {}
        options: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, line, value in values.all():
            if key in own:
                continue
            lines[key] = line
            (fields if key in _FIELDS else options)[key] = _value(value)
        if {"path", "format"} & set(options) or fields.get("data") == "file":
            self._wrong(lines.get("data", values.line), "a lesson trains on data that Gradwalk makes, not on a file")
            return None
        try:
            config = TrainingConfig(**fields, options=options)
        except (ValueError, TypeError) as error:
            named = next((line for key, line in lines.items() if key in str(error)), values.line)
            self._wrong(named, f"the block “run”: {error}")
            return None
        if config.epochs > MOST_EPOCHS:
            self._wrong(lines.get("epochs", values.line), f"a run of a lesson has at most {MOST_EPOCHS:,} epochs")
            return None
        return config

    def _view(self, values: Values, line: int) -> None:
        kind = cast(Literal["bars", "curve"], values.word("kind", ("bars", "curve"), "bars"))
        of = values.expressions("of")
        labels = values.texts("labels")
        if labels and len(labels) != len(of):
            self._wrong(values.line_of("labels"), f"“labels” has {len(labels)} texts for {len(of)} expressions")
        start, end = Numbers(values).number("from", 0.0), Numbers(values).number("to", 1.0)
        if kind == "curve":
            if len(of) > 1:
                self._wrong(values.line_of("of"), "a curve is of one expression")
            if not values.plain("over"):
                self._wrong(values.line, "a curve needs “over”: the leaf that is varied")
            if start >= end:
                self._wrong(
                    values.line_of("from"), f"a curve goes from a smaller number to a greater, not from {start:g} to {end:g}"
                )
        log = values.word("scale", ("linear", "log"), "linear") == "log"
        over = values.name("over", "")
        slope = values.expressions("slope")
        self._add(View(kind, values.text("title"), of, labels, over, start, end, slope, log, line), line)

    # Questions ---------------------------------------------------------------------------------------------------

    def _question(self, name: str) -> Any:
        def read(values: Values, line: int) -> None:
            self._asked += 1
            common: dict[str, Any] = {
                "key": f"{len(self._pages) + 1}.{self._asked}",
                "ask": values.text("ask"),
                "hints": values.texts("hints"),
                "solution": values.text("solution"),
                "right": values.text("right"),
                "line": line,
            }
            if name != "draw":
                common["when"] = values.moment("when", "end")
            if name in ("predict", "choose"):
                common["fresh"] = tuple(Fresh(leaf, numbers) for leaf, numbers in Numbers(values).choices("fresh").items())
            self._add(self._asks(name, values, common), line)

        return read

    def _asks(self, name: str, values: Values, common: dict[str, Any]) -> Asked:
        match name:
            case "predict":
                wrongs = values.mappings("misconceptions", MISCONCEPTION, "a misconception")
                return Predict(
                    **common,
                    answer=values.expression("answer"),
                    form=cast(Form, values.word("form", ("number", "vector", "shape"), "number")),
                    tolerance=Numbers(values).percent("tolerance", 1e-3),
                    misconceptions=tuple(Misconception(one.expression("value"), one.text("say")) for one in wrongs),
                )
            case "choose":
                return Choose(**common, options=self._options(values))
            case "draw":
                return self._draw(values, common)
            case "drag":
                return Drag(**common, goal=values.expression("goal"), leaves=values.names("leaves"))
        return Fix(**common, goal=values.expression("goal"))

    def _options(self, values: Values) -> tuple[Option, ...]:
        found = []
        for one in values.mappings("options", OPTION, "an option"):
            error, holds = one.yes("error"), one.expression("holds")
            text = one.text("text") or ((Words("an error"),) if error else ())
            if not text:
                self._wrong(one.line, "an option needs the key “text”")
            if not error and not holds:
                self._wrong(one.line, "an option needs “holds”: an expression that is true where it is right; or “error: true”")
            found.append(Option(text, holds, error, one.text("says")))
        if values.node("options") is not None and not 2 <= len(found) <= 6:
            self._wrong(values.line_of("options"), f"there are two to six options to choose from, not {len(found)}")
        return tuple(found)

    def _draw(self, values: Values, common: dict[str, Any]) -> Draw:
        runs = [run.name for run in self._stage.runs]
        run = values.plain("run", runs[0] if runs else "")
        if run not in runs:
            which = f"the page has {', '.join(runs)}" if runs else "the page has no run: a block “run” comes before it"
            self._wrong(values.line_of("run"), f"there is no run “{run}”: {which}")
        most = next((one.config.epochs for one in self._stage.runs if one.name == run), MOST_EPOCHS)
        what = cast(Literal["line", "loss"], values.word("what", ("line", "loss"), "line"))
        epoch = Numbers(values).whole("epoch", 1, most, 1) or 1
        return Draw(**common, what=what, run=run, epoch=epoch, tolerance=Numbers(values).percent("tolerance", 0.15))


def _value(node: Node) -> Any:
    """What stands there as a number, a truth, a text or a list of such: a set-up's knobs say themselves which they take."""
    if isinstance(node, Several):
        return [_value(item) for item in node.items]
    if not isinstance(node, Scalar):
        return {}
    text = node.text.strip()
    if text in ("true", "false"):
        return text == "true"
    if text in ("null", "none", "None", "~"):
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
