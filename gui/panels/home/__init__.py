"""Home: lessons, examples, what one may open, and what was open last."""
