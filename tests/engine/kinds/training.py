"""Whole small trainings, as scripts have them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split

from tests.engine.kinds import kind


@kind
def with_a_loader() -> Any:
    data = TensorDataset(torch.randn(10, 3), torch.randn(10, 1))
    kept, rest = random_split(data, [8, 2])
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        for x, y in DataLoader(kept, batch_size=4, shuffle=True):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        score = sum(nn.functional.mse_loss(model(x), y) for x, y in DataLoader(rest))
    return model, losses, score


@kind
def own_dataset() -> Any:
    class Squares(Dataset):  # type: ignore[type-arg]
        def __len__(self) -> int:
            return 6

        def __getitem__(self, index: int) -> dict[str, Tensor]:
            return {"x": torch.tensor([float(index)]), "y": torch.tensor([float(index**2)])}

    model = nn.Linear(1, 1)
    for batch in DataLoader(Squares(), batch_size=3):
        (model(batch["x"]) - batch["y"]).pow(2).mean().backward()
    return model


@kind
def adversarial() -> Any:
    maker, judge = nn.Linear(2, 3), nn.Linear(3, 1)
    first, second = torch.optim.Adam(maker.parameters()), torch.optim.Adam(judge.parameters())
    loss = nn.BCEWithLogitsLoss()
    for _ in range(2):
        fake = maker(torch.randn(4, 2))
        second.zero_grad()
        (loss(judge(torch.randn(4, 3)), torch.ones(4, 1)) + loss(judge(fake.detach()), torch.zeros(4, 1))).backward()
        second.step()
        first.zero_grad()
        loss(judge(fake), torch.ones(4, 1)).backward()
        first.step()
    return maker, judge


@kind
def policy_gradient() -> Any:
    policy = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    choice = torch.distributions.Categorical(logits=policy(torch.randn(5, 3)))
    action = choice.sample()
    (-choice.log_prob(action) * torch.randn(5)).mean().backward()
    return policy, action, choice.entropy()


@kind
def variational() -> Any:
    encoder, decoder = nn.Linear(4, 4), nn.Linear(2, 4)
    x = torch.rand(3, 4)
    mean, spread = encoder(x).chunk(2, dim=1)
    posterior = torch.distributions.Normal(mean, spread.exp())
    z = posterior.rsample()
    prior = torch.distributions.Normal(0.0, 1.0)
    loss = nn.functional.mse_loss(decoder(z), x) + torch.distributions.kl_divergence(posterior, prior).mean()
    loss.backward()
    return encoder, decoder, loss


@kind
def meta_learning() -> Any:
    w = torch.randn(3, requires_grad=True)
    data = torch.randn(4, 3)
    inner = ((data @ w) ** 2).mean()
    (slope,) = torch.autograd.grad(inner, w, create_graph=True)
    quick = w - 0.1 * slope
    ((data @ quick - 1) ** 2).mean().backward()
    return w, quick


@kind
def accumulated_over_batches() -> Any:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for number in range(4):
        (model(torch.randn(2, 3)).mean() / 2).backward()
        if number % 2:
            optimizer.step()
            optimizer.zero_grad()
    return model


@kind
def caught_errors() -> Any:
    x = torch.randn(3, requires_grad=True)
    caught = []
    for broken in (
        lambda: x @ torch.ones(4),
        lambda: (x * 2).backward(),
        lambda: x.add_(1),
        lambda: torch.ones(2).sum().backward(),
        lambda: torch.autograd.grad(x.sum(), torch.ones(1, requires_grad=True)),
    ):
        try:
            broken()
        except RuntimeError as error:
            caught.append(type(error).__name__)
    y = (x**2).sum()
    y.backward()
    try:
        y.backward()
    except RuntimeError as error:
        caught.append(type(error).__name__)
    z = x.exp()
    w = z * z
    z.add_(1)
    try:
        w.sum().backward()
    except RuntimeError as error:
        caught.append(type(error).__name__)
    return x, caught


@kind
def other_threads() -> Any:
    import threading

    x = torch.randn(3, requires_grad=True)
    found = []

    def work() -> None:
        y = (x.detach().clone().requires_grad_() ** 2).sum()
        y.backward()
        found.append(y.detach())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (x**2).sum().backward()
    return x, found


@kind
def generators_and_comprehensions() -> Any:
    def parts(x: Tensor) -> Any:
        for row in x:
            yield row * 2

    x = torch.randn(3, 2, requires_grad=True)
    y = torch.stack([part.sum() for part in parts(x)])
    z = {name: value.exp() for name, value in zip("abc", y, strict=True)}
    sum(z.values()).backward()
    return x, y, z
