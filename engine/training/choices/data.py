"""Data sets: for each its knobs, its lines of program text, how many features it has and what can be predicted from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from engine.training.choices.choice import CLASSES, NUMBERS, TASKS, Choice, Get
from engine.training.choices.knobs import MOST_PLACES, Number, OneOf, Places, Points, Text, Whole

DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
"""The columns of scikit-learn's diabetes data, in their order."""


@dataclass(frozen=True, slots=True)
class DataChoice(Choice):
    """A data set.

    Attributes
    ----------
    fields : tuple of str
        The config's own fields that it is made with.
    tasks : tuple of str
        What can be predicted: ``numbers``, ``classes``.
    imports : callable(get)
        Lines that its lines need, beside ``import torch``.
    lines : callable(get)
        Program text that makes ``X`` float32 [rows, features] and ``y`` float32 [rows, 1].
    features : callable(get)
        The names of the features.
    target : callable(get)
        The name of what is predicted.
    truth : callable(get)
        Program text of a function ``truth(X)``, float64, what the targets are without noise; nothing where that is not known.
    """

    fields: tuple[str, ...] = ()
    tasks: tuple[str, ...] = (NUMBERS,)
    imports: Callable[[Get], tuple[str, ...]] = lambda get: ()
    lines: Callable[[Get], list[str]] = lambda get: []
    features: Callable[[Get], tuple[str, ...]] = lambda get: ("x",)
    target: Callable[[Get], str] = lambda get: "y"
    truth: Callable[[Get], list[str]] = lambda get: []


MADE_WITH = ("n_samples", "noise", "data_seed")
OUTLIERS = Whole("outliers", 0, "How many rows get a target that lies three standard deviations too high", 0, 1000)

_COLUMNS = "X, y = rows[:, :-1].contiguous(), rows[:, -1:].contiguous()"
"""Of a view of some columns torch computes products in another order, with other last digits."""
_TENSORS = ["X = torch.tensor(X, dtype=torch.float32)", "y = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)"]


def _outliers(get: Get) -> list[str]:
    count = get("outliers")
    return [f"y[:{count}] += 3 * y.std()"] if count else []


def _numbered(count: int) -> tuple[str, ...]:
    return ("x",) if count == 1 else tuple(f"x{number}" for number in range(1, count + 1))


def _regression_settings(get: Get) -> list[str]:
    settings = [f"n_samples={get('n_samples')}", f"n_features={get('n_features')}"]
    if get("n_informative") != 10:
        settings.append(f"n_informative={get('n_informative')}")
    settings += [f"noise={get('noise')}", f"bias={get('bias')}"]
    if get("tail_strength") != 0.5 or get("effective_rank"):
        settings += [f"effective_rank={get('effective_rank') or None}", f"tail_strength={get('tail_strength')}"]
    return [*settings, f"random_state={get('data_seed')}"]


def _regression(get: Get) -> list[str]:
    return [*_call("X, y = make_regression", _regression_settings(get)), *_TENSORS, *_outliers(get), *_other_units(get)]


def _other_units(get: Get) -> list[str]:
    """The columns of X told in another unit, from another zero; y stays, and so does what can be known of it."""
    stretch, shift = get("stretch"), get("shift")
    stretched = "X" if stretch == 1 else f"{stretch} * X"
    moved = f"{stretched} {'-' if shift < 0 else '+'} {abs(shift)}" if shift else stretched
    return [] if moved == "X" else [f"X = {moved}"]


def _regression_truth(get: Get) -> list[str]:
    return [
        *_call("*_, coefficient = make_regression", [*_regression_settings(get), "coef=True"]),
        "coefficient = torch.tensor(coefficient, dtype=torch.float64).reshape(-1, 1)",
        "def truth(X):",
        *(["    X = " + _back(get)] if _other_units(get) else []),
        f"    return X @ coefficient + {get('bias')}",
    ]


def _back(get: Get) -> str:
    return f"(X - {get('shift')}) / {get('stretch')}"


def _call(function: str, settings: list[str]) -> list[str]:
    """A call on one line, or with its arguments on lines of their own where it would be too long to read."""
    line = f"{function}({', '.join(settings)})"
    return [line] if len(line) <= 88 else [f"{function}(", "    " + ", ".join(settings), ")"]


def _sine(get: Get) -> list[str]:
    return [
        f"source = torch.Generator().manual_seed({get('data_seed')})",
        f"X = 2 * torch.rand({get('n_samples')}, 1, generator=source) - 1",
        f"y = torch.sin({get('periods') * math.pi!r} * X)",
        f"y += {get('noise')} * torch.randn({get('n_samples')}, 1, generator=source)",
        *_outliers(get),
    ]


def _sine_truth(get: Get) -> list[str]:
    return ["def truth(X):", f"    return torch.sin({get('periods') * math.pi!r} * X)"]


def _moons(get: Get) -> list[str]:
    settings = [f"n_samples={get('n_samples')}", f"noise={get('noise')}", f"random_state={get('data_seed')}"]
    return [*_call("X, y = make_moons", settings), *_TENSORS]


def _circles(get: Get) -> list[str]:
    settings = [f"n_samples={get('n_samples')}", f"noise={get('noise')}", f"factor={get('ratio')}"]
    return [*_call("X, y = make_circles", [*settings, f"random_state={get('data_seed')}"]), *_TENSORS]


def _xor(get: Get) -> list[str]:
    return [
        f"source = torch.Generator().manual_seed({get('data_seed')})",
        f"X = 2 * torch.rand({get('n_samples')}, 2, generator=source) - 1",
        "y = (X[:, :1] * X[:, 1:] < 0).float()",
        f"X += {get('noise')} * torch.randn({get('n_samples')}, 2, generator=source)",
    ]


def _diabetes(get: Get) -> list[str]:
    lines = ["X, y = load_diabetes(return_X_y=True)"]
    if get("column") != "all":
        place = DIABETES.index(get("column"))
        lines.append(f"X = X[:, {place}:{place + 1}]  # {get('column')}")
    return [*lines, *_TENSORS]


def _points(get: Get) -> list[str]:
    rows = [f"    {list(row)!r}," for row in get("points")]
    return ["rows = torch.tensor([", *rows, "])", _COLUMNS]


def _file(get: Get) -> list[str]:
    columns = (*get("x_columns"), get("y_column"))
    if get("format") == "parquet":
        return [
            f"with parquet.ParquetFile({get('path')!r}) as file:",
            f"    names = [file.schema_arrow.names[column] for column in {columns!r}]",
            "    table = file.read(columns=names, use_threads=False)",
            'cells = [table[name].cast("float64", safe=False).to_numpy() for name in names]',
            "rows = torch.stack([torch.tensor(column) for column in cells], 1)",
            "rows = rows[~rows.isnan().any(1)].float()",
            _COLUMNS,
        ]
    decimal = '.replace(",", ".")' if get("decimal") == "," else ""
    above = ABOVE_ROWS[get("header")]
    classes = {word: float(place) for place, word in enumerate(get("classes").split("\n"))} if get("classes") else {}
    told = [f"classes = {classes!r}"] if classes else []
    row = (
        f"[*(float(cell{decimal}) for cell in row[:-1]), classes[row[-1]]]"
        if classes
        else f"[float(cell{decimal}) for cell in row]"
    )
    skipped = [f"    for _ in range({get('first_line') - 1}):", "        file.readline()"] if get("first_line") > 1 else []
    return [
        f"with open({get('path')!r}, encoding={get('encoding')!r}, newline='') as file:",
        *skipped,
        f"    table = csv.reader(file, delimiter={get('separator')!r}, skipinitialspace=True)",
        "    lines = [line for line in table if any(map(str.strip, line))]",
        "cells = [",
        f"    [line[column].strip() if column < len(line) else '' for column in {columns!r}]",
        f"    for line in lines{f'[{above}:]' if above else ''}",
        "]",
        f"missing = {{{', '.join(map(repr, MISSING))}}}",
        *told,
        f"rows = [{row} for row in cells if not any(cell.lower() in missing for cell in row)]",
        "rows = torch.tensor(rows, dtype=torch.float64).float()",
        _COLUMNS,
    ]


MOST_ABOVE = 1_000
"""The last line at which a table can begin."""
MISSING = ("", "-", "?", "n/a", "na", "nan", "none", "null")
"""What stands in a cell, in small letters, that has no value."""
ABOVE_ROWS = {"yes": 1, "no": 0, "units": 2}
"""By what the first row of a text holds, how many rows stand above the numbers."""

DATA = (
    DataChoice(
        "regression",
        "Line with noise",
        "A straight line, or plane, with normal noise, from scikit-learn's make_regression",
        (
            Whole("n_features", 1, "Columns of X", 1, 50, title="Features"),
            Whole("n_informative", 10, "How many of these y depends on, at most", 1, 50, title="Informative"),
            Whole("effective_rank", 0, "About how many columns tell all others; 0: they are independent", 0, 50, title="Rank"),
            Number("tail_strength", 0.5, "What share the others have then", least=0.0, greatest=1.0, title="Tail"),
            Number("stretch", 1.0, "What the columns of X are multiplied with, as in another unit", above=0.0, greatest=1e6),
            Number("shift", 0.0, "What is added to them then, as from another zero", least=-1e6, greatest=1e6),
            OUTLIERS,
        ),
        fields=("n_samples", "noise", "bias", "data_seed"),
        imports=lambda get: ("from sklearn.datasets import make_regression",),
        lines=_regression,
        features=lambda get: _numbered(get("n_features")),
        truth=_regression_truth,
    ),
    DataChoice(
        "sine",
        "Sine with noise",
        "A sine over x from −1 to 1, with normal noise",
        (Number("periods", 1.0, "Periods between x = −1 and x = 1", above=0.0, greatest=20.0), OUTLIERS),
        fields=MADE_WITH,
        lines=_sine,
        truth=_sine_truth,
    ),
    DataChoice(
        "moons",
        "Two moons",
        "Two half circles that reach into each other, from scikit-learn's make_moons",
        fields=MADE_WITH,
        tasks=(CLASSES,),
        imports=lambda get: ("from sklearn.datasets import make_moons",),
        lines=_moons,
        features=lambda get: _numbered(2),
    ),
    DataChoice(
        "circles",
        "Two circles",
        "A circle within a circle, from scikit-learn's make_circles",
        (Number("ratio", 0.5, "Radius of the inner circle, where the outer one has 1", least=0.0, below=1.0),),
        fields=MADE_WITH,
        tasks=(CLASSES,),
        imports=lambda get: ("from sklearn.datasets import make_circles",),
        lines=_circles,
        features=lambda get: _numbered(2),
    ),
    DataChoice(
        "xor",
        "XOR",
        "Class 1 where exactly one of two numbers is below 0",
        fields=MADE_WITH,
        tasks=(CLASSES,),
        lines=_xor,
        features=lambda get: _numbered(2),
    ),
    DataChoice(
        "diabetes",
        "Diabetes",
        "442 patients and the progress of their disease, from scikit-learn's load_diabetes",
        (OneOf("column", "bmi", "The feature, or all ten", (*DIABETES, "all"), title="Feature"),),
        imports=lambda get: ("from sklearn.datasets import load_diabetes",),
        lines=_diabetes,
        features=lambda get: DIABETES if get("column") == "all" else (get("column"),),
    ),
    DataChoice(
        "points",
        "Drawn points",
        "Points that were drawn: each row the features, then y",
        (Points("points", ((0.0, 0.0), (1.0, 1.0)), "The rows"),),
        tasks=TASKS,
        lines=_points,
        features=lambda get: _numbered(len(get("points")[0]) - 1),
    ),
    DataChoice(
        "file",
        "Your file",
        "Columns of a file of numbers, text or Parquet; rows with missing values are left out and counted",
        (
            Text("path", "data.csv", "The file", 1, title="File"),
            Places("x_columns", (0,), "Its columns that are features, counted from 0", title="x"),
            Whole("y_column", 1, "Its column that is predicted, counted from 0", 0, MOST_PLACES, title="y"),
            OneOf("separator", ",", "What stands between two cells", (",", ";", "\t", "|", " ")),
            OneOf("decimal", ".", "What stands before the decimals of a number", (".", ",")),
            OneOf("encoding", "utf-8-sig", "How letters are written as bytes", ("utf-8-sig", "utf-16", "cp1252")),
            OneOf("header", "yes", "Whether the first row holds names, and the second their units", tuple(ABOVE_ROWS)),
            Whole("first_line", 1, "The line at which the table begins, counted from 1", 1, MOST_ABOVE),
            OneOf(
                "format", "text", "What the file is: only of a text the five before and the next are asked", ("text", "parquet")
            ),
            Text("classes", "", "Two words that y holds for 0 and 1, each on a line; empty where it holds numbers", 0, 400),
            Text("contents", "", "SHA-256 of the file, if no other contents will do", 0, 64),
        ),
        tasks=TASKS,
        imports=lambda get: ("import csv",) if get("format") == "text" else ("from pyarrow import parquet",),
        lines=_file,
        features=lambda get: _numbered(len(get("x_columns"))),
    ),
)
"""All data sets, in the order in which they are offered."""
