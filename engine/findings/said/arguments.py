"""What torch says of an operation's arguments: dtypes, devices, dimensions, indices, sizes, and tensors where none may be."""
# ruff: noqa: E501 (a table: the words of torch are not broken)

from __future__ import annotations

from engine.findings.said.told import (
    Told,
    any_given,
    dtype_in,
    no_index,
    no_mask,
    other_dtype,
    rank_is,
    rank_is_not,
    shape_is,
    size_at,
    sizes,
)
from engine.text.fixing import as_power, in_a_list, without_keyword

ARGUMENTS: tuple[Told, ...] = (
    # dtypes
    Told(
        r"Expected dtype int32(?:/| or )int64 for index|tensors used as indices must be long|index tensor of type LongTensor",
        "{at} takes whole numbers as indices, and {it} is {dtype}",
        "Convert it with .long().",
        no_index,
    ),
    Told(
        r"only supports boolean masks|expected BoolTensor for mask",
        "{at} takes a mask of True and False, and {it} is {dtype}",
        "Compare to make one, as in x > 0, or convert it with .bool().",
        no_mask,
    ),
    Told(
        r"expected condition to be a boolean tensor, but got a tensor with dtype (\w+)",
        "{at} takes a condition of True and False, and {it} is {dtype}",
        "Compare to make one, as in x > 0, or convert it with .bool().",
        dtype_in(0),
    ),
    Told(
        r"Expected self\.dtype to be equal to (?:src|value)\.dtype",
        "{at} needs values of the dtype that it writes into, {first_dtype}, and {it} is {dtype}",
        "Convert it with .to(torch.{first_dtype}).",
        other_dtype,
    ),
    Told(
        r"not implemented for '((?:Bool|Byte|Char|Short|Int|Long))'|Input dtype must be either a floating point or complex dtype\. Got: (\w+)",
        "{at} takes floats, and {it} is {dtype}",
        "Convert it with .float().",
        lambda value, parts, given: dtype_in(0 if parts[0] else 1)(value, parts, given),
    ),
    Told(
        r"\"bitwise_xor\w*\" not implemented for '(\w+)'",
        "{at}: ^ is exclusive or in Python, not a power, and {it} is {dtype}",
        "Write ** for a power.",
        dtype_in(0),
        lambda text, span, parts: as_power(text, span),
    ),
    Told(
        r"\"(?:bitwise|lshift|rshift|and|or|xor|gcd|lcm)\w*\" not implemented for '(\w+)'",
        "{at} takes whole numbers or bools, and {it} is {dtype}",
        "Compare first, as in (x > 0) & (x < 1), or convert it with .long().",
        dtype_in(0),
    ),
    Told(
        r"~ \(operator\.invert\) is only implemented on integer and Boolean-type tensors",
        "{at} takes whole numbers or bools, and {it} is {dtype}",
        "Compare first, as in ~(x > 0).",
        any_given,
    ),
    Told(
        r"not implemented for '(\w+)'",
        "{at} cannot be computed for {dtype}, which {it} is",
        "Convert it with .float() or .double().",
        dtype_in(0),
    ),
    Told(
        r"(?:Subtraction|Negation), the `-` operator, (?:with two bool tensors|on a bool tensor) is not supported",
        "{at} is not defined for bools, and {it} is bool",
        "Write ~ to invert a mask and ^ for what differs, or convert it with .float().",
        lambda value, parts, given: value.dtype == "bool",
    ),
    Told(
        r"result type (\w+) can't be cast to the desired output type (\w+)",
        "{at} gives {0}, which does not fit into {it} of {dtype}",
        "Convert it first, with .float().",
        dtype_in(1),
    ),
    # devices
    Told(
        r"not compiled with CUDA enabled|No CUDA GPUs are available|Found no NVIDIA driver",
        "there is no CUDA here: this torch, or this computer, has none",
        'Write device = "cuda" if torch.cuda.is_available() else "cpu", and use that.',
    ),
    Told(
        r"to be on the same device, but (?:found at least two devices, |got \w+ is on )([\w:]+?)(?:,| and) (?:different from other tensors on )?([\w:]+)",
        "{at} needs all tensors on one device, and they are on {0} and {1}",
        'Move one of them with .to("{0}"); a model, too, with model.to("{0}").',
        any_given,
    ),
    Told(
        r"on device ([\w:]+) is not on the expected device ([\w:]+?)!",
        "{at} needs all tensors on one device, and they are on {0} and {1}",
        'Move one of them with .to("{1}"); a model, too, with model.to("{1}").',
        any_given,
    ),
    # dimensions
    Told(
        r"Index tensor must have the same number of dimensions as (?:input|self|src) tensor",
        "{at} takes an index with as many dimensions as {first}, and {shaped} is {n}D",
        "Give it another dimension, as in .unsqueeze(1).",
        lambda value, parts, given: value is not given[0] and len(value.shape) != len(given[0].shape),
    ),
    Told(
        r"Index is supposed to be (?:a vector|1-D|a 1-D)",
        "{at} takes 1D indices, and {shaped} is {n}D",
        "Write .flatten() behind it.",
        rank_is_not(0, 1, among=1),
    ),
    Told(
        r"batch1 must be a 3D tensor|batch2 must be a 3D tensor",
        "{at} multiplies batches of matrices, 3D, and {shaped} is {n}D",
        "Write @ instead, which takes any.",
        rank_is_not(3),
    ),
    Told(
        r"(?:self|mat2|mat1) must be a matrix",
        "{at} multiplies matrices, 2D, and {shaped} is {n}D",
        "Write @ instead, which takes any.",
        rank_is_not(2),
    ),
    Told(
        r"t\(\) expects a tensor with <= 2 dimensions, but self is (\d+)D",
        "{at} takes two dimensions at most, and {shaped} has {0}",
        "Write .mT, which swaps the last two.",
        rank_is(0),
    ),
    Told(
        r"the number of sizes provided \((\d+)\) must be greater or equal to the number of dimensions in the tensor \((\d+)\)",
        "{at} has too few sizes, {0}, for the {1} dimensions of {shaped}",
        "Give a size for each dimension; −1 leaves it as it is.",
        rank_is(1),
    ),
    Told(
        r"Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
        "{at} has fewer numbers than {shaped} has dimensions",
        "Give a number for each dimension; 1 leaves it as it is.",
        any_given,
    ),
    Told(
        r"input\.dim\(\) = (\d+) is not equal to len\(dims\) = (\d+)",
        "{at} orders {1} dimensions, and {shaped} has {0}",
        "Name each dimension once.",
        rank_is(0),
    ),
    Told(
        r"(?:permute\(\): duplicate dims are not allowed|repeated dim in permute)",
        "{at} names a dimension of {shaped} twice",
        "Name each dimension once.",
        any_given,
    ),
    Told(
        r"zero-dimensional tensor \(at position \d+\) cannot be concatenated",
        "{at} joins along a dimension, and {it} is a single number, which has none",
        "Write torch.stack instead.",
        rank_is_not(*range(1, 65)),
    ),
    Told(
        r"expect(?:ed|s) a non-empty (?:list of Tensors|TensorList)",
        "there is nothing to join: the list is empty",
        "Fill it first, or leave this out where it is empty.",
    ),
    Told(
        r"argument 'tensors' \(position \d+\) must be tuple of Tensors, not Tensor",
        "the tensors to be joined stand in a list",
        "Put [ ] around them.",
        mends=lambda text, span, parts: in_a_list(text, span),
    ),
    Told(
        r"(\w+)\(\): argument '\w+' \(position \d+\) must be Tensor, not tuple",
        "{0}() needs a tensor, and got a tuple of several",
        "Take it apart first, as in output, state = lstm(x); or take its first part with [0].",
    ),
    Told(
        r"(\w+)\(\): argument '\w+' \(position \d+\) must be Tensor, not numpy\.ndarray",
        "{0}() needs a tensor, and got numbers of numpy's",
        "Write torch.from_numpy(…) around them, and .float() behind it.",
    ),
    # indices and sizes
    Told(
        r"[Ss]ize does not match at dimension (\d+) expected index \[(.*?)\] to be (?:no larger|smaller) than \w+ \[(.*?)\] apart from dimension (\d+)",
        "{at} takes an index that is larger than {first} in dimension {3} only, and {it} is {1:x}, against {2:x}",
        "Leave out what is too much in dimension {0}.",
        shape_is(1),
    ),
    Told(
        r"Expected index \[(.*?)\] to be (?:no larger|smaller) than self \[(.*?)\] apart from dimension (\d+) and to be (?:no larger size|smaller size) than src \[(.*?)\]",
        "{at} takes an index no larger than what is written (dimension {2} aside, than {1:x}, too), and {it} is {0:x}, what is written {3:x}",
        "Give both one shape.",
        shape_is(0),
    ),
    Told(
        r"Number of indices \((\d+)\) should be equal to source\.size\(dim\): \((\d+)\), for dim: (\d+)",
        "{at} takes one index for each of the {1} rows that it adds, and {shaped} has {0}",
        "Give it {1} indices.",
        size_at(0, 0),
    ),
    Told(
        r"indexing tensors could not be broadcast together with shapes \[(.*?)\], \[(.*?)\]",
        "{at} takes its indices in pairs, and they have the shapes {0:x} and {1:x}",
        "Give them one shape, or one of them .unsqueeze(1) for all pairs.",
        shape_is(1),
    ),
    Told(
        r"value tensor of shape \[(.*?)\] cannot be broadcast to indexing result of shape \[(.*?)\]",
        "{at} has room for {1:x}, and {it} is {0:x}",
        "Write as many values as places are chosen.",
        lambda value, parts, given: value is not given[0] and value.shape == sizes(parts[0]),
    ),
    Told(
        r"output with shape \[(.*?)\] doesn't match the broadcast shape \[(.*?)\]",
        "{at} gives {1:x}, which does not fit into {it}, {0:x}",
        "Write x = x + … instead of x += …, so that it can grow.",
        shape_is(0),
    ),
    Told(
        r"split_sizes to sum exactly to (\d+) \(input tensor's size at dimension (-?\d+)\), but got split_sizes=\[(.*?)\]",
        "{at}: the sizes {2} do not add up to {0}, which {shaped} has in dimension {1}",
        "Make them add up to {0}.",
        any_given,
    ),
    Told(
        r"Provided sizes \[(.*?)\] don't multiply up to the size of dim (-?\d+) \((\d+)\)",
        "{at}: {0:x} is not {2}, which {shaped} has in dimension {1}",
        "Choose sizes whose product is {2}.",
        any_given,
    ),
    Told(r"only one dimension can be inferred", "only one of the sizes can be −1", "Write the others out."),
    Told(
        r"selected index k out of range",
        "{at} asks for more elements than {shaped} has",
        "Make k smaller.",
        any_given,
    ),
    Told(
        r"Expected reduction dim to be specified for input\.numel\(\) == 0",
        "{at} has nothing to choose from, as {shaped} is empty",
        "Leave it out where there are no elements.",
        any_given,
    ),
    Told(
        r"Class values must be smaller than num_classes",
        "{at}: {it} holds a class that num_classes does not reach",
        "Make num_classes the greatest class plus 1.",
        any_given,
    ),
    Told(
        r"Class values must be non-negative",
        "{at}: {it} holds a class below 0",
        "Count classes from 0.",
        any_given,
    ),
    Told(
        r"expected sequence of length (\d+) at dim (\d+) \(got (\d+)\)",
        "the lists in it have different lengths, {0} and {2}",
        "Make them equally long.",
    ),
    Told(
        r"Padding length should be less than or equal to two times the input dimension but got padding length (\d+) and input of dimension (\d+)",
        "{at} has {0} numbers of padding, two for each dimension, and {shaped} has {1} dimensions",
        "Leave some of them out: they go from the last dimension to the first.",
        rank_is(1),
    ),
    Told(
        r"Padding size should be less than the corresponding input dimension, but got: padding \((.*?)\) at dimension (\d+) of input \[(.*?)\]",
        "{at} pads by {0} in dimension {1}, as much as {shaped} has there, or more, and takes the numbers from there",
        "Pad by less, or with zeros: leave mode out.",
        shape_is(2),
    ),
    Told(
        r"step must be greater than zero",
        "slices of tensors go forward only: their step is at least 1",
        "Write .flip(0) to turn one around.",
    ),
    Told(
        r"(?:chunk expects `chunks` to be greater than 0|split_size can only be 0 if dimension size is 0)",
        "{at} cannot cut {shaped} into pieces of nothing",
        "Write 1 or more.",
        any_given,
    ),
    Told(
        r"number of subscripts in the equation \((\d+)\) does not match the number of dimensions \((\d+)\) for operand (\d+)",
        "{at} has {0} letters for operand {2}, counted from 0, and {shaped} has {1} dimensions",
        "Give each dimension a letter.",
        rank_is(1),
    ),
    Told(
        r"einsum\(\): (fewer|more) operands were provided than specified in the equation",
        "{at} has {0} tensors than its equation has groups of letters",
        "Separate the groups by commas, one for each tensor.",
    ),
    Told(
        r"the input matrix is singular",
        "{at} cannot invert {shaped}: it is singular, one of its rows follows from the others",
        "Write torch.linalg.lstsq or pinv, or add a small multiple of torch.eye.",
        any_given,
    ),
    Told(
        r"the input is not positive-definite",
        "{at} needs a positive definite matrix, which {shaped} is not",
        "Add a small multiple of torch.eye, as in x + 1e-6 * torch.eye(n).",
        any_given,
    ),
    Told(
        r"cannot sample n_sample > prob_dist\.size\(-1\) samples without replacement",
        "{at} draws more than {shaped} has to draw from",
        "Draw fewer, or write replacement=True.",
        any_given,
    ),
    Told(
        r"dropout probability has to be between 0 and 1, but got (\S+)",
        "a dropout's probability is a number from 0 to 1, and this one is {0}",
        "Write a number from 0 to 1: 0.5 drops half of them.",
    ),
    # tensors where none may be
    Told(
        r"only one element tensors can be converted to Python scalars",
        "one number is needed here, and this tensor has several",
        "Index it, or use .sum() or .mean() first; to make one tensor of several, write torch.stack.",
    ),
    Told(
        r"Boolean value of Tensor with (?:more than one value|no values) is ambiguous",
        "this needs one answer, True or False, and a tensor of several gives several",
        "Write .any() or .all() behind it, or torch.where for each element.",
    ),
    Told(
        r"Can't call numpy\(\) on Tensor that requires grad",
        "numpy keeps no graph, and this tensor requires a gradient",
        "Write .detach().numpy().",
    ),
    Told(
        r"Only Tensors created explicitly by the user \(graph leaves\) support the deepcopy protocol",
        "only leaves can be copied with deepcopy, and this was computed",
        "Write .detach().clone(), or copy the module before it computes.",
    ),
    Told(
        r"can't optimize a non-leaf Tensor",
        "an optimizer changes leaves, and this tensor was computed",
        "Give it the leaf that it was computed from, or .detach().requires_grad_().",
    ),
    Told(
        r"optimizer got an empty parameter list",
        "the optimizer has nothing to change: the list of parameters is empty",
        "Register parameters as attributes of the module, in nn.ModuleList where there are several.",
    ),
    Told(
        r"params argument given to the optimizer should be an iterable of Tensors or dicts, but got",
        "the parameters of an optimizer stand in a list",
        "Put brackets around it: [a].",
    ),
    Told(
        r"you can only change requires_grad flags of leaf variables",
        "requires_grad can be changed for leaves only, and this tensor was computed",
        "Write .detach() to leave the graph.",
    ),
    Told(
        r"assign a gradient of size '\[(.*?)\]' to a tensor of size '\[(.*?)\]'",
        "a gradient has the shape of its tensor, {1:x}, and this one is {0:x}",
        "Give it a gradient of {1:x}.",
    ),
    Told(
        r"size mismatch for ([\w.]+): copying a param with shape torch\.Size\(\[(.*?)\]\) from checkpoint, the shape in current model is torch\.Size\(\[(.*?)\]\)",
        "{0} is {1:x} in what is loaded, and {2:x} in the model",
        "Build the model with the sizes that it was saved with.",
    ),
    Told(
        r"Missing key\(s\) in state_dict: (.*?)\. ",
        "what is loaded lacks {0}",
        "Load the state_dict of a model that is built alike, or write strict=False.",
    ),
    Told(
        r"Module \[(\w+)\] is missing the required \"forward\" function",
        "{0} has no forward, which says what it computes",
        "Define forward(self, x) in it.",
    ),
    Told(
        r"cannot assign (?:module|parameters?) before Module\.__init__\(\) call",
        "a module can hold others only after its own __init__",
        "Write super().__init__() first in __init__.",
    ),
    Told(
        r"(\w+)\.forward\(\) missing (\d+) required positional arguments?: (.*)",
        "{0} needs {2}, which it was not given",
        "Call it with {2}.",
    ),
    Told(
        r"'Tensor' object is not callable",
        "a tensor is not a function, and cannot be called",
        "Write square brackets for an index, or * for a product.",
    ),
    Told(
        r"expected Tensor as element (\d+) in argument \d+, but got (\w+)",
        "element {0} of the list, counted from 0, is a {1}, not a tensor",
        "Write torch.tensor(…) around it.",
    ),
    Told(
        r"(\w+)\(\) got an unexpected keyword argument '(\w+)'",
        "{0}() takes no {1}=",
        "Leave it out, or look how it is written.",
        mends=lambda text, span, parts: without_keyword(text, span, parts[1]),
    ),
    Told(
        r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)",
        "{0}() needs {1}, too",
        "Give it between the brackets.",
    ),
    Told(
        r"(\w+)\(\) received an invalid combination of arguments - got \((.*?)\), but",
        "{0}() cannot be called with ({1})",
        "Check the number, the order and the kinds of what it is given.",
    ),
)
"""Looked through in this order."""
