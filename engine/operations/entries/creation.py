"""What makes tensors: of numbers given, even or drawn; copies, the same numbers as another type or without their history."""

from __future__ import annotations

from engine.operations.entry import Cost, Entry, WayBack, nodes
from engine.operations.trees import G, X


def _made(name: str, words: str, *cost: Cost, programs: str = "torch", draws: bool = False) -> Entry:
    return Entry(name, words, programs, draws=draws, cost=cost)


_UNCHANGED = WayBack("A copy passes the gradient on unchanged.", "unchanged")
_CONVERTED = WayBack("The gradient is converted back to the type of the input.", "unchanged")

CREATION = (
    _made("tensor", "A tensor of given numbers."),
    _made("zeros", "Zeros in a shape.", "creation", "shape"),
    _made("ones", "Ones in a shape.", "creation", "shape"),
    _made("full", "One number in a shape.", "creation", "shape"),
    _made("eye", "A matrix with ones on its diagonal.", "creation"),
    _made("arange", "Numbers with even steps between.", "creation"),
    _made("linspace", "So many numbers evenly from one to another.", "creation"),
    _made("logspace", "So many powers, their exponents evenly from one to another.", "creation"),
    _made("randn", "Drawn from the normal distribution.", "creation", "shape", draws=True),
    _made("rand", "Drawn evenly between 0 and 1.", "creation", "shape", draws=True),
    _made("randint", "Whole numbers drawn evenly.", "creation", "shape", draws=True),
    _made("randperm", "The numbers up to one, in drawn order.", "creation", draws=True),
    _made("zeros_like", "Zeros in the shape of a tensor."),
    _made("ones_like", "Ones in the shape of a tensor."),
    _made("full_like", "One number in the shape of a tensor."),
    _made("randn_like", "Drawn from the normal distribution, in the shape of a tensor.", draws=True),
    _made("rand_like", "Drawn evenly between 0 and 1, in the shape of a tensor.", draws=True),
    _made("new_zeros", "Zeros in a shape, of the tensor's type.", "shape", programs="x"),
    _made("new_ones", "Ones in a shape, of the tensor's type.", "shape", programs="x"),
    _made("new_full", "One number in a shape, of the tensor's type.", "shape", programs="x"),
    _made("new_tensor", "A tensor of given numbers, of the tensor's type.", programs="x"),
    _made("normal", "Drawn from a normal distribution.", programs="torch x_", draws=True),
    _made("bernoulli", "1 with the probability that each element says, else 0.", programs="torch x_", draws=True),
    _made("uniform", "Draws evenly between two limits.", programs="x_"),
    _made("zero", "Makes all elements 0.", programs="x_"),
    _made("fill", "Makes all elements one number.", programs="x_"),
    # The same numbers again
    Entry(
        "clone",
        "A copy with memory of its own.",
        "torch x",
        value=X,
        shapes=True,
        sent=(G,),
        reshapes=True,
        nodes=nodes("Clone Alias", _UNCHANGED),
    ),
    Entry(
        "contiguous",
        "The same elements one after another in memory.",
        "x",
        value=X,
        shapes=True,
        sent=(G,),
        reshapes=True,
        nodes=nodes("Contiguous", _UNCHANGED),
    ),
    Entry("copy", "Writes the elements of another tensor.", nodes=nodes("CopyBackwards", _CONVERTED)),
    Entry("detach", "The same numbers without history: no gradient goes back.", "torch x x_"),
    Entry("requires_grad", "From now on the gradient of this tensor is kept.", "x_"),
    Entry("to", "The same numbers as another type.", "x", value=X, shapes=True, nodes=nodes("ToCopy", _CONVERTED)),
    Entry("float", "The same numbers with 32 bits each.", "x", value=X, shapes=True),
    Entry("double", "The same numbers with 64 bits each.", "x", value=X, shapes=True),
    Entry("half", "The same numbers with 16 bits each.", "x"),
    Entry("bfloat16", "The same numbers with 16 bits each, of which more say how large they are.", "x"),
    Entry("type_as", "The same numbers as the type of another tensor.", "x"),
    Entry("long", "Whole numbers of 64 bits.", "x"),
    Entry("int", "Whole numbers of 32 bits.", "x"),
    Entry("short", "Whole numbers of 16 bits.", "x"),
    Entry("bool", "True where an element is other than 0.", "x"),
)
