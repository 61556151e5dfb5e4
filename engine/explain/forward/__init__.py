"""The way forward: what an operation read, computed and wrote, and what of that autograd kept."""
