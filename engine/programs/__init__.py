"""Programs run in a process of their own, which the system bounds, and which is killed and replaced when it passes a bound.

``runner.py`` decides what runs where and turns what ends a process into errors; ``process.py`` is one process seen from here,
``child.py`` the process itself. They share a ``Board``, on which the process writes what it does so that it can be read while it
hangs. Nothing here imports torch, except what runs in the child.
"""
