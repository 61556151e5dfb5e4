"""Forward moments: what went in, what was computed, what came out, and whether autograd kept a Node for the way back."""

from __future__ import annotations

from engine.explain.facts import Facts, operands
from engine.explain.formula.substitution import SubstitutionPart, substitution
from engine.explain.forward.fused import fused_lines
from engine.explain.forward.in_place import in_place, is_place, overwrites, unseen_write
from engine.explain.model import Change, Explanation, Line, Piece
from engine.explain.pieces import data_piece, data_symbol, data_text, listed, of_shape
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Shape, Sign, Word
from engine.mathematics.numbers import format_number
from engine.mathematics.tree import Call, Row
from engine.operations.registry import canonical, entry_of, plain_name
from engine.operations.symbols import number_symbol
from engine.recording import Recording
from engine.tables import Argument, Moment, Operation, Span, Value


def operation_explanation(facts: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    """A forward operation, or one under ``no_grad`` in an update."""
    recording = facts.recording
    operation = recording.operations[moment.subject]
    outputs = [recording.values[number] for number in operation.outputs]
    if operation.creation:
        return _creation(facts, operation, outputs, moment, cursor, title)
    shown = next((value for value in outputs if value.node is not None), outputs[0])
    label = facts.label(shown.id)
    names = [recording.nodes[number].name.rpartition("::")[2] for number in operation.nodes]
    given = [recording.values[item.value] for item in operation.inputs if item.value is not None]
    wrote = given[0] if given and (operation.inplace or operation.name == "set_data") else None
    if wrote is not None:
        sentence = in_place(facts, operation, _said_name(recording, operation), wrote, shown, cursor)
    else:
        sentence = f"{_called(facts, operation, given)} {_gave(facts, outputs)}"
    unseen = "" if wrote is None else unseen_write(facts, wrote)
    note = unseen or _kept(operation, names, given)
    if wrote is None and _only_named(facts, operation):
        note = f"{entry_of(operation.name).words} {note}".strip()
    place = recording.elsewhere.get(operation.id)
    if place is not None:
        note = f"It is called in `{place.file}`, line {place.line}. {note}".rstrip()
    if operation.name == "requires_grad_":
        sentence = f"From now on ${label}$ requires grad: it is a leaf, and its `.grad` will be filled by `backward()`."
        note = "A leaf is where a gradient ends up; until then its `.grad` is None."
        return Explanation(title, moment.phase, sentence, (), None, note, None, cursor)
    if operation.name == "grad":
        sentence = (
            f"`autograd.grad` returns its result as ${label}$ = {_value_text(shown)}."
            if listed(shown.data)
            else (f"`autograd.grad` returns its result as ${label}$, {of_shape(shown.shape)}.")
        )
        again = "Because of `create_graph=True` the result has a graph of its own and can be differentiated again."
        note = again if names else ""
    change = None
    if operation.inplace and given:
        name = given[0].name or facts.label(given[0].id).to_plain()
        change = Change(name, data_text(given[0].data), data_text(outputs[0].data), "value")
    return Explanation(title, moment.phase, sentence, tuple(forward_lines(facts, operation, shown)), change, note, None, cursor)


def _creation(facts: Facts, operation: Operation, outputs: list[Value], moment: Moment, cursor: int, title: str) -> Explanation:
    value = outputs[0]
    label = facts.label(value.id)
    what = f"${label}$ = {_value_text(value)}" if listed(value.data) else f"${label}$, a tensor {of_shape(value.shape)}"
    drawn = " with random numbers" if entry_of(operation.name).draws else ""
    if value.requires_grad:
        leaf = "It is a leaf with `requires_grad`: its `.grad` will be filled by `backward()`."
        sentence = f"`{operation.name}` makes {what}{drawn}. {leaf}"
        note = "A leaf is where a gradient ends up; until then its `.grad` is None."
    else:
        sentence = f"`{operation.name}` makes {what}{drawn}. It is data: it does not require grad, so no gradient goes to it."
        note = ""
    lines = [Line((Piece(label),), "=", (data_piece(value.data, "value"),), True)] if listed(value.data) else []
    if not lines:
        lines = [Line((Piece(label),), "", (data_piece(value.data, "value", _range(value)),))]
    return Explanation(title, moment.phase, sentence, tuple(lines), None, note, None, cursor)


def _range(value: Value) -> str:
    summary = value.data.summary()
    if summary.minimum is None or summary.maximum is None:
        return value.dtype
    return f"{format_number(summary.minimum)} to {format_number(summary.maximum)}"


def _value_text(value: Value) -> str:
    return f"${data_symbol(value.data)}$"


def source_text(recording: Recording, span: Span | None) -> str:
    """The piece of the program, if it is short and in one line."""
    if span is None or span.line != span.end_line:
        return ""
    lines = recording.text.splitlines()
    if not 0 < span.line <= len(lines):
        return ""
    return _readable(lines[span.line - 1][span.column - 1 : span.end_column - 1])


def _readable(text: str) -> str:
    return text if 0 < len(text) <= 60 and "`" not in text and "$" not in text else ""


def _said_name(recording: Recording, operation: Operation) -> str:
    """The program's own text for it; if a module or optimizer ran it, its name and theirs."""
    place = recording.elsewhere.get(operation.id)
    code = source_text(recording, operation.span) if operation.direct else ""
    if place is not None and place.direct:
        code = _readable(place.text)
    if code:
        return f"`{code}`"
    name = f"`{canonical(operation.name)}`"
    if operation.direct or operation.call is None:
        return name
    call = recording.calls[operation.call]
    return f"In `{call.name}`, {name}" if call.function else f"In `{call.name}`, which is of type `{call.type}`, {name}"


def _called(facts: Facts, operation: Operation, given: list[Value]) -> str:
    name = _said_name(facts.recording, operation)
    seen: dict[Expression, Value] = {facts.label(value.id): value for value in given}
    takes = [
        f"${label}$ = {_value_text(value)}" if listed(value.data) else f"${label}$ {of_shape(value.shape)}"
        for label, value in list(seen.items())[:3]
    ]
    if not takes:
        return f"{name} was computed."
    return f"{name} takes {_and(takes)}{' …' if len(seen) > 3 else ''}"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _gave(facts: Facts, outputs: list[Value]) -> str:
    if len(outputs) > 1:
        return f"and gives {len(outputs)} tensors."
    value = outputs[0]
    return f"and gives {_value_text(value)}." if listed(value.data) else f"and gives a tensor {of_shape(value.shape)}."


def _kept(operation: Operation, names: list[str], given: list[Value]) -> str:
    if names:
        nodes = _and([f"`{name}`" for name in dict.fromkeys(reversed(names))][:3])
        return f"Autograd keeps {nodes} for the way back."
    if plain_name(operation.name) == "detach":
        return "`detach` cuts the result off: no gradient will come back through it."
    if operation.name == "data":
        return "It is the same memory, cut off: no gradient comes back, and autograd does not see what is written to it."
    if any(value.requires_grad for value in given):
        if not operation.grad_enabled:
            return "Inside `no_grad()` this line is not recorded: no gradient will come back through it."
        return "No Node was made: the result does not depend smoothly on its inputs, so no gradient comes back through it."
    return "Nothing in it requires grad, so autograd keeps nothing."


def forward_lines(facts: Facts, operation: Operation, value: Value) -> list[Line]:
    """``y = a³ − b²``, the recorded numbers put in, and the result."""
    label = facts.label(value.id)
    over = overwrites(operation)
    becomes = "←" if over or (operation.inplace and is_place(facts, value)) else "="
    before = next((item.value for item in operation.inputs if item.value is not None), None)
    if over and before is not None:
        label = facts.label(before)
    written = written_out(facts, operation)
    left: tuple[Piece, ...] = (Piece(label),)
    lines = fused_lines(facts, operation, label)
    if lines:
        left = ()
    elif over:
        pass  # what was there does not matter
    elif written is not None and label.is_word and facts.recording.values[value.id].name is None and label in written.walk():
        left = (Piece(written),)  # two results without a name are called by what made them: `sub = a − sub` would be no equation
    elif written is not None and written != label:
        lines.append(Line(left, becomes, (Piece(written),)))
        left = ()
    elif written is None:
        lines.append(Line(left, becomes, tuple(_call(facts, operation))))
        left = ()
    shapes = _product_shapes(facts, operation, value)
    if shapes is not None:
        lines.append(Line((), "", (Piece(shapes),)))
    numbers = substitution(facts.recording, value.id)
    if len(numbers) > 2:
        lines.append(Line(left, becomes if left else "=", tuple(_number_pieces(numbers[1:-2]))))
        left = ()
    if listed(value.data):
        lines.append(Line(left, becomes if left else "=", (data_piece(value.data, "value"),), True))
    else:
        sign = "" if not left else becomes
        lines.append(Line(left, sign, (data_piece(value.data, "value", _range(value)),)))
    return lines


def written_out(facts: Facts, operation: Operation) -> Expression | None:
    """The operation as a formula of its inputs' labels, or None if there is no short way to write it."""
    written = facts.written(operation)
    return None if written.is_word else written


def _only_named(facts: Facts, operation: Operation) -> bool:
    """Whether its formula only names it, so that words have to say what it does."""
    written = facts.written(operation)
    return written.is_word or (isinstance(written, Call) and written.function.is_word)


def _call(facts: Facts, operation: Operation) -> list[Piece]:
    given = operands(operation)
    pieces = [Piece(Word(plain_name(operation.name) or "call")), Piece(Sign("("))]
    for index, argument in enumerate(given[:4]):
        if index:
            pieces.append(Piece(Sign(",")))
        pieces.append(_argument(facts, argument))
    if len(given) > 4:
        pieces += [Piece(Sign(",")), Piece(Sign("…"))]
    return [*pieces, Piece(Sign(")"))]


def _argument(facts: Facts, argument: Argument) -> Piece:
    if argument.value is None:
        return Piece(number_symbol(argument.constant))
    return Piece(facts.label(argument.value))


def _number_pieces(parts: tuple[SubstitutionPart, ...]) -> list[Piece]:
    return [Piece(part.symbol, part.role) for part in parts if part.symbol is not None]


def _product_shapes(facts: Facts, operation: Operation, value: Value) -> Expression | None:
    if canonical(operation.name) != "matmul" or value.data.size == 1:
        return None
    shapes = [facts.recording.values[item.value].shape for item in operation.inputs if item.value is not None]
    if len(shapes) != 2:
        return None
    return Row((Shape(shapes[0]), Shape(shapes[1]), Sign("→"), Shape(value.shape)))
