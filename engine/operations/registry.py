"""All entries, found by an operation's name or by the name of a Node."""

from __future__ import annotations

from functools import lru_cache

from engine.operations.entries.activations import ACTIVATIONS
from engine.operations.entries.arithmetic import ARITHMETIC
from engine.operations.entries.comparisons import COMPARISONS
from engine.operations.entries.creation import CREATION
from engine.operations.entries.functions import FUNCTIONS
from engine.operations.entries.indexing import INDEXING
from engine.operations.entries.layers import LAYERS
from engine.operations.entries.linear_algebra import LINEAR_ALGEBRA
from engine.operations.entries.losses import LOSSES
from engine.operations.entries.products import PRODUCTS
from engine.operations.entries.reductions import REDUCTIONS
from engine.operations.entries.shapes import SHAPES
from engine.operations.entry import Cost, Entry, WayBack

ENTRIES: tuple[Entry, ...] = (
    *ARITHMETIC,
    *FUNCTIONS,
    *ACTIVATIONS,
    *COMPARISONS,
    *REDUCTIONS,
    *PRODUCTS,
    *LINEAR_ALGEBRA,
    *SHAPES,
    *INDEXING,
    *CREATION,
    *LAYERS,
    *LOSSES,
)

_NOTHING = Entry("")
_NO_WAY = WayBack()
_BY_NAME = {name: entry for entry in ENTRIES for name in f"{entry.names} {entry.also}".split()}
_BY_NODE = {node: way for entry in ENTRIES for node, way in entry.nodes.items()}
_ELEMENT_WISE = frozenset(name.replace("_", "").lower() for entry in ENTRIES if entry.slope for name in entry.names.split())
_ASSIGNED = {name: f"{entry.name}_" for entry in ENTRIES for name in entry.assigned.split()}
_LIBRARIES = ("linalg_", "special_")
"""What torch puts before the names of its functions there."""


@lru_cache(maxsize=8192)
def canonical(name: str) -> str:
    """The one name of an operation: ``__rsub__`` is ``rsub``, ``true_divide`` is ``div``, ``iadd`` is ``add_``."""
    if name.startswith("__") and name.endswith("__") and len(name) > 4:
        name = name[2:-2]
    name = name.rsplit(".", 1)[-1]
    for library in _LIBRARIES:
        if name.startswith(library) and name.removeprefix(library) in _BY_NAME:
            name = name.removeprefix(library)
    entry = _BY_NAME.get(name)
    return _ASSIGNED.get(name, name) if entry is None else entry.name


@lru_cache(maxsize=8192)
def plain_name(name: str) -> str:
    """The same for a name that may be in place: ``mul_`` is ``mul``."""
    return canonical(name.rstrip("_"))


def entry_of(name: str) -> Entry:
    """What is known of an operation by its recorded name, which may be in place; an empty entry for an unknown one."""
    return _BY_NAME.get(plain_name(name), _NOTHING)


def base_name(node: str) -> str:
    """``MulBackward0`` is ``Mul``; ``torch::autograd::CopySlices`` is ``CopySlices``."""
    name = node.rpartition("::")[2]
    head, found, _ = name.rpartition("Backward")
    return head if found else name


def way_back(base: str) -> WayBack:
    """What is known of a Node by its ``base_name``."""
    return _BY_NODE.get(base, _NO_WAY)


def is_element_wise(base: str) -> bool:
    """Whether a Node, by its ``base_name``, is of an operation that computes each element by itself, and copies small inputs."""
    return base.lower() in _ELEMENT_WISE


def costing(cost: Cost) -> frozenset[str]:
    """All names of the operations whose cost depends on it."""
    return frozenset(name for entry in ENTRIES if cost in entry.cost for name in entry.names.split())


def callable_in(place: str) -> frozenset[str]:
    """The names by which programs may call operations in a place, as ``Entry.programs`` has them: ``torch``, ``x``, ``x_`` …"""
    ending = "_" if place.endswith("_") else ""
    return frozenset(f"{name}{ending}" for entry in ENTRIES for name in entry.called.get(place, ()))
