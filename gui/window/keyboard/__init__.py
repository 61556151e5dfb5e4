"""Where the keyboard is: which keys walk, the way from panel to panel, and how number fields give it back."""
