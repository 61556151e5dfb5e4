"""The parts of a Recording. All are frozen and compared by identity; ids are indices into the Recording's tuples."""

from __future__ import annotations

from dataclasses import dataclass

from engine.tables.data import TensorData
from engine.tables.quick import quick

MODULE_HOOK = "BackwardHookFunctionBackward"
"""The Node that torch puts where a module with ``register_full_backward_hook`` is entered and left."""


@quick
@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the program's text, from ``line`` and ``column`` to ``end_line`` and ``end_column``, from 1, in characters.

    The end is exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """Where the numbers of a tensor were taken out of the graph: ``item``, ``tolist``, ``numpy``, ``float`` …

    ``value`` is the id of the Value, ``how`` the call that took them, ``span`` where it stands. ``moments`` is how many there had
    been by then. Of one place in the text only the last few are kept.
    """

    value: int
    how: str
    moments: int
    span: Span | None


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

    how: str
    span: Span | None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """Where an operation was asked for by a file of the user's other than the one that was run.

    Attributes
    ----------
    file : str
        Its path relative to the script's folder, else its name.
    line : int
        From 1.
    text : str
        The expression, or its first line.
    direct : bool
        That file called the operation itself, rather than through other code such as a module's.
    """

    file: str
    line: int
    text: str
    direct: bool


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """One version of one tensor; it never changes.

    Attributes
    ----------
    id : int
    variable : int
        The Variable (tensor object) that it is a version of.
    version : int
        The tensor's version counter when it was recorded.
    name : str or None
        The program's name for it.
    data : TensorData
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
    variable: int
    version: int
    name: str | None
    data: TensorData
    requires_grad: bool
    leaf: bool
    node: int | None
    output: int
    operation: int | None

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
        In order; the value is current after that many moments.
    gradients : tuple of (moment, TensorData or None)
        For a tensor that keeps ``.grad``: what it is after that many moments. Empty when it never was anything but None.
    gradient_of : int or None
        If this tensor *is* the ``.grad`` of another Variable: that one's id.
    """

    id: int
    name: str | None
    values: tuple[tuple[int, int], ...]
    gradients: tuple[tuple[int, TensorData | None], ...] = ()
    gradient_of: int | None = None


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

    value: int | None
    constant: object = None
    keyword: str | None = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Operation:
    """One forward operation as the program called it.

    Attributes
    ----------
    name : str
        Short: ``pow``, ``sub``, ``matmul``, ``relu``; in-place ones end with ``_``.
    inputs : tuple of Argument
    outputs : tuple of int
        Ids of the values that it made or changed.
    nodes : tuple of int
        All autograd Nodes that it made, in torch's order.
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
    name: str
    inputs: tuple[Argument, ...]
    outputs: tuple[int, ...]
    nodes: tuple[int, ...]
    span: Span | None
    creation: bool = False
    inplace: bool = False
    grad_enabled: bool = True
    call: int | None = None
    direct: bool = True


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
        Name of its class: ``Linear``, ``SGD``; ``LOADER`` for all loaders of data, ``FUNCTION`` for functions.
    parent : int or None
        The Call that it ran in.
    optimizer : bool
        Whether it is a step of an optimizer.
    """

    id: int
    name: str
    type: str
    parent: int | None
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
    """``next_functions[slot]`` of a Node: gradients leave through ``slot`` to output number ``output`` of Node ``to``."""

    slot: int
    to: int
    output: int


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

    name: str
    value: int | None
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
        Its ``next_functions``, without those that lead nowhere.
    operation : int or None
        The Operation that made it, if one did.
    variable : int or None
        Set for AccumulateGrad: the Variable that it adds to.
    saved : tuple of Saved
        What it keeps, as it was right after it was made (empty if the recording was made without).
    made_in : int or None
        The Pass with ``create_graph=True`` that made it.
    made_by : int or None
        The Node that ran while it was made; None also for a sum of contributions that met between two Node runs.
    """

    id: int
    name: str
    edges: tuple[Edge, ...]
    operation: int | None
    variable: int | None = None
    saved: tuple[Saved, ...] = ()
    made_in: int | None = None
    made_by: int | None = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Pass:
    """One run of torch's autograd engine (``backward`` or ``autograd.grad``).

    ``roots`` are value ids; ``seeds`` the gradients it started from (as used, also when the program gave none). ``span`` is where
    it was called, with which ``retain_graph`` and ``create_graph``.
    """

    id: int
    roots: tuple[int, ...]
    seeds: tuple[TensorData | None, ...]
    span: Span | None
    retain_graph: bool
    create_graph: bool
    accumulates: bool
    """True for ``backward`` (adds into ``.grad``), False for ``autograd.grad``."""
    captured: tuple[tuple[int, TensorData | None], ...] = ()
    """What ``autograd.grad`` returned: (value id of the input, its gradient). The Node of such a value need not have run."""


@quick
@dataclass(frozen=True, eq=False, slots=True)
class NodeRun:
    """One run of a Node.

    Attributes
    ----------
    pass_id, node : ids of the Pass that it ran in and of the Node
    incoming : per output of the Node, the summed gradient that came in (None: undefined)
    outgoing : per slot of ``next_functions``, the gradient sent along that edge (None: undefined or no edge)
    local : per slot, what a gradient of ones gives: the local derivative for element-wise operations (else None)
    grad_before, grad_after : the leaf's ``.grad`` around an AccumulateGrad
    completed : False if the engine failed inside this Node
    """

    id: int
    pass_id: int
    node: int
    incoming: tuple[TensorData | None, ...]
    outgoing: tuple[TensorData | None, ...]
    local: tuple[TensorData | None, ...] = ()
    grad_before: TensorData | None = None
    grad_after: TensorData | None = None
    completed: bool = True


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Moment:
    """What became known or changed in one operation of the timeline; ``span`` is where in the text it happened.

    ``kind`` is one of MOMENT_KINDS: ``operation``, ``update`` (in place, without a Node), ``zero`` (a ``.grad`` cleared),
    ``seed``, ``run`` (a Node), ``accumulate`` (AccumulateGrad), ``free`` (the graph's buffers), ``print``, ``error``.
    ``phase`` is one of PHASES. ``subject`` is an id: of an Operation (operation, update, zero), a Pass (seed, free), a NodeRun
    (run, accumulate). For ``error`` it is the value that a refused pass would have started from, one that requires no gradient
    if there is one; else -1, as for ``print``, and where ``.grad`` was assigned. ``text`` is what print wrote, or the error.
    """

    kind: str
    phase: str
    subject: int
    span: Span | None
    text: str = ""
