"""Moments that change what a leaf holds: accumulation into ``.grad``, clearing it, in-place updates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.explain.facts import Facts, is_one, operands, product_sign
from engine.explain.formula.substitution import single
from engine.explain.forward.fused import fused_lines
from engine.explain.model import Change, Explanation, Line, NumberLine, Piece, Role
from engine.explain.passes.agreement import gives, operand_numbers, sums_to
from engine.explain.passes.flows import flow
from engine.explain.passes.gradients import flow_lines
from engine.explain.passes.phrases import sum_line, words
from engine.explain.passes.spoiled import derivative, tainted
from engine.explain.pieces import data_piece, data_symbol, data_text, finite, listed
from engine.mathematics.expression import POWER, PRODUCT, Expression
from engine.mathematics.letters import DOT, Letter, Number, Sign, Word
from engine.mathematics.numbers import format_number
from engine.mathematics.tree import Row, enclosed, partial
from engine.operations.registry import canonical, entry_of
from engine.operations.symbols import number_symbol
from engine.recording import Recording
from engine.tables import Moment, NodeRun, Operation, TensorData, Value, Variable

TRY_STEP = 0.01
ETA = Letter("eta")
"""The step size."""


def accumulate_explanation(facts: Facts, run: NodeRun, cursor: int, title: str) -> Explanation:
    """AccumulateGrad: the gradient arrives at its leaf and is added to what ``.grad`` was."""
    recording = facts.recording
    node = recording.nodes[run.node]
    variable = recording.variables[node.variable] if node.variable is not None else None
    value = facts.value_at(run.node, 0)
    label = facts.label(value.id) if value is not None else Word("leaf")
    name = (variable.name if variable is not None else None) or "leaf"
    item = recording.passes[run.pass_id]
    root = facts.root_label(item)
    parts = facts.contributions(run.pass_id, run.node, 0)
    came = run.incoming[0]
    gradient_of = derivative(facts, run.pass_id, facts.moment_of_run.get(run.id, recording.end), root, label)
    lines: list[Line] = []
    single_source = len(parts) == 1 and parts[0].run is not None
    if single_source and parts[0].run is not None:
        origin = flow(facts, parts[0].run, parts[0].slot, parts[0].data)
        above = recording.nodes[parts[0].run.node].name.rpartition("::")[2]
        sentence = f"The gradient arrives at the leaf ${label}$, sent by `{above}`. {words(facts, parts[0].run, [origin])}"
        lines = flow_lines(facts, origin)
    elif len(parts) > 1:
        sentence = f"${label}$ was used {len(parts)} times, so {len(parts)} gradients come together at the leaf and are added."
        line = sum_line((Piece(gradient_of),), parts, came, 0)
        lines = [line] if line is not None else []
    else:
        sentence = f"${label}$ is itself where `backward()` started: the seed arrives at the leaf."
    if not lines and came is not None:
        lines = [Line((Piece(gradient_of),), "=", (data_piece(came, "grad"),))]
    spoiled_before = tainted(facts, run)
    if spoiled_before is not None and not single_source:
        sentence += f" It is not the derivative: {spoiled_before.text}."
    note = ""
    if run.grad_before is not None and came is not None and run.grad_after is not None:
        sentence += f" `{name}.grad` was not None, so the new gradient is added to it."
        left = (Piece(_grad_of(name)),)
        if listed(came) and listed(run.grad_before) and sums_to([run.grad_before, came], run.grad_after):
            body = (data_piece(run.grad_before, "grad", "before"), Piece(Sign("+")), data_piece(came, "grad", "new", factor=True))
            lines.append(Line(left, "=", (*body, Piece(Sign("=")), data_piece(run.grad_after, "grad"))))
        note = f"PyTorch adds to `.grad` until someone clears it: call `{name}.grad.zero_()` before the next `backward()`."
    elif value is not None and came is not None:
        note = _try_it(facts, run, value, label, root, came)
    change = Change(f"{name}.grad", data_text(run.grad_before), data_text(run.grad_after), "grad")
    return Explanation(title, "backward", sentence, tuple(lines), change, note, None, cursor)


def _grad_of(name: str) -> Expression:
    return Word(f"{name}.grad")


def _try_it(facts: Facts, run: NodeRun, value: Value, label: Expression, root: Expression, came: TensorData) -> str:
    """A prediction from the recorded gradient, if one number depends on one number."""
    gradient = single(came)
    item = facts.recording.passes[run.pass_id]
    scalar = all(seed is not None and seed.size == 1 and is_one(seed) for seed in item.seeds)
    hooked = bool(facts.recording.hooks) or tainted(facts, run) is not None
    if not isinstance(gradient, (int, float)) or not scalar or hooked or not math.isfinite(gradient):
        return ""
    if gradient == 0:
        return f"Raising ${label}$ a little leaves ${root}$ as it is, as far as the slope can tell."
    moved = format_number(float(f"{abs(gradient) * TRY_STEP:.3g}"))
    return f"Try it: raise ${label}$ by {TRY_STEP} and ${root}$ {'rises' if gradient > 0 else 'falls'} by about {moved}."


# Updates -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """``parameter ± size · gradient`` as the program computed it."""

    sign: str
    size: float
    gradient: Value


def update_explanation(facts: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    """An in-place change without a Node: usually that of gradient descent."""
    recording = facts.recording
    if moment.subject < 0:
        return _assigned(facts, moment, cursor, title)
    operation = recording.operations[moment.subject]
    before = recording.values[next(item.value for item in operation.inputs if item.value is not None)]
    after = recording.values[operation.outputs[0]]
    label = facts.label(after.id)
    found = _gradient_step(facts, operation, before)
    name = after.name or recording.variables[after.variable].name or "tensor"
    change = Change(name, data_text(before.data), data_text(after.data), "update")
    note = ""
    if not operation.grad_enabled:
        note = "Inside `no_grad()` this line is not recorded, so the update does not become part of the graph."
    if found is not None:
        sentence = _step_sentence(label, found, before)
        lines = _step_lines(facts, label, before, after, found)
    else:
        verb = "gives" if operation.name == "set_data" else "changes"
        sentence = f"{_who(facts, operation)} {verb} ${label}$ {'other elements' if verb == 'gives' else 'in place'}."
        lines = _inplace_lines(facts, operation, label, after)
    return Explanation(title, moment.phase, sentence, tuple(lines), change, note, _number_line(before, after), cursor)


def _who(facts: Facts, operation: Operation) -> str:
    """The operation, and the optimizer if one ran it."""
    name = "The assignment to `.data`" if operation.name == "set_data" else f"`{canonical(operation.name)}`"
    call = None if operation.call is None else facts.recording.calls[operation.call]
    return f"In `{call.name}` of `{call.type}`, {name}" if call is not None and call.optimizer else name


def _number_line(before: Value, after: Value) -> NumberLine | None:
    old, new = single(before.data), single(after.data)
    if not isinstance(old, float) or not isinstance(new, float) or not (math.isfinite(old) and math.isfinite(new)) or old == new:
        return None
    return NumberLine(old, new)


def _gradient_step(facts: Facts, operation: Operation, parameter: Value) -> _Step | None:
    """Recognises ``w -= lr * w.grad``, ``w.sub_(w.grad, alpha=lr)``, ``w.data = w.data - lr * w.grad`` and the like."""
    recording = facts.recording
    name = canonical(operation.name)
    given = operands(operation)
    if operation.name in ("set_data", "copy_") and len(given) == 2 and given[1].value is not None:
        made = recording.values[given[1].value].operation
        if made is None:
            return None
        operation = recording.operations[made]
        name, given = f"{canonical(operation.name)}_", operands(operation)
        first = given[0].value if given else None
        if first is None or _source(recording, recording.values[first]).id != parameter.id:
            return None
    if name not in ("sub_", "add_") or len(given) != 2 or given[1].value is None:
        return None
    scale = next((item.constant for item in operation.inputs if item.keyword == "alpha"), 1)
    if not isinstance(scale, (int, float)) or isinstance(scale, bool):
        return None
    sign = -1.0 if name == "sub_" else 1.0
    term = _source(recording, recording.values[given[1].value])
    size = float(scale)
    if not _is_gradient_of(facts, term, parameter) and term.operation is not None:
        product = recording.operations[term.operation]
        factors = operands(product)
        constants = [item.constant for item in factors if item.value is None]
        tensors = [recording.values[item.value] for item in factors if item.value is not None]
        if canonical(product.name) != "mul" or len(constants) != 1 or len(tensors) != 1 or scale != 1:
            return None
        if not isinstance(constants[0], (int, float)):
            return None
        size, term = float(constants[0]), _source(recording, tensors[0])
    if not _is_gradient_of(facts, term, parameter):
        return None
    signed = sign * size
    return _Step("−" if signed < 0 else "+", abs(signed), term)


def _source(recording: Recording, value: Value) -> Value:
    """``w`` for ``w.data`` and ``w.detach()``: the value that it shows."""
    while value.operation is not None and recording.operations[value.operation].name in ("data", "detach"):
        before = next(item.value for item in recording.operations[value.operation].inputs if item.value is not None)
        value = recording.values[before]
    return value


def _is_gradient_of(facts: Facts, value: Value, parameter: Value) -> bool:
    """Whether it is the parameter's ``.grad``, or what ``torch.autograd.grad`` returned for it."""
    recording = facts.recording
    if recording.variables[value.variable].gradient_of == parameter.variable:
        return True
    operation = None if value.operation is None else recording.operations[value.operation]
    if operation is None or canonical(operation.name) != "grad":
        return False
    given = tuple(item.value for item in operation.inputs)
    for item in recording.passes:
        if given == (*item.roots, *(number for number, _ in item.captured)):
            used = [number for number, gradient in item.captured if gradient is not None]
            pairs = zip(operation.outputs, used, strict=False) if len(used) == len(operation.outputs) else ()
            return any(made == value.id and recording.values[asked].variable == parameter.variable for made, asked in pairs)
    return False


def _step_sentence(label: Expression, step: _Step, before: Value) -> str:
    along = "against" if step.sign == "−" else "along"
    sentence = f"${label}$ moves {along} its gradient, by ${ETA}$ = {format_number(step.size)} times the gradient."
    gradient = single(step.gradient.data)
    if not isinstance(gradient, (int, float)) or not math.isfinite(gradient):
        return sentence
    if gradient == 0:
        return f"{sentence} The gradient is 0, so ${label}$ stays."
    grows = (gradient < 0) == (step.sign == "−")
    kind = "negative" if gradient < 0 else "positive"
    return f"{sentence} The gradient is {kind}, so ${label}$ {'grows' if grows else 'shrinks'}."


def _step_lines(facts: Facts, label: Expression, before: Value, after: Value, step: _Step) -> list[Line]:
    passes = facts.recording.passes
    root = facts.root_label(passes[-1]) if passes else Letter("L")
    seeds = facts.moment_of_seed
    moment = next((at for at, number in facts.recording.variables[after.variable].values if number == after.id), 0)
    earlier = [item for item in passes if seeds.get(item.id, 0) < moment]
    if earlier:
        root = facts.root_label(earlier[-1])
    sign, dot = Piece(Sign(step.sign)), Piece(DOT)
    first = (Piece(label), sign, Piece(ETA), dot, Piece(partial(root, label), "grad"))
    lines = [Line((Piece(label),), "←", first)]
    size = step.size if step.sign == "+" else -step.size
    exact = sums_to([before.data, step.gradient.data], after.data, (1.0, size))
    if listed(before.data) and listed(step.gradient.data) and exact:
        gradient = data_piece(step.gradient.data, "grad", factor=True)
        factor = Piece(number_symbol(step.size))
        lines.append(Line((), "=", (data_piece(before.data, "value"), sign, factor, dot, gradient)))
    if listed(after.data):
        left = () if exact else (Piece(label),)
        lines.append(Line(left, "=", (data_piece(after.data, "update"),), True))
    return lines


_IN_A_LINE = {"+": "+", "−": "−", "×": "·", "÷": "/"}
"""The signs of operations as formulas write them."""


def _inplace_lines(facts: Facts, operation: Operation, label: Expression, after: Value) -> list[Line]:
    name = canonical(operation.name)
    given = operands(operation)
    sign = _IN_A_LINE.get(entry_of(name).sign, "") if name.endswith("_") else ""
    alpha = any(item.keyword == "alpha" and item.constant != 1 for item in operation.inputs)
    lines = fused_lines(facts, operation, label)
    if sign and len(given) == 2 and not alpha:
        other = given[1]
        data = facts.recording.values[other.value].data if other.value is not None else None
        symbol = facts.label(other.value) if other.value is not None else number_symbol(other.constant)
        tight = enclosed(symbol, POWER if sign == "/" else PRODUCT)
        shown = product_sign(facts.recording, *given) if sign == "·" else sign
        lines.append(Line((Piece(label),), "←", (Piece(label), Piece(Sign(shown)), Piece(tight))))
        before = facts.recording.values[given[0].value].data if given[0].value is not None else None
        numbers = operand_numbers(facts, given) or []
        exact = len(numbers) == 2 and gives(sign, numbers[0], numbers[1], after.data)
        if before is not None and listed(before) and (data is None or listed(data)) and exact:
            right = data_piece(data, "value", factor=True) if data is not None else Piece(tight)
            lines.append(Line((), "=", (data_piece(before, "value", factor=True), Piece(Sign(shown)), right)))
    if listed(after.data):
        left = () if lines else (Piece(label),)
        lines.append(Line(left, "=" if lines else "←", (data_piece(after.data, "update"),), True))
    elif not lines:
        lines.append(Line((Piece(label),), "←", (Piece(data_symbol(after.data), "update"),)))
    return lines


# Clearing ------------------------------------------------------------------------------------------------------------


def gradient_owner(facts: Facts, moment: Moment, cursor: int) -> Variable | None:
    """The leaf whose ``.grad`` changed in this moment."""
    recording = facts.recording
    if moment.subject >= 0:
        operation = recording.operations[moment.subject]
        for number in (*(item.value for item in operation.inputs), *operation.outputs):
            owner = recording.variables[recording.values[number].variable].gradient_of if number is not None else None
            if owner is not None:
                return recording.variables[owner]
        return None
    return next((item for item in recording.variables if any(at == cursor for at, _ in item.gradients)), None)


def gradient_change(variable: Variable, cursor: int, role: Role) -> Change:
    """``.grad`` of a leaf before and after this moment."""
    name = variable.name or "leaf"
    before = next((data for at, data in reversed(variable.gradients) if at < cursor), None)
    after = next((data for at, data in reversed(variable.gradients) if at <= cursor), None)
    return Change(f"{name}.grad", data_text(before), data_text(after), role)


def zero_explanation(facts: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    """A ``.grad`` is set to zero or to None."""
    variable = gradient_owner(facts, moment, cursor)
    name = (variable.name if variable is not None else None) or "leaf"
    change = gradient_change(variable, cursor, "plain") if variable is not None else None
    to_none = moment.subject < 0
    sentence = (
        f"`{name}.grad` is set to None: as before the first `backward()`."
        if to_none
        else f"`{name}.grad` is cleared to 0, so the next `backward()` starts from zero."
    )
    lines = []
    if variable is not None and not to_none:
        after = next((data for at, data in reversed(variable.gradients) if at <= cursor), None)
        if after is not None:
            right = (
                data_piece(after, "plain") if listed(after) else Piece(Row((Number(0), Word(" of shape "), data_symbol(after))))
            )
            lines = [Line((Piece(_grad_of(name)),), "←", (right,), listed(after))]
    note = "The value itself stays; without clearing, the next gradient would be added to this one."
    return Explanation(title, moment.phase, sentence, tuple(lines), change, note, None, cursor)


def _assigned(facts: Facts, moment: Moment, cursor: int, title: str) -> Explanation:
    variable = gradient_owner(facts, moment, cursor)
    name = (variable.name if variable is not None else None) or "leaf"
    change = gradient_change(variable, cursor, "grad") if variable is not None else None
    lines = []
    if variable is not None:
        data = next((data for at, data in reversed(variable.gradients) if at <= cursor), None)
        if data is not None:
            role: Role = "grad" if finite(data) else "error"
            left = (Piece(_grad_of(name)),)
            lines = [Line(left, "←", (data_piece(data, role),), listed(data))]
    shape = "" if change is None else f" It now holds {change.after}."
    sentence = f"The program sets `{name}.grad` itself.{shape}"
    return Explanation(title, moment.phase, sentence, tuple(lines), change, "No backward pass computed this one.", None, cursor)
