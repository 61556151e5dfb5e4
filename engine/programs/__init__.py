"""Program text → checked → run in bounds."""
