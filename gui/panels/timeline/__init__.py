"""The transport bar and the timeline."""
