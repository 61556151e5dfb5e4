"""What a recording is made of. Immutable, free of torch, can be saved, compared and sent anywhere."""

from engine.recording.data import (
    BINS,
    STORED,
    WHOLE_LIMIT,
    Filed,
    Packed,
    Summary,
    TensorData,
    bin_counts,
    corner_of,
    is_product,
    kind_of_dtype,
    same,
    summarise,
)
from engine.recording.history import History, Written
from engine.recording.look_up import LookUp
from engine.recording.model import (
    FUNCTION,
    HOOKED,
    LOADER,
    MODULE_HOOK,
    Argument,
    Call,
    Edge,
    Moment,
    Node,
    NodeRun,
    Operation,
    Pass,
    Place,
    Read,
    Saved,
    Span,
    Value,
    Variable,
)
from engine.recording.overwriting import Overwriting, Overwritten, overwriting
from engine.recording.recording import Recording

__all__ = [
    "BINS", "FUNCTION", "HOOKED", "LOADER", "MODULE_HOOK", "STORED", "WHOLE_LIMIT", "Argument", "Call",
    "Edge", "Filed", "History", "LookUp", "Moment", "Node", "NodeRun",
    "Operation", "Overwriting", "Overwritten", "Packed", "Pass", "Place", "Read", "Recording", "Saved", "Span",
    "Summary", "TensorData", "Value", "Variable", "Written", "bin_counts", "corner_of", "is_product", "kind_of_dtype",
    "overwriting", "same", "summarise",
]  # fmt: skip
