"""What is shown over the epochs of a run, in the place of its loss: the cursor over all, and what can be chosen there."""
