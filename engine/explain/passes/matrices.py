"""What Nodes on tensors do with the gradient that comes in: rules and words by the name of the Node."""

from __future__ import annotations

from collections.abc import Mapping

from engine.mathematics.expression import Expression
from engine.mathematics.letters import GRADIENT, Letter, Number, Operand
from engine.mathematics.tree import Above, Big, Power, Product, Quotient, minus, negated, transposed

_G = GRADIENT
_IN, _OTHER, _OUT = Operand("in"), Operand("other"), Operand("out")
_ONE, _TWO, _ZERO = Number(1), Number(2), Number(0)


def _before(slot: int) -> Expression:
    return Product((_G, transposed(Operand(slot))), "@")


def _behind(slot: int) -> Expression:
    return Product((transposed(Operand(slot)), _G), "@")


def _elements(*factors: Expression) -> Expression:
    return Product(factors, "⊙")


# Operands 0, 1 … are those by slot of the Node; G is the gradient that came in.
PRODUCTS: dict[str, dict[int, Expression]] = {
    "Mm": {0: _before(1), 1: _behind(0)},
    "Bmm": {0: _before(1), 1: _behind(0)},
    "Mv": {0: _before(1), 1: _behind(0)},
    "Dot": {0: Product((_G, Operand(1)), "@"), 1: Product((_G, Operand(0)), "@")},
    "Addmm": {0: _G, 1: _before(2), 2: _behind(1)},
    "Addmv": {0: _G, 1: _before(2), 2: _behind(1)},
    "Baddbmm": {0: _G, 1: _before(2), 2: _behind(1)},
    "Linear": {
        0: Product((_G, Operand(1)), "@"),
        1: Product((transposed(_G), Operand(0)), "@"),
        2: Big("Σ", _G),
    },
}
"""Matrix products: the vector-Jacobian product for each slot. Slots are the Node's; operand k is theirs."""

FACTORS: dict[str, dict[int, str]] = {
    "Mm": {0: "G 1T", 1: "0T G"},
    "Bmm": {0: "G 1T", 1: "0T G"},
    "Addmm": {1: "G 2T", 2: "1T G"},
    "Baddbmm": {1: "G 2T", 2: "1T G"},
    "Mv": {1: "0T G"},
    "Addmv": {2: "1T G"},
}
"""The two factors of the products above, for their shapes: ``1T`` is operand 1 transposed."""

RULES: dict[str, Expression] = {
    "Exp": _elements(_G, _OUT),
    "Sigmoid": _elements(_G, _OUT, minus(_ONE, _OUT)),
    "Tanh": _elements(_G, minus(_ONE, Power(_OUT, _TWO))),
    "Softmax": _elements(_OUT, minus(_G, Big("Σ", _elements(_G, _OUT)))),
    "LogSoftmax": minus(_G, _elements(Power(Letter("e"), _OUT), Big("Σ", _G))),
    "Logsumexp": Product((_G, Power(Letter("e"), minus(_IN, _OUT))), "·"),
    "MseLoss": Product((Quotient(_TWO, Letter("N")), minus(_IN, _OTHER), _G)),
    "LinalgDet": Product((_G, _OUT, Power(_IN, negated(Letter("T")))), "·"),
    "LinalgInvEx": negated(Product((transposed(_OUT), _G, transposed(_OUT)), "@")),
    "Trace": Product((_G, Letter("I")), "·"),
    "Relu": _elements(_G, Above(_IN, _ZERO)),
    "Threshold": _elements(_G, Above(_IN, _ZERO)),
    "T": transposed(_G),
}
"""Other rules: ``in`` is the operand, ``other`` the second one, ``out`` the result. Checked against the own operation only."""

_SAME = "The numbers stay what they are; the gradient is only put back into the shape of the input."
_PLACE = "The gradient is put back in place, with zeros elsewhere."
_CHOSEN = "The gradient goes to the elements that were chosen; all others get 0."

BACK: dict[str, str] = {
    **dict.fromkeys("View UnsafeView ReshapeAlias Unsqueeze Squeeze Unflatten Reshape".split(), "reshaped"),
    **dict.fromkeys("Transpose Permute Mt".split(), "axes swapped back"),
    **dict.fromkeys("Clone Alias Contiguous Positive CopyBackwards ToCopy".split(), "unchanged"),
    **dict.fromkeys(
        "Select Slice Index IndexSelect Gather Take Diagonal Narrow Split SplitWithSizes Unbind MaskedSelect".split(),
        "put in place",
    ),
    **dict.fromkeys("Tril Triu Trace CopySlices".split(), "its place only"),
    **dict.fromkeys("Max Min Median Kthvalue Mode Topk Sort Cummax Cummin Amax Amin Where".split(), "where chosen"),
    **dict.fromkeys("Maximum Minimum Fmax Fmin".split(), "where chosen"),
    **dict.fromkeys("Cat Stack".split(), "its piece"),
    **dict.fromkeys("Flip Roll Rot90".split(), "moved back"),
    **dict.fromkeys("Clamp ClampMin ClampMax MaskedFill".split(), "where it passes"),
    **dict.fromkeys("Expand Repeat".split(), "of all copies"),
    "Cumsum": "of all later sums",
}
"""What the gradient ``G`` becomes where no multiplication is done, as a caption below it."""

WORDS: dict[str, str] = {
    **dict.fromkeys("View UnsafeView ReshapeAlias Unsqueeze Squeeze Unflatten Reshape".split(), _SAME),
    **dict.fromkeys("T Transpose Permute Mt".split(), "The axes were swapped, so the gradient's axes are swapped back."),
    **dict.fromkeys("Clone Alias Contiguous Positive".split(), "A copy passes the gradient on unchanged."),
    **dict.fromkeys(
        "Select Slice Index IndexSelect Gather Take Diagonal Narrow AsStrided SplitWithSizes Split Unbind Chunk Unfold "
        "MaskedSelect Unsafesplit Tril Triu".split(),
        _PLACE,
    ),
    **dict.fromkeys("Max Min Median Nanmedian Kthvalue Mode Topk Sort MaxPool2DWithIndices Cummax Cummin Msort".split(), _CHOSEN),
    **dict.fromkeys("Amax Amin Aminmax".split(), "The gradient goes to the extreme elements (ties share it); all others get 0."),
    **dict.fromkeys("Maximum Minimum Fmax Fmin".split(), "Each element's gradient goes to the side that was chosen."),
    **dict.fromkeys("Cat Stack".split(), "The gradient is cut into the pieces that were joined."),
    **dict.fromkeys("Flip Roll Rot90".split(), "The elements were moved, so their gradients are moved back."),
    **dict.fromkeys("Expand Repeat Tile".split(), "The input was copied, so its gradient is the sum over the copies."),
    "Where": "Each element's gradient goes to the side that was taken; the other side gets 0.",
    "MaskedFill": "Where the value was replaced the gradient is 0, elsewhere it passes.",
    "CopySlices": "What was overwritten gets gradient 0; the new piece gets the gradient of its place.",
    "CopyBackwards": "The gradient is converted back to the type of the input.",
    "ToCopy": "The gradient is converted back to the type of the input.",
    "Relu": "Where the input was above 0 the gradient passes, elsewhere it becomes 0.",
    "Threshold": "Where the input was above the threshold the gradient passes, elsewhere it becomes 0.",
    "Clamp": "Inside the limits the gradient passes, outside it becomes 0.",
    "ClampMin": "Above the limit the gradient passes, below it becomes 0.",
    "ClampMax": "Below the limit the gradient passes, above it becomes 0.",
    "LeakyRelu": "Where the input was above 0 the gradient passes, elsewhere it is multiplied by the small slope.",
    "Cumsum": "Every element was added into all later sums, so it gets the sum of their gradients.",
    "Softmax": "Raising one input raises its own share and lowers all others: that is what is subtracted.",
    "LogSoftmax": "Raising one input lowers all other shares: that is what is subtracted.",
    "Logsumexp": "The gradient is shared out as softmax does.",
    "NllLoss": "Only the element of the right class has a gradient.",
    "MseLoss": "Each element's gradient is twice its error, divided by how many there are.",
    "Prod": "Each element gets the product of all others times what came in.",
    "Trace": "Only the diagonal was added up, so only it gets the gradient.",
    "BinaryCrossEntropy": "Each element's gradient says how far the probability is from its target.",
    **dict.fromkeys(
        "Mm Bmm Mv Dot Addmm Addmv Baddbmm Linear".split(),
        "A matrix product sends back the gradient times the other factor, transposed.",
    ),
    **dict.fromkeys("Round Floor Ceil Trunc Sign Fix".split(), "It is flat between its steps, so the gradient is 0."),
}
"""One sentence by the name of a Node."""


def base_name(node: str) -> str:
    """``MulBackward0`` is ``Mul``; ``torch::autograd::CopySlices`` is ``CopySlices``."""
    name = node.rpartition("::")[2]
    head, found, _ = name.rpartition("Backward")
    return head if found else name


def fill(rule: Expression, names: Mapping[object, Expression]) -> Expression | None:
    """``rule`` with its operands; None if one of them has no name."""
    try:
        return rule.filled(names)
    except KeyError:
        return None
