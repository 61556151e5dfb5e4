"""Networks: convolutions, a shared parameter used a random number of times, batches of data, optimizers."""

import random

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
random.seed(3)


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Linear(4 * 3 * 3, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), (2, 2))
        return self.last(F.dropout(x.view(-1, x[0].numel()), 0.2, self.training))


class Powers(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.randn(()))
        self.shared = nn.Parameter(torch.randn(()))

    def forward(self, x):
        y = self.a + x
        for power in range(2, random.randint(3, 5)):
            y = y + self.shared * x**power
        return y


net = Digits()
print(net)
print(len(list(net.parameters())), net.first.weight.size())
data = TensorDataset(torch.randn(12, 1, 8, 8), torch.randint(0, 5, (12,)))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(net.parameters(), lr=0.01)
for images, labels in DataLoader(data, batch_size=4, shuffle=True):
    optimizer.zero_grad()
    loss = criterion(net(images), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    print(loss, net.first.bias.grad)
net.eval()
with torch.no_grad():
    print(net(data.tensors[0]).argmax(1))

model = Powers()
momentum = optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
schedule = optim.lr_scheduler.StepLR(momentum, 2)
x = torch.linspace(-1, 1, 50)
for _ in range(4):
    momentum.zero_grad()
    nn.MSELoss(reduction="sum")(model(x), x.sin()).backward()
    momentum.step()
    schedule.step()
print({name: value.item() for name, value in model.named_parameters()}, schedule.get_last_lr())
