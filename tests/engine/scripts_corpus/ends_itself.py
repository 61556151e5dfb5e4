"""By the way that its argument names."""

import ctypes
import os
import signal
import sys

import torch

x = torch.ones(2, requires_grad=True) * 2
x.sum().backward()
way = sys.argv[1]
print("way", way, flush=True)
if way == "exit":
    sys.exit(3)
elif way == "words":
    sys.exit("no more")
elif way == "hard":
    os._exit(4)
elif way == "fault":
    ctypes.string_at(0)
elif way == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
elif way == "replaced":
    os.execv(sys.executable, [sys.executable, "-c", "print('another program')"])
