"""The mathematics between dollar signs: written like Python, read into the tree that all formulas are."""

from __future__ import annotations

import ast

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Function, Indexed, Letter, Number, Word
from engine.mathematics.tree import (
    Bars,
    Big,
    Call,
    Listing,
    Partial,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    applied,
    beside,
    minus,
    negated,
    partial,
    plus,
    transposed,
)
from engine.operations.symbols import name_symbol
from engine.runtime.quiet import quiet_warnings

LONGEST = 300
"""Characters of one formula."""
_RELATIONS: dict[type[ast.cmpop], str] = {ast.Eq: "=", ast.Lt: "<", ast.Gt: ">", ast.LtE: "≤", ast.GtE: "≥", ast.NotEq: "≠"}
_FUNCTIONS = ("sin", "cos", "tan", "tanh", "exp", "log")
HOW_TO = "formulas are written like Python, such as $3*a**2$, $d(y)/d(a) == 75$, $sqrt(x)$, $abs(x)$, $x[1]$, $X @ w$, $t(X)$"


def read_formula(text: str) -> Expression:
    """The formula ``text``. Raises ValueError, which says what is allowed, where it is none."""
    if len(text) > LONGEST:
        raise ValueError(f"a formula has at most {LONGEST} characters, not {len(text)}")
    plain = text.strip().replace("^", "**").replace("−", "-").replace("·", "*").replace("…", "___").replace("...", "___")
    try:
        with quiet_warnings():
            tree = ast.parse(plain, mode="eval")
        return _read(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = str(error) if type(error) is ValueError else "this cannot be read"
        raise ValueError(f"${text}$: {said}; {HOW_TO}") from None


def _read(part: ast.expr) -> Expression:
    match part:
        case ast.Constant(value=bool()):
            raise ValueError("True and False are no mathematics")
        case ast.Constant(value=int(number) | float(number)):
            return Number(number)
        case ast.Constant(value=str(word)):
            return Word(word)
        case ast.Name(id="___"):
            return Word("…")
        case ast.Name():
            return name_symbol(part.id)
        case ast.Attribute(value=ast.Name() as name):
            return Word(f"{name.id}.{part.attr}")
        case ast.UnaryOp(op=ast.USub()):
            return negated(_read(part.operand))
        case ast.BinOp():
            return _operation(part)
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _RELATIONS:
            return Relation(_read(left), _RELATIONS[type(operator)], _read(right))
        case ast.Compare(left=left, ops=operators, comparators=others) if all(isinstance(one, ast.Eq) for one in operators):
            result = _read(others[-1])
            for other in reversed([left, *others[:-1]]):
                result = Relation(_read(other), "=", result)
            return result
        case ast.Tuple() | ast.List():
            return Listing(tuple(map(_read, part.elts)), square=isinstance(part, ast.List))
        case ast.Subscript(value=value, slice=index):
            indices = index.elts if isinstance(index, ast.Tuple) else [index]
            return Indexed(_read(value), tuple(map(_read, indices)))
        case ast.Call(func=ast.Name() as function, keywords=[]):
            return _call(function.id, [_read(argument) for argument in part.args])
    raise ValueError("only names, numbers, + − * / ** @, comparisons and calls can stand there")


def _operation(part: ast.BinOp) -> Expression:
    if isinstance(part.op, ast.Div):
        over, under = _differential(part.left), _differential(part.right)
        if over is not None and under is not None:
            return partial(over, under)
        return Quotient(_read(part.left), _read(part.right))
    left, right = _read(part.left), _read(part.right)
    match part.op:
        case ast.Add():
            return plus(left, right)
        case ast.Sub():
            return minus(left, right)
        case ast.Mult():
            dotted = isinstance(right, Number) or _dotted(left) or left.to_plain() == right.to_plain()
            return Product((left, right), "·") if dotted else beside(left, right)
        case ast.MatMult():
            return Product((left, right), "@")
        case ast.Pow():
            return Power(left, right)
    raise ValueError("of operators, + − * / ** and @ can be used")


def _dotted(item: Expression) -> bool:
    return isinstance(item, Product) and item.sign == "·"


def _differential(part: ast.expr) -> Expression | None:
    """``y`` of ``d(y)``."""
    match part:
        case ast.Call(func=ast.Name(id="d"), args=[only], keywords=[]):
            return _read(only)
    return None


def _call(name: str, arguments: list[Expression]) -> Expression:
    if not arguments:
        raise ValueError(f"{name}() has nothing in its brackets")
    first = arguments[0]
    match name, len(arguments):
        case "sqrt", 1:
            return Root(first)
        case "abs", 1:
            return Bars(first)
        case "norm", 1:
            return Bars(first, double=True)
        case "sum", 1:
            return Big("∑", first)
        case "t", 1:
            return transposed(first)
        case "d", 1:
            return Partial(first)
    if name in _FUNCTIONS:
        function = Function(name)
        return applied(function, first) if len(arguments) == 1 else Call(function, tuple(arguments))
    symbol = name_symbol(name)
    return Call(symbol if isinstance(symbol, Letter) else Word(name), tuple(arguments))
