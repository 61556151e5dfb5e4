"""Files of numbers to train on: their form is found, columns are read, what is missing is counted and named. Holds no torch."""
