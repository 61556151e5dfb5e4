"""What fills the window below the toolbar: the workbench, Home, or a lesson."""
