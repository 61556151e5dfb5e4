"""Which kind of failure it was: read once from what torch or Python said. What is advised on it is looked up in the recording."""
# ruff: noqa: E501 (a table, one row a line)

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from engine.findings.said.arguments import ARGUMENTS
from engine.findings.said.layers import LAYERS
from engine.findings.said.told import Told


class Kind(Enum):
    """What went wrong, whoever said it and in whichever of their words."""

    MEMORY = auto()
    NO_GRADIENT = auto()
    NOT_SCALAR = auto()
    FREED = auto()
    LEAF_WRITTEN = auto()
    VIEW_WRITTEN = auto()
    OVERLAP_WRITTEN = auto()
    CHANGED_IN_PLACE = auto()
    UNUSED = auto()
    NOT_DIFFERENTIATED = auto()
    MATRICES = auto()
    SINGLE_NUMBERS = auto()
    BROADCAST = auto()
    GRADIENT_SHAPE = auto()
    NOT_FLOATS = auto()
    ELEMENTS = auto()
    DTYPES = auto()
    TARGET_DTYPE = auto()
    MANY_ELEMENTS = auto()
    DIMENSION = auto()
    INDEX = auto()
    INDICES = auto()
    NO_DIMENSION = auto()
    ZERO_DIVISION = auto()
    WHOLE_POWERS = auto()
    OPERANDS = auto()
    NO_TENSOR = auto()
    NO_ATTRIBUTE = auto()
    NO_NAME = auto()
    NO_INDEXING = auto()
    UNPACKING = auto()
    JOINED = auto()
    CHANNELS = auto()
    KERNEL = auto()
    SELECT = auto()
    ROW = auto()
    CLASS = auto()
    ROWS = auto()
    SAME_SHAPE = auto()
    EXPANDED = auto()
    MASK = auto()
    STRIDES = auto()
    NORMALIZED = auto()
    LETTERS = auto()
    PROBABILITIES = auto()
    GIVEN = auto()


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as it was told.

    Attributes
    ----------
    kind : Kind
    parts : tuple of str
        The numbers and names in it, in the order of the pattern's groups; empty for one that is not there.
    message, hint : str
        What it says in our words, and what can be said to do before a recording is asked.
    told : Told or None
        The row of ``layers`` or ``arguments`` that it is, for the kind GIVEN.
    """

    kind: Kind
    parts: tuple[str, ...]
    message: str
    hint: str
    told: Told | None = None


_ROWS: tuple[tuple[Kind, str, str, str], ...] = (
    (
        Kind.MEMORY,
        r"can't allocate memory|Cannot allocate memory|not enough memory|out of memory|Storage size calculation overflowed|numel: integer multiplication overflow|array is too big",
        "there is not enough memory for this",
        "Use smaller sizes.",
    ),
    (
        Kind.NOT_SCALAR,
        r"grad can be implicitly created only for scalar outputs",
        "backward() needs a result with one element, and this one has more",
        "Call .sum().backward() or .mean().backward(), or give backward a gradient.",
    ),
    (
        Kind.FREED,
        r"Trying to backward through the graph a second time",
        "backward() ran through this graph before, and its saved values are gone",
        "Write retain_graph=True in the first backward.",
    ),
    (
        Kind.LEAF_WRITTEN,
        r"a leaf Variable that requires grad is being used in an in-place operation",
        "a leaf that requires grad cannot be changed in place while gradients are recorded",
        "Put the line under with torch.no_grad():.",
    ),
    (
        Kind.LEAF_WRITTEN,
        r"a view of a leaf Variable that requires grad is being used in an in-place",
        "part of a leaf that requires grad cannot be changed in place while gradients are recorded",
        "Put the line under with torch.no_grad():.",
    ),
    (
        Kind.VIEW_WRITTEN,
        r"is a view and is being modified inplace|is a view and its base or another view of its base has been modified inplace",
        "one of several views made at once cannot be changed in place",
        "Write x = x + … instead of x += …, or clone() it first.",
    ),
    (
        Kind.OVERLAP_WRITTEN,
        r"more than one element of the written-to tensor refers to a single memory location",
        "several elements of this tensor share one place in memory, so it cannot be changed in place",
        "clone() it first, or write the result to a new tensor.",
    ),
    (
        Kind.CHANGED_IN_PLACE,
        r"modified by an inplace operation(?:: \[\S+ (\[[\d, ]*\])\])?",
        "a value that backward needs was changed in place after it was used",
        "Write x = x + … instead of x += …, or clone() it first.",
    ),
    (
        Kind.NO_GRADIENT,
        r"does not require grad and does not have a grad_fn",
        "nothing here requires a gradient, so there is no graph to go back through",
        "One of its inputs needs requires_grad=True.",
    ),
    (
        Kind.UNUSED,
        r"differentiated Tensors? (?:at index (\d+) )?appears to not have been used",
        "one of the inputs was not used to compute the outputs",
        "Use it, or write allow_unused=True.",
    ),
    (
        Kind.NOT_DIFFERENTIATED,
        r"One of the differentiated Tensors",
        "one of the inputs does not require a gradient",
        "Create it with requires_grad=True.",
    ),
    (
        Kind.MATRICES,
        r"shapes cannot be multiplied \((\w+) and (\w+)\)",
        "matrices of shape {0} and {1} cannot be multiplied: the inner sizes differ",
        "Transpose one of them with .T, or change a shape.",
    ),
    (
        Kind.MATRICES,
        r"size mismatch, got|inconsistent tensor size|Expected size for first two dimensions of batch2",
        "the shapes of these tensors do not fit for a matrix product",
        "Print their .shape, and transpose or reshape one.",
    ),
    (
        Kind.SINGLE_NUMBERS,
        r"both arguments to matmul need to be at least 1D",
        "@ needs vectors or matrices, not single numbers",
        "Use * to multiply numbers.",
    ),
    (
        Kind.BROADCAST,
        r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        "the shapes do not fit: size {0} meets size {1} in dimension {2}",
        "Make them equal, or one of them 1.",
    ),
    (
        Kind.GRADIENT_SHAPE,
        r"Mismatch in shape: grad_output\[\d+\] has a shape of torch\.Size\((\[.*?\])\) and output\[\d+\] has a shape of torch\.Size\((\[.*?\])\)",
        "the gradient has shape {0}, but the result has shape {1}",
        "Give a gradient of the result's shape.",
    ),
    (
        Kind.NOT_FLOATS,
        r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients",
        "only tensors of floats can require gradients",
        "Write 5. instead of 5, or add dtype=torch.float32.",
    ),
    (
        Kind.ELEMENTS,
        r"shape '(\[.*?\])' is invalid for input of size (\d+)",
        "{1} elements do not fit into shape {0}",
        "Choose sizes whose product is {1}.",
    ),
    (
        Kind.TARGET_DTYPE,
        r"expected (?:target dtype to be|scalar type) Long|tensor for argument #1 'indices' to have one of the following scalar types",
        "class numbers and indices have to be whole numbers",
        "Convert them with .long().",
    ),
    (
        Kind.DTYPES,
        r"same dtype|Input type \(.*?\) and (?:bias|weight) type|mixed dtype \(|Found dtype \w+ but expected",
        "the tensors have different dtypes",
        "Convert one with .float() or .double().",
    ),
    (
        Kind.MANY_ELEMENTS,
        r"a Tensor with (\d+) elements cannot be converted to Scalar",
        "item() needs one element, and this tensor has {0}",
        "Index it, or use .sum() or .mean() first.",
    ),
    (
        Kind.DIMENSION,
        r"Dimension out of range \(expected to be in range of (\[.*?\]), but got (-?\d+)\)",
        "dimension {1} does not exist here; {0} is the range",
        "Count dimensions from 0, or from −1 at the end.",
    ),
    (
        Kind.INDEX,
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "index {0} is out of range: dimension {1} has size {2}",
        "Count from 0.",
    ),
    (
        Kind.JOINED,
        r"Sizes of tensors must match except in dimension (\d+)|stack expects each tensor to be equal size|Tensors must have same number of dimensions: got",
        "the shapes of these tensors do not fit to be joined",
        "Make all sizes equal but the one along which they are joined.",
    ),
    (
        Kind.CHANNELS,
        r"expected input\[.*?\] to have (\d+) channels, but got (\d+) channels",
        "the weight takes {0} channels, and the input has {1}",
        "Give it {0} channels, or make in_channels {1}.",
    ),
    (
        Kind.KERNEL,
        r"padded input size per channel: \((.*?)\)\. Kernel size: \((.*?)\)\. Kernel size can't be greater",
        "the kernel of {1} is larger than the input of {0}",
        "Use a smaller kernel, or more padding.",
    ),
    (
        Kind.SELECT,
        r"index (-?\d+) out of range for tensor of size (\[.*?\]) at dimension (\d+)",
        "index {0} is out of range: dimension {2} of {1}",
        "Count from 0.",
    ),
    (
        Kind.ROW,
        r"index out of range in self|INDICES element is out of DATA bounds|of input takes value -?\d+ which is not in the valid range",
        "an index is out of range",
        "Count from 0.",
    ),
    (
        Kind.CLASS,
        r"Target (-?\d+) is out of bounds",
        "there are no scores for class {0}",
        "Give scores for each class, and count classes from 0.",
    ),
    (
        Kind.ROWS,
        r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)",
        "there are {0} rows and {1} targets",
        "Give it one target for each row.",
    ),
    (
        Kind.SAME_SHAPE,
        r"(?i)target size \(torch\.Size\((\[.*?\])\)\) .*input size \(torch\.Size\((\[.*?\])\)\)",
        "the input has shape {1}, and the target {0}",
        "Give both one shape.",
    ),
    (
        Kind.EXPANDED,
        r"expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension (\d+)\.  Target sizes: (\[.*?\])\.  Tensor sizes: (\[.*?\])",
        "shape {4} does not fit into {3}: size {1} would have to be {0}",
        "Make that size {0} or 1.",
    ),
    (
        Kind.MASK,
        r"shape of the mask (\[.*?\]) at index (\d+) does not match the shape of the indexed tensor (\[.*?\])",
        "the mask has shape {0}, and what it chooses from {2}",
        "Make the mask from what it chooses from.",
    ),
    (
        Kind.STRIDES,
        r"view size is not compatible with input tensor's size and stride",
        "view only reads memory in its order, and these elements lie there in another",
        "Write reshape instead of view.",
    ),
    (
        Kind.NORMALIZED,
        r"normalized_shape=(\[.*?\]), expected input with shape .*?, but got input of size(\[.*?\])",
        "this takes tensors that end in {0}, and got {1}",
        "Make them the same.",
    ),
    (
        Kind.LETTERS,
        r"einsum\(\): subscript (\w) has size (\d+) for operand \d+ which does not broadcast with previously seen size (\d+)",
        "the letter {0} stands for {2} and for {1}",
        "Order the letters as the shapes are.",
    ),
    (
        Kind.PROBABILITIES,
        r"all elements of input should be between 0 and 1",
        "this takes probabilities from 0 to 1",
        "Put torch.sigmoid around it, or use F.binary_cross_entropy_with_logits.",
    ),
    (Kind.INDICES, r"too many indices", "there are more indices than dimensions", "Print .shape, and use fewer indices."),
    (
        Kind.NO_DIMENSION,
        r"invalid index of a 0-dim tensor",
        "a tensor without dimensions cannot be indexed",
        "Leave the brackets out.",
    ),
    (
        Kind.ZERO_DIVISION,
        r"ZeroDivisionError|division by zero|modulo by zero",
        "this divides a whole number by zero",
        "Divide by something else, or use floats.",
    ),
    (
        Kind.WHOLE_POWERS,
        r"Integers to negative integer powers",
        "whole numbers have no negative powers here",
        "Use floats: 2. ** -1.",
    ),
    (
        Kind.OPERANDS,
        r"unsupported operand type\(s\) for (\S+): '(.+?)' and '(.+?)'",
        "{0} does not work between {1} and {2}",
        "Make tensors of both.",
    ),
    (
        Kind.NO_TENSOR,
        r"(\w+)\(\): argument '\w+' \(position \d+\) must be Tensor, not (float|int|complex|list)",
        "{0}() needs a tensor here, and this is of type {1}",
        "Make a tensor of it with torch.tensor(…).",
    ),
    (
        Kind.NO_ATTRIBUTE,
        r"'(.+?)' object has no attribute '(.+?)'",
        "{0} has no .{1}",
        "Make a tensor of it with torch.tensor(…).",
    ),
    (Kind.NO_NAME, r"name '(.+?)' is not defined", "{0} is used here but nothing has set it", "Set it before the loop."),
    (Kind.NO_INDEXING, r"'(.+?)' object is not subscriptable", "{0} cannot be indexed", "Make a tensor of it."),
    (
        Kind.UNPACKING,
        r"(?:not enough|too many) values to unpack",
        "the number of names on the left does not match the number of values",
        "Write one name for each value.",
    ),
)
_AT_MOST = 2000
"""Characters of a message that are looked through."""


def failure_in(said: str) -> Failure | None:
    """The failure that ``said``, an error's message, speaks of; None for one that is not known."""
    said = said[:_AT_MOST]
    for kind, pattern, message, hint in _ROWS:  # compiled by the first failure, not at every start
        found = re.search(pattern, said)
        if found:
            parts = tuple(part or "" for part in found.groups())
            return Failure(kind, parts, message.format(*parts), hint.format(*parts))
    for told in (*LAYERS, *ARGUMENTS):
        found = re.search(told.said, said)
        if found:
            parts = tuple(part or "" for part in found.groups())
            return Failure(Kind.GIVEN, parts, *told.plain(parts), told)
    return None
