"""What the line under the plots says of a run: that it goes on, how it ended, what went wrong and which rate would do."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.errors import ProgramError
from engine.training.choices.common import STOP_RULES
from gui.panels.training.plots.series import RunSeries, error_said, two_decimals
from gui.session.training_run import TrainingRun
from gui.work.training.controller import TrainingController

_SHARES = ("R²", "accuracy")
"""Of a fit's errors those that can be told without a unit."""


class Said:
    """Reads the run, and what the controller knows of it."""

    def __init__(self, run: TrainingRun, series: RunSeries, controller: TrainingController) -> None:
        self._run, self._series, self._controller = run, series, controller
        self.told: Callable[[], str] = str
        """What the tools of the plots say, which goes before the course of the run."""

    def better_rate(self) -> float:
        """0.1, or about half the bound where that is too much for these data; a tenth of the rate where that is no smaller."""
        figures, latest = self._controller.figures, self._run.latest
        bound = None if figures is None else figures.largest_rate
        rate = self._run.config.learning_rate if latest is None else latest.learning_rate
        better = 0.1 if bound is None or 0.9 * bound > 0.1 else float(f"{bound / 2:.1g}")
        return better if better < rate else float(f"{rate / 10:.1g}")

    @property
    def accumulates(self) -> bool:
        """Whether the loss swings or runs away while gradients add up, which a smaller rate does not cure."""
        config, latest, numbers = self._run.config, self._run.latest, self._run.numbers
        if config.code or config.get("zero_grad") or latest is None or latest.config is None or latest.config.get("zero_grad"):
            return False
        return not self.is_lost_at_once and (numbers.diverges or numbers.swings is not None)

    def zero_gradients(self) -> None:
        """Begin again with gradients that are set to zero after each update: a change of the set-up, which can be undone."""
        self._controller.pause()
        self._run.set_config(self._run.config.choosing(options={"zero_grad": True}))

    @property
    def is_lost_at_once(self) -> bool:
        """Whether the loss is no number before any update, which no rate changes."""
        losses = self._run.numbers.loss
        return self._run.config.batch_size is None and len(losses) > 1 and not math.isfinite(losses[1])

    @property
    def can_standardise(self) -> bool:
        """Whether the run is of data as they are, that could be brought to one scale: edited code does not follow the set-up."""
        config = self._run.config
        return not config.code and config.get("standardise") == "off"

    def standardise(self) -> None:
        """Begin again on standardised features: a change of the set-up, which can be undone."""
        self._controller.pause()
        self._run.set_config(self._run.config.choosing(options={"standardise": "x"}))

    def message(self) -> tuple[str, str]:
        """The line, and the token of its colour."""
        run, figures, latest = self._run, self._controller.figures, self._run.latest
        if run.own_code.problem is not None:
            return self._of_problem(run.own_code.problem), "error"
        if run.refused:
            return f"⚠ {run.refused[0].upper()}{run.refused[1:]}", "error"
        if latest is None or figures is None:
            return "Starting a process for the code …" if run.config.code else "Preparing the data …", "text_3"
        if run.race.racers and run.epoch is None and latest.step:
            return self._of_race(), "text_3"
        if self.accumulates:
            return self._of_accumulation(), "error"
        if run.numbers.diverges:
            return self._of_divergence() + (
                ". Lower it, or standardise x" if self.can_standardise and not self.is_lost_at_once else ""
            ), "error"
        if told := self.told():
            return told, "text_2"
        if run.stopped and run.epoch is None:
            rule = next(rule for rule in STOP_RULES if rule.name == run.stopped)
            return f"Stopped in epoch {latest.step}: {rule.meaning}", "text"
        if run.state == "finished" and run.epoch is None:
            return self._at_the_end(), "text"
        if latest.step == 0:
            if run.config.model == "line":
                return "A random first line. Each epoch moves it towards the data", "text_3"
            return "The first weights are random. Each epoch moves the model towards the data", "text_3"
        return f"epoch {run.shown_step} of {run.config.epochs} · {len(figures.data.X)} samples an epoch", "text_3"

    def _of_problem(self, problem: ProgramError) -> str:
        """Where edited code failed, and what is kept."""
        made = self._run.made
        after = f", after epoch {made:,}" if made else ""
        return f"⚠ Line {problem.line} of the code{after}: {problem.message}"

    def _of_race(self) -> str:
        """How far those are that race, of which some may be over."""
        race, config = self._run.race, self._run.config
        going, all_ = race.going, 1 + len(race.racers)
        how_many = f"{all_} runs" if len(going) in (0, all_) else f"{len(going)} of {all_} runs"
        epoch = max(going, default=config.epochs)
        said = f"racing {how_many}, epoch" if self._run.running else f"race of {all_} runs, paused at epoch"
        return f"{said} {epoch:,} of {config.epochs:,}"

    def _at_the_end(self) -> str:
        latest, figures, fit = self._run.latest, self._controller.figures, self._controller.fit
        assert latest is not None and figures is not None
        if self._series.is_line and figures.quadratic is not None:
            parts = [f"learned w {two_decimals(latest.parameters['w'].item())}, b {two_decimals(latest.parameters['b'].item())}"]
            if figures.truth is not None:
                parts.append(f"true {two_decimals(figures.truth[0])}, {two_decimals(figures.truth[1])}")
            optimum = figures.quadratic.optimum
            parts.append(f"least squares {two_decimals(optimum['w'].item())}, {two_decimals(optimum['b'].item())}")
            return " · ".join(parts)
        parts = [f"{latest.step:,} epochs"]
        if fit is not None and fit.step == latest.step:
            if not figures.by_code:  # of edited code its predictions are known, and its loss only as its last epoch began with it
                parts.append(f"loss {two_decimals(fit.loss)}")
            parts += [f"{name} {error_said(name, fit.errors)}" for name in fit.errors if name in _SHARES]
            parts += [f"of validation {error_said(name, fit.validation)}" for name in fit.validation if name in _SHARES]
        if figures.floor is not None:
            parts.append(f"{figures.floor[0]} {two_decimals(figures.floor[1])}")
        return " · ".join(parts)

    def _of_accumulation(self) -> str:
        """That gradients add up, and what the loss does for it."""
        numbers, latest = self._run.numbers, self._run.latest
        assert latest is not None
        why = "⚠ zero_grad is off: gradients add up over the epochs"
        if numbers.lost is not None:
            return f"{why}, and the loss is not finite from epoch {numbers.lost} on"
        if numbers.diverges or numbers.swings is None:
            return (
                f"{why}, and the loss rose from {two_decimals(float(numbers.loss[1]))} to {two_decimals(float(numbers.loss[-1]))}"
            )
        least, most = numbers.swings
        return f"{why}, so that the loss swings ({two_decimals(least)} … {two_decimals(most)})"

    def _of_divergence(self) -> str:
        """What happened, and why where that is known."""
        run, latest, figures = self._run, self._run.latest, self._controller.figures
        assert latest is not None and figures is not None
        rate, largest, losses = latest.learning_rate, figures.largest_rate, run.numbers.loss
        if self.is_lost_at_once:
            value = "nan" if math.isnan(losses[1]) else "∞"
            mend = "Standardise x and y, or use another unit"
            return f"⚠ The loss is {value} before any update: data or first weights are too large. {mend}"
        if largest is not None and figures.limits and rate > largest:
            if rate == run.config.learning_rate:
                return f"⚠ The learning rate is too large (over {largest:.2g})"
            whose = "The last run's rate" if run.ended else "The rate"
            return f"⚠ {whose} {rate:.4g} was too large (over {largest:.2g})"
        lost = run.numbers.lost
        if lost is not None:
            value = "nan" if math.isnan(losses[lost]) else "∞"
            what = f"the loss is {value} from epoch {lost} on"
        else:
            what = f"the loss rose from {two_decimals(float(losses[1]))} to {two_decimals(float(losses[-1]))}"
        stopped = f"stopped in epoch {latest.step}: " if run.stopped else ""
        return f"⚠ Diverged, {stopped}{what}. The learning rate {rate:.4g} may be too large"
