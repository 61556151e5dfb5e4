"""What the search says: hits in words, what its syntax is, and how many were found."""

from __future__ import annotations

from engine.errors import SearchError
from engine.mathematics.numbers import format_number
from engine.search import Compare, Finding, Found, Hit, Text
from engine.search.query import Condition
from gui.look.numbers import shape_in_words

PLACEHOLDER = "linear   op:matmul   |grad| > 10   value is nan"
SYNTAX = """Find cards by name and by their numbers; all terms must match.

linear    in a name, operation, Node, module or type
"y"    exactly this name
name:  op:  node:  module:    only there, as in op:matmul
[8, 3]  shape:8x3    a shape, or a part of it
|grad| > 10   value < 0   grad = 0    at least one element
all |grad| < 1e-6    every element
grad is nan   inf   none   cleared   not yet
requires_grad   not requires_grad   not relu

Numbers are those at the operation that is shown.
Enter or F3 goes to the next one, with Shift to the previous one; Esc closes."""

_KINDS = {"not_yet": "not yet", "not_tracked": "not tracked", "none": "None", "not none": "not None"}
_SUMMARY = "at least one element"


def title(hit: Hit) -> str:
    """The program's name for a hit, else its symbol."""
    return hit.name or hit.card.mathematics.to_plain()


def details(found: Found, hit: Hit) -> list[str]:
    """The operation's number, the Node, module and shape of a hit, if it has them; the longest text first.

    The number tells apart what has the same name, such as the calls of one module. Of several Nodes it is the one that was
    searched for, else the last, which is the grad_fn.
    """
    texts = [term.text for term in found.query.terms if isinstance(term, Text) and term.field in (None, "node")]
    named = [node for node in hit.nodes if any(text in node.lower() for text in texts)]
    node = named[0] if named else hit.nodes[-1] if hit.nodes else hit.card.subtitle
    operation = hit.operation if hit.operation != title(hit) else ""
    shape = shape_in_words(hit.card.shape) if hit.card.shape else ""
    typed = f"{hit.module} ({hit.module_type})" if hit.module_type else hit.module
    number = "" if hit.moment is None else f"operation {hit.moment:,}"
    ways = (
        (number, operation, node, typed, shape),
        (number, operation, node, hit.module, shape),
        (number, node, hit.module),
        (number, hit.module),
    )
    return list(dict.fromkeys(" · ".join(dict.fromkeys(part for part in way if part)) for way in ways if any(way)))


def finding_text(term: Condition, finding: Finding) -> str:
    """Which part of a hit meets a condition: ``|grad| up to 12.3 · 5 of 24 elements``."""
    subject = f"|{finding.subject}|" if finding.absolute else finding.subject
    if isinstance(term, Compare) and finding.number is not None:
        up, down = ("up to", "down to") if finding.size > 1 else ("=", "=")
        words = {">": up, ">=": up, "<": down, "<=": down, "=": "=", "!=": "≠" if finding.size > 1 else "="}
        if term.relation == "!=" and finding.size > 1:
            text = f"{subject} ≠ {format_number(term.number)}"
        else:
            text = f"{subject} {words[term.relation]} {format_number(finding.number)}"
    else:
        text = f"{subject} is {_KINDS.get(finding.word, finding.word)}"
    return text if finding.size < 2 else f"{text} · {_count(finding)}"


def _count(finding: Finding) -> str:
    if finding.count is None:
        return _SUMMARY
    if finding.count == finding.size:
        return f"all {finding.size:,} elements"
    return f"{finding.count:,} of {finding.size:,} elements"


def findings(found: Found, hit: Hit) -> list[tuple[str, str]]:
    """Per condition its subject (``value`` or ``grad``) and what meets it, in words."""
    pairs = zip(found.query.conditions, hit.findings, strict=True)
    return [(finding.subject, finding_text(term, finding)) for term, finding in pairs]


def spoken(found: Found, hit: Hit) -> str:
    """A hit in one line."""
    return ", ".join((title(hit), details(found, hit)[0], *(text for _, text in findings(found, hit))))


def count_text(found: Found, at: int | None) -> str:
    """``17 found``, or ``3 of 17`` at the third."""
    if not len(found):
        return "nothing found"
    return f"{len(found):,} found" if at is None else f"{at + 1:,} of {len(found):,}"


def undecided_text(found: Found) -> str:
    """What is said about tensors whose summary cannot tell; empty if there are none."""
    if not found.undecided:
        return ""
    cards = "1 more card" if found.undecided == 1 else f"{found.undecided:,} more cards"
    return f"{cards} may match: only a summary was kept of large tensors, and it cannot tell."


def problem_text(problem: SearchError) -> str:
    """What is wrong with a search, where, and what to write."""
    return f"Column {problem.column}: {problem.message}; {problem.hint}."
