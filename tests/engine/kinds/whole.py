"""Whole models of real size, trained for a few steps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tests.engine.kinds import kind


class Block(nn.Module):
    """Two convolutions with a way around them."""

    def __init__(self, inward: int, outward: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inward, outward, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outward)
        self.conv2 = nn.Conv2d(outward, outward, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outward)
        self.around: nn.Module = nn.Identity()
        if stride != 1:
            self.around = nn.Sequential(nn.Conv2d(inward, outward, 1, stride, bias=False), nn.BatchNorm2d(outward))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += self.around(x)
        return torch.relu(y)


def resnet18(width: int) -> nn.Module:
    """The eighteen layers of He et al. (2015), from ``width`` channels on."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    layers.append(nn.MaxPool2d(3, 2, 1))
    channels = width
    for stage in range(4):
        outward = width * 2**stage
        layers += [Block(channels, outward, 1 if stage == 0 else 2), Block(outward, outward, 1)]
        channels = outward
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(channels, 10))


def _steps(model: nn.Module, given: tuple[Tensor, ...], target: Tensor) -> Any:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(*given).flatten(0, -2), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


@kind
def residual_network() -> Any:
    return _steps(resnet18(4), (torch.randn(2, 3, 32, 32),), torch.tensor([3, 7]))


@kind
def large_transformer() -> Any:
    layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.1, batch_first=True)
    model = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
    return _steps(model, (torch.randn(2, 5, 16),), torch.randint(16, (10,)))


@kind
def tied_language_model() -> Any:
    embedding = nn.Embedding(11, 6)
    body = nn.GRU(6, 6, batch_first=True)
    head = nn.Linear(6, 11)
    head.weight = embedding.weight
    model = nn.ModuleList([embedding, body, head])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    words = torch.randint(11, (3, 5))
    for _ in range(2):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(head(body(embedding(words[:, :-1]))[0]).flatten(0, 1), words[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
    return model
