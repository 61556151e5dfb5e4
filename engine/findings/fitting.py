"""Shapes and places for which an operation has a rule of its own: joined parts, channels, indices, classes, masks."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.findings.refused import given_to
from engine.findings.said.kinds import Failure, Kind
from engine.findings.words import Advice, name_of, shape_of, subject_of, where
from engine.operations.registry import plain_name
from engine.recording import Recording
from engine.tables import Operation, Value
from engine.text.fixing import add_keyword, with_method

_ROWS_JOINED, _MADE_ROWS = ("vstack", "row_stack"), ("vstack", "row_stack", "dstack")
_WHOLE = ("int", "uint", "bool")


def _named(recording: Recording, value: Value) -> str:
    """``a (2×4)``."""
    return f"{name_of(recording, value)} ({shape_of(value)})"


def _sizes(text: str) -> tuple[int, ...]:
    """``[2, 4]`` as torch writes a shape."""
    return tuple(map(int, re.findall(r"-?\d+", text)))


def _listed(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes)) or "single number"


def joined(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """Tensors that are joined along one dimension, and differ in another."""
    given, at, name = given_to(recording, operation), where(recording, operation), plain_name(operation.name)
    shapes = [(1, *item.shape) if name in _MADE_ROWS and len(item.shape) == 1 else item.shape for item in given]
    other = next((number for number, shape in enumerate(shapes) if shape != shapes[0]), None)
    if other is None:
        return None
    if name == "stack":
        names = f"{_named(recording, given[0])} and {_named(recording, given[other])}"
        return Advice(
            f"{at} stacks tensors of one shape, and {names} differ", "Give them one shape, or join them with torch.cat."
        )
    uneven = next((number for number, shape in enumerate(shapes) if len(shape) != len(shapes[0])), None)
    if uneven is not None:
        first, second = given[0], given[uneven]
        fewer = min((first, second), key=lambda item: len(item.shape))
        counts = " and ".join(f"{_named(recording, item)} has {len(item.shape)}" for item in (first, second))
        hint = f"Give {name_of(recording, fewer)} another dimension, with .unsqueeze(0) for a row."
        return Advice(f"{at} joins tensors of equally many dimensions, and {counts}", hint)
    if not parts[0]:
        return None
    along, rank = int(parts[0]), len(shapes[0])
    found = next(
        (
            (number, place)
            for number, shape in enumerate(shapes)
            for place in range(rank)
            if _differ(shape, shapes[0], place, along)
        ),
        None,
    )
    if found is None:
        return None
    number, place = found
    message = (
        f"{at} joins along dimension {along}, so all other sizes have to be equal: {_named(recording, given[0])} has "
        f"{shapes[0][place]} in dimension {place}, and {_named(recording, given[number])} has {shapes[number][place]}"
    )
    fits = [way for way in range(rank) if not any(_differ(shape, shapes[0], at_, way) for shape in shapes for at_ in range(rank))]
    if not fits or name in (*_ROWS_JOINED, "hstack", "dstack", "column_stack"):
        return Advice(message, f"Give them equal sizes in dimension {place}.")
    fix = None if operation.span is None else add_keyword(recording.text, operation.span, f"dim={fits[0]}")
    positional = any(isinstance(item.constant, int) and item.keyword is None for item in operation.inputs)
    return Advice(message, f"Join them along dimension {fits[0]}: dim={fits[0]}.", None if positional else fix)


def _differ(one: tuple[int, ...], other: tuple[int, ...], place: int, along: int) -> bool:
    return place != along and one[place] != other[place]


def channels(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A convolution whose weight takes another number of channels than its input has."""
    given = given_to(recording, operation)
    if len(given) < 2:
        return None
    image, weight = given[:2]
    takes, has = int(parts[0]), int(parts[1])
    place = len(image.shape) - len(weight.shape) + 1
    if place not in (0, 1) or image.shape[place] != has:
        return None
    message = (
        f"{where(recording, operation)} takes {takes} channels, as the weight {_named(recording, weight)} says, "
        f"and {_named(recording, image)} has {has} in dimension {place}"
    )
    if image.shape[-1] == takes:
        return Advice(message, f"Its last dimension has {takes}: bring that to the front with .movedim(-1, {place}).")
    return Advice(message, f"Make in_channels {has}, or give it {takes} channels.")


def kernel(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A window that is larger than what it goes over."""
    given = given_to(recording, operation)
    if len(given) < 2:
        return None
    padded, size = (part.replace(" ", "").replace("x", "×") for part in parts)
    what = f"the kernel {_named(recording, given[1])} is {size}, and {_named(recording, given[0])} only {padded} with its padding"
    return Advice(f"{where(recording, operation)}: {what}", "Use a smaller kernel, or more padding.")


def index(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """An index beyond the end of a dimension."""
    given = given_to(recording, operation)
    asked, place, size = (int(part) for part in parts)
    if not given or place >= len(given[0].shape) or given[0].shape[place] != size:
        return None
    return _beyond(recording, operation, given[0], asked, place, _holding(recording, given[1:], asked))


def select(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """The same as ``select`` tells it."""
    given, place = given_to(recording, operation), int(parts[2])
    if not given or given[0].shape != _sizes(parts[1]):
        return None
    return _beyond(recording, operation, given[0], int(parts[0]), place, "")


def row(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """An index beyond the rows of an embedding, or of ``index_select``."""
    given = given_to(recording, operation)
    wanted = next((item for item in given if item.dtype.startswith(_WHOLE)), None)
    source = next((item for item in given if item is not wanted), None)
    numbers = None if wanted is None else wanted.data.numbers()
    if source is None or numbers is None or not source.shape:
        return None
    places = [
        item.constant for item in operation.inputs if isinstance(item.constant, int) and not isinstance(item.constant, bool)
    ]
    place = places[0] if plain_name(operation.name) == "index_select" and places else 0
    size = source.shape[place]
    asked = next((int(number) for number in numbers.ravel().tolist() if not 0 <= number < size), None)
    if asked is None or wanted is None:
        return None
    return _beyond(
        recording, operation, source, asked, place % len(source.shape), f"{subject_of(recording, wanted)} holds {asked}"
    )


def _holding(recording: Recording, given: list[Value], asked: int) -> str:
    """Which of these tensors holds the index that was asked for."""
    for item in given:
        numbers = item.data.numbers() if item.dtype.startswith(_WHOLE[:2]) else None
        if numbers is not None and (numbers == asked).any():
            return f"{subject_of(recording, item)} holds {asked}"
    return ""


def _beyond(recording: Recording, operation: Operation, source: Value, asked: int, place: int, holding: str) -> Advice:
    size, at = source.shape[place], where(recording, operation)
    has = f"{_named(recording, source)} has {size} in dimension {place}"
    if not size:
        return Advice(f"{at}: {has}, so there is nothing to index", "Fill it first, or leave this out where it is empty.")
    last = f"its indices go from 0 to {size - 1}"
    asks = holding or f"it asks for index {asked}"
    back = "" if plain_name(operation.name) in ("embedding", "embedding_bag", "index_select", "gather", "scatter") else ", or −1"
    return Advice(f"{at}: {has}, so {last}, and {asks}", f"Count from 0: the last one is {size - 1}{back}.")


def classes(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A class number for which there are no scores."""
    given, asked = given_to(recording, operation), int(parts[0])
    if len(given) < 2 or not given[0].shape:
        return None
    scores, target = given[:2]
    count = scores.shape[1] if len(scores.shape) > 1 else scores.shape[0]
    if 0 <= asked < count:
        return None
    message = (
        f"{where(recording, operation)}: {_named(recording, scores)} has scores for {count} classes, 0 to {count - 1}, "
        f"and {name_of(recording, target)} holds {asked}"
    )
    return Advice(
        message, f"Give scores for {asked + 1} classes, or number the classes from 0." if asked > 0 else "Count from 0."
    )


def rows(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """Fewer or more targets than there are rows."""
    given = given_to(recording, operation)
    if len(given) < 2 or not given[0].shape or given[0].shape[0] != int(parts[0]):
        return None
    names = f"{_named(recording, given[0])} has {parts[0]} rows, and {_named(recording, given[1])} has {parts[1]}"
    return Advice(f"{where(recording, operation)} compares row by row: {names}", "Give it one target for each row.")


def same_shape(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A loss that compares element by element, and two shapes."""
    given = given_to(recording, operation)
    if len(given) < 2 or given[0].shape == given[1].shape:
        return None
    first, second = given[:2]
    message = f"{where(recording, operation)} compares element by element: {_named(recording, first)} and "
    message += f"{_named(recording, second)} differ in shape"
    for one, other in ((first, second), (second, first)):
        if one.shape == (*other.shape, 1):
            return Advice(message, f"Write {name_of(recording, other)}.unsqueeze(-1)." if other.name else "Add .unsqueeze(-1).")
    return Advice(message, "Give both one shape.")


def expanded(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """What cannot be repeated, or written into a place of another shape."""
    wanted, has, _, to, of = parts
    tensor = next((item for item in given_to(recording, operation) if item.shape == _sizes(of)), None)
    if tensor is None:
        return None
    message = (
        f"{where(recording, operation)}: {_named(recording, tensor)} does not fit into {_listed(_sizes(to))}, as its {has} "
        f"would have to be {wanted} or 1"
    )
    return Advice(message, f"Make that size {wanted} or 1.")


def mask(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A mask whose shape differs from that of what it chooses from."""
    given, place = given_to(recording, operation), int(parts[1])
    masks = [item for item in given[1:] if item.dtype == "bool" and item.shape == _sizes(parts[0])]
    if not masks or given[0].shape != _sizes(parts[2]) or place >= len(masks[0].shape):
        return None
    has = (
        f"{_named(recording, masks[0])} has {masks[0].shape[place]} in dimension {place}, and {_named(recording, given[0])} has "
    )
    return Advice(
        f"{where(recording, operation)}: the mask {has}{given[0].shape[place]}", "Make the mask from what it chooses from."
    )


def strides(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """``view`` of a tensor whose elements lie in memory in another order."""
    given = given_to(recording, operation)
    if not given:
        return None
    fix = None if operation.span is None else with_method(recording.text, operation.span, "view", "reshape")
    of = name_of(recording, given[0])
    message = f"{where(recording, operation)} only reads memory in its order, and the elements of {of} lie there in another"
    return Advice(message, f"{fix.label}." if fix is not None else "Write reshape instead of view.", fix)


def dimension(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A dimension that a tensor does not have."""
    given, most = given_to(recording, operation), _sizes(parts[0])[-1]
    if not given or len(given[0].shape) != most + 1 or most < 0:
        return None
    what = f"{_named(recording, given[0])} has {'only dimension 0' if not most else f'dimensions 0 to {most}'}"
    return Advice(
        f"{where(recording, operation)}: {what}, no dimension {parts[1]}", "Count dimensions from 0, or from −1 at the end."
    )


def normalized(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A norm over last sizes that a tensor does not have."""
    given, takes = given_to(recording, operation), _sizes(parts[0])
    if not given or given[0].shape != _sizes(parts[1]):
        return None
    ends = given[0].shape[-len(takes) :] if takes else ()
    message = (
        f"{where(recording, operation)} takes tensors that end in {_listed(takes)}, and {_named(recording, given[0])} ends in "
    )
    return Advice(f"{message}{_listed(ends)}", f"Write {_listed(ends)} there, or give it tensors that end in {_listed(takes)}.")


def letters(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A letter of ``einsum`` that stands for two sizes."""
    given, (letter, one, other) = given_to(recording, operation), parts
    if not all(any(int(size) in item.shape for item in given) for size in (one, other)):
        return None
    names = " and ".join(dict.fromkeys(_named(recording, item) for item in given))
    message = f"{where(recording, operation)}: the letter {letter} stands for {other} and for {one}, and is one size: {names}"
    return Advice(message, "Order the letters as the shapes are.")


def probabilities(recording: Recording, operation: Operation, parts: tuple[str, ...]) -> Advice | None:
    """A loss of probabilities that was given other numbers."""
    given = given_to(recording, operation)
    numbers = given[0].data.numbers() if given else None
    if numbers is None or not numbers.size or (numbers.min() >= 0 and numbers.max() <= 1):
        return None
    name, least, most = name_of(recording, given[0]), float(numbers.min()), float(numbers.max())
    message = f"{where(recording, operation)} takes probabilities from 0 to 1, and {name} goes from {least:.4g} to {most:.4g}"
    return Advice(message.replace("-", "−"), "Put torch.sigmoid around it, or use F.binary_cross_entropy_with_logits.")


OF_SHAPES: dict[Kind, Callable[[Recording, Operation, tuple[str, ...]], Advice | None]] = {
    Kind.JOINED: joined,
    Kind.CHANNELS: channels,
    Kind.KERNEL: kernel,
    Kind.INDEX: index,
    Kind.SELECT: select,
    Kind.ROW: row,
    Kind.CLASS: classes,
    Kind.ROWS: rows,
    Kind.SAME_SHAPE: same_shape,
    Kind.EXPANDED: expanded,
    Kind.MASK: mask,
    Kind.STRIDES: strides,
    Kind.DIMENSION: dimension,
    Kind.NORMALIZED: normalized,
    Kind.LETTERS: letters,
    Kind.PROBABILITIES: probabilities,
}


def on_shapes(recording: Recording, operation: Operation, failure: Failure) -> Advice | None:
    """Advice on a failure of one of these kinds."""
    tell = OF_SHAPES.get(failure.kind)
    return None if tell is None else tell(recording, operation, failure.parts)


def what_was_given(recording: Recording, operation: Operation) -> str:
    """``It was given a (2×4) and b (3×3).``: helps with an error that is not known; empty where no tensor was given."""
    names = list(dict.fromkeys(_named(recording, item) for item in given_to(recording, operation)))
    if not names:
        return ""
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return f"It was given {', '.join(shown[:-1])}{' and ' if len(shown) > 1 else ''}{shown[-1]}."
