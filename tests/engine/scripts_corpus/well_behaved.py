"""What ordinary scripts do: arguments, modules beside them, classes that are pickled, output of every kind."""

import argparse
import dataclasses
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import torch

from engine import train_one_step  # the module beside this script, not Gradwalk's own

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1)
options = parser.parse_args()


@dataclasses.dataclass
class Point:
    x: int


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 1)

    def forward(self, x):
        return self.layer(x)


def elsewhere(queue):
    queue.put(os.getpid())


def main():
    assert pickle.loads(pickle.dumps(Point(3))) == Point(3)
    assert sys.modules["__main__"].__file__ == str(Path(__file__).resolve())
    assert sys.path[0] == str(Path(__file__).resolve().parent)
    assert str(Path.cwd()) != sys.path[0]
    assert sys.stdin.read() == ""
    os.write(1, b"from C\n")
    subprocess.run([sys.executable, "-c", "print('from another program')"], check=True)
    print("to the error stream", file=sys.stderr)
    print("smörgås ∂", end="\n")
    queue = multiprocessing.get_context("fork").Queue() if hasattr(os, "fork") else multiprocessing.Queue()
    if hasattr(os, "fork"):
        process = multiprocessing.get_context("fork").Process(target=elsewhere, args=(queue,))
        process.start()
        assert queue.get() == process.pid
        process.join()
    thread = threading.Thread(target=lambda: torch.ones(3).sum())
    thread.start()
    thread.join()
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(options.steps):
        train_one_step(net, optimizer)


if __name__ == "__main__":
    main()
