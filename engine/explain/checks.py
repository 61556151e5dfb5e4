"""A finite difference next to autograd's number: the program is run again with one literal nudged. Real runs, nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.errors import Cancelled, ProgramError
from engine.explain.passes.spoiled import overwritten_in
from engine.mathematics.numbers import format_number as show
from engine.recording import Recording
from engine.tables import NodeRun, TensorData
from engine.text.literals import find_leaves, set_element

Run = Callable[[str], Recording]
STEP = 1e-3
"""The nudge, relative to the number where it is larger than 1."""
_EPSILON = {"float64": 2.2e-16, "float32": 1.2e-7, "float16": 1e-3, "bfloat16": 8e-3}


@dataclass(frozen=True, slots=True)
class FiniteDifference:
    """What nudging one number of a leaf did.

    Attributes
    ----------
    name : str
        The leaf, with an index if it has several numbers: ``a``, ``w[1]``.
    step : float
        How far it was nudged, up and down.
    moved : float
        How far the result moved for a nudge up by ``step``: half the difference of the two runs.
    slope : float
        ``moved / step``: the central difference.
    autograd : float
        The gradient that arrived at the leaf in the same pass.
    agrees : bool
        Whether they agree within what rounding and the step allow (``tolerance``).
    reason : str
        Why there is no difference to show, or why it need not agree; else "".
    """

    name: str
    step: float = 0.0
    moved: float = 0.0
    slope: float = 0.0
    autograd: float = 0.0
    tolerance: float = 0.0
    agrees: bool = False
    reason: str = ""
    result: str = "the result"

    @property
    def possible(self) -> bool:
        """Whether there are numbers to show."""
        return self.step > 0

    @property
    def text(self) -> str:
        """``nudging a by 0.001 moves y by 0.075 → 75 (autograd: 75)``, or why not."""
        if not self.possible:
            return self.reason
        digits = show(float(f"{self.slope:.4g}"))
        text = f"Nudging {self.name} by {show(self.step)} moves {self.result} by {show(float(f'{self.moved:.3g}'))} → {digits}"
        text += f" (autograd: {show(self.autograd)})."
        return f"{text} {self.reason}".strip()


def finite_difference(
    run: Run, recording: Recording, variable: int, element: int = 0, pass_id: int | None = None
) -> FiniteDifference:
    """Run the program again with one number of a leaf nudged up and down, and compare with the recorded gradient.

    Parameters
    ----------
    run : callable
        Text → Recording, for example ``run_program``.
    recording : Recording
    variable : int
        The leaf's Variable.
    element : int
        Which number of the leaf, in reading order.
    pass_id : int or None
        Which pass; None takes the last one that reached the leaf.

    Never raises because of what the program does; says why if nothing can be compared. Cancelled passes through.
    """
    owner = recording.variables[variable]
    name = owner.name or "the leaf"
    arrived = _arrived(recording, variable, pass_id)
    if arrived is None or arrived.incoming[0] is None:
        return FiniteDifference(name, reason=f"No gradient arrived at {name}.")
    item = recording.passes[arrived.pass_id]
    gradient = arrived.incoming[0].numbers()
    base = _result(recording, item.id)
    leaf = next((leaf for leaf in find_leaves(recording.text) if leaf.name == owner.name), None)
    if leaf is None or element >= len(leaf.elements):
        return FiniteDifference(name, reason=f"{name} is not written as a number in the program, so it cannot be nudged.")
    if len(leaf.elements) > 1:
        name = f"{name}[{', '.join(str(index) for index in leaf.elements[element].index)}]"
    if gradient is None or gradient.size != len(leaf.elements) or np.iscomplexobj(gradient) or base is None:
        return FiniteDifference(name, reason="There is no single real number to compare.")
    refusal = _changed_before(recording, variable, item.id)
    if refusal:
        return FiniteDifference(name, reason=refusal)
    autograd = float(gradient.ravel()[element])
    result = recording.values[item.roots[0]].name if len(item.roots) == 1 else None
    seeded = any(seed is not None and (seed.size != 1 or seed.item() != 1) for seed in item.seeds)
    result = f"v·{result}" if seeded and result else (result or "the result")
    written = leaf.elements[element]
    step = STEP * max(1.0, 10.0 ** math.floor(math.log10(max(1.0, abs(written.value)))))
    if "." not in written.text and "e" not in written.text.lower():
        return FiniteDifference(name, reason=f"{name} is written as a whole number, which cannot be nudged.")

    def at(offset: float) -> tuple[float, float] | None:
        edit = set_element(recording.text, leaf, written, written.value + offset)
        again = run(edit.apply(recording.text))
        total, held = _result(again, item.id), _held(again, variable, element)
        return None if total is None or held is None or not np.isfinite(total) else (held, total)

    try:
        found = [at(offset) for offset in (0.0, step, -step, 2 * step, -2 * step)]
    except Cancelled:
        raise
    except ProgramError as problem:
        return FiniteDifference(name, reason=f"The nudged program failed: {problem.message}")
    points = [point for point in found if point is not None]
    if len(points) < len(found):
        return FiniteDifference(name, reason="The nudged program gives no finite number to compare.")
    if points[0][1] != base:
        return FiniteDifference(name, reason="The program draws random numbers: two runs differ, so they cannot be compared.")
    overwritten = overwritten_in(recording, item.id)
    return _compared(recording, item.roots[0], name, result, step, autograd, points, overwritten)


def _compared(
    recording: Recording,
    root: int,
    name: str,
    result: str,
    step: float,
    autograd: float,
    points: list[tuple[float, float]],
    overwritten: str,
) -> FiniteDifference:
    """``points`` are (number as the tensor holds it, result) at 0, +, −, ++ and −− ``step``: the tensor rounds the literal."""
    (_, middle), (right, up), (left, down), (right2, up2), (left2, down2) = points
    if not left2 < left < right < right2:
        return FiniteDifference(name, reason=f"{name} is too large: its type cannot hold a nudge by {show(step)}.")
    moved = (up - down) / 2
    slope = (up - down) / (right - left)
    wide = (up2 - down2) / (right2 - left2)
    size = max(abs(point[1]) for point in points)
    rounding = 8 * _EPSILON.get(recording.values[root].dtype, 1.2e-7) * max(size, 1e-30) / step
    tolerance = rounding + 2 * abs(wide - slope) + 2e-3 * max(abs(autograd), abs(slope))
    bend, bend2 = abs(up - 2 * middle + down) / step, abs(up2 - 2 * middle + down2) / (2 * step)
    kink = bend > 0.75 * bend2 and bend > 4 * rounding + 0.02 * max(abs(slope), 1e-12)
    agrees = abs(slope - autograd) <= tolerance
    reason = ""
    if kink:
        reason = f"{name} stands at a kink: the slopes on its two sides differ, and autograd takes one of them."
    elif not agrees and overwritten:
        reason = f"Autograd's number is not the derivative: {overwritten}."
    elif not agrees and _cut(recording):
        reason = "The two differ because autograd does not look through detach, no_grad or comparisons; a nudge does."
    elif not agrees:
        reason = "The two differ by more than rounding and the size of the nudge can explain."
    return FiniteDifference(name, step, moved, slope, autograd, tolerance, agrees, reason, result)


def _arrived(recording: Recording, variable: int, pass_id: int | None) -> NodeRun | None:
    for run in reversed(recording.runs):
        if run.completed and recording.nodes[run.node].variable == variable and pass_id in (None, run.pass_id):
            return run
    return None


def _result(recording: Recording, pass_id: int) -> float | None:
    """What the pass differentiates: the sum of its roots, weighted by the recorded seeds, as a float64."""
    if pass_id >= len(recording.passes):
        return None
    item = recording.passes[pass_id]
    total = 0.0
    for root, seed in zip(item.roots, item.seeds, strict=True):
        value, weight = _array(recording.values[root].data), _array(seed)
        if value is None or weight is None:
            return None
        total += float((value * weight).sum())
    return total


def _held(recording: Recording, variable: int, element: int) -> float | None:
    """The nudged number as the leaf's tensor held it at first."""
    if variable >= len(recording.variables) or not recording.variables[variable].values:
        return None
    numbers = _array(recording.values[recording.variables[variable].values[0][1]].data)
    return None if numbers is None or element >= numbers.size else float(numbers.ravel()[element])


def _array(data: TensorData | None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    numbers = data.numbers() if data is not None else None
    if numbers is None or np.iscomplexobj(numbers):
        return None
    return numbers.astype(np.float64)


def _changed_before(recording: Recording, variable: int, pass_id: int) -> str:
    """Why the literal is not what the pass saw: an update came in between."""
    for moment in recording.moments:
        if moment.kind == "seed" and moment.subject == pass_id:
            return ""
        if moment.kind == "update":
            return "An update came before this pass: nudging the number in the text would change more than this gradient covers."
    return ""


def _cut(recording: Recording) -> bool:
    return any(edge.cut for edge in recording.graph.edges) or any(
        not operation.nodes
        and not operation.creation
        and operation.name != "grad"
        and any(item.value is not None and recording.values[item.value].requires_grad for item in operation.inputs)
        for operation in recording.operations
    )
