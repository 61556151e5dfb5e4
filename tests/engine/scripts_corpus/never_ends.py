"""In the way that its argument names."""

import signal
import sys
import threading
import time

import torch

x = torch.ones(2, requires_grad=True) * 2
x.sum().backward()
way = sys.argv[1]
print("way", way, flush=True)
if way == "spins":
    while True:
        pass
elif way == "sleeps":
    time.sleep(1000)
elif way == "computes":
    while True:
        x = x * 1.0
elif way == "swallows":
    while True:
        try:
            time.sleep(1000)
        except KeyboardInterrupt:
            pass
elif way == "ignores":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for factor in range(300):  # so much that putting the recording together lets this thread have a turn
        y = x * factor
    while True:
        pass
elif way == "in C":
    sum(range(10**13))
elif way == "thread":
    threading.Thread(target=time.sleep, args=(1000,)).start()
elif way == "prints":
    while True:
        print("all work and no play " * 50)
elif way == "eats":
    kept = []
    while True:
        kept.append(bytearray(10_000_000))
elif way == "bites":
    torch.ones(10**12)
