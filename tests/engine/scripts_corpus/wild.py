"""Leaves nothing as it was, and still ends well."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch

a = torch.tensor([5.0], requires_grad=True)
y = a**3
y.backward()
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        print("the fork reaches the end", flush=True)
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    child = os.fork()
    if child == 0:
        os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 8
left_behind = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("left behind", left_behind.pid, flush=True)
folder = tempfile.mkdtemp()
os.chdir(folder)
Path(folder).rmdir()
torch.set_default_dtype(torch.float64)
torch.autograd.set_detect_anomaly(True)
threading.Thread(target=time.sleep, args=(0.2,)).start()
del sys.modules["__main__"]
sys.stdout.close()
os.close(1)
