"""What is changed in the plots by hand: points are drawn in the plot of the data, a start is chosen on the loss surface."""
