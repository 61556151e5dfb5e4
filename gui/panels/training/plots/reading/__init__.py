"""What a plot says of one place of it: the numbers of all runs there, on one read-out with a dashed line."""
