"""What shares the width and height of the window: columns that fold, views in turn, and the parts of the left column."""
