"""What layers of networks compute: convolutions, windows, normalisation, dropout."""

from __future__ import annotations

from engine.operations.entry import Cost, Entry, WayBack, nodes

_CHOSEN = WayBack("The gradient goes to the elements that were chosen; all others get 0.")


def _windows(name: str, words: str, *cost: Cost, programs: str = "F", node: str = "", draws: bool = False) -> Entry:
    """What is given sizes: of a window, a step, a border, a result."""
    return Entry(name, words, programs, draws=draws, nodes=nodes(node, _CHOSEN), cost=("sizes", *cost))


LAYERS = (
    _windows("conv1d", "Slides weights along one dimension and adds up the products.", "convolution", programs="torch F"),
    _windows("conv2d", "Slides weights over two dimensions and adds up the products.", "convolution", programs="torch F"),
    _windows("conv3d", "Slides weights through three dimensions and adds up the products.", "convolution", programs="torch F"),
    _windows("conv_transpose1d", "Spreads each element out by weights along one dimension.", "convolution"),
    _windows("conv_transpose2d", "Spreads each element out by weights over two dimensions.", "convolution"),
    _windows("avg_pool1d", "The mean of each window along one dimension.", "pool"),
    _windows("avg_pool2d", "The mean of each window over two dimensions.", "pool"),
    _windows("max_pool1d", "The largest element of each window along one dimension.", "pool"),
    _windows("max_pool2d", "The largest element of each window over two dimensions.", "pool", node="MaxPool2DWithIndices"),
    _windows("lp_pool1d", "The norm of each window along one dimension.", "pool"),
    _windows("lp_pool2d", "The norm of each window over two dimensions.", "pool"),
    _windows("adaptive_avg_pool1d", "The means of as many windows as the result is long.", "adaptive pool"),
    _windows("adaptive_avg_pool2d", "The means of as many windows as the result has places.", "adaptive pool"),
    _windows("adaptive_max_pool1d", "The largest elements of as many windows as the result is long.", "adaptive pool"),
    _windows("adaptive_max_pool2d", "The largest elements of as many windows as the result has places.", "adaptive pool"),
    _windows("fold", "Adds windows up where they overlap."),
    _windows("pad", "Puts a border around it."),
    _windows("interpolate", "Scales it to another size.", "float sizes"),
    _windows("local_response_norm", "Divides each element by what its neighbours in other channels are.", "repeated"),
    Entry("pixel_shuffle", "Channels become pixels of a larger picture.", "F"),
    Entry("pixel_unshuffle", "Pixels become channels of a smaller picture.", "F"),
    Entry("normalize", "Divides vectors by their norm.", "F"),
    Entry("layer_norm", "Gives the elements of each example mean 0 and spread 1, then scales and moves them.", "torch F"),
    Entry("rms_norm", "Divides the elements of each example by the root of their mean square.", "F"),
    Entry("batch_norm", "Gives each channel mean 0 and spread 1 over the batch, then scales and moves it.", "F"),
    Entry("group_norm", "Gives groups of channels of each example mean 0 and spread 1.", "F"),
    Entry("instance_norm", "Gives each channel of each example mean 0 and spread 1.", "F"),
    Entry("dropout", "Makes some elements, drawn by chance, 0 and the others larger by as much.", "torch F", draws=True),
    Entry("dropout1d", "Makes some channels, drawn by chance, 0 and the others larger by as much.", "F"),
    Entry("dropout2d", "Makes some channels, drawn by chance, 0 and the others larger by as much.", "F"),
    Entry("alpha_dropout", "A dropout that keeps mean and spread.", "F"),
    Entry("feature_alpha_dropout", "A dropout of channels that keeps mean and spread.", "F"),
)
