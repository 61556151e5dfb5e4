"""What torch and Python say when a running program fails, turned into one sentence and one hint. No torch."""
# ruff: noqa: E501 (tables, one row a line)

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from engine.errors import Fix, ProgramError, ProgramFailedError, TooLargeError
from engine.findings.advice import advise
from engine.recording import Recording
from engine.tables import Span
from engine.text.fixing import (
    add_keyword,
    as_floats,
    expression_at,
    one_dtype,
    power_of_floats,
    summed,
    times,
    transposed,
    under_no_grad,
    without_index,
)

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"grad can be implicitly created only for scalar outputs",
        "backward() needs a result with one element, and this one has more",
        "Call .sum().backward() or .mean().backward(), or give backward a gradient.",
    ),
    (
        r"Trying to backward through the graph a second time",
        "backward() ran through this graph before, and its saved values are gone",
        "Write retain_graph=True in the first backward.",
    ),
    (
        r"a leaf Variable that requires grad is being used in an in-place operation",
        "a leaf that requires grad cannot be changed in place while gradients are recorded",
        "Put the line under with torch.no_grad():.",
    ),
    (
        r"a view of a leaf Variable that requires grad is being used in an in-place",
        "part of a leaf that requires grad cannot be changed in place while gradients are recorded",
        "Put the line under with torch.no_grad():.",
    ),
    (
        r"modified by an inplace operation",
        "a value that backward needs was changed in place after it was used",
        "Write x = x + … instead of x += …, or clone() it first.",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "nothing here requires a gradient, so there is no graph to go back through",
        "One of its inputs needs requires_grad=True.",
    ),
    (
        r"differentiated Tensors? (?:at index \d+ )?appears to not have been used",
        "one of the inputs was not used to compute the outputs",
        "Use it, or write allow_unused=True.",
    ),
    (r"One of the differentiated Tensors", "one of the inputs does not require a gradient", "Create it with requires_grad=True."),
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\w+) and (\w+)\)",
        "matrices of shape {0} and {1} cannot be multiplied: the inner sizes differ",
        "Transpose one of them with .T, or change a shape.",
    ),
    (
        r"size mismatch, got|inconsistent tensor size|Expected size for first two dimensions of batch2",
        "the shapes of these tensors do not fit for a matrix product",
        "Print their .shape, and transpose or reshape one.",
    ),
    (
        r"both arguments to matmul need to be at least 1D",
        "@ needs vectors or matrices, not single numbers",
        "Use * to multiply numbers.",
    ),
    (
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        "the shapes do not fit: size {0} meets size {1} in dimension {2}",
        "Make them equal, or one of them 1.",
    ),
    (
        r"Mismatch in shape: grad_output\[\d+\] has a shape of torch\.Size\((\[.*?\])\) and output\[\d+\] has a shape of torch\.Size\((\[.*?\])\)",
        "the gradient has shape {0}, but the result has shape {1}",
        "Give a gradient of the result's shape.",
    ),
    (
        r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients",
        "only tensors of floats can require gradients",
        "Write 5. instead of 5, or add dtype=torch.float32.",
    ),
    (
        r"shape '(\[.*?\])' is invalid for input of size (\d+)",
        "{1} elements do not fit into shape {0}",
        "Choose sizes whose product is {1}.",
    ),
    (
        r"expected m1 and m2 to have the same dtype|expected .* to have the same dtype|must have the same dtype|same dtype",
        "the tensors have different dtypes",
        "Convert one with .float() or .double().",
    ),
    (
        r"a Tensor with (\d+) elements cannot be converted to Scalar",
        "item() needs one element, and this tensor has {0}",
        "Index it, or use .sum() or .mean() first.",
    ),
    (
        r"Dimension out of range \(expected to be in range of (\[.*?\]), but got (-?\d+)\)",
        "dimension {1} does not exist here; {0} is the range",
        "Count dimensions from 0, or from −1 at the end.",
    ),
    (
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "index {0} is out of range: dimension {1} has size {2}",
        "Count from 0.",
    ),
    (r"too many indices", "there are more indices than dimensions", "Print .shape, and use fewer indices."),
    (r"invalid index of a 0-dim tensor", "a tensor without dimensions cannot be indexed", "Leave the brackets out."),
    (
        r"ZeroDivisionError|division by zero|modulo by zero",
        "this divides a whole number by zero",
        "Divide by something else, or use floats.",
    ),
    (r"Integers to negative integer powers", "whole numbers have no negative powers here", "Use floats: 2. ** -1."),
    (
        r"result type (\w+) can't be cast to the desired output type (\w+)",
        "the result is {0}, which does not fit into a tensor of {1}",
        "Make the tensor of floats first.",
    ),
    (
        r"unsupported operand type\(s\) for (\S+): '(.+?)' and '(.+?)'",
        "{0} does not work between {1} and {2}",
        "Make tensors of both.",
    ),
    (r"'(.+?)' object has no attribute '(.+?)'", "{0} has no .{1}", "Make a tensor of it with torch.tensor(…)."),
    (r"name '(.+?)' is not defined", "{0} is used here but nothing has set it", "Set it before the loop."),
    (r"'(.+?)' object is not subscriptable", "{0} cannot be indexed", "Make a tensor of it."),
    (
        r"(?:not enough|too many) values to unpack",
        "the number of names on the left does not match the number of values",
        "Write one name for each value.",
    ),
    (r"element 0 of tensors", "nothing here requires a gradient", "One of its inputs needs requires_grad=True."),
)

_MEMORY = re.compile(
    r"can't allocate memory|Cannot allocate memory|not enough memory|out of memory|Storage size calculation overflowed|numel: integer multiplication overflow|array is too big"
)


def as_program_error(error: Exception, span: Span | None) -> ProgramError:
    """The ProgramError for what a running program raised at ``span``."""
    failure = error if isinstance(error, ProgramError) else _translate(error)
    if span is not None:
        failure.line, failure.column = span.line, span.column
        failure.end_line, failure.end_column = span.end_line, span.end_column
    return failure


_FIXES: tuple[tuple[str, Callable[..., Fix | None]], ...] = (
    (r"grad can be implicitly created only for scalar outputs|a Tensor with \d+ elements cannot be converted", summed),
    (r"a (?:view of a )?leaf Variable that requires grad is being used in an in-place", under_no_grad),
    (r"appears to not have been used", lambda text, span: add_keyword(text, span, "allow_unused=True")),
    (r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients", as_floats),
    (r"both arguments to matmul need to be at least 1D", times),
    (r"mat1 and mat2 shapes cannot be multiplied \((\d+x\d+) and (\d+x\d+)\)", transposed),
    (r"invalid index of a 0-dim tensor", without_index),
    (r"Integers to negative integer powers", power_of_floats),
    (r"same dtype, but got: ([\w: ]+?) != ([\w: ]+?)\s*$", one_dtype),
)
"""What mends it, by what torch said: a function of the text, the place that failed, and the pattern's groups."""


def advised(failure: ProgramError, error: Exception, text: str, span: Span | None, recording: Recording) -> ProgramError:
    """``failure`` with what the recording knows: which line cut the way back or wrote over something, and what mends it."""
    if isinstance(error, ProgramError):
        if failure.fix is None and failure.mending is not None and span is not None:
            failure.fix = failure.mending(text, span)
        failure.mending = None
        return failure
    said = str(error)[:2000]
    found = advise(recording, said)
    if found is not None:
        failure.message, failure.fix = found.message, found.fix
        failure.hint = f"{found.hint} {_speaker(error)} said: {_first_sentence(said)}"
        failure.args = (found.message,)
        if found.cause is not None:
            failure.cause = found.cause.line, found.cause.column
    else:
        failure.fix = _leaf_of(recording, said, text, span) or _fix(_FIXES, said, text, span)
    return failure


def _fix(table: tuple[tuple[str, Callable[..., Fix | None]], ...], said: str, text: str, span: Span | None) -> Fix | None:
    for pattern, make in table if span is not None else ():
        match = re.search(pattern, said)
        if match:
            return make(text, span, *match.groups())
    return None


def _leaf_of(recording: Recording, said: str, text: str, span: Span | None) -> Fix | None:
    """What turns an input of ``autograd.grad`` that is not a leaf into one, where the text makes it."""
    if span is None or "One of the differentiated Tensors does not require grad" not in said:
        return None
    call = expression_at(text, span)
    inputs = call.args[1] if isinstance(call, ast.Call) and len(call.args) > 1 else None
    names = {part.id for part in ast.walk(inputs) if isinstance(part, ast.Name)} if inputs is not None else set()
    for value in recording.values:
        made = None if value.operation is None else recording.operations[value.operation]
        if value.name in names and not value.requires_grad and made is not None and made.creation and made.span is not None:
            return add_keyword(text, made.span, "requires_grad=True")
    return None


def _translate(error: Exception) -> ProgramError:
    said = _first_sentence(str(error))
    if isinstance(error, MemoryError) or _MEMORY.search(said):
        return TooLargeError("there is not enough memory for this", hint="Use smaller sizes.")
    if isinstance(error, RecursionError):
        return TooLargeError("this is nested more deeply than Python allows", hint="Split it into several steps.")
    whole = str(error)[:2000]
    for pattern, sentence, hint in _KNOWN:
        found = re.search(pattern, whole)
        if found:
            groups = found.groups()
            return ProgramFailedError(
                sentence.format(*groups), hint=f"{hint.format(*groups)} {_speaker(error)} said: {said}" if said else hint
            )
    return ProgramFailedError(said or type(error).__name__, hint="Print the shapes and values of what this line uses.")


_PYTHON = re.compile(
    r"unsupported operand type|is not (?:subscriptable|iterable|callable)|values to unpack|not supported between instances"
    r"|^(?:list|tuple|string) (?:index|indices)|can only concatenate|division by zero|modulo by zero"
)
"""What Python itself says in kinds of errors that torch raises, too."""


def _speaker(error: Exception) -> str:
    """Whose words an error's are."""
    own = isinstance(error, AttributeError | NameError | ZeroDivisionError | KeyError) or (
        isinstance(error, TypeError | ValueError | IndexError) and _PYTHON.search(str(error)[:2000]) is not None
    )
    return "Python" if own else "Torch"


def _first_sentence(text: str) -> str:
    """The first line of a message, at most 300 characters."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= 300 else line[:299] + "…"
