"""The panel "What just happened"."""
