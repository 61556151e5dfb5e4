"""What makes tensors: of given, evenly spaced or drawn numbers; copies; the same numbers in another type or without history."""

from __future__ import annotations

from engine.operations.entry import Cost, Entry, InPlace, WayBack, nodes
from engine.operations.trees import G, X


def _made(
    name: str,
    words: str,
    *cost: Cost,
    programs: str = "torch",
    draws: bool = False,
    way: WayBack | None = None,
    in_place: InPlace | None = None,
) -> Entry:
    ways = {} if way is None else {name.capitalize(): way}
    return Entry(name, words, programs, draws=draws, nodes=ways, cost=cost, in_place=in_place)


_UNCHANGED = WayBack("A copy passes the gradient on unchanged.", "unchanged")
_CONVERTED = WayBack("The gradient is converted back to the type of the input.", "unchanged")

_DRAWN = WayBack("Drawn numbers pass no gradient on: it is 0.")
_GONE = WayBack("What was there is overwritten, so its gradient is 0.")

_ZERO = InPlace("{said} writes 0 into all elements of {it}, in place")
_FILL = InPlace("{said} writes {given} into all elements of {it}, in place")
_COPY = InPlace("{said} writes the elements of {given} into {it}, in place")
_SET = InPlace(
    "The assignment to {said} gives {it} the elements of {given}", "The assignment to {said} gives {it} other elements"
)

CREATION = (
    _made("tensor", "A tensor of given numbers.", "given numbers"),
    _made("zeros", "Zeros in a shape.", "creation", "shape"),
    _made("ones", "Ones in a shape.", "creation", "shape"),
    _made("full", "One number in a shape.", "creation", "shape", "shape among others"),
    _made("eye", "A matrix with ones on its diagonal.", "creation", "square"),
    _made("arange", "Numbers with even steps between.", "creation", "range"),
    _made("linspace", "A given count of numbers, evenly spaced from one to another.", "creation", "steps"),
    _made("logspace", "A given count of powers, their exponents evenly spaced.", "creation", "steps"),
    _made("randn", "Drawn from the normal distribution.", "creation", "shape", draws=True),
    _made("rand", "Drawn evenly between 0 and 1.", "creation", "shape", draws=True),
    _made("randint", "Whole numbers drawn evenly.", "creation", "shape", "shape among others", draws=True),
    _made("randperm", "The whole numbers below a limit, in random order.", "creation", draws=True),
    _made("zeros_like", "Zeros in the shape of a tensor."),
    _made("ones_like", "Ones in the shape of a tensor."),
    _made("full_like", "One number in the shape of a tensor."),
    _made("randn_like", "Drawn from the normal distribution, in the shape of a tensor.", draws=True),
    _made("rand_like", "Drawn evenly between 0 and 1, in the shape of a tensor.", draws=True),
    _made("new_zeros", "Zeros in a shape, of the tensor's type.", "shape", programs="x"),
    _made("new_ones", "Ones in a shape, of the tensor's type.", "shape", programs="x"),
    _made("new_full", "One number in a shape, of the tensor's type.", "shape", programs="x"),
    _made("new_tensor", "A tensor of given numbers, of the tensor's type.", "given numbers", programs="x"),
    _made("normal", "Drawn from a normal distribution.", "shape among others", programs="torch x_", draws=True, way=_DRAWN),
    _made("bernoulli", "1 with the probability that each element says, else 0.", programs="torch x_", draws=True, way=_DRAWN),
    _made("uniform", "Draws evenly between two limits.", programs="x_", way=_DRAWN),
    _made("zero", "Sets all elements to 0.", programs="x_", way=_GONE, in_place=_ZERO),
    _made("fill", "Sets all elements to one number.", programs="x_", way=_GONE, in_place=_FILL),
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
    Entry("copy", "Writes the elements of another tensor.", nodes=nodes("CopyBackwards", _CONVERTED), in_place=_COPY),
    Entry("set_data", "Gives a tensor the elements of another.", in_place=_SET),
    Entry("detach", "The same numbers in the same memory.", "torch x x_"),
    Entry("requires_grad", "From now on the gradient of this tensor is kept.", "x_"),
    Entry("to", "The same numbers in another type.", "x", value=X, shapes=True, nodes=nodes("ToCopy", _CONVERTED)),
    Entry("float", "The same numbers with 32 bits each.", "x", nodes=nodes("ToCopy", _CONVERTED), value=X, shapes=True),
    Entry("double", "The same numbers with 64 bits each.", "x", nodes=nodes("ToCopy", _CONVERTED), value=X, shapes=True),
    Entry("half", "The same numbers with 16 bits each.", "x", nodes=nodes("ToCopy", _CONVERTED)),
    Entry(
        "bfloat16",
        "The same numbers with 16 bits each, more of them for the exponent.",
        "x",
        nodes=nodes("ToCopy", _CONVERTED),
    ),
    Entry("type_as", "The same numbers in the type of another tensor.", "x", nodes=nodes("ToCopy", _CONVERTED)),
    Entry("long", "Whole numbers of 64 bits.", "x"),
    Entry("int", "Whole numbers of 32 bits.", "x"),
    Entry("short", "Whole numbers of 16 bits.", "x"),
    Entry("bool", "True where an element is not 0.", "x"),
)
