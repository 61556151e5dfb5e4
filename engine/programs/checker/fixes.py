"""What to write instead of something that a program may not use, as a change of the text."""

from __future__ import annotations

import ast

from engine.errors import Fix
from engine.programs.checker import names
from engine.programs.checker.messages import closest
from engine.text.places import Places

_AS_FUNCTION = {"abs": "abs", "sum": "sum", "round": "round", "max": "max", "min": "min", "all": "all", "any": "any"}
_AS_PAIR = {"max": "maximum", "min": "minimum"}
_OTHER_NAME = {
    "empty": "zeros",
    "empty_like": "zeros_like",
    "Tensor": "tensor",
    "FloatTensor": "tensor",
    "as_tensor": "tensor",
}
_LEFT_OUT = ("cpu", "cuda", "numpy", "tolist")
"""Methods that do nothing here, or only give numbers to other libraries."""
_LIBRARIES = ("math", "np", "numpy")
OF_OTHERS = {"true": "True", "false": "False", "none": "None", "null": "None", "nil": "None"}
"""Words of other languages, and Python's."""


class Fixes:
    """Makes a ``Fix`` for a node of the tree, or gives None if the text alone does not tell what to write."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def _text(self, node: ast.AST) -> str:
        return self._places.source(node)

    def function(self, name: str, call: ast.Call) -> Fix | None:
        """``sin(a)`` is ``torch.sin(a)``; also for Python's own functions, and names written a little wrong."""
        arguments = self._text(call)[len(self._text(call.func)) :]
        plain = len(call.args) == 1 and not call.keywords
        if name in ("len", "float") and plain:
            of = _tight(self._text(call.args[0]), call.args[0])
            return self._places.write(call, f"{of}.shape[0]" if name == "len" else f"{of}.item()")
        if name == "pow" and len(call.args) == 2 and not call.keywords:
            base, exponent = (_tight(self._text(part), part) for part in call.args)
            return self._places.write(call, f"({base} ** {exponent})", f"Write {base} ** {exponent}")
        if name in _AS_PAIR and len(call.args) == 2 and not call.keywords:
            return self._function(call, f"torch.{_AS_PAIR[name]}", arguments)
        if name in _AS_FUNCTION:
            return self._function(call, f"torch.{_AS_FUNCTION[name]}", arguments) if plain else None
        if name in names.INSTEAD_OF_BUILTIN or name in names.BUILTINS:
            return None
        for known, prefix in ((names.TORCH_FUNCTIONS, "torch."), (names.FUNCTIONAL, "F.")):
            if name in known:
                return self._function(call, prefix + name, arguments)
        if name in names.METHODS and plain and isinstance(call.args[0], (ast.Name, ast.Call)):
            return self._places.write(call, f"{self._text(call.args[0])}.{name}()")  # ``backward(y)``
        close = closest(name, names.TORCH_FUNCTIONS | names.FUNCTIONS)
        if close:
            return self._function(call, close if close in names.FUNCTIONS else f"torch.{close}", arguments)
        return None

    def _function(self, call: ast.Call, function: str, arguments: str) -> Fix:
        fix = self._places.write(call, function + arguments)
        line, column, end_line, end_column = self._places.span(call.func)
        return Fix(fix.label, line, column, end_line, end_column, self._text(call.func), function)

    def name(self, name: str, node: ast.AST, defined: set[str]) -> Fix | None:
        """A name that is like one that is set; ``math`` and ``np`` are ``torch`` here."""
        known = "torch" if name in _LIBRARIES else meant(name) or closest(name, defined | names.RESERVED)
        return self._places.write(node, known) if known else None

    def attribute(self, node: ast.Attribute, call: ast.Call | None) -> Fix | None:
        """``x.data`` is ``x.detach()``, ``x.gelu()`` is ``F.gelu(x)``, ``x.bakward()`` is ``x.backward()``."""
        name, of = node.attr, self._text(node.value)
        whole: ast.AST = node if call is None else call
        if name == "zero_grad" and call is not None:
            return self._places.write(call, f"{of}.grad.zero_()")
        if name == "data":
            return self._places.write(node, f"{of}.detach()")
        if name in _LEFT_OUT and call is not None and not call.args:
            return self._places.write(call, of)
        if name == "append" and call is not None and len(call.args) == 1 and isinstance(node.value, ast.Name):
            return self._places.write(call, f"{of} = {of} + [{self._text(call.args[0])}]")
        for known, prefix in ((names.FUNCTIONAL, "F."), (names.TORCH_FUNCTIONS, "torch.")):
            if name in known and call is not None and name not in names.INSTEAD:
                given = self._text(call)[len(self._text(node)) + 1 : -1].strip()
                return self._places.write(call, f"{prefix}{name}({of}{', ' if given else ''}{given})")
        close = closest(name, names.METHODS | names.PROPERTIES)
        if not close or name in names.INSTEAD:
            return None
        given = "" if call is None else self._text(call)[len(self._text(node)) :]
        return self._places.write(whole, f"{of}.{close}{given}")

    def of_library(self, path: tuple[str, ...], known: frozenset[str], inside: str, node: ast.AST) -> Fix | None:
        """A function of torch that is called otherwise here, or written a little wrong."""
        name = path[-1]
        if name in _OTHER_NAME and len(path) == 2:
            return self._places.write(node, f"torch.{_OTHER_NAME[name]}")
        if name in names.INSTEAD:
            return None
        for others, prefix in ((names.FUNCTIONAL, "F."), (names.TORCH_FUNCTIONS, "torch.")):
            if name in others:
                return self._places.write(node, prefix + name)
        close = closest(name, known | (names.TORCH_CONSTANTS if inside == "torch" else frozenset()))
        return self._places.write(node, f"{inside}.{close}") if close else None

    def called(self, node: ast.expr) -> Fix | None:
        """A function that is to be called: brackets behind it."""
        return self._places.write(node, f"{self._text(node)}()")

    def in_brackets(self, node: ast.Subscript, called: str) -> Fix:
        """``torch.tensor[1., 2.]`` is ``torch.tensor([1., 2.])``, ``torch.sin[x]`` is ``torch.sin(x)``."""
        given = self._text(node.slice)
        listed = called.endswith("tensor") and not isinstance(node.slice, ast.List)
        return self._places.write(node, f"{called}([{given}])" if listed else f"{called}({given})")

    def renamed(self, keyword: ast.keyword, name: str) -> Fix:
        """A keyword argument under another name."""
        return self._places.write(keyword, f"{name}={self._text(keyword.value)}", f"Write {name}=")

    def without_brackets(self, call: ast.Call) -> Fix | None:
        """A property that was called."""
        return None if call.args or call.keywords else self._places.write(call, self._text(call.func))

    def as_type(self, path: tuple[str, ...], call: ast.Call) -> Fix | None:
        """``torch.float32(x)`` is ``x.to(torch.float32)``."""
        if len(call.args) != 1 or call.keywords or path[1] not in names.TORCH_CONSTANTS - {"pi", "e", "inf", "nan"}:
            return None
        return self._places.write(call, f"{_tight(self._text(call.args[0]), call.args[0])}.to({'.'.join(path)})")

    def every(self, node: ast.BoolOp) -> Fix:
        """``a > 0 and b > 0`` is ``(a > 0) & (b > 0)``."""
        sign = " & " if isinstance(node.op, ast.And) else " | "
        return self._places.write(node, sign.join(_tight(self._text(part), part) for part in node.values))

    def chain(self, node: ast.Compare) -> Fix | None:
        """``a < b < c`` is ``(a < b) & (b < c)``."""
        parts = [node.left, *node.comparators]
        texts, found = [self._text(part) for part in parts], []
        for at in range(len(node.ops)):
            _, _, line, column = self._places.span(parts[at])
            end_line, end_column, _, _ = self._places.span(parts[at + 1])
            sign = self._places.between(line, column, end_line, end_column).strip().strip("()").strip()
            found.append(f"({texts[at]} {sign} {texts[at + 1]})")
        return self._places.write(node, " & ".join(found))

    def otherwise(self, node: ast.UnaryOp) -> Fix:
        """``not a > 0`` is ``~(a > 0)``."""
        return self._places.write(node, f"~{_tight(self._text(node.operand), node.operand)}")

    def plain(self, node: ast.AnnAssign) -> Fix | None:
        """``a: float = 1.`` without its annotation."""
        if node.value is None:
            return None
        return self._places.write(node, f"{self._text(node.target)} = {self._text(node.value)}")

    def tracked(self, node: ast.Attribute, value: ast.expr, statement: ast.stmt) -> Fix | None:
        """``x.requires_grad = True`` is ``x.requires_grad_()``; ``x.data = y`` has no such form."""
        if node.attr != "requires_grad" or not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
            return None
        return self._places.write(statement, f"{self._text(node.value)}.requires_grad_({'' if value.value else 'False'})")

    def without_gradients(self, call: ast.expr) -> Fix | None:
        """``torch.inference_mode()`` and ``torch.set_grad_enabled(False)`` are ``torch.no_grad()``."""
        function = call.func if isinstance(call, ast.Call) else call
        name = function.attr if isinstance(function, ast.Attribute) else ""
        off = isinstance(call, ast.Call) and [getattr(item, "value", None) for item in call.args] == [False]
        meant = name in ("no_grad", "inference_mode") or (name == "set_grad_enabled" and off)
        return self._places.write(call, "torch.no_grad()") if meant else None

    def unnamed(self, call: ast.expr, name: ast.expr) -> Fix:
        """``with torch.no_grad() as x:`` without the name."""
        line, column = self._places.span(call)[2:]
        end_line, end_column = self._places.span(name)[2:]
        named = self._places.between(line, column, end_line, end_column)
        return Fix("Leave the name out", line, column, end_line, end_column, named, "")

    def imported(self, node: ast.Import | ast.ImportFrom) -> Fix | None:
        """The text without the line, or without what it imports besides torch."""
        if isinstance(node, ast.Import) and any(alias.name == "torch" and alias.asname is None for alias in node.names):
            return self._places.write(node, "import torch")
        return self._places.remove_lines(node)


def meant(name: str) -> str:
    """What a name that nothing sets stands for elsewhere: ``true`` for Python's True, ``pi`` and ``float32`` for torch's."""
    return OF_OTHERS.get(name, f"torch.{name}" if name in names.TORCH_CONSTANTS else "")


def _tight(text: str, node: ast.expr) -> str:
    """``text`` as an operand that something is applied to."""
    return text if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)) else f"({text})"
