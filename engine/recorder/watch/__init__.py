"""How operations are seen without being noticed: function mode, patches, stack, signals."""
