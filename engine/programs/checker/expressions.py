"""Expressions against the allow-list, walked without recursion."""

from __future__ import annotations

import ast
from typing import Literal, NoReturn

from engine.errors import Fix, ForbiddenError, ScriptOnlyError, TooLargeError, UnknownNameError
from engine.programs.checker import names
from engine.programs.checker.fixes import Fixes, meant
from engine.programs.checker.messages import closest, did_you_mean, shorten
from engine.programs.limits import Limits
from engine.text.places import Places

Role = Literal["value", "argument", "index"]

_OTHERS: dict[type[ast.expr], tuple[str, str]] = {
    ast.BoolOp: ("and / or cannot be used in a program", "Use & and | between comparisons in brackets."),
    ast.IfExp: ("if … else cannot be used in a program", "Use torch.where(condition, x, y)."),
    ast.Lambda: ("lambda cannot be used in a program", "Write the expression where it is needed."),
    ast.Dict: ("dictionaries cannot be used in a program", "Use a list [ ]."),
    ast.Set: ("sets cannot be used in a program", "Use a list [ ]."),
    ast.ListComp: ("comprehensions cannot be used in a program", "Write the values out, or use torch.arange(n)."),
    ast.SetComp: ("comprehensions cannot be used in a program", "Write the values out, or use torch.arange(n)."),
    ast.DictComp: ("comprehensions cannot be used in a program", "Write the values out, or use torch.arange(n)."),
    ast.GeneratorExp: ("comprehensions cannot be used in a program", "Write the values out, or use torch.arange(n)."),
    ast.NamedExpr: ("the walrus := cannot be used in a program", "Set the name on a line of its own with =."),
    ast.JoinedStr: ("f-strings cannot be used in a program", 'print takes several values: print("y is", y).'),
    ast.Starred: ("* before a value cannot be used in a program", "Write the values one by one."),
    ast.Await: ("await cannot be used in a program", "Call the function directly."),
    ast.Yield: ("yield cannot be used in a program", "Assign the result to a name."),
    ast.YieldFrom: ("yield cannot be used in a program", "Assign the result to a name."),
    ast.Slice: ("a : can only stand between [ and ]", "Write x[start:end]."),
}


_REQUIRES = frozenset({"requires_grad"})
"""The keyword that is written a little wrong most often, and that no other of torch's is like."""
_MAY = "A script may use it: record it as a script."


class Expressions:
    """Checks expressions; ``defined`` holds the names that the text has set so far."""

    def __init__(self, places: Places, limits: Limits) -> None:
        self._places = places
        self._fixes = Fixes(places)
        self._largest: int = 10**limits.integer_digits
        self._digits = limits.integer_digits
        self.defined: set[str] = set()

    def check(self, expression: ast.expr, *, text_allowed: bool = False) -> None:
        """Raises a ProgramError at the first thing that a program may not use."""
        self._walk(expression, "argument" if text_allowed else "value")
        self._fold(expression)

    def check_index(self, expression: ast.expr) -> None:
        """The same for what is between [ and ]."""
        self._walk(expression, "index")
        self._fold(expression)

    def _walk(self, expression: ast.expr, role: Role) -> None:
        stack: list[tuple[ast.expr, Role]] = [(expression, role)]
        while stack:
            node, role = stack.pop()
            children: list[tuple[ast.expr, Role]] = []
            if isinstance(node, ast.Constant):
                self._constant(node, role)
            elif isinstance(node, ast.Name):
                self._name(node)
            elif isinstance(node, ast.Attribute):
                children = self._attribute(node)
            elif isinstance(node, ast.Call):
                children = self._call(node)
            elif isinstance(node, ast.BinOp):
                children = [(node.left, "value"), (node.right, "value")]
            elif isinstance(node, ast.UnaryOp):
                if isinstance(node.op, ast.Not):
                    fix = self._fixes.otherwise(node)
                    self._refuse("not cannot be used in a program", "Use ~ before a comparison in brackets.", node, fix)
                children = [(node.operand, "value")]
            elif isinstance(node, ast.Compare):
                if len(node.ops) > 1:
                    chain = self._fixes.chain(node)
                    self._refuse("only two values can be compared at a time", "Write (a < b) & (b < c).", node, chain)
                if isinstance(node.ops[0], (ast.In, ast.NotIn)):
                    self._refuse("in can only be used in for … in range(n)", "Compare with == instead.", node)
                children = [(node.left, "value"), (node.comparators[0], "value")]
            elif isinstance(node, ast.Subscript):
                self._indexed(node)
                children = [(node.value, "value"), (node.slice, "index")]
            elif isinstance(node, (ast.Tuple, ast.List)):
                inner: Role = "index" if role == "index" and isinstance(node, ast.Tuple) else "value"
                children = [(item, inner) for item in node.elts]
            elif isinstance(node, ast.Slice) and role == "index":
                children = [(part, "value") for part in (node.lower, node.upper, node.step) if part is not None]
            else:
                message, hint = _OTHERS.get(type(node), (f"{type(node).__name__} cannot be used in a program", "Remove it."))
                self._refuse(message, hint, node, self._fixes.every(node) if isinstance(node, ast.BoolOp) else None)
            stack.extend(reversed(children))

    def _indexed(self, node: ast.Subscript) -> None:
        """A function with [ ] behind it, where it is to be called."""
        path = self._path(node.value)
        if isinstance(node.value, ast.Name) and node.value.id == "tensor" and "tensor" not in self.defined:
            path = ("tensor",)
        called = "" if path is None else ".".join(path)
        if path is None or not (called == "tensor" or (len(path) == 2 and path[1] in names.TORCH_FUNCTIONS | names.FUNCTIONAL)):
            return
        fix = None if any(isinstance(part, ast.Slice) for part in ast.walk(node.slice)) else self._fixes.in_brackets(node, called)
        self._refuse(f"{called} is a function and must be called", f"Write {called}(…).", node, fix)

    def _constant(self, node: ast.Constant, role: Role) -> None:
        value = node.value
        if isinstance(value, str):
            if role != "argument":
                self._refuse("quoted text can only be given to a function", 'For example print("y is", y).', node)
        elif isinstance(value, bytes):
            self._refuse("bytes cannot be used in a program", "Leave out the b before the quote.", node)
        elif isinstance(value, complex):
            self._refuse("complex numbers cannot be used in a program", "Use real numbers.", node)
        elif value is Ellipsis and role != "index":
            self._refuse("... can only stand between [ and ]", "Write the value that is meant.", node)

    def _name(self, node: ast.Name) -> None:
        name = node.id
        if name in self.defined:
            return
        if name in names.FUNCTIONS:
            self._refuse(f"{name} is a function and must be called", f"Write {name}(…).", node)
        if name in ("torch", "F"):
            self._refuse(f"{name} is not a value", f"Write {name}. and the name of a function.", node)
        self._unknown(name, node)

    def _unknown(self, name: str, node: ast.AST, call: ast.Call | None = None) -> NoReturn:
        if name.startswith("_"):
            self._refuse(
                f"names that begin with an underscore, like {shorten(name)}, cannot be used", "Choose another name.", node
            )
        if name in names.MODULES_OF_TORCH:
            raise ScriptOnlyError(
                f"{name} cannot be used in a program",
                hint=f"{names.INSTEAD.get(name, '')} {_MAY}".strip(),
                fix=self._places.write(node, names.MODULES_OF_TORCH[name]),
                **self._places.of(node),
            )
        if name in names.INSTEAD_OF_BUILTIN or name in names.BUILTINS:
            hint = names.INSTEAD_OF_BUILTIN.get(name, "A program has torch, F, tensor, make_regression, print and range.")
            fix = self._fixes.function(name, call) if call is not None else self._fixes.name(name, node, set())
            self._refuse(f"{name} cannot be used in a program", hint, node, fix)
        if call is not None:
            hint = did_you_mean(name, names.FUNCTIONS)
            if name in names.TORCH_FUNCTIONS:
                hint = f"Write torch.{name}(…)."
            elif name in names.FUNCTIONAL:
                hint = f"Write F.{name}(…)."
            elif name in names.METHODS:
                hint = f"Write x.{name}()."
            self._refuse(
                f"there is no function {shorten(name)} here",
                hint or "Call functions as torch.exp(…) or F.relu(…).",
                node,
                self._fixes.function(name, call),
            )
        hint = f"Write {meant(name)}." if meant(name) else did_you_mean(name, self.defined | names.RESERVED)
        example = name if len(name) <= 20 else "c"
        advice = f"{'Or set' if hint else 'Set'} it first, for example {example} = torch.tensor([1.], requires_grad=True)."
        raise UnknownNameError(
            name,
            f"{shorten(name)} is used here but nothing has set it",
            hint=f"{hint} {advice}".strip(),
            fix=self._fixes.name(name, node, self.defined),
            **self._places.of(node),
        )

    def _attribute(self, node: ast.Attribute) -> list[tuple[ast.expr, Role]]:
        """An attribute that is read, not called."""
        path = self._path(node)
        if path is not None:
            if path[0] == "torch" and len(path) == 2 and path[1] in names.TORCH_CONSTANTS:
                return []
            self._library(path, node)
            self._refuse(f"{'.'.join(path)} is a function and must be called", f"Write {'.'.join(path)}(…).", node)
        name = node.attr
        if name in names.METHODS:
            self._refuse(f"{name} is a function and must be called", f"Write .{name}(…).", node, self._fixes.called(node))
        if name not in names.PROPERTIES:
            self._no_attribute(name, node)
        return [(node.value, "value")]

    def _no_attribute(self, name: str, node: ast.Attribute, call: ast.Call | None = None) -> NoReturn:
        if name.startswith("_"):
            message = f"attributes that begin with an underscore, like {shorten(name)}, cannot be used"
            self._refuse(message, "Use the documented functions of tensors.", node)
        if isinstance(node.value, ast.Name):
            self._name(node.value)  # ``np.pi``: it is np that is not there
        hint = names.INSTEAD.get(name) or _instead_of(name) or did_you_mean(name, names.METHODS | names.PROPERTIES, ".")
        self._refuse(
            f"tensors have no .{shorten(name)} that a program can use",
            hint or "Use the differentiable functions of tensors.",
            node,
            self._fixes.attribute(node, call),
        )

    def _path(self, node: ast.expr) -> tuple[str, ...] | None:
        """``torch.nn.functional.relu`` as a tuple of words; None if it does not begin with torch or F."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id in ("torch", "F"):
            return (node.id, *reversed(parts))
        return None

    def _library(self, path: tuple[str, ...], node: ast.AST) -> None:
        """Refuse a function of torch that is not in the lists."""
        for part in path:
            if part.startswith("_"):
                message = f"attributes that begin with an underscore, like {shorten(part)}, cannot be used"
                self._refuse(message, "Use the documented functions of torch.", node)
        known, inside, name = names.TORCH_FUNCTIONS, "torch", path[1]
        rest = path[2:]
        if path[0] == "F":
            known, inside = names.FUNCTIONAL, "F"
        elif path[1:3] == ("nn", "functional") and len(path) > 3:
            known, inside, name, rest = names.FUNCTIONAL, "torch.nn.functional", path[3], path[4:]
        elif path[1] in names.TORCH_SUBMODULES and len(path) > 2:
            known, inside, name, rest = names.TORCH_SUBMODULES[path[1]], f"torch.{path[1]}", path[2], path[3:]
        if name in known and not rest:
            return
        if rest and name in known:
            name = rest[0]
        if path[1] == "nn" and len(path) == 3 and path[2] in names.FUNCTIONAL:
            message = f"{shorten('.'.join(path))} is not there"
            self._refuse(message, f"Write F.{path[2]}(…).", node, self._places.write(node, f"F.{path[2]}"))
        if _needs_a_script(path):
            self._script_only(path, name, node)
        hint = (
            names.INSTEAD.get(name)
            or _instead_of(name)
            or did_you_mean(name, known | (names.TORCH_CONSTANTS if inside == "torch" else set()), f"{inside}.")
        )
        self._refuse(
            f"{shorten('.'.join(path))} cannot be used in a program",
            hint or "Use the differentiable functions of torch and F.",
            node,
            self._fixes.of_library(path, known, inside, node),
        )

    def _script_only(self, path: tuple[str, ...], name: str, node: ast.AST) -> NoReturn:
        """A module, an optimizer or a loader: Python without us runs it, where the text imports torch itself."""
        imported = self._places.imports_torch()
        may = _MAY if imported else "A script may use it: write import torch at the top, and record it as a script."
        raise ScriptOnlyError(
            f"{shorten('.'.join(path))} cannot be used in a program",
            hint=f"{names.INSTEAD.get(name, '')} {may}".strip(),
            fix=None if imported else Fix("Write import torch", 1, 1, 1, 1, "", "import torch\n"),
            **self._places.of(node),
        )

    def _call(self, node: ast.Call) -> list[tuple[ast.expr, Role]]:
        function = node.func
        children: list[tuple[ast.expr, Role]] = []
        fix: Fix | None = None
        if isinstance(function, ast.Name):
            called = function.id
            if called in self.defined or called in ("torch", "F"):
                self._refuse(f"{shorten(called)} is not a function", "Multiply with *; index with [ ].", function)
            if called not in names.FUNCTIONS:
                self._unknown(called, function, node)
            if called == "range":
                fix = self._places.write(function, "torch.arange")
                self._refuse("range can only be used in for … in range(n)", "Use torch.arange(n) for a tensor.", node, fix)
        elif isinstance(function, ast.Attribute):
            path = self._path(function)
            if path is not None:
                if len(path) == 2 and path[0] == "torch" and path[1] in names.TORCH_CONSTANTS:
                    fix = self._fixes.as_type(path, node)
                    self._refuse(f"{'.'.join(path)} is not a function", "Write x.float(), or dtype=torch.float32.", function, fix)
                self._library(path, function)
                called = ".".join(path)
                if called == "torch.no_grad":
                    self._refuse("torch.no_grad() needs with", "Write with torch.no_grad(): and indent the lines.", node)
            else:
                called = function.attr
                if called not in names.METHODS:
                    if called in names.PROPERTIES:
                        fix = self._fixes.without_brackets(node)
                        self._refuse(f"{called} is not a function", f"Write .{called} without brackets.", function, fix)
                    self._no_attribute(called, function, node)
                children.append((function.value, "value"))
        else:
            first: ast.expr = function
            while isinstance(first, ast.Call):
                first = first.func
            path = self._path(first)
            if path is not None and len(path) > 1:
                self._library(path, first)  # ``torch.nn.Linear(2, 1)(x)``: it is the module that is not there
            while isinstance(first, ast.Attribute):
                first = first.value
            if path is None and isinstance(first, ast.Name):
                self._name(first)  # ``nn.Linear(2, 1)(x)``
            self._refuse("only functions with a name can be called", "Multiply with *.", function)
        children += [(argument, "argument") for argument in node.args]
        for keyword in node.keywords:
            self._keyword(called, keyword, node)
            children.append((keyword.value, "argument"))
        if called == "backward" and len(node.args) > 3:
            self._refuse("backward takes gradient, retain_graph and create_graph", "Leave out the others.", node.args[3])
        if called == "torch.autograd.grad" and len(node.args) > 5:
            self._refuse("torch.autograd.grad takes at most five values without a name", "Leave out the others.", node.args[5])
        return children

    def _keyword(self, called: str, keyword: ast.keyword, call: ast.Call) -> None:
        name = keyword.arg
        if name is None:
            self._refuse("** cannot be used in a program", "Write the arguments one by one.", keyword.value)
        if name in names.FORBIDDEN_KEYWORDS:
            advice = names.FORBIDDEN_KEYWORDS[name]
            # Without these the call is another one: the result goes elsewhere, or other numbers are drawn.
            fix = None if name in ("out", "generator", "file") else self._places.leave_out(keyword, call)
            self._refuse(f"{name}= cannot be used in a program", advice, keyword, fix)
        allowed = names.ALLOWED_KEYWORDS.get(called)
        known = allowed if allowed is not None else _REQUIRES
        close = "" if name in known else closest(name, known)
        if close:
            self._refuse(
                f"there is no {shorten(name)}= here", f"Did you mean {close}=?", keyword, self._fixes.renamed(keyword, close)
            )
        if allowed is not None and name not in allowed:
            hint = f"It takes {', '.join(sorted(allowed))}." if allowed else "Leave it out."
            fix = None if allowed else self._places.leave_out(keyword, call)
            self._refuse(f"{called} cannot be called with {shorten(name)}=", hint, keyword, fix)

    def _fold(self, expression: ast.expr) -> None:
        """Refuse integers and repeated lists that the text alone shows to be too large, such as 9**9**9."""
        order: list[ast.expr] = []
        stack: list[ast.AST] = [expression]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.expr):
                order.append(node)
            stack.extend(ast.iter_child_nodes(node))
        known: dict[ast.expr, int] = {}
        for node in reversed(order):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                known[node] = node.value
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and node.operand in known:
                known[node] = -known[node.operand]
            elif isinstance(node, ast.BinOp) and node.left in known and node.right in known:
                result = self._integer(node.op, known[node.left], known[node.right])
                if result is not None:
                    known[node] = result
            if node in known and abs(known[node]) >= self._largest:
                raise TooLargeError(
                    f"this integer has more than {self._digits} digits, the size allowed",
                    hint="Write a float, such as 1e20.",
                    **self._places.of(node),
                )

    def _integer(self, operator: ast.operator, left: int, right: int) -> int | None:
        """The result, or ``_largest`` if it is at least that; None if it is no integer."""
        if isinstance(operator, ast.Pow):
            if right < 0:
                return None
            return self._largest if left.bit_length() > 1 and right * (left.bit_length() - 1) > 5 * self._digits else left**right
        if isinstance(operator, ast.LShift):
            return None if right < 0 else self._largest if left and right > 5 * self._digits else left << right
        if isinstance(operator, ast.Mult):
            return left * right
        if isinstance(operator, ast.Add):
            return left + right
        if isinstance(operator, ast.Sub):
            return left - right
        return None

    def _refuse(self, message: str, hint: str, node: ast.AST, fix: Fix | None = None) -> NoReturn:
        raise ForbiddenError(message, hint=hint, fix=fix, **self._places.of(node))


def _needs_a_script(path: tuple[str, ...]) -> bool:
    """Whether ``torch.nn.Linear`` is such a path, and no function of ``torch.nn.functional`` written a little wrong."""
    if path[0] != "torch":
        return False
    if path[1] in names.SCRIPT_MODULES:
        return path[1:3] != ("nn", "functional") and len(path) > 2
    return len(path) == 2 and path[1] in names.SCRIPT_FUNCTIONS


def _instead_of(name: str) -> str:
    """What to write for a function of torch that stands in the wrong place."""
    if name in names.FUNCTIONAL:
        return f"Write F.{name}(…)."
    return f"Write torch.{name}(…)." if name in names.TORCH_FUNCTIONS else ""
