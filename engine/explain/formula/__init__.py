"""The formula of what a program computes, with the recorded numbers put in, and its derivatives by sympy beside autograd's."""
