"""What is known of each operation of torch: symbol, local derivative, sympy form and numbers of a rule."""
