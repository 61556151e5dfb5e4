"""The syntax tree against the allow-list. Everything that is not listed here is refused by name."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NoReturn

from engine.errors import Fix, ForbiddenError, ImportRefusedError, TooLargeError
from engine.programs.checker import names
from engine.programs.checker.expressions import Expressions
from engine.programs.checker.fixes import Fixes
from engine.programs.checker.messages import shorten
from engine.programs.limits import Limits
from engine.text.making import required_where_made
from engine.text.places import Places

_STATEMENTS: dict[type[ast.stmt], tuple[str, str]] = {
    ast.AnnAssign: ("annotations cannot be used in a program", "Write name = value."),
    ast.Match: ("match cannot be used in a program", "Use torch.where(condition, x, y)."),
    ast.ImportFrom: ("from … import cannot be used in a program", "torch, F, tensor and make_regression are there already."),
}
_AUGMENTED = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.MatMult,
    ast.LShift,
    ast.RShift,
    ast.BitAnd,
    ast.BitOr,
    ast.BitXor,
)


class StatementChecker:
    """Checks a module and collects which expression is assigned to which names.

    After ``check``, ``assigned`` maps (line, column, end line, end column) of each right-hand side to its target names.
    """

    def __init__(self, places: Places, limits: Limits) -> None:
        self._places = places
        self._limits = limits
        self._expressions = Expressions(places, limits)
        self._fixes = Fixes(places)
        self._module = ast.Module([], [])
        self.assigned: dict[tuple[int, int, int, int], tuple[str | None, ...]] = {}

    def check(self, module: ast.Module) -> None:
        """Raises a ProgramError at the first thing, in the order of the text, that a program may not use."""
        self._module = module
        self._block(module.body, 0)

    def _block(self, body: Sequence[ast.stmt], depth: int) -> None:
        if depth > self._limits.blocks:
            raise TooLargeError(
                f"blocks are nested more than {self._limits.blocks} deep, the nesting allowed",
                hint="Use fewer loops in one another.",
                **self._places.of(body[0]),
            )
        for statement in body:
            self._statement(statement, depth)

    def _statement(self, node: ast.stmt, depth: int) -> None:
        if isinstance(node, ast.Expr):
            self._expressions.check(node.value, text_allowed=True)
        elif isinstance(node, ast.Assign):
            self._expressions.check(node.value)
            for target in node.targets:
                self._target(target, node)
                if isinstance(target, ast.Attribute) and _is_number(node.value):
                    fix = self._places.write(node.value, "None", f"Write {self._places.source(target)} = None")
                    self._refuse("a gradient is a tensor or None, not a number", "Write None to clear it.", node.value, fix)
            self._note(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign):
            self._augmented(node)
        elif isinstance(node, ast.For):
            self._for(node, depth)
        elif isinstance(node, ast.With):
            self._with(node, depth)
        elif isinstance(node, ast.Import):
            self._import(node)
        elif not isinstance(node, ast.Pass):
            message, hint = _STATEMENTS.get(
                type(node), (f"{type(node).__name__} cannot be used in a program", "Use assignments, calls and for loops.")
            )
            if isinstance(node, ast.ImportFrom):
                raise ImportRefusedError(message, hint=hint, fix=self._fixes.imported(node), **self._places.of(node))
            self._refuse(message, hint, node, self._fixes.plain(node) if isinstance(node, ast.AnnAssign) else None)

    def _augmented(self, node: ast.AugAssign) -> None:
        target = node.target
        if not isinstance(node.op, _AUGMENTED):
            self._refuse("this assignment cannot be used in a program", "Write name = value.", node)
        if isinstance(target, ast.Name):
            self._expressions.check(ast.copy_location(ast.Name(target.id, ast.Load()), target))
            self._expressions.check(node.value)
            self.assigned[self._places.span(node)] = (target.id,)
            return
        if isinstance(target, ast.Attribute) and target.attr != "grad":
            self._refuse(f"{shorten(target.attr)} cannot be changed like this", "Give the result a name of its own.", target)
        self._target(target)
        self._expressions.check(node.value)

    def _target(self, node: ast.expr, statement: ast.Assign | None = None) -> None:
        if isinstance(node, ast.Name):
            self._set_name(node.id, node)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for item in node.elts:
                self._target(item)
        elif isinstance(node, ast.Subscript):
            self._expressions.check(node.value)
            self._expressions.check_index(node.slice)
        elif isinstance(node, ast.Attribute):
            if node.attr not in names.WRITABLE:
                self._attribute(node, statement)
            self._expressions.check(node.value)
        elif isinstance(node, ast.Starred):
            self._refuse("* cannot be used on the left of =", "Write one name for each value.", node)
        else:
            self._refuse("this cannot be assigned to", "Put a name on the left of =.", node)

    def _attribute(self, node: ast.Attribute, statement: ast.Assign | None) -> NoReturn:
        """An attribute that a program does not set."""
        self._expressions.check(node.value)
        hint = names.INSTEAD.get(node.attr, "Only x.grad = None can be set.")
        message, fix = f"the attribute {shorten(node.attr)} cannot be set in a program", None
        if node.attr == "requires_grad":
            message = "requires_grad is set where the tensor is made, or with requires_grad_()"
            hint = "Write torch.tensor([1., 2.], requires_grad=True), with floats: no others can require gradients."
            if statement is not None:
                on = isinstance(statement.value, ast.Constant) and statement.value.value is True
                if on and isinstance(node.value, ast.Name) and len(statement.targets) == 1:
                    fix = required_where_made(self._places, self._module, node.value.id, statement)
                fix = fix or self._fixes.tracked(node, statement.value, statement)
        self._refuse(message, hint, node, fix)

    def _set_name(self, name: str, node: ast.expr) -> None:
        if name.startswith("_") and name != "_":
            self._refuse(
                f"names that begin with an underscore, like {shorten(name)}, cannot be used", "Choose another name.", node
            )
        if name in names.RESERVED:
            self._refuse(f"{name} is already the name of something here", "Choose another name.", node)
        self._expressions.defined.add(name)

    def _for(self, node: ast.For, depth: int) -> None:
        source = node.iter
        if not (isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id == "range"):
            self._refuse("for can only count", "Write for i in range(n): and index with i.", source)
        if source.keywords or not 1 <= len(source.args) <= 3:
            self._refuse("range takes one to three whole numbers", "Write for i in range(n):.", source)
        for argument in source.args:
            self._expressions.check(argument)
        if not isinstance(node.target, ast.Name):
            self._refuse("for needs one name to count with", "Write for i in range(n):.", node.target)
        self._set_name(node.target.id, node.target)
        if node.orelse:
            self._refuse("else cannot be used in a program", "Write the lines after the loop.", node.orelse[0])
        self._block(node.body, depth + 1)

    def _with(self, node: ast.With, depth: int) -> None:
        item = node.items[0]
        call = item.context_expr
        if not (
            len(node.items) == 1
            and isinstance(call, ast.Call)
            and not call.args
            and not call.keywords
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "no_grad"
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "torch"
        ):
            fix = self._fixes.without_gradients(call) if len(node.items) == 1 else None
            self._refuse("with can only be used with torch.no_grad()", "Write with torch.no_grad():.", call, fix)
        if item.optional_vars is not None:
            fix = self._fixes.unnamed(call, item.optional_vars)
            self._refuse("torch.no_grad() gives nothing to name", "Write with torch.no_grad():.", item.optional_vars, fix)
        self._block(node.body, depth + 1)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name == "torch" and alias.asname is None:
                continue
            if alias.name.startswith("torch"):
                message, hint = (
                    "only import torch can be used",
                    "torch and F (torch.nn.functional) are there already: remove this line.",
                )
            else:
                message = f"{shorten(alias.name)} cannot be imported here"
                hint = "Remove this line; torch, F, tensor and make_regression are there already."
            raise ImportRefusedError(message, hint=hint, fix=self._fixes.imported(node), **self._places.of(node))

    def _note(self, target: ast.expr, value: ast.expr) -> None:
        """Remember the names that ``value`` goes to."""
        stack = [(target, value)]
        while stack:
            to, of = stack.pop()
            if isinstance(to, ast.Name):
                self.assigned[self._places.span(of)] = (to.id,)
            elif isinstance(to, (ast.Tuple, ast.List)):
                if isinstance(of, (ast.Tuple, ast.List)) and len(of.elts) == len(to.elts):
                    stack.extend(zip(to.elts, of.elts, strict=True))
                else:
                    self.assigned[self._places.span(of)] = tuple(
                        item.id if isinstance(item, ast.Name) else None for item in to.elts
                    )

    def _refuse(self, message: str, hint: str, node: ast.AST, fix: Fix | None = None) -> NoReturn:
        raise ForbiddenError(message, hint=hint, fix=fix, **self._places.of(node))


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
