"""The ``.grad`` of leaves: which tensor it is, and what it held at which time."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern

from torch import Tensor

from engine.recorder.follow.contents import Contents
from engine.recorder.follow.followed import Followed
from engine.recorder.follow.memories import Memories
from engine.recorder.follow.names import Names
from engine.recorder.follow.values import Values
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.keep.tensors import Snapshots, is_leaf, version_of
from engine.recorder.watch.unseen import unseen
from engine.tables import Moment, Span

_AFTER_NODES = (
    "changed after a pass had run its last Node, as DistributedDataParallel does to average: what is shown from then on is "
    "what {it} had become"
)
_NAMED = 3
"""So many of the leaves that such a note is about are named."""


class Gradients:
    """Follows what the program, torch's engine and other code do to ``.grad``.

    Parameters
    ----------
    values, followed, memories, contents, names, snapshots :
        What is known of the tensors.
    moments : list of Moment
        Gets a moment for each ``.grad`` that the program sets.
    notes : list of str
        Is told if the engine's last Node was not the last to write.
    """

    def __init__(
        self,
        values: Values,
        *,
        followed: Followed,
        memories: Memories,
        contents: Contents,
        names: Names,
        snapshots: Snapshots,
        moments: list[Moment],
        notes: list[str],
    ) -> None:
        self._values, self._followed, self._memories = values, followed, memories
        self._contents, self._names, self._snapshots = contents, names, snapshots
        self._moments, self._notes = moments, notes
        self._owners: dict[int, list[VariableDraft]] = {}
        """By a gradient's variable: the leaves whose ``.grad`` it was."""
        self._told = False
        """Whether a note already says that gradients changed after a pass's last Node: once is enough."""
        self.hooked = False
        """The program registered a hook on a tensor; it may write to any other tensor during a pass."""
        self.nested = False
        """Another pass ran inside the one that runs: it, too, writes to ``.grad`` unseen, and before the last Node."""

    @unseen
    def read(self, owner: Tensor, gradient: Tensor) -> None:
        """``owner.grad`` was read: from now on ``gradient`` is known as the gradient of that variable."""
        leaf = self._values.variable_of(owner)
        name = intern(f"{leaf.name}.grad") if leaf.name else None
        draft = self._values.variable_of(gradient, name)
        if draft.name is None and name:
            self._names.rename(draft, name)
        owners = self._owners.setdefault(draft.id, [])
        if leaf not in owners:
            owners.append(leaf)
        if draft.gradient_of is None:
            draft.gradient_of = leaf.id
            if draft.value in self._values.inputs:
                self._values.inputs.remove(draft.value)

    @unseen
    def written(self, owner: Tensor, before: Tensor | None, span: Span | None) -> None:
        """``owner.grad = …`` ran; ``before`` is what it was."""
        after, variable = owner.grad, self._followed.of(owner)
        if variable is None or after is before:
            return
        if after is None:
            self._moments.append(Moment("zero", "zero", -1, span, "set to None"))
        else:
            self._moments.append(Moment("update", "update", -1, span, "set"))
            self.read(owner, after)
        variable.add_gradient(self._values.now, None if after is None else self._snapshots.take(after))

    def find(self, among: Iterable[VariableDraft]) -> list[VariableDraft]:
        """A pass wrote to the ``.grad`` of leaves unseen: take them as they are now. Returns these leaves."""
        found, end = [], self._values.now
        for draft in among:
            tensor = draft.tensor
            if tensor is None or not draft.requires_grad or not is_leaf(tensor):
                continue
            now, known = tensor.grad, draft.gradient
            same = now is None and known is None
            if now is not None and known is not None:
                same = self._snapshots.shows(known, now)
            if not same:
                found.append(draft)
                draft.add_gradient(end, None if now is None else self._snapshots.take(now))
                if now is not None:
                    self._memories.lend(now)  # whoever wrote to it once without torch counting it may do so again
                    self.follow(self._values.refresh_aliases(now, None, end), end)
        return found

    def find_all(self) -> None:
        """The same as ``find``, of all leaves."""
        self.find(self._followed.variables)

    def after_pass(self, leaves: Iterable[int]) -> None:
        """The engine has returned: what it called may have changed these leaves and, after the last Node, their gradients."""
        variables = self._followed.variables
        for draft in [variables[number] for number in leaves]:
            tensor = draft.tensor
            if tensor is None:
                continue
            if self.hooked and draft.version == version_of(tensor) and self._contents.differs(draft, tensor):
                self._memories.lend(tensor)  # through ``.data``, which torch does not count
            self._values.of(tensor)
        changed = self.find([variables[number] for number in leaves])
        if changed and not self._told and not self.nested:
            self._told = True
            self._notes.append(_after_nodes(changed))

    def follow(self, changed: Iterable[Tensor], moment: int) -> None:
        """Every leaf whose ``.grad`` is one of ``changed`` has another gradient now."""
        for tensor in changed:
            draft = self._followed.of(tensor)
            if draft is None:
                continue
            for owner in self._owners.get(draft.id, ()):
                held = owner.tensor
                if held is None or held.grad is not tensor:
                    continue
                if owner.gradient_since != moment:
                    owner.add_gradient(moment, self._values.drafts[draft.value].data)


def _after_nodes(changed: list[VariableDraft]) -> str:
    """The note that the ``.grad`` of these leaves changed; leaves of one name are named once."""
    names = list(dict.fromkeys(f"`{draft.name}.grad`" for draft in changed if draft.name))[:_NAMED]
    more = len(changed) - len(names)
    if not names:
        names, more = ["the gradient of a leaf"] if more == 1 else [f"the gradients of {more} leaves"], 0
    who = ", ".join(names) + (f" and {more} more" if more else "")
    return f"{who} {'was' if len(changed) == 1 else 'were'} {_AFTER_NODES.format(it='it' if len(changed) == 1 else 'they')}"
