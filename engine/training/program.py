"""A config as program text: what is shown and runs, and the script that runs alone and prints the same losses. Holds no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from engine.training.choices.choice import CLASSES, Get
from engine.training.choices.setup import Setup, stop_rules
from engine.training.configs import TrainingConfig, check_is
from engine.training.edited.contract import made_by, predicted_by, scripted, shown_of
from engine.training.edited.predicting import Prediction

INDENT = "    "
NONE = Prediction()


@dataclass(frozen=True, slots=True)
class Program:
    """The parts of a training's program text.

    Attributes
    ----------
    text : str
        Defines the model, and what one epoch does: what is shown, and runs.
    function : str
        Which of its functions is called in each epoch.
    arguments : tuple of str
        What that takes.
    data_imports : tuple of str
    make_data : callable()
        ``data``, written when it is asked for: of drawn points it is long.
    truth : str
        A function ``truth(X)``, what the targets are without noise, where that is known; else empty.
    aside : str
        Sets rows aside as ``X_val`` and ``y_val``, where there are such; else empty.
    prepared : str
        Makes these what they are trained on, where they are standardised; else empty.
    made : str
        Makes ``model`` and, unless the update is written by hand, ``optimizer``.
    loop : str
        Runs all epochs.
    prediction : str
        A function ``predict(model, X)``, which the program itself has no need of.
    loss : str
        A function ``loss_of(y_hat, y)``, the same.
    columns : str
        A function ``columns(X)``, what ``w`` is multiplied with, for a model linear in its parameters; else empty.
    rate : str
        Program text of what the rate is multiplied with in epoch ``epoch``; empty where that is 1.
    stops : tuple of (str, str)
        Name and program text of each rule that ends the run early.
    zeroed_in_place : bool
        Whether gradients are set to zero after an update, and not given up.
    seed : int
    by_hand : bool
        Whether the text was edited: what it does is not what the set-up says, and it runs in a process of its own.
    no_fit, no_surface : str
        Why the set-up's model, and its loss, do not show what this text trains; empty where they do.
    own : Prediction
        How a text that was edited predicts itself.
    """

    text: str
    function: str
    arguments: tuple[str, ...]
    data_imports: tuple[str, ...]
    make_data: Callable[[], str] = field(compare=False)
    truth: str
    aside: str
    prepared: str
    made: str
    loop: str
    prediction: str
    loss: str
    columns: str
    rate: str
    stops: tuple[tuple[str, str], ...]
    zeroed_in_place: bool
    seed: int
    by_hand: bool = False
    no_fit: str = ""
    no_surface: str = ""
    own: Prediction = NONE

    @property
    def unseen(self) -> str:
        """Why no fit can be drawn: neither the set-up's model nor the text itself says what it predicts; empty where one does."""
        return "" if self.own.text or not self.no_fit else self.own.missing

    @property
    def data(self) -> str:
        """Makes ``X`` and ``y``."""
        return self.make_data()

    def script(self) -> str:
        """All of it, in the order in which it runs."""
        data = self.data + self.aside + self.prepared
        if self.by_hand:
            return self._script_by_hand(data)
        imports, _, rest = self.text.partition("\n\n\n")
        lines = imports.split("\n")
        wanted = [line for line in (*self.data_imports, *(("import math",) if "math." in self.loop else ())) if line not in lines]
        head = [
            *(line for line in wanted if line.startswith("import ")),
            *lines,
            *(line for line in wanted if line[:4] == "from"),
        ]
        return "\n".join(head) + "\n\n\n" + rest + "\n\n" + data + "\n" + self.made + "\n" + self.loop

    def _script_by_hand(self, data: str) -> str:
        """The same with edited code, of which nothing is known: so each import that the rest needs is there, and torch draws from
        the seed."""
        needed = dict.fromkeys(("import torch", *(("import math",) if "math." in self.loop else ()), *self.data_imports))
        head = scripted(self.text, list(needed), self.seed)
        return head + "\n\n" + data + f"\ntorch.manual_seed({self.seed})\n" + self.made + "\n" + self.loop


def program_text(config: TrainingConfig = TrainingConfig()) -> str:  # noqa: B008 - frozen, so one shared default is safe
    """The training program, as it is shown and as it runs. Raises TypeError where ``config`` is none."""
    check_is("config", config, TrainingConfig)
    return program(config).text


def script(config: TrainingConfig = TrainingConfig()) -> str:  # noqa: B008 - frozen, so one shared default is safe
    """A program that runs by itself, with plain Python and PyTorch, and prints ``epoch loss`` for each epoch.

    The losses are those of ``train(config)``, digit by digit, where torch computes with as many threads. Raises TypeError where
    ``config`` is none.
    """
    check_is("config", config, TrainingConfig)
    return program(config).script()


@lru_cache(maxsize=64)
def program(config: TrainingConfig) -> Program:
    """The program text of ``config``, in its parts."""
    written, code = _Writer(config.setup).program(), config.code
    if not code:
        return written
    no_fit, no_surface = shown_of(written.text, written.function, written.prediction, written.loss, code)
    own = predicted_by(code, written.function, written.arguments, written.loss, CLASSES in config.setup.loss.tasks)
    made = made_by(written.made, code)
    return replace(
        written, text=code, made=made, zeroed_in_place=True, by_hand=True, no_fit=no_fit, no_surface=no_surface, own=own
    )


class _Writer:
    """Puts the entries' lines together."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._get: Get = setup.get
        self._names = setup.model.parameters
        self._by_hand = not setup.optimizer.call
        self._in_batches = setup.get("batch_size") is not None
        self._zeroed_in_place = self._by_hand and bool(self._names) and setup.get("zero_grad") and not setup.get("clip")

    def program(self) -> Program:
        get, model, loss = self._get, self._setup.model, self._setup.loss
        step, arguments = self._step()
        imports = {"import torch": None, **dict.fromkeys((*model.imports, *loss.imports))}
        if get("clip"):
            imports["from torch import nn"] = None
        parts = ["\n".join(imports), "\n".join(model.lines(len(self._setup.features), get)), "\n".join(step)]
        if self._in_batches:
            arguments = (*arguments, "order")
            parts.append("\n".join(self._epoch(arguments)))
        aside, prepared = self._prepared()
        predicted = f"{INDENT}{', '.join(self._names)} = {self._attributes()}\n" if self._names else ""
        return Program(
            text="\n\n\n".join(parts) + "\n",
            function="train_epoch" if self._in_batches else "step",
            arguments=arguments,
            data_imports=self._setup.data.imports(get),
            make_data=lambda: "".join(line + "\n" for line in self._setup.data.lines(get)),
            truth="".join(line + "\n" for line in self._setup.data.truth(get)),
            aside=aside,
            prepared=prepared,
            made="\n".join(self._made()) + "\n",
            loop="\n".join(self._loop(arguments)) + "\n",
            prediction=f"def predict(model, X):\n{predicted}{INDENT}return {model.prediction(get)}\n",
            loss=f"def loss_of({loss.of}, y):\n{INDENT}return {loss.text(get)}\n",
            columns="" if model.columns is None else f"def columns(X):\n{INDENT}return {model.columns(get)}\n",
            rate=self._setup.schedule.text(get),
            stops=tuple((name, text) for name, text, _meaning in stop_rules(self._setup)),
            zeroed_in_place=self._zeroed_in_place,
            seed=get("seed"),
        )

    def _attributes(self) -> str:
        return ", ".join(f"model.{name}" for name in self._names)

    def _parameters(self, within: bool) -> str:
        """Program text of all parameters; ``within`` the step they have names."""
        if not self._names:
            return "model.parameters()"
        return f"[{', '.join(self._names) if within else self._attributes()}]"

    # One update --------------------------------------------------------------------------------------------------

    def _step(self) -> tuple[list[str], tuple[str, ...]]:
        get, loss, model = self._get, self._setup.loss, self._setup.model
        arguments = ("model", "X", "y", "lr") if self._by_hand else ("model", "optimizer", "X", "y")
        lines = [f"def step({', '.join(arguments)}):"]
        if self._names:
            lines.append(f"{INDENT}{', '.join(self._names)} = {self._attributes()}")
        forward = [f"{loss.of} = {model.prediction(get)}", f"loss = {loss.text(get)}", "loss.backward()"]
        if get("clip"):
            forward.append(f"nn.utils.clip_grad_norm_({self._parameters(within=True)}, {get('clip')})")
        if self._setup.optimizer.closure:
            body = ["", "def closure():", *(INDENT + line for line in ("optimizer.zero_grad()", *forward, "return loss")), ""]
            return [*lines, *_indented([*body, "return optimizer.step(closure).item()"])], arguments
        body = [*forward, *(self._update_by_hand() if self._by_hand else ["optimizer.step()"])]
        if get("zero_grad"):
            body += self._zero()
        return [*lines, *_indented([*body, "return loss.item()"])], arguments

    def _update_by_hand(self) -> list[str]:
        decay = self._get("weight_decay")
        if not self._names:
            rule = f"(p.grad + {decay} * p)" if decay else "p.grad"
            return ["with torch.no_grad():", f"{INDENT}for p in model.parameters():", f"{INDENT * 2}p -= lr * {rule}"]
        rules = (f"({name}.grad + {decay} * {name})" if decay else f"{name}.grad" for name in self._names)
        return [
            "with torch.no_grad():",
            *(f"{INDENT}{name} -= lr * {rule}" for name, rule in zip(self._names, rules, strict=True)),
        ]

    def _zero(self) -> list[str]:
        if not self._by_hand:
            return ["optimizer.zero_grad()"]
        if not self._names:
            return ["model.zero_grad()"]
        if self._zeroed_in_place:
            return [f"{name}.grad.zero_()" for name in self._names]
        return [" = ".join((*(f"{name}.grad" for name in self._names), "None"))]

    # One epoch, and all ------------------------------------------------------------------------------------------

    def _epoch(self, arguments: tuple[str, ...]) -> list[str]:
        batch = ", ".join(f"{name}[rows]" if name in ("X", "y") else name for name in arguments if name != "order")
        return [
            f"def train_epoch({', '.join(arguments)}):",
            f"{INDENT}total = 0.0",
            f"{INDENT}for rows in order.split({self._get('batch_size')}):",
            f"{INDENT * 2}total += len(rows) * step({batch})",
            f"{INDENT}return total / len(order)",
        ]

    def _prepared(self) -> tuple[str, str]:
        get, share = self._get, self._get("validation")
        aside: list[str] = []
        if share:
            aside = [
                f"rows = torch.randperm(len(X), generator=torch.Generator().manual_seed({get('data_seed')}))",
                f"kept = max(1, len(X) - round({share} * len(X)))",
                "X, X_val = X[rows[:kept]], X[rows[kept:]]",
                "y, y_val = y[rows[:kept]], y[rows[kept:]]",
            ]
        prepared: list[str] = []
        names = {"off": "", "x": "X", "x and y": "Xy"}[get("standardise")]
        for name in names if "classes" not in self._setup.loss.tasks else names[:1]:
            mean, std = f"{name}_mean", f"{name}_std"
            prepared += [
                f"{mean}, {std} = {name}.mean(0), {name}.std(0, correction=0)",
                f"{std}[{std} <= 1e-6 * {mean}.abs()] = 1  # of what is constant",
                f"{name} = ({name} - {mean}) / {std}",
            ]
            if share:
                prepared.append(f"{name}_val = ({name}_val - {mean}) / {std}")
        return "".join(line + "\n" for line in aside), "".join(line + "\n" for line in prepared)

    def _made(self) -> list[str]:
        lines = self._setup.model.made(self._get)
        if not self._by_hand:
            wanted = self._setup.optimizer.arguments(self._get).items()
            settings = "".join(f", {name}={value!r}" for name, (value, default) in wanted if value != default)
            rate = self._get("learning_rate")
            call = f"{self._setup.optimizer.call}({self._parameters(within=False)}, lr={rate!r}{settings})"
            lines.append(f"optimizer = {call}")
        return lines

    def _loop(self, arguments: tuple[str, ...]) -> list[str]:
        get, rate, stops = self._get, self._setup.schedule.text(self._get), stop_rules(self._setup)
        called = ", ".join(
            "lr" if name == "lr" and rate else repr(get("learning_rate")) if name == "lr" else name for name in arguments
        )
        head, body = [], []
        if self._in_batches:
            head.append(f"g = torch.Generator().manual_seed({get('seed')})")
            body.append("order = torch.randperm(len(X), generator=g)")
        if rate:
            body.append(f"lr = {get('learning_rate')!r} * {rate}")
            if not self._by_hand:
                body += ["for group in optimizer.param_groups:", f'{INDENT}group["lr"] = lr']
        call = f"{'train_epoch' if self._in_batches else 'step'}({called})"
        if body or stops:
            body += [f"loss = {call}", "print(epoch, loss)"]
        else:
            body.append(f"print(epoch, {call})")
        if any("first" in text for _name, text, _meaning in stops):
            head.append("first = None")
            body.append("first = loss if first is None else first")
        for name, text, _meaning in stops:
            body += [f"if {text}:", f"{INDENT}break  # {name}"]
        if any("previous" in text for _name, text, _meaning in stops):
            head.append("previous = None")
            body.append("previous = loss")
        return [*head, f"for epoch in range(1, {get('epochs') + 1}):", *_indented(body)]


def _indented(lines: list[str]) -> list[str]:
    return [INDENT + line if line else "" for line in lines]
