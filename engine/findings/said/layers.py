"""What torch says of the inputs of layers: recurrent ones and their state, attention, embeddings, norms, convolutions, pools."""

from __future__ import annotations

from engine.findings.said.told import (
    Told,
    any_given,
    dtype_in,
    rank_is,
    rank_is_not,
    shape_is,
    size_at,
)

_MORE = "Add a dimension with .unsqueeze(0), or take one away with .squeeze(…) or .flatten(…)."
_LAST = "{at} takes inputs whose last size is {0}, and {shaped} has {1} there"
_STATE = "Make it with torch.zeros of that shape, or leave it out: it is zeros then."

LAYERS: tuple[Told, ...] = (
    Told(
        r"input\.size\(-1\) must be equal to input_size\. Expected (\d+), got (\d+)",
        _LAST,
        "Make input_size {1}, or give it {0} numbers in the last dimension.",
        size_at(-1, 1),
    ),
    Told(
        r"inconsistent input_size: (?=got \d+,? expected (\d+))got (\d+)",
        _LAST,
        "Make input_size {1}, or give it {0} numbers in the last dimension.",
        size_at(-1, 1),
    ),
    Told(
        r"was expecting embedding dimension of (\d+), but got (\d+)",
        _LAST,
        "Make embed_dim (d_model) {1}, or give it {0} numbers in the last dimension.",
        size_at(-1, 1),
    ),
    Told(
        r"input\d size does not match weight size: (?=got \d+ but expected (\d+))got (\d+)",
        _LAST,
        "Make that in_features {1}, or give it {0} numbers in the last dimension.",
        size_at(-1, 1),
    ),
    Told(
        r"Expected hidden(?:\[\d\])? size \((.*?)\), got \[(.*?)\]",
        "{at} needs a state of {0:x} (layers × rows × width), and {it} is {1:x}",
        _STATE,
        shape_is(1),
    ),
    Told(
        r"Input batch size (\d+) doesn't match hidden\d? ?batch size (\d+)",
        "{at} needs a state with one row for each of the {0} inputs, and {shaped} has {1}",
        _STATE,
        size_at(0, 1),
    ),
    Told(
        r"has inconsistent hidden_size: (?=got \d+, expected (\d+))got (\d+)",
        "{at} needs a state whose last size is {0}, and {shaped} has {1} there",
        "Make hidden_size {1}, or the state {0} wide.",
        size_at(-1, 1),
    ),
    Told(
        r"For (?:un)?batched \d-D input, (?=hx.* should also be (\d)-D)hx.* but got \(?(\d)-D",
        "{at} needs a {0}D state, as its input is {0}D, and {shaped} is {1}D",
        "Give both a batch, or neither of them.",
        rank_is(1),
    ),
    Told(
        r"Expected input to be (\d)D or (\d)D, got (\d)D",
        "{at} takes {0}D, or {1}D with a batch, and {shaped} is {2}D",
        _MORE,
        rank_is(2),
    ),
    Told(
        r"Expected (\d)D \(unbatched\) or (\d)D \(batched\) input to \w+, but got input of size: \[(.*?)\]",
        "{at} takes {0}D, or {1}D with a batch, and {shaped} is {n}D",
        _MORE,
        shape_is(2),
    ),
    Told(
        r"[Ee]xpected (\d)D(?: or (\d)D)? (?:\(batch mode\) )?(?:input|tensor) \(got (\d)D input\)",
        "{at} takes {0}D{1:or}, and {shaped} is {2}D",
        _MORE,
        rank_is(2),
    ),
    Told(
        r"(?:non-empty|Expected) (\d)D or (\d)D \(batch mode\) tensor",
        "{at} takes {0}D, or {1}D with a batch, and {shaped} is {n}D",
        _MORE,
        any_given,
    ),
    Told(
        r"query should be unbatched (\d)D or batched (\d)D tensor but received (\d)-D",
        "{at} takes {0}D, or {1}D with a batch, and {shaped} is {2}D",
        _MORE,
        rank_is(2),
    ),
    Told(
        r"Only 3D, 4D and 5D input Tensors supported \(got (\d)D\)",
        "{at} takes rows × channels × sizes, 3D to 5D, and {shaped} is {0}D",
        _MORE,
        rank_is(0),
    ),
    Told(
        r"input has to be a 1D or 2D Tensor, but got Tensor of dimension (\d)|offsets has to be a 1D Tensor but got None",
        "{at} takes bags × indices, or all indices in one dimension and the offsets at which bags begin, and {shaped} has {n}",
        "Write .unsqueeze(0) for one bag, or give it offsets.",
        any_given,
    ),
    Told(
        r"key shape torch\.Size\(\[(.*?)\]\) does not match value shape torch\.Size\(\[(.*?)\]\)"
        r"|key's sequence and batch dims \((.*?)\) do not match value's \((.*?)\)",
        "{at} needs one value for each key, and the key is {0:x}, the value {1:x}",
        "Give key and value the same length and batch.",
        any_given,
    ),
    Told(
        r"shape of the [23]D attn_mask is torch\.Size\(\[(.*?)\]\), but should be \((.*?)\)",
        "{at} needs a mask of {1:x} (queries × keys), and {it} is {0:x}",
        "Make it of that shape.",
        shape_is(0),
    ),
    Told(
        r"Expected key_padded_mask\.shape\[(\d)\] to be (\d+), but got (\d+)",
        "{at} needs a padding mask of rows × keys with {1} in dimension {0}, and {shaped} has {2}",
        "Transpose it with .T, or make it of that shape.",
        lambda value, parts, given: int(parts[0]) < len(value.shape) == 2 and value.shape[int(parts[0])] == int(parts[2]),
    ),
    Told(
        r"embed_dim must be divisible by num_heads",
        "each head takes an equal part of embed_dim, which num_heads does not divide",
        "Choose num_heads so that it divides embed_dim.",
    ),
    Told(
        r"num_channels \((\d+)\) must be divisible by num_groups \((\d+)\)",
        "{0} channels do not make {1} equal groups",
        "Choose num_groups so that it divides {0}.",
    ),
    Told(
        r"divisible by num_groups, but got input of shape \[(.*?)\] and num_groups=(\d+)",
        "{at} makes {1} equal groups of channels, which {shaped} does not have in dimension 1",
        "Choose num_groups so that it divides that size.",
        shape_is(0),
    ),
    Told(
        r"(?:running_mean|running_var|weight|bias) should contain (?=\d+ elements not (\d+))(\d+) elements",
        "{at} has {0} features, and {shaped} has {1} in dimension 1",
        "Make num_features {1}, or give it {0} there.",
        size_at(1, 1),
    ),
    Told(
        r"input's size at dim=\d to match num_features \((\d+)\), but got: (\d+)",
        "{at} has {0} features, and {shaped} has {1} in dimension 1",
        "Make num_features {1}, or give it {0} there.",
        size_at(1, 1),
    ),
    Told(
        r"Expected more than 1 value per channel when training, got input size torch\.Size\(\[(.*?)\]\)",
        "{at} computes a mean over several values for each channel while it trains, and {shaped} has one",
        "Give it more than one row, or call .eval() first.",
        shape_is(0),
    ),
    Told(
        r"Expected more than 1 spatial element when training, got input size torch\.Size\(\[(.*?)\]\)",
        "{at} computes a mean over several places for each channel, and {shaped} has one",
        "Give it larger inputs, or leave this norm out.",
        shape_is(0),
    ),
    Told(
        r"Found parameter numbers = (\d+) and channel size = (\d+)",
        "{at} has {0} slopes, and {shaped} has {1} channels in dimension 1",
        "Make num_parameters {1}, or 1 for all of them.",
        size_at(1, 1),
    ),
    Told(
        r"Given input size: \((.*?)\)\. Calculated output size: \((.*?)\)\. Output size is too small",
        "{at} leaves nothing of {shaped}: the result would be {1:x}",
        "Use a smaller window, or larger inputs.",
        any_given,
    ),
    Told(
        r"RNN input dtype \(torch\.(\w+)\) does not match weight dtype \(torch\.(\w+)\)",
        "{at} has weights of {1}, and {it} is {0}",
        "Convert it with .to(torch.{1}).",
        dtype_in(0),
    ),
    Told(
        r"Expected target size \[(.*?)\], got \[(.*?)\]",
        "{at} takes the classes of {first} in dimension 1, so the target has to be {0:x}, and {it} is {1:x}",
        "Bring the classes there with .movedim(-1, 1), or give both one row for each target with .flatten(0, 1).",
        shape_is(1),
    ),
    Told(
        r"0D or 1D target tensor expected, multi-target not supported",
        "{at} takes one class number for each row, in one dimension, and {shaped} has {n}",
        "Write .squeeze(1) behind it, or .argmax(1) where each row marks its class.",
        rank_is_not(0, 1, among=1),
    ),
    Told(
        r"defined either for all (\d+) classes or no classes but got weight tensor of shape: \[(.*?)\]",
        "{at} needs a weight for each of the {0} classes, and {it} is {1:x}",
        "Give it {0} weights.",
        shape_is(1),
    ),
)
"""Looked through in this order."""
