"""Programs run in a process of their own, which the system bounds, and which is killed and replaced when it passes a bound."""
