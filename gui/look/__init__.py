"""How everything looks: colours, style sheet, mathematics, numbers and names as the window writes them."""
