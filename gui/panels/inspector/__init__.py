"""Everything that is known of the selected card or edge at the cursor."""
