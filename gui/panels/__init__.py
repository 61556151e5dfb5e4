"""The panels, one folder each; none imports another."""
