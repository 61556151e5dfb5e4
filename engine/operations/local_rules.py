"""Local derivatives by hand: for each operation, what its result changes by with each of its inputs, as LaTeX.

Torch's choices at kinks are the ones written (``relu`` at 0 gives 0), which is why this table is not made by sympy; tests hold it
against sympy and against torch where the functions are smooth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.operations.symbols import canonical, number_symbol

_OPERAND = re.compile(r"@([01])")

LOCAL_RULES: dict[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "-1"),
    "rsub": ("-1", "1"),
    "mul": ("@1", "@0"),
    "div": ("\\frac{1}{@1}", "-\\frac{@0}{@1^{2}}"),
    "rdiv": ("-\\frac{@1}{@0^{2}}", "\\frac{1}{@0}"),
    "pow": ("@1 @0^{@1 - 1}", "@0^{@1} \\log(@0)"),
    "rpow": ("@1^{@0} \\log(@1)", "@0 @1^{@0 - 1}"),
    "neg": ("-1",),
    "abs": ("\\mathrm{sign}(@0)",),
    "exp": ("e^{@0}",),
    "exp2": ("2^{@0} \\log(2)",),
    "expm1": ("e^{@0}",),
    "log": ("\\frac{1}{@0}",),
    "log2": ("\\frac{1}{@0 \\log(2)}",),
    "log10": ("\\frac{1}{@0 \\log(10)}",),
    "log1p": ("\\frac{1}{1 + @0}",),
    "sqrt": ("\\frac{1}{2 \\sqrt{@0}}",),
    "rsqrt": ("-\\frac{1}{2 @0 \\sqrt{@0}}",),
    "square": ("2 @0",),
    "reciprocal": ("-\\frac{1}{@0^{2}}",),
    "sin": ("\\cos(@0)",),
    "cos": ("-\\sin(@0)",),
    "tan": ("\\frac{1}{\\cos(@0)^{2}}",),
    "asin": ("\\frac{1}{\\sqrt{1 - @0^{2}}}",),
    "acos": ("-\\frac{1}{\\sqrt{1 - @0^{2}}}",),
    "atan": ("\\frac{1}{1 + @0^{2}}",),
    "sinh": ("\\cosh(@0)",),
    "cosh": ("\\sinh(@0)",),
    "tanh": ("1 - \\tanh(@0)^{2}",),
    "asinh": ("\\frac{1}{\\sqrt{@0^{2} + 1}}",),
    "atanh": ("\\frac{1}{1 - @0^{2}}",),
    "erf": ("\\frac{2}{\\sqrt{\\pi}} e^{-@0^{2}}",),
    "sigmoid": ("\\mathrm{sigmoid}(@0) (1 - \\mathrm{sigmoid}(@0))",),
    "relu": ("[@0 > 0]",),
    "softplus": ("\\mathrm{sigmoid}(@0)",),
    "silu": ("\\mathrm{sigmoid}(@0) (1 + @0 (1 - \\mathrm{sigmoid}(@0)))",),
    "logsigmoid": ("1 - \\mathrm{sigmoid}(@0)",),
    "hypot": ("\\frac{@0}{\\sqrt{@0^{2} + @1^{2}}}", "\\frac{@1}{\\sqrt{@0^{2} + @1^{2}}}"),
    "atan2": ("\\frac{@1}{@0^{2} + @1^{2}}", "-\\frac{@0}{@0^{2} + @1^{2}}"),
}
"""Element-wise operations; ``@0`` and ``@1`` stand for the inputs."""

GRADIENT_RULES: dict[str, tuple[str, ...]] = {
    "matmul": ("G @1^{T}", "@0^{T} G"),
    "sum": ("G",),
    "mean": ("\\frac{1}{N} G",),
    "prod": ("\\frac{\\prod @0}{@0} G",),
    "norm": ("\\frac{@0}{\\left\\|@0\\right\\|} G",),
    "T": ("G^{T}",),
    "mT": ("G^{T}",),
    "mse_loss": ("\\frac{2}{N} (@0 - @1) G", "\\frac{2}{N} (@1 - @0) G"),
}
"""Operations that are not element-wise: what becomes of a gradient ``G`` of the result (spread out to the input's shape)."""

RESHAPING = frozenset(("reshape", "view", "flatten", "squeeze", "unsqueeze", "transpose", "permute", "clone", "contiguous"))
"""Operations that pass the gradient on in the input's own shape."""


def local_rule(name: str, symbols: tuple[str, ...], constants: tuple[object, ...] = ()) -> tuple[str, ...] | None:
    """The local derivative of an operation by each of its inputs, in the inputs' own symbols: the one text for it everywhere.

    Parameters
    ----------
    name : str
        As recorded; in-place operations have the rule of their plain form.
    symbols : tuple of str
        LaTeX of the inputs, in order; anything longer than a symbol is put in parentheses.
    constants : tuple
        The Python numbers among the inputs, None for tensors; may be left out. A constant exponent is worked out: ``3 a^{2}``.

    Returns
    -------
    tuple of str or None
        One entry an input, or None if there is no rule for the operation (or for that many inputs). For operations in
        ``GRADIENT_RULES`` and ``RESHAPING`` the entries say what becomes of the gradient ``G``.
    """
    name = canonical(name.rstrip("_"))
    if name in RESHAPING and symbols:
        return ("G",)
    rules = LOCAL_RULES.get(name) or GRADIENT_RULES.get(name)
    if rules is None or len(rules) != len(symbols):
        return None
    found = [inserted(rule, symbols) for rule in rules]
    exponent = constants[1] if name == "pow" and len(constants) > 1 else None
    if isinstance(exponent, (int, float)) and not isinstance(exponent, bool):
        found[0] = power_rule(exponent, symbols[0])
    return tuple(found)


def power_rule(exponent: int | float, below: str) -> str:
    """The derivative of a power with a constant exponent: ``3 a^{2}``, ``2 b``, ``-1 a^{-2}`` in parentheses, ``1``, ``0``."""
    if exponent in (0, 1):
        return str(int(exponent))
    front = number_symbol(exponent)
    front = f"({front})" if front.startswith("-") else front
    return f"{front} {below if plain_symbol(below) else f'({below})'}{power_of(exponent)}"


def power_of(exponent: int | float) -> str:
    """What is left of a constant exponent: ``^{2}`` of 3, nothing of 2."""
    return "" if exponent == 2 else f"^{{{number_symbol(exponent - 1)}}}"


def plain_symbol(text: str) -> bool:
    """Whether it is one symbol, which needs no parentheses."""
    return not any(sign in text for sign in (" ", "^", "+", "-", "/", "\\frac"))


def inserted(template: str, symbols: Sequence[str]) -> str:
    """A rule with its operands put in, in parentheses where they are more than a symbol and not alone in some."""
    whole = _OPERAND.fullmatch(template)
    if whole:
        return symbols[int(whole[1])]

    def put(match: re.Match[str]) -> str:
        text = symbols[int(match[1])]
        alone = template[: match.start()].endswith(("(", "{")) and template[match.end() :].startswith((")", "}"))
        return text if alone or plain_symbol(text) else f"({text})"

    return _OPERAND.sub(put, template)
