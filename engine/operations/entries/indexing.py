"""What takes elements by place, mask or condition, and what writes them there."""

from __future__ import annotations

from engine.operations import signs
from engine.operations.entries.shapes import OVERWRITTEN, TAKEN, WRITTEN_OVER
from engine.operations.entry import Entry, InPlace, WayBack, nodes
from engine.operations.trees import X

_ADDED_TO = WayBack("What was added gets the gradient of its place; what it was added to gets it whole.")

INDEXING = (
    Entry("getitem", "The elements at an index.", value=X, card=signs.chosen, nodes=nodes("Select Slice Index", TAKEN)),
    Entry(
        "setitem",
        "Writes to the elements at an index.",
        in_place=InPlace("The assignment to {said} changes {it} in place", leaves=True),
        nodes=nodes(
            "CopySlices",
            WayBack(OVERWRITTEN, "its place only"),
        ),
    ),
    Entry("select", "The elements at one place of a dimension.", "torch x", value=X, nodes=nodes("Select", TAKEN)),
    Entry("narrow", "The elements at so many places of a dimension, from one place on.", "torch x", nodes=nodes("Slice", TAKEN)),
    Entry("index_select", "The elements at some places of a dimension.", "torch x", nodes=nodes("IndexSelect", TAKEN)),
    Entry(
        "gather",
        "Takes, along a dimension, the element that each index names.",
        "torch x",
        nodes=nodes("Gather", TAKEN),
    ),
    Entry("take", "The elements at places of the flattened tensor.", "torch x", nodes=nodes("Take", TAKEN)),
    Entry(
        "take_along_dim",
        "Takes, along a dimension, the element that each index names.",
        "torch x",
        nodes=nodes("Gather", TAKEN),
    ),
    Entry("masked_select", "The elements where a mask is true, in one row.", "torch x", nodes=nodes("MaskedSelect", TAKEN)),
    Entry(
        "where",
        "The first where a condition is true, else the second.",
        "torch x",
        nodes=nodes(
            "Where",
            WayBack("Each element's gradient goes to the side that was taken; the other side gets 0.", "where chosen", each=True),
        ),
    ),
    Entry(
        "masked_fill",
        "Writes one number where a mask is true.",
        "torch x x_",
        nodes=nodes(
            "MaskedFill",
            WayBack("Where the value was replaced the gradient is 0, elsewhere it passes.", "where it passes", each=True),
        ),
    ),
    Entry(
        "masked_scatter",
        "Writes one element after another where a mask is true.",
        "torch x x_",
        nodes=nodes("MaskedScatter", WRITTEN_OVER),
    ),
    Entry(
        "scatter",
        "Writes, along a dimension, to the place that each index names.",
        "torch x x_",
        nodes=nodes("Scatter", WRITTEN_OVER),
    ),
    Entry(
        "scatter_add",
        "Adds, along a dimension, to the place that each index names.",
        "torch x x_",
        nodes=nodes("ScatterAdd", _ADDED_TO),
    ),
    Entry(
        "scatter_reduce",
        "Adds, multiplies or compares at the place that each index names.",
        "torch x x_",
        nodes=nodes("ScatterReduce", WayBack("Each element gets of the gradient of its place as much as it counts there.")),
    ),
    Entry("index_add", "Adds to some places of a dimension.", "torch x x_", nodes=nodes("IndexAdd", _ADDED_TO)),
    Entry("index_copy", "Writes to some places of a dimension.", "torch x x_", nodes=nodes("IndexCopy", WRITTEN_OVER)),
    Entry(
        "index_fill",
        "Writes one number to some places of a dimension.",
        "torch x x_",
        nodes=nodes("IndexFill", WayBack("What was overwritten gets gradient 0, elsewhere it passes.")),
    ),
    Entry(
        "index_put",
        "Writes to the places that indices name.",
        "torch x x_",
        nodes=nodes("IndexPut", WRITTEN_OVER),
        cost=("index",),
    ),
    Entry(
        "select_scatter",
        "A copy with other elements at one place of a dimension.",
        "torch x",
        nodes=nodes("SelectScatter", WRITTEN_OVER),
    ),
    Entry(
        "slice_scatter",
        "A copy with other elements in a range of a dimension.",
        "torch x",
        nodes=nodes("SliceScatter", WRITTEN_OVER),
    ),
    Entry("one_hot", "For each number a row with 1 at its place and 0 elsewhere.", "F", cost=("from data", "classes")),
    Entry(
        "embedding",
        "For each number the row of a table at its place.",
        "F",
        nodes=nodes("Embedding", WayBack("Each row of the table gets the sum of the gradients of all places that took it.")),
    ),
)
