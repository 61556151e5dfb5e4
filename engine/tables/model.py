"""The rows of a Recording's tables, each field declared once. All are frozen and compared by identity; ids are places in tables.

A new field has its type here (with what ``engine/tables/declared.py`` offers to say beside it), a default and ``Since``, because
older files lack it, and an entry among the Attributes; and what fills it in ``engine/recorder``. File, journal and JSON follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from engine.tables.data import TensorData
from engine.tables.declared import Called, Form, InJson, LeftOut, Moments, OneOf, Parts, To
from engine.tables.moments import MOMENT_KINDS, PHASES
from engine.tables.quick import quick

MODULE_HOOK = "BackwardHookFunctionBackward"
"""The Node that torch puts where a module with ``register_full_backward_hook`` is entered and left."""

Name = Annotated[str, Form.NAME]
Line = Annotated[int, Form.PLACE]
Output = Annotated[int, Form.OUTPUT]
ValueId = Annotated[int, To("values")]
VariableId = Annotated[int, To("variables")]
OperationId = Annotated[int, To("operations")]
NodeId = Annotated[int, To("nodes")]
PassId = Annotated[int, To("passes")]
CallId = Annotated[int, To("calls")]
After = Annotated[int, Moments(2)]
"""A change that the last moment brought is known after it, and one that came later, after one more."""
LocalDerivative = Annotated[TensorData | None, Form.LOCAL]

_WINDOW = LeftOut("only what the window explains is made of it")
_OPERATIONS = LeftOut("the operations list it: `outputs`, `nodes` and `node`")


@quick
@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the program's text.

    Attributes
    ----------
    line, column : int
        Where it begins, from 1, in characters.
    end_line, end_column : int
        Where it ends, exclusive.
    """

    line: Line
    column: Line
    end_line: Line
    end_column: Line


Where = Annotated[Span | None, InJson("source")]


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """Where the numbers of a tensor were taken out of the graph. Of one place in the text only the last few are kept.

    Attributes
    ----------
    value : int
        Out of what: id of the Value.
    how : str
        The call that took them: ``item``, ``tolist``, ``numpy``, ``float``, ``int`` …
    moments : int
        After how many moments.
    span : Span or None
        Where.
    """

    value: ValueId
    how: Name
    moments: Annotated[int, Moments(1)]
    span: Where


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Hook:
    """A hook of the program that may change a gradient on its way, so that what comes after it need not be the derivative.

    Attributes
    ----------
    how : str
        What registered it: ``register_hook`` or ``register_full_backward_hook``.
    span : Span or None
        Where it was registered; not known for a module's hook.
    """

    how: Name
    span: Where


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """Where an operation was asked for by a file of the user's other than the one that was run.

    Attributes
    ----------
    file : str
        Its path from the script's folder, else its name.
    line : int
        Where in it, from 1.
    text : str
        The expression, or its first line.
    direct : bool
        That file called the operation itself, rather than through other code such as a module's.
    """

    file: str
    line: Line
    text: str
    direct: Annotated[bool, _WINDOW]


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """One version of one tensor; it never changes.

    Attributes
    ----------
    variable : int
        The Variable (tensor object) that it is a version of.
    version : int
        The tensor's version counter when it was recorded.
    name : str or None
        The program's name for it.
    data : TensorData
        Its elements.
    requires_grad, leaf : bool
        As torch says.
    node : int or None
        Its grad_fn: id of a Node; for a leaf that requires grad its AccumulateGrad, once torch made one.
    output : int
        Which output of ``node``.
    operation : int or None
        The Operation that made it, if one did.
    """

    id: int
    variable: Annotated[VariableId, LeftOut("`name` and `version` say which versions belong together")]
    version: int
    name: Name | None
    data: TensorData
    requires_grad: bool
    leaf: bool
    node: Annotated[NodeId | None, _OPERATIONS]
    output: Annotated[Output, _OPERATIONS]
    operation: Annotated[OperationId | None, _OPERATIONS]

    @property
    def shape(self) -> tuple[int, ...]:
        """The length along each dimension."""
        return self.data.shape

    @property
    def dtype(self) -> str:
        """Torch's name without prefix, such as ``float32``."""
        return self.data.dtype


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Variable:
    """A tensor object through its life: what keeps its card through in-place updates.

    Attributes
    ----------
    name : str or None
        The program's name for it.
    values : tuple of (moment, value id)
        Its versions, at least one and in order; each is current after that many moments.
    gradients : tuple of (moment, TensorData or None)
        Its ``.grad``, in order: what it is after that many moments. Empty when it never was anything but None.
    gradient_of : int or None
        If this tensor *is* the ``.grad`` of another Variable: that one's id.
    """

    id: int
    name: Name | None
    values: tuple[Annotated[tuple[After, ValueId], Parts(("moment", "value"))], ...]
    gradients: tuple[Annotated[tuple[After, TensorData | None], Parts(("moment", "tensor"))], ...] = ()
    gradient_of: VariableId | None = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Argument:
    """One input of an Operation.

    Attributes
    ----------
    value : int or None
        Id of the Value; None for a constant.
    constant : object
        Plain data: numbers, texts, None, lists of these.
    keyword : str or None
        The name by which it was given, if by one.
    """

    value: ValueId | None
    constant: object = None
    keyword: Name | None = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Operation:
    """One forward operation as the program called it.

    Attributes
    ----------
    name : str
        Short: ``pow``, ``sub``, ``matmul``, ``relu``; in-place ones end with ``_``.
    inputs : tuple of Argument
        What it was given: a value or None, and then a constant; the keyword or None.
    outputs : tuple of int
        Ids of the values that it made or changed.
    nodes : tuple of int
        All autograd Nodes that it made, in torch's order.
    span : Span or None
        Where it stands.
    creation : bool
        Makes a tensor out of no tensor (``tensor``, ``randn`` …).
    inplace : bool
        Changed one of its inputs.
    grad_enabled : bool
        False under ``no_grad``.
    call : int or None
        The innermost Call that it ran in.
    direct : bool
        The text at ``span`` is the operation itself; else it called something, a module or an optimizer, that ran the operation.
    """

    id: int
    name: Name
    inputs: tuple[Argument, ...]
    outputs: tuple[ValueId, ...]
    nodes: tuple[NodeId, ...]
    span: Where
    creation: Annotated[bool, _WINDOW] = False
    inplace: Annotated[bool, _WINDOW] = False
    grad_enabled: Annotated[bool, _WINDOW] = True
    call: CallId | None = None
    direct: Annotated[bool, _WINDOW] = True


LOADER = "DataLoader"
"""The type of Calls that are batches."""
FUNCTION = "function"
"""The type of Calls of the program's own functions."""


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """One call of an ``nn.Module`` or of a function of the user's own, one ``step`` of an optimizer or one batch of a
    ``DataLoader``: what its operations fold into. A function in which a pass runs, or a leaf is made or changed, is not a Call.

    Attributes
    ----------
    name : str
        The program's name for the module called first (``model``) and the path from there (``model.layers.0.linear1``);
        ``loss()`` for a function.
    type : str
        Name of its class: ``Linear``, ``SGD``; ``DataLoader`` for all loaders of data, ``function`` for functions.
    parent : int or None
        The Call that it ran in.
    optimizer : bool
        Whether it is a step of an optimizer.
    """

    id: int
    name: Name
    type: Name
    parent: CallId | None
    optimizer: bool = False

    @property
    def loader(self) -> bool:
        """Whether it is a batch of a ``DataLoader``."""
        return self.type == LOADER

    @property
    def function(self) -> bool:
        """Whether it is a function of the user's own."""
        return self.type == FUNCTION


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """One of a Node's ``next_functions``.

    Attributes
    ----------
    slot : int
        Which of them: gradients leave through it.
    to : int
        The Node that they go to.
    output : int
        Which output of that Node.
    """

    slot: Output
    to: NodeId
    output: Output


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Saved:
    """What a Node keeps for its backward, as it was when it was saved.

    Attributes
    ----------
    name : str
        Torch's own name without prefix: ``self``, ``other``, ``result``, ``exponent``; ``indices[0]`` inside a list.
    value : int or None
        The recorded Value that it is, where it is one.
    data : TensorData or None
        A copy of a tensor that is no recorded value.
    constant : object
        A number, a text, None or a tuple of these, when it is no tensor.
    """

    name: Name
    value: ValueId | None
    data: TensorData | None
    constant: object = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One autograd Node that torch built.

    Attributes
    ----------
    name : str
        Torch's: ``MulBackward0``.
    edges : tuple of Edge
        Its ``next_functions``, without those that lead nowhere; they form no circle.
    operation : int or None
        The Operation that made it, if one did.
    variable : int or None
        Set for AccumulateGrad: the Variable that it adds to.
    saved : tuple of Saved
        What it keeps for its backward, as it was right after it was made (empty if the recording was made without): a value, or a
        tensor of its own in ``data``, or a constant.
    made_in : int or None
        The Pass with ``create_graph=True`` that made it.
    made_by : int or None
        The Node that ran while it was made; None also for a sum of contributions that met between two Node runs.
    """

    id: int
    name: Name
    edges: tuple[Edge, ...]
    operation: Annotated[OperationId | None, _OPERATIONS]
    variable: Annotated[VariableId | None, LeftOut("the event of an AccumulateGrad has its gradient before and after")] = None
    saved: Annotated[tuple[Saved, ...], LeftOut("saved tensors are for the rules that the window shows")] = ()
    made_in: Annotated[PassId | None, _WINDOW] = None
    made_by: Annotated[NodeId | None, _WINDOW] = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Pass:
    """One run of torch's autograd engine (``backward`` or ``autograd.grad``).

    Attributes
    ----------
    roots : tuple of int
        Ids of the values where it started.
    seeds : tuple of TensorData or None
        With which gradients, as many as roots: as used, also when the program gave none.
    span : Span or None
        Where it was called.
    retain_graph, create_graph : bool
        As it was called.
    accumulates : bool
        True for ``backward`` (adds into ``.grad``), False for ``autograd.grad``.
    captured : tuple of (value id, TensorData or None)
        What ``autograd.grad`` returned: the gradient of each value that it was asked for, whose Node need not have run.
    """

    id: int
    roots: tuple[ValueId, ...]
    seeds: tuple[TensorData | None, ...]
    span: Where
    retain_graph: bool
    create_graph: bool
    accumulates: bool
    captured: tuple[Annotated[tuple[ValueId, TensorData | None], Parts(("value", "tensor"))], ...] = ()


@quick
@dataclass(frozen=True, eq=False, slots=True)
class NodeRun:
    """One run of a Node.

    Attributes
    ----------
    pass_id : int
        The Pass that it ran in.
    node : int
        The Node that ran.
    incoming : tuple of TensorData or None
        For each output of the Node the gradient that came in, summed (None: undefined).
    outgoing : tuple of TensorData or None
        For each slot of ``next_functions`` the gradient sent along that edge (None: undefined or no edge).
    local : tuple of TensorData or None
        For each slot what a gradient of ones gives: the local derivative of one element, if there is one.
    grad_before, grad_after : TensorData or None
        The leaf's ``.grad`` around an AccumulateGrad.
    completed : bool
        False if the engine failed inside this Node.
    """

    id: int
    pass_id: Annotated[PassId, Called("pass")]
    node: NodeId
    incoming: tuple[TensorData | None, ...]
    outgoing: tuple[TensorData | None, ...]
    local: Annotated[tuple[LocalDerivative, ...], LeftOut("derivatives in numbers are for the rules that the window shows")] = ()
    grad_before: TensorData | None = None
    grad_after: TensorData | None = None
    completed: bool = True


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Moment:
    """What became known or changed in one operation of the timeline: of one of MOMENT_KINDS and one of PHASES.

    Attributes
    ----------
    kind : str
        ``operation``, ``update`` (in place, without a Node), ``zero`` (a ``.grad`` cleared), ``seed``, ``run`` (of a Node),
        ``accumulate`` (AccumulateGrad), ``free`` (the graph's buffers), ``print``, ``error``.
    phase : str
        ``forward``, ``backward``, ``update``, ``zero``.
    subject : int
        An id: of an Operation (operation, update, zero), a Pass (seed, free), a NodeRun (run, accumulate). For an error it is the
        value that a refused pass would have started from, one that requires no gradient if there is one. Else -1, as for print,
        and where ``.grad`` was assigned.
    span : Span or None
        Where in the text it happened.
    text : str
        What print wrote, or the error.
    """

    kind: Annotated[str, OneOf(MOMENT_KINDS, "moment of the kind")]
    phase: Annotated[str, OneOf(PHASES, "phase")]
    subject: Annotated[int, Form.SUBJECT]
    span: Where
    text: str = ""
