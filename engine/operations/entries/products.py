"""Products of vectors and matrices, and what is added to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.mathematics.letters import Operand
from engine.mathematics.tree import transposed
from engine.operations import signs
from engine.operations.arrays import Array, turned
from engine.operations.entry import Entry, Slot, WayBack
from engine.operations.trees import G, X, Y, before, behind, matrices, times, total

_WORDS = "A matrix product sends back the gradient times the other factor, transposed."


def _rows(x: NDArray[Any]) -> Array:
    """The vectors along the last dimension, stacked as rows."""
    return x.reshape(-1, x.shape[-1])


def _product(first: int, second: int) -> dict[int, Slot]:
    """The product of two matrices, by the slots of its Node."""
    return {
        first: Slot(before(second), lambda g, of: g @ of[second].T, f"G {second}T"),
        second: Slot(behind(first), lambda g, of: of[first].T @ g, f"{first}T G"),
    }


def _of_vector(first: int, second: int) -> dict[int, Slot]:
    """The product of a matrix and a vector."""
    return {
        first: Slot(before(second), lambda g, of: np.outer(g, of[second])),
        second: Slot(behind(first), lambda g, of: of[first].T @ g, f"{first}T G"),
    }


def _batch(first: int, second: int) -> dict[int, Slot]:
    """The products of many pairs of matrices."""
    return {
        first: Slot(before(second), lambda g, of: g @ turned(of[second]), f"G {second}T"),
        second: Slot(behind(first), lambda g, of: turned(of[first]) @ g, f"{first}T G"),
    }


_DOT = {
    0: Slot(matrices(G, Operand(1)), lambda g, of: g * of[1]),
    1: Slot(matrices(G, Operand(0)), lambda g, of: g * of[0]),
}
"""Of two vectors."""
_ADDED = {0: Slot(G, lambda g, of: g)}
"""What the product is added to."""

PRODUCTS = (
    Entry(
        "matmul mm bmm mv dot inner",
        "The matrix product: each row of the first times each column of the second.",
        "torch x",
        value=times(X, Y),
        written=matrices(X, Y),
        card=signs.multiplied_matrices,
        sent=(matrices(G, transposed(Y)), matrices(transposed(X), G)),
        nodes={
            "Mm": WayBack(_WORDS, slots=_product(0, 1)),
            "Bmm": WayBack(_WORDS, slots=_batch(0, 1)),
            "Mv": WayBack(_WORDS, slots=_of_vector(0, 1)),
            "Dot": WayBack(_WORDS, slots=_DOT),
        },
        cost=("product",),
    ),
    Entry(
        "rmatmul",
        "The matrix product of the second with the first.",
        reverses="matmul",
        value=times(X, Y),
        card=signs.swapped(signs.multiplied_matrices),
        cost=("product",),
    ),
    Entry(
        "addmm",
        "A matrix product, added to the first.",
        "torch x x_",
        nodes={"Addmm": WayBack(_WORDS, slots=_ADDED | _product(1, 2))},
        cost=("product",),
    ),
    Entry(
        "addmv",
        "The product of a matrix with a vector, added to the first.",
        "torch x x_",
        nodes={"Addmv": WayBack(_WORDS, slots=_ADDED | _of_vector(1, 2))},
        cost=("product",),
    ),
    Entry(
        "baddbmm",
        "Matrix products side by side, each added to its own matrix of the first.",
        "torch x x_",
        nodes={"Baddbmm": WayBack(_WORDS, slots=_ADDED | _batch(1, 2))},
        cost=("product",),
    ),
    Entry(
        "addbmm",
        "Matrix products side by side, all added to the first.",
        "torch x x_",
        cost=("product",),
        nodes={
            "Addbmm": WayBack(
                "Each product sends back the gradient times the other factor, transposed; what it is added to gets it whole."
            )
        },
    ),
    Entry(
        "addr",
        "The outer product of two vectors, added to the first.",
        "torch x x_",
        nodes={"Addr": WayBack("Each vector gets the gradient times the other; what their product was added to gets it whole.")},
    ),
    Entry(
        "linear",
        "Each row times the transposed weight, plus the bias.",
        "F",
        nodes={
            "Linear": WayBack(
                _WORDS,
                slots={
                    0: Slot(matrices(G, Operand(1)), lambda g, of: g @ of[1]),
                    1: Slot(matrices(transposed(G), Operand(0)), lambda g, of: _rows(g).T @ _rows(of[0])),
                    2: Slot(total(G), lambda g, of: _rows(g).sum(0)),
                },
            )
        },
        cost=("product",),
    ),
    Entry(
        "bilinear",
        "For each result, a row of the first times a matrix times a row of the second.",
        "F",
        nodes={"Trilinear": WayBack("Each of the three factors gets the gradient times both others.")},
        cost=("all pairs",),
    ),
    Entry(
        "vdot",
        "The sum of the products of two vectors.",
        "torch x",
        cost=("product",),
        nodes={"Vdot": WayBack(_WORDS, slots=_DOT)},
    ),
    Entry("vecdot", "The sums of the products of the vectors of two tensors.", "linalg", cost=("spread",)),
    Entry("outer ger", "Each element of the first times each of the second.", "torch x", value=times(X, Y)),
    Entry("kron", "Each element of the first times all of the second, as a block.", "torch x"),
    Entry(
        "cross",
        "The cross product of vectors with three elements.",
        "torch x linalg",
        nodes={"LinalgCross": WayBack("Each factor gets the cross product of the other with the gradient.")},
    ),
    Entry("tensordot", "Multiplies and adds up along the dimensions that are named.", "torch", cost=("product", "any side")),
    Entry("einsum", "Multiplies and adds up along the letters of its text.", "torch", cost=("of many", "letters")),
    Entry("chain_matmul", "The product of several matrices, in the order that costs least.", "torch", cost=("product",)),
    Entry(
        "multi_dot", "The product of several matrices, in the order that costs least.", "linalg", cost=("product", "best order")
    ),
    Entry(
        "cdist",
        "The distance of each row of the first from each of the second.",
        "torch",
        nodes={"Cdist": WayBack("Each row gets, from each distance, the gradient along the line that joins the two.")},
        cost=("pairs",),
    ),
    Entry(
        "pdist",
        "The distance between each two rows.",
        "torch F",
        nodes={"Pdist": WayBack("Each row gets, from each distance, the gradient along the line that joins the two.")},
        cost=("pairs",),
    ),
    Entry(
        "pairwise_distance", "The distance of each row of the first from the same row of the second.", "torch F", cost=("spread",)
    ),
    Entry("cosine_similarity", "The cosine of the angle between vectors.", "torch F", cost=("spread",)),
    Entry(
        "scaled_dot_product_attention",
        "Mixes the values by how well their keys fit each query.",
        "F",
        cost=("pairs",),
    ),
)
