"""Learn: a lesson beside a graph and plots of its own, apart from what the user has open."""
