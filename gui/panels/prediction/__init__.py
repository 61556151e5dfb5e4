"""The card that asks for the next gradient before it is shown."""
