"""Training code that a person has edited: what it has to define, and the process of its own in which it runs."""
