"""Models: for each its knobs, its lines of program text, and what it can be trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import wrap

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Indexed, Letter, Number, Sign, Word
from engine.mathematics.tree import Call, Power, Relation, minus, plus
from engine.training.choices.choice import CLASSES, NUMBERS, TASKS, About, Choice, Get
from engine.training.choices.formulas import ONE, Y_HAT, B, W, X, Z, numbered, sum_of, times
from engine.training.choices.knobs import OneOf, Whole


@dataclass(frozen=True, slots=True)
class ModelChoice(Choice):
    """A model.

    Attributes
    ----------
    tasks : tuple of str
        What it can predict.
    one_feature : bool
        Whether it takes data with one feature only.
    parameters : tuple of str
        Attributes that are its parameters; empty for a ``torch.nn`` module, which names them itself.
    imports : tuple of str
        Lines that its lines need, beside ``import torch``.
    lines : callable(features, get)
        Program text that defines it, for so many features.
    size : callable(features, get)
        How many numbers its parameters have, for that many features.
    made : callable(get)
        Program text that makes ``model``: its weights are ``start``, or drawn as after ``torch.manual_seed(seed)``.
    prediction : callable(get)
        Program text of its prediction: of ``w``, ``b`` and ``X``, or of ``model`` and ``X``.
    columns : callable(get) or None
        For a model that is linear in its parameters: program text of what ``w`` is multiplied with.
    """

    tasks: tuple[str, ...] = (NUMBERS,)
    one_feature: bool = False
    parameters: tuple[str, ...] = ("w", "b")
    imports: tuple[str, ...] = ()
    lines: Callable[[int, Get], list[str]] = lambda features, get: []
    size: Callable[[int, Get], int] = lambda features, get: features + 1
    made: Callable[[Get], list[str]] = lambda get: []
    prediction: Callable[[Get], str] = lambda get: "X @ w + b"
    columns: Callable[[Get], str] | None = None


def _weights(name: str, rows: int, get: Get) -> list[str]:
    """A class of weights, first ``w``, then ``b``: where they are not told they are drawn from the normal distribution."""
    start = get("start")
    if start:
        w, b = [f"[{number!r}]" for number in start[:-1]], [repr(start[-1])]
        head, first = "    def __init__(self):", [*_tensor("w", w), *_tensor("b", b)]
    else:
        head = "    def __init__(self, g=None):"
        first = [f"w = torch.randn({rows}, 1, generator=g)", "b = torch.randn(1, generator=g)"]
    last = ["self.w = w.requires_grad_()", "self.b = b.requires_grad_()"]
    return [f"class {name}:", head, *("        " + line for line in (*first, *last))]


def _tensor(name: str, items: list[str]) -> list[str]:
    """``name``, a tensor of these items: on one line, or on several where that would be too long to read."""
    line = f"{name} = torch.tensor([{', '.join(items)}])"
    if len(line) <= 76:
        return [line]
    return [f"{name} = torch.tensor([", *("    " + part for part in wrap(", ".join(items), 72, break_long_words=False)), "])"]


def _made_of(name: str) -> Callable[[Get], list[str]]:
    def made(get: Get) -> list[str]:
        drawn = "" if get("start") else f"torch.Generator().manual_seed({get('seed')})"
        return [f"model = {name}({drawn})"]

    return made


def _powers(get: Get) -> str:
    powers = ["X", *(f"X**{power}" for power in range(2, get("degree") + 1))]
    return "X" if len(powers) == 1 else f"torch.cat([{', '.join(powers)}], 1)"


ACTIVATIONS = {"tanh": "nn.Tanh()", "relu": "nn.ReLU()", "sigmoid": "nn.Sigmoid()", "gelu": "nn.GELU()"}
"""Program text of each activation."""


def _mlp(features: int, get: Get) -> list[str]:
    lines, before = ["nn.Sequential("], features
    for _ in range(get("layers")):
        lines += [f"    nn.Linear({before}, {get('width')}),", f"    {ACTIVATIONS[get('activation')]},"]
        before = get("width")
    lines += [f"    nn.Linear({before}, 1),", ")"]
    start = [repr(number) for number in get("start")]
    if not start:
        lines[0] = f"return {lines[0]}"
    else:
        lines[0] = f"model = {lines[0]}"
        lines += [
            *_tensor("start", start),
            "with torch.no_grad():",
            "    for p in model.parameters():",
            "        p.copy_(start[:p.numel()].view_as(p))",
            "        start = start[p.numel():]",
            "return model",
        ]
    return ["def mlp():", *("    " + line for line in lines)]


def _numbers_of_mlp(features: int, get: Get) -> int:
    width, layers = get("width"), get("layers")
    return int((features + 1) * width + (layers - 1) * (width + 1) * width + width + 1)


def _predicts(about: About, item: Expression) -> tuple[Expression, ...]:
    return (Relation(Z if about.of == "z" else Y_HAT, "=", item),)


def _polynomial(about: About) -> tuple[Expression, ...]:
    degree = about.get("degree")
    if degree == 1:
        return _predicts(about, plus(times(W, X), B))
    terms = [times(numbered(W, power), Power(X, Number(power)) if power > 1 else X) for power in range(1, degree + 1)]
    if degree > LONGEST_SUM:
        terms = [*terms[: LONGEST_SUM - 1], Sign("⋯"), terms[-1]]
    return _predicts(about, sum_of([*terms, B]))


LONGEST_SUM = 3
"""Terms of a polynomial that its formula writes out."""


def _weighted(about: About) -> Expression:
    return plus(times(W, X) if about.features == 1 else times(Letter("X"), W), B)


def _network(about: About) -> tuple[Expression, ...]:
    """Of one hidden layer the whole of it, of several how each comes from the one before."""
    layers, matrix, hidden = about.get("layers"), Letter("W"), Letter("h")
    last, activation = layers + 1, Word(about.get("activation"))
    if layers == 1:
        inner: Expression = Call(activation, (plus(times(numbered(matrix, 1), X), numbered(B, 1)),))
        return _predicts(about, plus(times(numbered(matrix, 2), inner), numbered(B, 2)))
    place = Letter("k")
    before = Indexed(hidden, (minus(place, ONE),))
    step = Call(activation, (plus(times(Indexed(matrix, (place,)), before), Indexed(B, (place,))),))
    end = plus(times(numbered(matrix, last), numbered(hidden, layers)), numbered(B, last))
    return Relation(Indexed(hidden, (place,)), "=", step), *_predicts(about, end)


MODELS = (
    ModelChoice(
        "line",
        "Line",
        "A straight line: w times x plus b",
        one_feature=True,
        formulas=lambda about: _predicts(about, plus(times(W, X), B)),
        lines=lambda features, get: _weights("Linear", 1, get),
        made=_made_of("Linear"),
        columns=lambda get: "X",
    ),
    ModelChoice(
        "polynomial",
        "Polynomial",
        "A sum of powers of x, each with its own weight, plus b",
        (Whole("degree", 3, "The greatest power", 1, 20),),
        one_feature=True,
        formulas=_polynomial,
        lines=lambda features, get: _weights("Polynomial", get("degree"), get),
        size=lambda features, get: get("degree") + 1,
        made=_made_of("Polynomial"),
        prediction=lambda get: f"{_powers(get)} @ w + b",
        columns=_powers,
    ),
    ModelChoice(
        "features",
        "Several features",
        "A weighted sum of all features, plus b",
        formulas=lambda about: _predicts(about, _weighted(about)),
        lines=lambda features, get: _weights("Linear", features, get),
        made=_made_of("Linear"),
        columns=lambda get: "X",
    ),
    ModelChoice(
        "logistic",
        "Logistic",
        "A weighted sum of all features plus b, whose sigmoid is the probability of class 1",
        tasks=(CLASSES,),
        formulas=lambda about: (*_predicts(about, _weighted(about)), Relation(Letter("p"), "=", Call(Letter("sigma"), (Z,)))),
        lines=lambda features, get: _weights("Logistic", features, get),
        made=_made_of("Logistic"),
        columns=lambda get: "X",
    ),
    ModelChoice(
        "mlp",
        "MLP",
        "A network of fully connected layers with an activation between them",
        (
            Whole("layers", 1, "Hidden layers", 1, 5),
            Whole("width", 16, "Neurons in each of them", 1, 256, title="Neurons"),
            OneOf("activation", "tanh", "What each neuron does with its sum", tuple(ACTIVATIONS)),
        ),
        tasks=TASKS,
        parameters=(),
        imports=("from torch import nn",),
        formulas=_network,
        lines=_mlp,
        size=_numbers_of_mlp,
        made=lambda get: [f"torch.manual_seed({get('seed')})", "model = mlp()"],
        prediction=lambda get: "model(X)",
    ),
)
"""All models, in the order in which they are offered."""
