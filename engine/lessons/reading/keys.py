"""The keys of a lesson's file, each declared once: of its head, and of each block. The page of the docs is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its ``name``, what it ``is`` (one of ``KINDS``), its ``meaning`` in one line, and whether it is ``needed``."""

    name: str
    is_: str
    meaning: str
    needed: bool = False


KINDS: Mapping[str, str] = {
    "text": "a line of text, with `code`, $formulas$ and `= numbers`",
    "texts": "a list of such lines, or one",
    "expression": "an expression over what was recorded",
    "expressions": "a list of expressions, or one",
    "moment": "a moment, such as “after a.grad”",
    "number": "a number",
    "numbers": "names with a number each, such as {a: 2, b: 3}",
    "choices": "names with a list of numbers each, such as {a: [2, 3, 4]}",
    "percent": "a number, or one with %",
    "whole": "a whole number",
    "word": "one of the words named",
    "words": "a list of the words named, or one",
    "names": "a list of names, or one",
    "yes": "true or false",
    "options": "a list of mappings",
    "misconceptions": "a list of mappings with value and say",
}

_ASKING = (
    Key("ask", "text", "The question", needed=True),
    Key("hints", "texts", "Shown one after another; the previous ones stay"),
    Key("solution", "text", "How one gets there; not a hint"),
    Key("right", "text", "Said of a right answer"),
)
_WHEN = Key("when", "moment", "When what is asked is read; the walk goes on to there afterwards. Default: end")
_FRESH = Key("fresh", "choices", "Leaves with values to draw from, for *Try again*")

HEAD = (
    Key("title", "text", "What the lesson is called", needed=True),
    Key("group", "text", "Under which it is listed. Default: Your own"),
    Key("minutes", "whole", "About how long it takes, from 1 to 120. Default: 5"),
    Key("picture", "word", "The drawing beside its title: one of those that Gradwalk has"),
    Key("summary", "text", "One sentence: what one will have seen"),
    Key("language", "word", "Of its text: en, de, zh … Default: en"),
)
"""Of the head of the file, between two lines ``---``."""

BLOCKS: Mapping[str, tuple[Key, ...]] = {
    "stage": (
        Key("at", "moment", "The moment that the page opens at. Default: forward"),
        Key("values", "numbers", "Numbers of leaves that are written into the program"),
        Key("show", "words", "What stands beside the text: graph, code, plots. Default: what there is"),
        Key("program", "word", "none: the page has no program, whatever the pages before had"),
        Key("runs", "word", "none: the page has no runs, whatever the pages before had"),
    ),
    "run": (
        Key("name", "word", "What expressions call it. Default: run"),
        Key("title", "text", "What it is called on screen. Default: optimizer and rate"),
        Key("epoch", "whole", "Where it stands at first; no more is seen while a question asks of it. Default: at its end"),
        Key("watch", "yes", "It trains before one's eyes when the page opens"),
    ),
    "predict": (
        *_ASKING,
        Key("answer", "expression", "What is right: computed when it is asked", needed=True),
        Key("form", "word", "What is typed: number, vector or shape. Default: number"),
        Key("tolerance", "percent", "How far an answer may be off. Default: 0.1%"),
        Key("misconceptions", "misconceptions", "Wrong answers that betray what was thought, and what is said of each"),
        _WHEN,
        _FRESH,
    ),
    "choose": (*_ASKING, Key("options", "options", "The answers to choose from: two to six", needed=True), _WHEN, _FRESH),
    "draw": (
        *_ASKING,
        Key("what", "word", "line: the fit of an epoch, on the scatter; loss: the curve up to an epoch", needed=True),
        Key("run", "word", "Of which run. Default: the page's first"),
        Key("epoch", "whole", "Of which epoch, or up to which", needed=True),
        Key("tolerance", "percent", "How far it may be off, of the height of the plot. Default: 15%"),
    ),
    "drag": (
        *_ASKING,
        Key("goal", "expression", "What has to hold", needed=True),
        Key("leaves", "names", "Whose sliders are to be dragged. Default: all"),
        _WHEN,
    ),
    "fix": (*_ASKING, Key("goal", "expression", "What has to hold of the edited program", needed=True), _WHEN),
    "view": (
        Key("kind", "word", "bars or curve", needed=True),
        Key("title", "text", "What is shown", needed=True),
        Key("of", "expressions", "What each bar shows, or what the curve is of", needed=True),
        Key("labels", "texts", "What is written under each bar. Default: the expressions"),
        Key("over", "word", "Of a curve: the leaf that is varied"),
        Key("from", "number", "Of a curve: where it begins"),
        Key("to", "number", "Of a curve: where it ends"),
        Key("slope", "expressions", "Of a curve: slopes drawn as lines through the point where the leaf is"),
        Key("scale", "word", "linear or log. Default: linear"),
    ),
}
"""Of each block that is a mapping. ``program`` holds a program's text, ``python`` code that is only shown, ``shown`` nothing."""

OPTION = (
    Key("text", "text", "The answer"),
    Key("holds", "expression", "The option is right where this is true"),
    Key("error", "yes", "“An error”: right where the program fails"),
    Key("says", "text", "Said of it once it was chosen"),
)
MISCONCEPTION = (
    Key("value", "expression", "The wrong answer", needed=True),
    Key("say", "text", "The sentence for whoever gives it", needed=True),
)
