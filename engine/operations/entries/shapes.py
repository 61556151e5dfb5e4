"""Other shapes of the same elements: views, swapped axes, copies along an axis; pieces put together and cut."""

from __future__ import annotations

from engine.operations.entry import Cost, Entry, WayBack, nodes
from engine.operations.trees import G, X

PLACE = "The gradient is put back in place, with zeros elsewhere."
TAKEN = WayBack(PLACE, "put in place")
_RESHAPED = WayBack("The numbers stay what they are; the gradient is only put back into the shape of the input.", "reshaped")
SWAPPED = WayBack("The axes were swapped, so the gradient's axes are swapped back.", "axes swapped back")
_MOVED = WayBack("The elements were moved, so their gradients are moved back.", "moved back")
_COPIED = WayBack("The input was copied, so its gradient is the sum over the copies.", "of all copies")


def _shaped(
    names: str,
    words: str,
    node: str = "",
    way: WayBack = _RESHAPED,
    *,
    programs: str = "torch x",
    told: bool = False,
    one: bool = True,
    formula: bool = True,
    cost: tuple[Cost, ...] = (),
) -> Entry:
    """Operations that only give another shape.

    Parameters
    ----------
    told : bool, default False
        Whether the inspector says that the gradient goes on in the input's own shape.
    one : bool, default True
        Whether one element comes back as it was.
    formula : bool, default True
        Whether formulas leave the shape out.
    """
    return Entry(
        names,
        words,
        programs,
        value=X if one else None,
        shapes=formula,
        sent=(G,) if told else (),
        reshapes=told,
        nodes=nodes(node, way),
        cost=cost,
    )


_JOINED = WayBack("The gradient is cut into the pieces that were joined.", "its piece")

OVERWRITTEN = "What was overwritten gets gradient 0; the new piece gets the gradient of its place."
WRITTEN_OVER = WayBack(OVERWRITTEN)

_WINDOWS = WayBack("Each element gets the gradients of all windows that it was in, added up.")

SHAPES = (
    _shaped("reshape", "The same elements in another shape.", "Reshape UnsafeView ReshapeAlias", told=True, cost=("shape",)),
    _shaped("view", "The same memory seen in another shape.", "View", programs="x", told=True, cost=("shape",)),
    _shaped("view_as", "The same memory seen in the shape of another tensor.", "View", programs="x"),
    _shaped("reshape_as", "The same elements in the shape of another tensor.", "View", programs="x"),
    _shaped("flatten", "The same elements in one dimension.", told=True),
    _shaped("ravel", "The same elements in one dimension.", "View"),
    _shaped("unflatten", "One dimension taken apart into several.", "View Unflatten", cost=("shape",)),
    _shaped("squeeze", "The same without dimensions of length 1.", "Squeeze", told=True),
    _shaped("unsqueeze", "The same with another dimension of length 1.", "Unsqueeze", told=True),
    _shaped("atleast_1d", "The same with at least one dimension.", "Unsqueeze", programs="torch", one=False, formula=False),
    _shaped("atleast_2d", "The same with at least two dimensions.", "Unsqueeze", programs="torch", one=False, formula=False),
    _shaped("atleast_3d", "The same with at least three dimensions.", "Unsqueeze", programs="torch", one=False, formula=False),
    # Axes
    _shaped("transpose swapaxes swapdims", "Two axes swapped.", "Transpose", SWAPPED, told=True),
    _shaped("permute", "The axes in another order.", "Permute", SWAPPED, told=True, cost=("shape",)),
    _shaped("movedim moveaxis", "An axis moved to another place.", "Permute", SWAPPED, cost=("shape",)),
    # Elements moved
    _shaped("flip", "The elements in reverse order along some axes.", "Flip", _MOVED, one=False, formula=False, cost=("shape",)),
    _shaped("fliplr", "The columns in reverse order.", "Flip", _MOVED, one=False, formula=False),
    _shaped("flipud", "The rows in reverse order.", "Flip", _MOVED, one=False, formula=False),
    _shaped(
        "roll",
        "The elements moved along an axis; what leaves at one end comes in at the other.",
        "Roll",
        _MOVED,
        one=False,
        formula=False,
        cost=("shape",),
    ),
    _shaped("rot90", "Turned by right angles.", "Rot90", _MOVED, one=False, formula=False, cost=("shape",)),
    # Copies along an axis
    _shaped(
        "expand",
        "Copied along dimensions of length 1, without memory of its own.",
        "Expand",
        _COPIED,
        programs="x",
        cost=("shape",),
    ),
    _shaped("expand_as", "Copied along dimensions of length 1 to the shape of another tensor.", "Expand", _COPIED, programs="x"),
    _shaped("broadcast_to", "Copied along dimensions of length 1 to a shape.", "Expand", _COPIED, cost=("shape",)),
    Entry(
        "broadcast_tensors",
        "All copied to the shape that they have in common.",
        "torch",
        cost=("of many",),
        nodes=nodes("Expand", _COPIED),
    ),
    _shaped("repeat", "Repeated along its dimensions.", "Repeat", _COPIED, programs="x", one=False, cost=("shape",)),
    _shaped("tile", "Repeated along its dimensions.", "Repeat", _COPIED, one=False, formula=False, cost=("shape",)),
    Entry("repeat_interleave", "Each element repeated.", "torch x", cost=("from data",)),
    Entry("sum_to_size", "Added up along what was copied, back to a shape.", "x", cost=("shape",)),
    Entry(
        "as_strided", "The same memory seen with other strides.", "x", nodes=nodes("AsStrided", WayBack(PLACE)), cost=("shape",)
    ),
    Entry("unfold", "Windows that slide along a dimension.", "x F", nodes=nodes("Unfold Im2Col", _WINDOWS), cost=("sizes",)),
    # Pieces put together, and cut
    Entry("cat concat concatenate", "Joins tensors along a dimension that they have.", "torch", nodes=nodes("Cat", _JOINED)),
    Entry("stack", "Joins tensors along a new dimension.", "torch", nodes=nodes("Stack", _JOINED)),
    Entry("hstack", "Joins tensors side by side.", "torch", nodes=nodes("Cat", _JOINED)),
    Entry("vstack row_stack", "Joins tensors one below another.", "torch", nodes=nodes("Cat", _JOINED)),
    Entry("dstack", "Joins tensors one behind another.", "torch", nodes=nodes("Cat", _JOINED)),
    Entry("column_stack", "Joins vectors as the columns of a matrix.", "torch", nodes=nodes("Cat", _JOINED)),
    Entry("block_diag", "A matrix with these along its diagonal.", "torch", nodes=nodes("BlockDiag", _JOINED)),
    Entry("meshgrid", "The coordinates of all points of a grid.", "torch", cost=("of many", "grid")),
    Entry("cartesian_prod", "All combinations of one element of each.", "torch", cost=("of many",)),
    Entry(
        "split",
        "Cuts it into pieces of a length.",
        "torch x",
        nodes=nodes("Split SplitWithSizes", TAKEN) | nodes("Unsafesplit", WayBack(PLACE)),
        cost=("parts", "parts of a length"),
    ),
    Entry(
        "chunk", "Cuts it into a given number of pieces.", "torch x", nodes=nodes("Split", TAKEN), cost=("parts", "so many parts")
    ),
    Entry(
        "unbind",
        "The slices along a dimension, each by itself.",
        "torch x",
        nodes=nodes("Unbind", TAKEN),
        cost=("parts",),
    ),
    Entry(
        "tensor_split",
        "Cuts it into pieces: at given places, or a given number of them.",
        "torch x",
        nodes=nodes("Slice", TAKEN),
        cost=("parts", "cut at places"),
    ),
    Entry("hsplit", "Cuts it side by side.", "torch x", nodes=nodes("Slice", TAKEN), cost=("parts", "cut at places")),
    Entry("vsplit", "Cuts it one below another.", "torch x", nodes=nodes("Slice", TAKEN), cost=("parts", "cut at places")),
    Entry("dsplit", "Cuts it one behind another.", "torch x", nodes=nodes("Slice", TAKEN), cost=("parts", "cut at places")),
)
