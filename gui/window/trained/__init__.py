"""What goes on with the runs of the training: races, and branches."""
