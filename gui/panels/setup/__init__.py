"""The set-up of the next training: everything that can be chosen, made from the entries of ``engine.training.choices``."""
