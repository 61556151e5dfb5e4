"""The lesson panel: a page of text, what it asks, and the way on."""
