"""The actions of the window: each declared once, what it needs of what is shown, and what it does."""
