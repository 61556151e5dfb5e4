"""The way back: what each Node does with a gradient, as a rule and in numbers, and where no rule may stand."""
