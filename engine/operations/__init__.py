"""What is known of each torch operation: symbol, local derivative, sympy form and numbers of a rule."""
