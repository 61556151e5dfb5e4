"""What is known of each operation of torch: symbol, local derivative, sympy form, numbers of a rule, and cost."""
