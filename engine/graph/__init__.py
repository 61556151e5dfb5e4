"""Recording → cards and edges, folded views of them, the timeline, and the state at a cursor."""
