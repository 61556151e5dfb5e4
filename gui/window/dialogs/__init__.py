"""Dialogs of the help menu and the preferences, and the report of a crash."""
