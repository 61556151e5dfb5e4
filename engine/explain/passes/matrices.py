"""What Nodes on tensors do with the gradient that comes in: rules and words by the name of the Node."""

from __future__ import annotations

# <0>, <1> … are the operands by slot of the Node; G is the gradient that came in.
PRODUCTS: dict[str, dict[int, str]] = {
    "Mm": {0: "G <1>^{T}", 1: "<0>^{T} G"},
    "Bmm": {0: "G <1>^{T}", 1: "<0>^{T} G"},
    "Mv": {0: "G <1>^{T}", 1: "<0>^{T} G"},
    "Dot": {0: "G <1>", 1: "G <0>"},
    "Addmm": {0: "G", 1: "G <2>^{T}", 2: "<1>^{T} G"},
    "Addmv": {0: "G", 1: "G <2>^{T}", 2: "<1>^{T} G"},
    "Baddbmm": {0: "G", 1: "G <2>^{T}", 2: "<1>^{T} G"},
    "Linear": {0: "G <1>", 1: "G^{T} <0>", 2: "\\Sigma G"},
}
"""Matrix products: the vector-Jacobian product for each slot. Slots are the Node's; operands <k> are theirs."""

FACTORS: dict[str, dict[int, str]] = {
    "Mm": {0: "G 1T", 1: "0T G"},
    "Bmm": {0: "G 1T", 1: "0T G"},
    "Addmm": {1: "G 2T", 2: "1T G"},
    "Baddbmm": {1: "G 2T", 2: "1T G"},
    "Mv": {1: "0T G"},
    "Addmv": {2: "1T G"},
}
"""The two factors of the products above, for their shapes: ``1T`` is operand 1 transposed."""

RULES: dict[str, str] = {
    "Exp": "G \\odot <out>",
    "Sigmoid": "G \\odot <out> \\odot (1 - <out>)",
    "Tanh": "G \\odot (1 - <out>^{2})",
    "Softmax": "<out> \\odot (G - \\Sigma (G \\odot <out>))",
    "LogSoftmax": "G - e^{<out>} \\odot \\Sigma G",
    "Logsumexp": "G \\cdot e^{<in> - <out>}",
    "MseLoss": "\\frac{2}{N} (<in> - <other>) G",
    "LinalgDet": "G \\cdot <out> \\cdot <in>^{-T}",
    "LinalgInvEx": "-<out>^{T} G <out>^{T}",
    "Trace": "G \\cdot I",
    "Relu": "G \\odot [<in> > 0]",
    "Threshold": "G \\odot [<in> > 0]",
    "T": "G^{T}",
}
"""Other rules; <in> is the operand, <other> the second one, <out> the result. Checked against the Node's own operation only."""

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


def fill(template: str, names: dict[str, str]) -> str | None:
    """``template`` with its operands; None if one of them has no name."""
    for key, text in names.items():
        inner = text[1:-1] if text.startswith("(") and text.endswith("^{T})") else ""
        if inner:
            # A factor that was transposed already is not transposed twice.
            template = template.replace(f"<{key}>^{{T}}", inner[: -len("^{T}")])
        template = template.replace(f"<{key}>", text)
    return None if "<" in template else template
