"""Trees of modules, and torch's own layers."""

from __future__ import annotations

import copy
import io
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

from tests.engine.kinds import kind


def _trained(model: nn.Module, *given: Tensor, passes: int = 1) -> Any:
    result = None
    for _ in range(passes):
        result = model(*given)
        first = result[0] if isinstance(result, tuple) else result
        first.pow(2).mean().backward()
    return model, result


@kind
def tree() -> Any:
    class Block(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
            self.gates = nn.ModuleDict({"a": nn.Linear(width, width), "b": nn.Identity()})
            self.scales = nn.ParameterList([nn.Parameter(torch.ones(width))])
            self.register_buffer("offset", torch.ones(width))

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = torch.relu(layer(x)) * self.scales[0] + self.offset
            return x * torch.sigmoid(self.gates["a"](x)) + self.gates["b"](x)

    return _trained(nn.Sequential(Block(3), nn.Sequential(nn.Linear(3, 2), nn.GELU())), torch.randn(4, 3))


@kind
def shared_twice() -> Any:
    layer = nn.Linear(3, 3)
    model = nn.Sequential(layer, nn.Tanh(), layer)
    tied = nn.Linear(3, 3)
    tied.weight = layer.weight
    return _trained(nn.Sequential(model, tied), torch.randn(2, 3))


@kind
def recursion() -> Any:
    class Tree(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.join = nn.Linear(4, 2)

        def forward(self, x: Tensor, depth: int = 2) -> Tensor:
            if not depth:
                return x
            return torch.tanh(self.join(torch.cat([self(x, depth - 1), self(x + 1, depth - 1)], -1)))

    return _trained(Tree(), torch.randn(2, 2))


@kind
def attention() -> Any:
    layer = nn.MultiheadAttention(8, 2, batch_first=True, dropout=0.1)
    x = torch.randn(2, 4, 8, requires_grad=True)
    y, weights = layer(x, x, x)
    y.sum().backward()
    return layer, y, weights, x


@kind
def transformer() -> Any:
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, enable_nested_tensor=False)
    return _trained(encoder, torch.randn(2, 5, 8))


@kind
def transformer_whole() -> Any:
    model = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    return _trained(model, torch.randn(1, 3, 8), torch.randn(1, 2, 8))


@kind
def recurrent() -> Any:
    x = torch.randn(5, 2, 3)
    return [
        _trained(nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.2), x),
        _trained(nn.GRU(3, 4), x),
        _trained(nn.RNN(3, 4), x),
        _trained(nn.LSTMCell(3, 4), x[0]),
        _trained(nn.GRUCell(3, 4), x[0]),
    ]


@kind
def packed_sequences() -> Any:
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    layer = nn.GRU(3, 4, batch_first=True)
    packed = pack_padded_sequence(torch.randn(2, 4, 3), torch.tensor([4, 2]), batch_first=True)
    result, _ = layer(packed)
    y, lengths = pad_packed_sequence(result, batch_first=True)
    y.sum().backward()
    return layer, y, lengths


@kind
def convolutions() -> Any:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Dropout2d(0.2),
        nn.Conv2d(4, 2, 3, groups=2),
        nn.GroupNorm(1, 2),
        nn.LeakyReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    return _trained(model, torch.randn(2, 1, 8, 8), passes=2)


@kind
def more_convolutions() -> Any:
    return [
        _trained(nn.Conv1d(2, 3, 2, stride=2, padding_mode="circular", padding=1), torch.randn(1, 2, 6)),
        _trained(nn.ConvTranspose2d(2, 1, 2), torch.randn(1, 2, 3, 3)),
        _trained(nn.Conv3d(1, 1, 2), torch.randn(1, 1, 3, 3, 3)),
        _trained(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), torch.randn(1, 1, 2, 2, requires_grad=True)),
        _trained(nn.PixelShuffle(2), torch.randn(1, 4, 2, 2, requires_grad=True)),
    ]


@kind
def normalisation() -> Any:
    x = torch.randn(6, 4, requires_grad=True)
    model = nn.Sequential(nn.LayerNorm(4), nn.BatchNorm1d(4, momentum=None), nn.RMSNorm(4), nn.Dropout(0.3), nn.AlphaDropout(0.2))
    first = _trained(model, x, passes=2)
    model.eval()
    return first, model(x), x


@kind
def losses() -> Any:
    scores = torch.randn(4, 3, requires_grad=True)
    target = torch.tensor([0, 2, 1, 1])
    pair = torch.rand(4, 3)
    parts = [
        nn.CrossEntropyLoss(label_smoothing=0.1)(scores, target),
        nn.NLLLoss()(scores.log_softmax(1), target),
        nn.MSELoss()(scores, pair),
        nn.L1Loss()(scores, pair),
        nn.SmoothL1Loss()(scores, pair),
        nn.HuberLoss()(scores, pair),
        nn.BCEWithLogitsLoss()(scores, pair),
        nn.KLDivLoss(reduction="batchmean")(scores.log_softmax(1), pair.softmax(1)),
        F.cosine_similarity(scores, pair).sum(),
        nn.TripletMarginLoss()(scores, pair, pair + 1),
        nn.CTCLoss()(torch.randn(5, 1, 3).log_softmax(2), torch.tensor([[1, 2]]), torch.tensor([5]), torch.tensor([2])),
    ]
    sum(parts).backward()
    return scores, parts


@kind
def activations() -> Any:
    x = torch.randn(5, requires_grad=True)
    kinds = (nn.ELU, nn.SELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Hardswish, nn.PReLU, nn.RReLU)
    total = sum(layer()(x).sum() for layer in kinds) + nn.Softmax(0)(x).prod() + nn.GLU(0)(x[:4]).sum()
    total.backward()
    return x, total


@kind
def embeddings() -> Any:
    model = nn.Sequential(nn.Embedding(6, 3, padding_idx=0, max_norm=1.0), nn.Flatten(), nn.LazyLinear(2))
    return _trained(model, torch.tensor([[0, 1], [2, 5]]))


@kind
def parametrised() -> Any:
    model = parametrizations.weight_norm(nn.Linear(3, 3))
    other = parametrizations.spectral_norm(nn.Linear(3, 3))
    turned = parametrizations.orthogonal(nn.Linear(3, 3))

    class Symmetric(nn.Module):
        def forward(self, w: Tensor) -> Tensor:
            return w.triu() + w.triu(1).t()

    own = nn.Linear(3, 3)
    parametrize.register_parametrization(own, "weight", Symmetric())
    return _trained(nn.Sequential(model, other, turned, own), torch.randn(2, 3))


@kind
def old_weight_norm() -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = nn.utils.weight_norm(nn.Linear(3, 2))
    return _trained(model, torch.randn(2, 3))


@kind
def copies_and_states() -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters())
    data = torch.randn(5, 3)
    model(data).sum().backward()
    optimizer.step()
    twin = copy.deepcopy(model)
    buffer = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, buffer)
    buffer.seek(0)
    kept = torch.load(buffer, weights_only=True)
    fresh = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    fresh.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    fresh(data).sum().backward()
    twin.zero_grad()
    twin(data).sum().backward()
    average = torch.optim.swa_utils.AveragedModel(model)
    average.update_parameters(model)
    return model, twin, fresh, average


@kind
def initialisation() -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    for layer in model:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    nn.init.kaiming_normal_(model[0].weight)
    nn.init.orthogonal_(model[1].weight)
    model.to(torch.float64)
    return _trained(model, torch.randn(2, 3, dtype=torch.float64))


@kind
def frozen_parts() -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    model[0].requires_grad_(False)
    model[0].eval()
    return _trained(model, torch.randn(2, 3))


@kind
def several_inputs_and_outputs() -> Any:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(2, 2), nn.Bilinear(2, 2, 1)

        def forward(self, x: Tensor, *, extra: dict[str, Tensor]) -> dict[str, Any]:
            hidden = self.a(x)
            return {"hidden": hidden, "out": [self.b(hidden, extra["y"])], "none": None}

    model = Net()
    result = model(torch.randn(3, 2), extra={"y": torch.randn(3, 2)})
    result["out"][0].sum().backward()
    return model, result


@kind
def evaluated() -> Any:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2)).eval()
    with torch.no_grad():
        return model(torch.randn(2, 3)).argmax(1), model


@kind
def scripted() -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2))
    return _trained(layer, torch.randn(3, 2))
