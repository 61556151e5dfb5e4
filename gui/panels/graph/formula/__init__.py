"""The heading over the graph."""
