"""What layers of networks compute: convolutions, windows, normalisation, dropout."""

from __future__ import annotations

from engine.operations.entry import Cost, Entry, WayBack, nodes

CHOSEN = WayBack("The gradient goes to the elements that were chosen; all others get 0.")


def _windows(name: str, words: str, *cost: Cost, programs: str = "F", node: str = "", way: WayBack = CHOSEN) -> Entry:
    """What is given sizes: those of a window, a step, a border or a result."""
    return Entry(name, words, programs, nodes=nodes(node, way), cost=("sizes", *cost))


_CONVOLVED = WayBack("Each element gets the gradients of all results that it went into, each times the weight used there.")
_AVERAGED = WayBack("Each element gets an equal share of the gradients of the windows that it was in.")
_NORMALISED = WayBack(
    "The gradient is divided by the spread; if that is the input's own, what moves or scales all elements together is taken out."
)

_MOVED = WayBack("The elements were moved, so their gradients are moved back.", "moved back")

_SPREAD_OUT = WayBack("Each element gets, from every place that it went to, the gradient times how much it counted there.")

LAYERS = (
    _windows(
        "conv1d",
        "Slides weights along one dimension and adds up the products.",
        "convolution",
        programs="torch F",
        node="Convolution",
        way=_CONVOLVED,
    ),
    _windows(
        "conv2d",
        "Slides weights over two dimensions and adds up the products.",
        "convolution",
        programs="torch F",
        node="Convolution",
        way=_CONVOLVED,
    ),
    _windows(
        "conv3d",
        "Slides weights through three dimensions and adds up the products.",
        "convolution",
        programs="torch F",
        node="Convolution",
        way=_CONVOLVED,
    ),
    _windows(
        "conv_transpose1d",
        "Spreads each element out by weights along one dimension.",
        "convolution",
        node="Convolution",
        way=_CONVOLVED,
    ),
    _windows(
        "conv_transpose2d",
        "Spreads each element out by weights over two dimensions.",
        "convolution",
        node="Convolution",
        way=_CONVOLVED,
    ),
    _windows("avg_pool1d", "The mean of each window along one dimension.", "pool", node="AvgPool2D", way=_AVERAGED),
    _windows("avg_pool2d", "The mean of each window over two dimensions.", "pool", node="AvgPool2D", way=_AVERAGED),
    _windows("max_pool1d", "The largest element of each window along one dimension.", "pool", node="MaxPool2DWithIndices"),
    _windows("max_pool2d", "The largest element of each window over two dimensions.", "pool", node="MaxPool2DWithIndices"),
    _windows("lp_pool1d", "The norm of each window along one dimension.", "pool"),
    _windows("lp_pool2d", "The norm of each window over two dimensions.", "pool"),
    _windows(
        "adaptive_avg_pool1d",
        "The means of as many windows as the result is long.",
        "adaptive pool",
        node="AdaptiveAvgPool2D",
        way=_AVERAGED,
    ),
    _windows(
        "adaptive_avg_pool2d",
        "The means of as many windows as the result has places.",
        "adaptive pool",
        node="AdaptiveAvgPool2D",
        way=_AVERAGED,
    ),
    _windows(
        "adaptive_max_pool1d",
        "The largest elements of as many windows as the result is long.",
        "adaptive pool",
        node="AdaptiveMaxPool2D",
    ),
    _windows(
        "adaptive_max_pool2d",
        "The largest elements of as many windows as the result has places.",
        "adaptive pool",
        node="AdaptiveMaxPool2D",
    ),
    _windows(
        "fold",
        "Adds windows up where they overlap.",
        node="Col2Im",
        way=WayBack("Each window gets the gradients of the places where it was added."),
    ),
    _windows(
        "pad",
        "Puts a border around it.",
        node="ConstantPadNd",
        way=WayBack("What stands within the border gets its gradient back.", "its place only"),
    ),
    _windows(
        "interpolate",
        "Scales it to another size.",
        "float sizes",
        node="UpsampleNearest1D UpsampleNearest2D UpsampleLinear1D UpsampleBilinear2D UpsampleBicubic2D",
        way=_SPREAD_OUT,
    ),
    _windows("local_response_norm", "Divides each element by how large its neighbours in other channels are.", "repeated"),
    Entry("pixel_shuffle", "Channels become pixels of a larger picture.", "F", nodes=nodes("PixelShuffle", _MOVED)),
    Entry("pixel_unshuffle", "Pixels become channels of a smaller picture.", "F", nodes=nodes("PixelUnshuffle", _MOVED)),
    Entry("normalize", "Divides vectors by their norm.", "F"),
    Entry(
        "layer_norm",
        "Gives the elements of each example mean 0 and spread 1, then scales and moves them.",
        "torch F",
        nodes=nodes("NativeLayerNorm", _NORMALISED),
    ),
    Entry("rms_norm", "Divides the elements of each example by the root of their mean square.", "F"),
    Entry(
        "batch_norm",
        "Gives each channel mean 0 and spread 1 over the batch, then scales and moves it.",
        "F",
        nodes=nodes("NativeBatchNorm", _NORMALISED),
    ),
    Entry(
        "group_norm",
        "Gives groups of channels of each example mean 0 and spread 1.",
        "F",
        nodes=nodes("NativeGroupNorm", _NORMALISED),
    ),
    Entry(
        "instance_norm",
        "Gives each channel of each example mean 0 and spread 1.",
        "F",
        nodes=nodes("NativeBatchNorm", _NORMALISED),
    ),
    Entry(
        "dropout",
        "In training, sets randomly chosen elements to 0 and makes the others larger to balance that.",
        "torch F",
        draws=True,
    ),
    Entry("dropout1d", "In training, sets randomly chosen channels to 0 and makes the others larger to balance that.", "F"),
    Entry("dropout2d", "In training, sets randomly chosen channels to 0 and makes the others larger to balance that.", "F"),
    Entry("alpha_dropout", "A dropout that keeps mean and spread.", "F"),
    Entry("feature_alpha_dropout", "A dropout of channels that keeps mean and spread.", "F"),
)
