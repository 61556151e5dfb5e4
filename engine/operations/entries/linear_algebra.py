"""Linear algebra of one matrix: inverse, determinant, decompositions, its diagonal and triangles."""

from __future__ import annotations

import numpy as np

from engine.mathematics.letters import Letter
from engine.mathematics.tree import Power, Product, negated, transposed
from engine.operations import signs
from engine.operations.arrays import Array, Candidates, Operands, turned
from engine.operations.entries.shapes import PLACE, SWAPPED, TAKEN, WRITTEN_OVER
from engine.operations.entry import Entry, WayBack
from engine.operations.trees import IN, OUT, G, X, matrices


def _det(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    wide = (came * of["out"])[..., None, None]
    inverse = turned(np.linalg.inv(of["in"]))
    yield wide * inverse, np.abs(wide) * np.abs(inverse).max() * np.linalg.cond(of["in"]).max()


def _inverse(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    out = turned(of["out"])
    yield -out @ came @ out, np.abs(out) @ np.abs(came) @ np.abs(out)


def _transposed(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    yield came.T, np.abs(came.T)


def _trace(came: Array, of: Operands, shape: tuple[int, ...]) -> Candidates:
    value = came * np.eye(shape[0], shape[1])
    yield value, np.abs(value)


_PARTS = "The gradients of the parts are put together into one of the matrix."
_LOGARITHM = WayBack("The logarithm of a determinant changes by the inverse of the matrix, transposed.")

_SVD, _EIGEN = WayBack(_PARTS), WayBack(_PARTS)

_ON_DIAGONAL = WayBack("Each element gets the gradient of its place on the diagonal.")

LINEAR_ALGEBRA = (
    Entry(
        "det",
        "The determinant of a matrix.",
        "torch x linalg",
        nodes={"LinalgDet": WayBack(rule=Product((G, OUT, Power(IN, negated(Letter("T")))), "·"), numbers=_det)},
        cost=("cubic",),
    ),
    Entry(
        "logdet", "The logarithm of the determinant of a matrix.", "torch x", cost=("cubic",), nodes={"LinalgSlogdet": _LOGARITHM}
    ),
    Entry(
        "slogdet",
        "The sign of the determinant of a matrix, and the logarithm of its size.",
        "torch x linalg",
        cost=("cubic",),
        nodes={"LinalgSlogdet": _LOGARITHM},
    ),
    Entry(
        "inverse inv",
        "The inverse of a matrix.",
        "torch x linalg.inv",
        nodes={"LinalgInvEx": WayBack(rule=negated(matrices(transposed(OUT), G, transposed(OUT))), numbers=_inverse)},
        cost=("cubic",),
    ),
    Entry(
        "pinverse pinv",
        "The pseudoinverse of a matrix.",
        "torch x linalg.pinv",
        cost=("cubic",),
        nodes={"LinalgPinv": WayBack("The gradient stands between the pseudoinverse, transposed, on both sides, with a minus.")},
    ),
    Entry(
        "solve",
        "What the matrix has to be multiplied by to give the second.",
        "linalg",
        cost=("cubic",),
        nodes={"LinalgSolveEx": WayBack("The gradient goes back by solving with the transposed matrix.")},
    ),
    Entry(
        "cholesky",
        "The triangular matrix whose product with its own transpose is the first.",
        "torch x linalg",
        cost=("cubic",),
        nodes={"Cholesky": WayBack(_PARTS), "LinalgCholeskyEx": WayBack(_PARTS)},
    ),
    Entry(
        "qr",
        "A matrix as a product of an orthogonal and a triangular one.",
        "torch x linalg",
        cost=("cubic",),
        nodes={"LinalgQr": WayBack(_PARTS)},
    ),
    Entry(
        "svd",
        "A matrix as a product of a rotation, singular values and another rotation.",
        "torch x linalg",
        cost=("cubic",),
        nodes={"LinalgSvd": _SVD},
    ),
    Entry("svdvals", "The singular values of a matrix.", "linalg", cost=("cubic",), nodes={"LinalgSvd": _SVD}),
    Entry("eigh", "Eigenvalues and eigenvectors of a symmetric matrix.", "linalg", cost=("cubic",), nodes={"LinalgEigh": _EIGEN}),
    Entry("eigvalsh", "The eigenvalues of a symmetric matrix.", "linalg", cost=("cubic",), nodes={"LinalgEigh": _EIGEN}),
    Entry("matrix_power", "A matrix multiplied by itself several times.", "torch x linalg", cost=("cubic", "power")),
    Entry(
        "matrix_exp",
        "The exponential of a matrix.",
        "torch x",
        cost=("cubic",),
        nodes={
            "LinalgMatrixExp": WayBack("The gradient becomes the change of the transposed matrix's exponential in its direction.")
        },
    ),
    Entry(
        "trace",
        "The sum of the diagonal of a matrix.",
        "torch x",
        value=X,
        nodes={
            "Trace": WayBack(
                "Only the diagonal was added up, so only it gets the gradient.",
                rule=Product((G, Letter("I")), "·"),
                numbers=_trace,
            )
        },
    ),
    Entry(
        "tril",
        "What is on and below the diagonal; 0 above it.",
        "torch x x_",
        nodes={"Tril": WayBack(PLACE, "its place only", each=True)},
    ),
    Entry(
        "triu",
        "What is on and above the diagonal; 0 below it.",
        "torch x x_",
        nodes={"Triu": WayBack(PLACE, "its place only", each=True)},
    ),
    Entry(
        "diag",
        "The diagonal of a matrix, or a matrix with this diagonal.",
        "torch x",
        nodes={"DiagEmbed": _ON_DIAGONAL, "Diagonal": TAKEN},
    ),
    Entry("diag_embed", "Matrices with these diagonals.", "torch x", nodes={"DiagEmbed": _ON_DIAGONAL}),
    Entry("diagflat", "A matrix with all elements as its diagonal.", "torch x"),
    Entry("diagonal", "The diagonal of a matrix.", "torch x linalg", value=X, nodes={"Diagonal": TAKEN}),
    Entry("diagonal_scatter", "The matrix with another diagonal.", "torch x", nodes={"DiagonalScatter": WRITTEN_OVER}),
    Entry("fill_diagonal", "Writes one number to the diagonal.", "x_"),
    Entry(
        "T t",
        "The transpose of a matrix.",
        "torch.t x.t",
        value=X,
        written=transposed(X),
        card=signs.marked("T"),
        sent=(transposed(G),),
        nodes={"T": WayBack(SWAPPED.words, rule=transposed(G), numbers=_transposed)},
    ),
    Entry(
        "mT",
        "The transposes of matrices.",
        also="adjoint",
        value=X,
        written=transposed(X),
        card=signs.marked("T"),
        sent=(transposed(G),),
        nodes={"Mt": SWAPPED},
    ),
    Entry("H", "The transpose of a matrix, conjugated.", card=signs.marked("H")),
    Entry("mH", "The transposes of matrices, conjugated.", card=signs.marked("H")),
)
