"""Training whose data other processes load, and a process of its own: written as on this system it may be, without a guard."""

import multiprocessing
import sys

import torch
from torch.utils.data import DataLoader, TensorDataset


def double(number, results):
    results.put(2 * number)


def main():
    print("processes begin by", multiprocessing.get_start_method())
    torch.manual_seed(0)
    data = TensorDataset(torch.arange(12.0).reshape(12, 1), torch.arange(12.0))
    weight = torch.ones(1, requires_grad=True)
    for inputs, target in DataLoader(data, batch_size=4, num_workers=2):
        ((inputs[:, 0] * weight - target) ** 2).mean().backward()
    print("gradient", weight.grad.item())
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=double, args=(21, results))
    process.start()
    print("another process says", results.get(timeout=30))
    process.join()
    sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
