"""From a lesson's file to its pages, with every mistake named by its line. Runs nothing."""
